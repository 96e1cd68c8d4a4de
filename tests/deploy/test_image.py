"""The two images of the Dockerfile: what is in them, and that they serve on a read-only root.

The base is a stand-in (`STAND_IN` names Debian's release: bookworm), see tests/deploy/image.py.
What it brings that python:*-slim does not (its own apt and dpkg too) is not judged here.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import distributions
from pathlib import Path

import pytest
import requests

from tests.deploy.image import CHECKOUT, Image, Running, Store, scratch_store
from tests.running import Gateway, Simulator, free_ports, gateway_env, poll, redis_server

pytestmark = pytest.mark.timeout(900)

PROJECT = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())["project"]
UV = Path(sys.executable).with_name("uv")
OURS = Path("opt/callback-gateway")
STARTS = "/v1/profiles/default/callbacks"


@pytest.fixture(scope="module")
def store() -> Iterator[Store]:
    with scratch_store() as store:
        yield store


@pytest.fixture(scope="module")
def base(store: Store) -> str:
    return store.stand_in(os.environ.get("STAND_IN", "bookworm"))


@pytest.fixture(scope="module")
def image(store: Store, base: str) -> Image:
    return store.build(base, tag="callback-gateway")


@pytest.fixture(scope="module")
def simulator_image(store: Store, base: str) -> Image:
    return store.build(base, "--target", "simulator", tag="callback-gateway-simulator")


@pytest.fixture(scope="module")
def simulator(simulator_image: Image) -> Iterator[Simulator]:
    port = free_ports(1)[0]
    with simulator_image.started("--port", str(port)) as running:
        running.process.wait_for(r"on http://127\.0\.0\.1:\d+/3\.0/")
        yield Simulator(running.process, f"http://127.0.0.1:{port}")


@contextmanager
def serving(image: Image, upstream: Simulator, **more: str) -> Iterator[tuple[Gateway, Running]]:
    env = gateway_env(upstream.base_url, **more)
    with image.started(**env) as running:
        running.process.wait_for("serving")
        origin, metrics = (f"http://127.0.0.1:{env[name]}" for name in ("PORT", "METRICS_PORT"))
        yield Gateway(running.process, origin, metrics), running


def found(image: Image, *names: str) -> list[str]:
    """Return the paths in the image that have one of these names."""
    patterns = re.compile("|".join(names))
    return [
        str(Path(folder, each).relative_to(image.root))
        for folder, folders, files in os.walk(image.root)
        for each in (*folders, *files)
        if patterns.fullmatch(each)
    ]


# What it says of itself


def test_it_runs_as_a_user_with_a_number_that_is_not_root(
    image: Image, simulator_image: Image
) -> None:
    assert image.config["User"] == simulator_image.config["User"] == "10001:10001"


def test_an_engine_is_told_how_to_start_ask_and_stop_it(image: Image) -> None:
    assert [*image.config["Entrypoint"], *image.config["Cmd"]] == ["callback-gateway", "serve"]
    assert image.config["Healthcheck"]["Test"][0] == "CMD"
    assert image.config["StopSignal"] == "SIGTERM"
    assert set(image.config["ExposedPorts"]) == {"8000/tcp", "9090/tcp"}


def test_its_labels_say_what_the_project_says(image: Image) -> None:
    labels = image.config["Labels"]
    said = {
        each.rsplit(".", 1)[1]: value
        for each, value in labels.items()
        if each.startswith("org.opencontainers.image.")
    }
    assert said.pop("created")
    assert said.pop("revision")
    assert said == {
        "title": PROJECT["name"],
        "description": PROJECT["description"],
        "licenses": PROJECT["license"],
        "version": PROJECT["version"],
    }


# What is in it


def test_it_has_nothing_to_install_or_compile_with(image: Image) -> None:
    installers = ("pip", r"pip3?[.\d]*", "setuptools", "pkg_resources", "ensurepip", "uv", "wheel")
    compilers = ("gcc", "cc", r"c\+\+", r"g\+\+", "clang", "ld", "make", "hatchling")
    assert found(image, *installers) == []
    assert [each for each in found(image, *compilers) if Path(each).parent.name == "bin"] == []


def test_it_has_neither_the_simulator_nor_tests_nor_what_built_it(image: Image) -> None:
    names = ("simulator", "fonolo.simulator.*", "conftest.py", "Dockerfile", "pyproject.toml")
    assert found(image, *names) == []
    assert sorted(each.name for each in (image.root / "opt").iterdir()) == ["callback-gateway"]
    assert not {"src", "build", "wheels", "wheel"} & {each.name for each in image.root.iterdir()}


def test_the_simulators_image_has_nothing_of_the_gateway(simulator_image: Image) -> None:
    assert found(simulator_image, "callback.gateway.*", "phonenumbers") == []


def test_all_its_code_is_compiled_and_never_checked_against_its_source(image: Image) -> None:
    sources = [each for each in (image.root / OURS).rglob("*.py") if each.parent.name != "bin"]
    assert len(sources) > 500
    for source in sources:
        [compiled] = source.parent.glob(f"__pycache__/{source.stem}.cpython-*.pyc")
        assert compiled.read_bytes()[4:8] == b"\1\0\0\0", source  # PEP 552: hash, unchecked


def test_the_lock_file_holds_all_that_it_depends_on(image: Image) -> None:
    site = next((image.root / OURS / "lib").glob("python*/site-packages"))
    installed = {each.metadata["Name"] for each in distributions(path=[str(site)])}
    checked = subprocess.run(
        [UV, "pip", "check", "--python", image.root / OURS / "bin" / "python3"],
        capture_output=True,
        text=True,
    )
    assert PROJECT["name"] in installed
    assert checked.returncode == 0, checked.stderr


def test_its_bill_of_materials_lists_exactly_what_is_in_it(image: Image, tmp_path: Path) -> None:
    site = next((image.root / OURS / "lib").glob("python*/site-packages"))
    installed = {
        (re.sub(r"[-_.]+", "-", each.metadata["Name"]).lower(), each.version)
        for each in distributions(path=[str(site)])
    }
    bill = tmp_path / "sbom.cdx.json"
    subprocess.run(
        [
            CHECKOUT / ".venv-deploy/bin/python",
            CHECKOUT / "tests/deploy/image_sbom.py",
            *(UV, bill, site.parent.name.removeprefix("python")),
        ],
        check=True,
    )
    listed = json.loads(bill.read_text())
    components = [listed["metadata"]["component"], *listed["components"]]
    assert {(each["name"], each["version"]) for each in components} == installed
    assert all(each["licenses"] != [{"expression": ""}] for each in listed["components"])


@pytest.mark.parametrize("lock", ["requirements/runtime.txt", "requirements/otel.txt"])
@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_each_dependency_has_a_wheel_for_the_python_of_the_real_base(
    lock: str, machine: str, tmp_path: Path
) -> None:
    dockerfile = (CHECKOUT / "Dockerfile").read_text()
    python = re.search(r"^ARG BASE_IMAGE=python:([\d.]+)-slim", dockerfile, re.M)
    assert python
    subprocess.run(
        [
            *(UV, "pip", "install", "--quiet", "--target", tmp_path, "--require-hashes"),
            *("--python-version", python[1], "--python-platform", f"{machine}-manylinux_2_28"),
            *("--only-binary", ":all:", "--requirements", CHECKOUT / lock),
        ],
        check=True,
    )


def test_a_second_build_elsewhere_is_the_same_to_the_byte(
    store: Store, base: str, image: Image, tmp_path: Path
) -> None:
    for name in os.listdir(CHECKOUT):  # noqa: PTH208 - names, to be copied as they are
        if re.fullmatch(r"service|simulator|widget|requirements", name):
            shutil.copytree(
                CHECKOUT / name, tmp_path / name, copy_function=shutil.copyfile, symlinks=True
            )
        elif (CHECKOUT / name).is_file():
            shutil.copyfile(CHECKOUT / name, tmp_path / name)
            (tmp_path / name).chmod(0o600)
    again = store.build(base, "--no-cache", context=tmp_path, tag="again")
    assert again.layers == image.layers


def test_the_size_of_what_it_adds_to_its_base_is_told(
    image: Image, capsys: pytest.CaptureFixture[str]
) -> None:
    ours = image.sizes()
    with capsys.disabled():
        for pulled, stored in ours:
            print(f"\n  layer: {pulled / 1e6:.2f} MB to pull, {stored / 1e6:.1f} on disk", end="")  # noqa: T201
        print()  # noqa: T201
    assert sum(pulled for pulled, _ in ours) < 22_000_000
    assert ours[-1][0] < 1_000_000, "an upgrade pulls the last layer"


# What it does


def test_its_root_cannot_be_written_even_by_root(image: Image) -> None:
    attempt = image.run("python3", "-c", "open('/tmp/x', 'w')", user="0:0")
    assert "Read-only file system" in attempt.stderr


def test_without_a_configuration_it_names_what_is_missing_and_exits_2(image: Image) -> None:
    ended = image.run(*image.config["Entrypoint"], *image.config["Cmd"])
    assert ended.returncode == 2
    names = [line.split(":")[0] for line in ended.stderr.splitlines()]
    assert names == [
        "FONOLO_ACCOUNT_SID",
        "FONOLO_AUTH_TOKEN",
        "CALLBACK_PROFILES",
        "HANDLE_SECRET",
    ]


def test_with_nowhere_to_write_it_says_so_and_exits_1(image: Image) -> None:
    env = gateway_env("http://127.0.0.1:9/3.0/")
    ended = image.run(*image.config["Entrypoint"], *image.config["Cmd"], shm="0755", **env)
    assert ended.returncode == 1
    assert "nowhere to write" in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize("user", ["10001:10001", "1000660000:0"], ids=["its own", "OpenShift's"])
def test_a_call_back_placed_on_it_reaches_fonolo(
    image: Image, simulator: Simulator, user: str
) -> None:
    with serving(image, simulator, user=user) as (gateway, _):
        poll(lambda: gateway.get("/readyz").status_code == 200)
        assert gateway.get("/healthz").status_code == 200
        assert gateway.get("/widget.js").status_code == 200
        placed = gateway.post(STARTS, json={"number": "14163662500"})
        assert placed.status_code == 201, placed.text
        assert gateway.get(placed.json()["url"]).json()["status"]
        assert simulator.calls()[-1]["form"]["fc_number"] == "14163662500"
        metrics = requests.get(f"{gateway.metrics}/metrics", timeout=10).text
        assert re.search(r'_starts_total\{.*outcome="started".*\} 1', metrics)


def test_its_health_check_tells_a_serving_container_from_another(
    image: Image, simulator: Simulator
) -> None:
    ask = image.config["Healthcheck"]["Test"][1:]
    with serving(image, simulator) as (gateway, running):
        port = gateway.origin.rsplit(":", 1)[1]
        assert image.run(*ask, PORT=port).returncode == 0
        running.signal(signal.SIGTERM)
        running.wait()
        assert image.run(*ask, PORT=port).returncode != 0


def test_as_process_1_it_ends_a_running_start_before_it_exits_0(
    image: Image, simulator: Simulator
) -> None:
    with serving(image, simulator) as (gateway, running):
        before = len(simulator.calls())
        simulator.fault("callback", latency_ms=1500)
        told: list[int] = []
        starting = threading.Thread(
            target=lambda: told.append(
                requests.post(
                    gateway.origin + STARTS, json={"number": "14163662501"}, timeout=30
                ).status_code
            )
        )
        starting.start()
        poll(lambda: len(simulator.calls()) > before)
        running.signal(signal.SIGTERM)
        starting.join(30)
        simulator.heal()
        assert running.wait() == 0
        assert told == [201]


def test_several_workers_count_together_in_its_small_memory(
    image: Image, simulator: Simulator
) -> None:
    with (
        redis_server() as (redis_url, _),
        serving(image, simulator, WEB_CONCURRENCY="2", REDIS_URL=redis_url) as (gateway, _),
    ):
        for _ in range(20):
            assert requests.get(f"{gateway.origin}/healthz", timeout=10).ok
        metrics = requests.get(f"{gateway.metrics}/metrics", timeout=10).text
        counts = re.findall(r"request_seconds_count\{.*healthz.*\} (\d+)", metrics)
        assert sum(map(int, counts)) == 20


def test_with_the_other_lock_file_it_can_trace(store: Store, base: str) -> None:
    tracing = store.build(base, "--build-arg", "LOCK=requirements/otel.txt", tag="tracing")
    ended = tracing.run("python3", "-c", "import opentelemetry.sdk.trace")
    assert ended.returncode == 0, ended.stderr
