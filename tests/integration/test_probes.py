"""Probes on METRICS_PORT, and what both ports listen on."""

from __future__ import annotations

import os
import signal
import threading
from urllib.parse import urlsplit

import pytest
import requests

from tests import running
from tests.running import Gateway, Simulator, poll

STARTS = "/v1/profiles/default/callbacks"


def probe(gateway: Gateway, path: str, host: str = "127.0.0.1") -> tuple[int, dict[str, str]]:
    port = urlsplit(gateway.metrics).port
    answer = requests.get(f"http://{host}:{port}{path}", timeout=10)
    return answer.status_code, answer.json()


def test_the_metrics_port_says_what_the_public_port_says(module_simulator: Simulator) -> None:
    module_simulator.fault("profile", mode="html")
    try:
        with running.gateway(module_simulator) as gateway:
            poll(lambda: probe(gateway, "/healthz") == (200, {"status": "ok"}))
            status, parts = probe(gateway, "/readyz")
            assert (status, parts["status"], parts["configuration"]) == (
                503,
                "not ready",
                "unknown",
            )
            module_simulator.heal()
            poll(lambda: probe(gateway, "/readyz")[0] == 200)
            assert probe(gateway, "/readyz")[1] == gateway.get("/readyz").json()
            assert "callback_gateway_workers" in requests.get(gateway.metrics, timeout=10).text
    finally:
        module_simulator.heal()


def test_one_worker_whose_loop_stands_still_is_seen_among_two(module_simulator: Simulator) -> None:
    with running.redis_server() as (url, _):
        settings = {"REDIS_URL": url, "WEB_CONCURRENCY": "2"}
        with running.gateway(module_simulator, **settings) as gateway:
            poll(lambda: probe(gateway, "/readyz")[0] == 200)
            worker = gateway.process.children()[0]
            os.kill(worker, signal.SIGSTOP)
            try:
                poll(lambda: probe(gateway, "/healthz")[0] == 503)
                reason = "a worker's loop stands still"
                assert probe(gateway, "/readyz") == (503, {"status": "not ready", "reason": reason})
            finally:
                os.kill(worker, signal.SIGCONT)
            poll(lambda: probe(gateway, "/healthz")[0] == 200)
            poll(lambda: probe(gateway, "/readyz")[0] == 200)


def test_a_worker_that_was_killed_is_replaced_and_ready_again(module_simulator: Simulator) -> None:
    with running.gateway(module_simulator) as gateway:
        poll(lambda: probe(gateway, "/readyz")[0] == 200)
        os.kill(gateway.process.children()[0], signal.SIGKILL)
        poll(lambda: probe(gateway, "/readyz")[0] == 200)


def test_one_that_drains_says_there_that_it_is_not_ready(module_simulator: Simulator) -> None:
    with running.gateway(module_simulator) as gateway:
        poll(lambda: probe(gateway, "/readyz")[0] == 200)
        before = len(module_simulator.calls())
        module_simulator.fault("callback", latency_ms=4000)
        started: list[int] = []

        def start() -> None:
            body = {"number": "14163669877"}
            answer = requests.post(gateway.origin + STARTS, json=body, timeout=30)
            started.append(answer.status_code)

        starting = threading.Thread(target=start)
        starting.start()
        try:
            poll(lambda: len(module_simulator.calls()) > before)
            gateway.process.signal(signal.SIGTERM)
            poll(lambda: probe(gateway, "/readyz")[1].get("reason") == "draining")
            assert probe(gateway, "/healthz")[0] == 200
        finally:
            module_simulator.heal()
            starting.join(30)
        assert started == [201]
        assert gateway.process.wait() == 0


@pytest.mark.parametrize(
    ("bind", "hosts"),
    [
        ("", {"127.0.0.1", "[::1]"}),
        ("[::1]", {"[::1]"}),
        ("0.0.0.0", {"127.0.0.1"}),  # noqa: S104
    ],
)
def test_both_ports_listen_on_bind(module_simulator: Simulator, bind: str, hosts: set[str]) -> None:
    with running.gateway(module_simulator, BIND=bind) as gateway:
        for port in (urlsplit(gateway.origin).port, urlsplit(gateway.metrics).port):
            reached = {host for host in ("127.0.0.1", "[::1]") if answers(f"http://{host}:{port}")}
            assert reached == hosts


def answers(origin: str) -> bool:
    try:
        return requests.get(f"{origin}/healthz", timeout=10).ok
    except requests.ConnectionError:
        return False


def test_a_client_that_comes_over_ipv4_to_both_is_an_ipv4_address(
    module_simulator: Simulator,
) -> None:
    with running.gateway(module_simulator) as gateway:
        assert gateway.get("/v1/profiles/default").ok
        gateway.process.wait_for('"client": ?"127.0.0.1"')


@pytest.mark.parametrize("name", ["PORT", "METRICS_PORT"])
def test_a_port_that_is_taken_is_one_line_and_exit_1(
    module_simulator: Simulator, name: str
) -> None:
    with running.gateway(module_simulator) as gateway:
        taken = urlsplit(gateway.origin if name == "PORT" else gateway.metrics).port
        env = running.gateway_env(module_simulator.base_url, **{name: str(taken)})
        second = running.Process(["callback-gateway", "serve"], env)
        assert second.wait() == 1
        second.wait_for(f'"{name}".*cannot listen|cannot listen.*"{name}"')
        assert "Traceback" not in "\n".join(second.lines)
        second.stop()
