"""What the chart renders runs: the real service, with the rendered environment and files.

The best proof short of a cluster: what a kubelet would do with a pod is done here by hand.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests

from tests import running
from tests.deploy.chart import Manifest, find, gateway_pod, merged, render
from tests.deploy.chart_pods import environment, own_data, with_files

HANDLE_SECRET = "new-handle-secret-0123456789abcdef,old-handle-secret-0123456789abcdef"
SIMULATED: dict[str, Any] = {"simulator": {"enabled": True, "speed": 50}}


@contextmanager
def pod(manifests: list[Manifest], folder: Path, **elsewhere: str) -> Iterator[running.Gateway]:
    """Run the gateway's container; `elsewhere` are addresses that only a cluster resolves."""
    ports = running.free_ports(2)
    given = {
        **with_files(manifests, folder),
        "PORT": str(ports[0]),
        "METRICS_PORT": str(ports[1]),
        **elsewhere,
    }
    process = running.Process(["callback-gateway", "serve"], given)
    try:
        process.wait_for("serving")
        origin, metrics = (f"http://127.0.0.1:{port}" for port in ports)
        yield running.Gateway(process, origin, metrics)
    finally:
        process.stop()


@contextmanager
def simulator_pod(manifests: list[Manifest]) -> Iterator[running.Simulator]:
    """Run the simulator's container, reached as from another pod: not over loopback."""
    spec = find(manifests, "Deployment", "simulator")["spec"]["template"]["spec"]
    command = list(spec["containers"][0]["command"])
    at = command.index("--port") + 1
    assert command[at] == str(spec["containers"][0]["ports"][0]["containerPort"])
    command[at] = "0"
    process = running.Process(command, {})
    try:
        port = process.wait_for(r"on http://127\.0\.0\.1:(\d+)/3\.0/")[1]
        yield running.Simulator(process, f"http://{own_address()}:{port}")
    finally:
        process.stop()


def own_address() -> str:
    """Return an address of this machine that is not loopback, where it has one."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # nothing is sent
        except OSError:
            return "127.0.0.1"
        address: str = probe.getsockname()[0]
        return address


def run_test_pod(manifests: list[Manifest], **elsewhere: str) -> subprocess.CompletedProcess[str]:
    """Run what `helm test` runs."""
    [container] = find(manifests, "Pod", "test")["spec"]["containers"]
    given = {each["name"]: each["value"] for each in container["env"]}
    python, *arguments = container["command"]
    assert python == "python3"
    return subprocess.run(
        [sys.executable, *arguments],
        env={"PATH": os.environ["PATH"], **given, **elsewhere},
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )


def test_the_rendered_pod_serves_with_every_secret_as_a_file_and_several_workers(
    module_simulator: running.Simulator, tmp_path: Path
) -> None:
    with running.redis_server() as (redis_url, redis):
        manifests = render(
            {
                "profiles": {"web": running.WEB_PROFILE, "other": running.DOCUMENT_PROFILE},
                "fonolo": {
                    "accountSid": running.ACCOUNT_SID,
                    "authToken": running.AUTH_TOKEN,
                    "handleSecret": HANDLE_SECRET,
                    "baseUrl": module_simulator.base_url,
                },
                "redis": {"url": redis_url},
                "storeSecret": {"value": "store-secret-0123456789abcdef-0123456789"},
                "captcha": {"secret": "captcha-secret"},
                "env": {
                    "WEB_CONCURRENCY": 2,
                    "LIMIT_NUMBER": "1/day",
                    "CAPTCHA_PROVIDER": "turnstile",
                    "CAPTCHA_SITE_KEY": "site-key",
                    "CAPTCHA_MODE": "step_up",
                },
                "replicaCount": 2,
            }
        )
        with pod(manifests, tmp_path) as gateway:
            ready = gateway.get("/readyz")
            assert ready.status_code == 200, ready.text
            assert ready.json()["store"] == "up"
            assert gateway.get("/v1/profiles/other").status_code == 200
            number = {"number": "14163662500"}
            started = gateway.post("/v1/profiles/web/callbacks", json=number)
            assert started.status_code == 201, started.text
            again = gateway.post("/v1/profiles/web/callbacks", json=number)
            assert again.status_code in {409, 429}  # the other worker knows it too
            assert gateway.get(started.json()["url"]).status_code == 200
            metrics = gateway.session.get(f"{gateway.metrics}/metrics", timeout=10)
            assert "callback_gateway_request_seconds" in metrics.text
        output = "\n".join([*gateway.process.lines, *redis.lines])
        for secret in own_data(manifests).values():
            assert secret not in output


def test_helm_test_places_one_call_back_on_the_simulator(tmp_path: Path) -> None:
    manifests = render(SIMULATED)
    with simulator_pod(manifests) as simulator:
        elsewhere = {"FONOLO_BASE_URL": simulator.base_url}
        with pod(manifests, tmp_path, **elsewhere) as gateway:
            done = run_test_pod(
                manifests, GATEWAY_URL=gateway.origin, SIMULATOR_URL=simulator.origin
            )
            assert done.returncode == 0, done.stdout + done.stderr
            assert "the simulator's journal has it once" in done.stdout
            again = run_test_pod(
                manifests, GATEWAY_URL=gateway.origin, SIMULATOR_URL=simulator.origin
            )
            assert again.returncode == 0, again.stdout + again.stderr


def test_helm_test_rings_nothing_without_a_simulator(
    module_simulator: running.Simulator, tmp_path: Path
) -> None:
    manifests = render(
        {
            "profiles": {"web": running.WEB_PROFILE},
            "fonolo": {
                "accountSid": running.ACCOUNT_SID,
                "authToken": running.AUTH_TOKEN,
                "handleSecret": HANDLE_SECRET,
                "baseUrl": module_simulator.base_url,
            },
        }
    )
    before = module_simulator.calls()
    with pod(manifests, tmp_path) as gateway:
        done = run_test_pod(manifests, GATEWAY_URL=gateway.origin)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "no call-back is placed" in done.stdout
    assert module_simulator.calls() == before


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"env": {"STARTS": "off"}}, "as it is configured: starts_disabled"),
        ({"env": {"NUMBER_COUNTRIES": "GB", "NUMBER_POLICY": "valid"}}, "journal has it once"),
        (
            {
                "env": {
                    "NUMBER_COUNTRIES": "CA",
                    "NUMBER_BLOCKED_TYPES": "fixed_line_or_mobile,mobile",
                }
            },
            "journal has it once",
        ),
        ({"env": {"LIMIT_START": "1/hour"}}, "as it is configured: rate_limited"),
        (
            {
                "captcha": {"secret": "c"},
                "env": {"CAPTCHA_PROVIDER": "turnstile", "CAPTCHA_SITE_KEY": "k"},
            },
            "a CAPTCHA is asked for",
        ),
    ],
    ids=["starts off", "another country", "other kinds", "a tight limit", "a CAPTCHA"],
)
def test_helm_test_passes_where_the_gateway_does_what_it_is_told(
    more: dict[str, Any], said: str, tmp_path: Path
) -> None:
    manifests = render(merged(SIMULATED, more))
    with simulator_pod(manifests) as simulator:
        with pod(manifests, tmp_path, FONOLO_BASE_URL=simulator.base_url) as gateway:
            done = run_test_pod(
                manifests, GATEWAY_URL=gateway.origin, SIMULATOR_URL=simulator.origin
            )
    assert done.returncode == 0, done.stdout + done.stderr
    assert said in done.stdout


def test_helm_test_fails_when_fonolo_refuses(tmp_path: Path) -> None:
    manifests = render(SIMULATED)
    with simulator_pod(manifests) as simulator:
        with pod(manifests, tmp_path, FONOLO_BASE_URL=simulator.base_url) as gateway:
            requests.post(
                f"{simulator.origin}/_simulator/faults",
                json={"endpoint": "callback", "mode": "refuse"},
                auth=(running.ACCOUNT_SID, running.AUTH_TOKEN),
                timeout=10,
            ).raise_for_status()
            done = run_test_pod(
                manifests, GATEWAY_URL=gateway.origin, SIMULATOR_URL=simulator.origin
            )
    assert done.returncode == 1
    assert "upstream_error" in done.stderr


@pytest.mark.parametrize("values", [SIMULATED, merged(SIMULATED, {"fullnameOverride": "staging"})])
def test_the_gateway_and_the_test_find_the_simulators_service(values: dict[str, Any]) -> None:
    manifests = render(values)
    service = find(manifests, "Service", "simulator")
    [port] = service["spec"]["ports"]
    origin = f"http://{service['metadata']['name']}:{port['port']}"
    assert environment(manifests)["FONOLO_BASE_URL"] == f"{origin}/3.0/"
    [container] = find(manifests, "Pod", "test")["spec"]["containers"]
    named = {each["name"]: each["value"] for each in container["env"]}
    gateway = find(manifests, "Service")
    assert named == {
        "GATEWAY_URL": f"http://{gateway['metadata']['name']}:80",
        "PROFILE": "default",
        "SIMULATOR_URL": origin,
    }
    labels = find(manifests, "Deployment", "simulator")["spec"]["template"]["metadata"]["labels"]
    assert service["spec"]["selector"].items() <= labels.items()
    assert (
        gateway["spec"]["selector"].items() <= gateway_pod(manifests)["metadata"]["labels"].items()
    )
