"""Starting with a good or a bad configuration: one line a fault before a socket opens."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
import requests

from tests import running
from tests.running import Process, Simulator, poll

NOWHERE = "http://127.0.0.1:9/3.0/"
SECRETS = ["token-that-nobody-sees", "short-handle-secret", "redis-password", "captcha-s3cret"]
BAD = {
    "METRICS_PORT": "a port",
    "FONOLO_AUTH_TOKEN": "token-that-nobody-sees with a blank",
    "FONOLO_ACCOUNT_SID": "",
    "FONOLO_BASE_URL": "http://fonolo.example/3.0/",
    "FONOLO_TIMEZONE": "Atlantis/Capital",
    "CALLBACK_PROFILES": "default=nothing",
    "HANDLE_SECRET": "short-handle-secret",
    "REDIS_URL": "http://:redis-password@redis.example",
    "LIMIT_START": "often",
    "CAPTCHA_PROVIDER": "homemade",
    "CAPTCHA_SECRET_FILE": "/nowhere/captcha-s3cret",
    "STARTS": "maybe",
}


def run(*command: str, **settings: str) -> tuple[int, list[str], int]:
    """Run to its end; return the exit code, the output's lines and the port it would have."""
    env = {**running.gateway_env(NOWHERE), **settings}
    process = Process(list(command), env)
    try:
        return process.wait(), process.lines, int(env["PORT"])
    finally:
        process.stop()


@pytest.mark.parametrize("command", ["serve", "check", "check --offline"])
def test_with_bad_settings_it_exits_2_with_one_line_a_fault(command: str) -> None:
    code, lines, _ = run("callback-gateway", *command.split(), **BAD)
    assert code == 2
    named = sorted(line.partition(":")[0] for line in lines)
    assert named == sorted(name.removesuffix("_FILE") for name in BAD)
    output = "\n".join(lines)
    assert "Traceback" not in output
    assert not [secret for secret in SECRETS if secret in output]


def test_offline_a_good_configuration_is_good_though_nobody_answers() -> None:
    assert run("callback-gateway", "check", "--offline")[0] == 0


def test_offline_demands_what_only_a_server_needs() -> None:
    code, lines, _ = run("callback-gateway", "check", "--offline", HANDLE_SECRET="")
    assert code == 2
    assert [line.partition(":")[0] for line in lines] == ["HANDLE_SECRET"]


def test_check_says_what_serve_would_not_start_with_and_what_sets_nothing() -> None:
    faulty = {"HANDLE_SECRET": "", "OTEL_TRACES_EXPORTER": "jaeger", "REDIS_URI": "redis://h"}
    _, lines, _ = run("callback-gateway", "check", **faulty)
    would_not = [line for line in lines if line.startswith("serve would not start: ")]
    assert [line.split(": ")[1] for line in would_not] == ["HANDLE_SECRET", "OTEL_TRACES_EXPORTER"]
    assert "No effect    REDIS_URI is no setting; REDIS_URL is one" in lines
    code, lines, _ = run("callback-gateway", "check", "--offline", REDIS_URI="redis://h")
    assert code == 0
    assert "No effect: REDIS_URI is no setting; REDIS_URL is one" in lines


def test_no_socket_opens_before_the_faults_are_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:  # binding it would fail otherwise
        port = taken.getsockname()[1]
        code, lines, _ = run("callback-gateway", "serve", STARTS="maybe", PORT=str(port))
    assert code == 2
    assert len(lines) == 1
    assert lines[0].startswith("STARTS: ")


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("WEB_CONCURRENCY", {"WEB_CONCURRENCY": "2"}),
        ("HANDLE_SECRET", {"HANDLE_SECRET": ""}),
        ("METRICS_PORT", {"PORT": "8999", "METRICS_PORT": "8999"}),
    ],
)
def test_what_cannot_be_served_so_is_a_fault(name: str, settings: dict[str, str]) -> None:
    code, lines, _ = run("callback-gateway", "serve", **settings)
    assert code == 2
    assert len(lines) == 1
    assert lines[0].startswith(f"{name}: ")


def test_a_secret_that_is_not_utf_8_is_a_fault_and_no_traceback() -> None:
    broken = (b"\xff" * 40).decode("utf-8", "surrogateescape")
    code, lines, _ = run("callback-gateway", "serve", HANDLE_SECRET=broken)
    assert code == 2
    assert [line.partition(":")[0] for line in lines] == ["HANDLE_SECRET"]


def test_settings_may_come_from_files(module_simulator: Simulator, tmp_path: Path) -> None:
    profiles, secret = tmp_path / "profiles", tmp_path / "secret"
    profiles.write_text(f"sales={running.WEB_PROFILE}\n")
    secret.write_text("x" * 32 + "\n")
    given = {"CALLBACK_PROFILES": "", "CALLBACK_PROFILES_FILE": str(profiles)}
    given |= {"HANDLE_SECRET": "", "HANDLE_SECRET_FILE": str(secret)}
    with running.gateway(module_simulator, **given) as gateway:
        assert gateway.get("/v1/profiles/sales").status_code == 200
        started = gateway.post("/v1/profiles/sales/callbacks", json={"number": "14163662500"})
        assert started.status_code == 201
        gateway.session.close()


def test_starts_can_be_switched_off(module_simulator: Simulator) -> None:
    before = len(module_simulator.calls())
    with running.gateway(module_simulator, STARTS="off", LIMIT_START="1/minute") as gateway:
        path, body = "/v1/profiles/default/callbacks", {"number": "14163662500"}
        for alias in ("default", "nobody", "default"):
            refused = gateway.post(f"/v1/profiles/{alias}/callbacks", json={})
            assert (refused.status_code, refused.json()["code"]) == (503, "starts_disabled")
            assert refused.headers["Retry-After"]
        assert gateway.post(f"{path}/validate", json=body).status_code == 204
        assert gateway.get("/v1/profiles/default").status_code == 200
        gateway.session.close()
    assert len(module_simulator.calls()) == before


def test_gunicorn_can_serve_the_application_itself(module_simulator: Simulator) -> None:
    env = running.gateway_env(module_simulator.base_url)
    bind = f"127.0.0.1:{env['PORT']}"
    process = Process(["gunicorn", "--bind", bind, "--threads", "4", "service:create_app()"], env)
    try:
        process.wait_for("Listening at")
        origin = f"http://{bind}"
        assert poll(lambda: requests.get(f"{origin}/readyz", timeout=10).ok)
        started = requests.post(
            f"{origin}/v1/profiles/default/callbacks", json={"number": "14163662599"}, timeout=10
        )
        assert started.status_code == 201
        assert requests.get(origin + started.json()["url"], timeout=10).ok
    finally:
        process.stop()


@pytest.mark.parametrize("how", [["-w", "2"], ["--workers=2", "--preload"]])
def test_gunicorn_with_several_workers_and_no_store_refuses(how: list[str]) -> None:
    env = running.gateway_env(NOWHERE)
    process = Process(["gunicorn", *how, "--bind", "127.0.0.1:0", "service:create_app()"], env)
    try:
        assert process.wait() != 0
        assert "several workers need a shared store" in "\n".join(process.lines)
    finally:
        process.stop()


def test_gunicorn_with_bad_settings_shows_no_secret() -> None:
    env = {**running.gateway_env(NOWHERE), **BAD}
    process = Process(["gunicorn", "--bind", "127.0.0.1:0", "service:create_app()"], env)
    try:
        assert process.wait() != 0
        assert not [secret for secret in SECRETS if secret in "\n".join(process.lines)]
    finally:
        process.stop()


def test_check_says_in_one_line_that_fonolo_cannot_be_reached() -> None:
    code, lines, _ = run("callback-gateway", "check")
    assert code == 1
    assert [line for line in lines if "refused" in line] == [
        "default: Fonolo cannot be reached: connection refused;"
        " check FONOLO_BASE_URL and the network"
    ]
