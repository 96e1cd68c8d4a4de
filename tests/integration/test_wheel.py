"""The wheel is all that is needed: it serves outside the checkout, description and widget too."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
import venv
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests import running
from tests.running import Process

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def origin(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve from a fresh environment that has the wheel, and sees only the packages it needs."""
    folder = tmp_path_factory.mktemp("installed")
    home = folder / "venv"
    venv.create(home, with_pip=False, symlinks=True)
    site = home / "lib" / f"python{sys.version_info[0]}.{sys.version_info[1]}" / "site-packages"
    subprocess.run(
        [sys.executable, "-m", "uv", "pip", "install", "--no-deps", "--offline"]
        + ["--python", str(home / "bin" / "python"), str(wheel)],
        check=True,
        capture_output=True,
    )
    # Behind its own packages, so that the checkout's editable install does not shadow the wheel.
    (site / "needed.pth").write_text(sysconfig.get_path("purelib") + "\n")
    empty = folder / "empty"
    empty.mkdir()
    env = running.gateway_env("http://127.0.0.1:9/3.0/")
    program = str(home / "bin" / "callback-gateway")
    there = "import os, sys; os.chdir(sys.argv[1]); os.execv(sys.argv[2], sys.argv[2:])"
    process = Process([sys.executable, "-c", there, str(empty), program, "serve"], env)
    try:
        process.wait_for("serving")
        yield f"http://127.0.0.1:{env['PORT']}"
    finally:
        process.stop()


def test_it_carries_the_gateway_and_its_files_and_nothing_else(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    tops = {name.split("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"service"}
    assert "service/files/openapi.yaml" in names
    assert "service/files/widget/callback-widget.js" in names
    assert not [name for name in names if "__pycache__" in name or "simulator" in name]


@pytest.mark.parametrize(
    ("path", "type_", "source"),
    [
        ("/openapi.yaml", "application/yaml", "openapi.yaml"),
        ("/widget.js", "text/javascript", None),
        ("/docs", "text/html", None),
        ("/problems", "text/html", None),
        ("/problems/outcome_unknown", "text/html", None),
    ],
)
def test_it_serves_from_an_empty_folder(
    origin: str, path: str, type_: str, source: str | None
) -> None:
    answer = requests.get(origin + path, timeout=10)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith(type_)
    assert answer.content
    assert source is None or answer.content == (ROOT / source).read_bytes()


def test_the_pages_of_the_description_are_complete(origin: str) -> None:
    for name in ("swagger-ui.css", "swagger-ui-bundle.js", "docs.css", "start.js"):
        assert requests.get(f"{origin}/docs/{name}", timeout=10).status_code == 200


def test_it_is_healthy_but_not_ready_without_fonolo(origin: str) -> None:
    assert requests.get(f"{origin}/healthz", timeout=10).status_code == 200
    assert requests.get(f"{origin}/readyz", timeout=10).status_code == 503
