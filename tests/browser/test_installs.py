"""The npm package in React 19, Vue 3, server-rendered, and Bootstrap with jQuery: each driven.

`make test-widget-package` makes the package and runs it.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.form import Form, expect
from tests.browser.test_accessibility import findings
from tests.browser.test_flow import placed
from tests.running import Simulator

_PROJECTS = Path(__file__).parent / "installs"


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@contextmanager
def serve(folder: Path) -> Iterator[str]:
    """Serve a folder; yield its origin."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def package() -> Path:
    """Find the package that was made."""
    (found,) = Path(os.environ["WIDGET_PACKAGE"]).resolve().glob("*widget*.tgz")
    return found


def integrity(script: bytes) -> str:
    """Write the hash of a script as pages name it."""
    return f"sha384-{base64.b64encode(hashlib.sha384(script).digest()).decode()}"


def npm(folder: Path, *command: str) -> None:
    subprocess.run(["npm", *command], cwd=folder, check=True, timeout=300, capture_output=True)


def build(project: str, tmp_path: Path) -> Path:
    """Install the package in a copy of a project, and build that."""
    folder = Path(shutil.copytree(_PROJECTS / project, tmp_path / project))
    npm(folder, "install", "--no-audit", "--no-fund", "--no-package-lock", str(package()))
    npm(folder, "run", "build")
    return folder / "dist"


@pytest.mark.parametrize("project", ["react", "vue", "ssr", "bootstrap"])
def test_a_project_that_installs_it_asks_for_a_call_back(
    project: str,
    open_gateway: Callable[..., Any],
    open_page: Callable[..., Page],
    simulator: Simulator,
    number: str,
    tmp_path: Path,
) -> None:
    dist = build(project, tmp_path)
    with serve(dist) as origin, open_gateway(CORS_ORIGINS=origin) as gateway:
        page = open_page()
        page.goto(f"{origin}/?api={gateway.origin}")
        form = Form(page)
        form.number.fill(number)
        expect(form.send_button).to_have_text("Ring me")
        assert findings(form) == []
        form.send()
        form.status.wait_for()
        expect(page.locator("output")).to_have_text("started")
        page.evaluate("() => { document.querySelector('callback-widget').lang = 'fr'; }")
        expect(form.heading).to_have_text("Votre rappel")  # bundlers find the languages
        page.close()
    assert len(placed(simulator, number)) == 1


def test_the_classic_script_needs_no_modules(
    open_gateway: Callable[..., Any], open_page: Callable[..., Page], tmp_path: Path, number: str
) -> None:
    subprocess.run(["tar", "xzf", str(package()), "-C", str(tmp_path)], check=True, timeout=60)
    folder = tmp_path / "package"
    with serve(folder) as origin, open_gateway(CORS_ORIGINS=origin) as gateway:
        tag = f'<callback-widget api="{gateway.origin}" profile="now"></callback-widget>'
        head = '<!doctype html><html lang="fr"><title>A page</title><meta charset="utf-8">'
        (folder / "page.html").write_text(
            f'{head}<script src="callback-widget.iife.js"></script>{tag}'
        )
        page = open_page()
        page.goto(f"{origin}/page.html")
        form = Form(page)
        form.number.fill(number)
        form.send()
        expect(form.heading).to_have_text("Votre rappel")
        page.close()


def test_its_types_and_manifest_name_the_element(tmp_path: Path) -> None:
    subprocess.run(["tar", "xzf", str(package()), "-C", str(tmp_path)], check=True, timeout=60)
    folder = tmp_path / "package"
    types = (folder / "types/callback-widget.d.ts").read_text("utf-8")
    assert "CallbackWidget" in types
    manifest = json.loads((folder / "custom-elements.json").read_text("utf-8"))
    (element,) = manifest["modules"][0]["declarations"]
    assert element["tagName"] == "callback-widget"
    assert {"api", "profile", "mode", "option"} <= {each["name"] for each in element["attributes"]}
    assert json.loads((folder / "package.json").read_text("utf-8"))["customElements"] == (
        "./custom-elements.json"
    )


def test_it_has_the_hash_of_each_script(tmp_path: Path) -> None:
    subprocess.run(["tar", "xzf", str(package()), "-C", str(tmp_path)], check=True, timeout=60)
    folder = tmp_path / "package"
    modules = json.loads((folder / "integrity.json").read_text("utf-8"))["modules"]
    scripts = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*.js")}
    assert modules == {name: integrity(path.read_bytes()) for name, path in scripts.items()}
    assert "callback-widget.iife.js" in modules
