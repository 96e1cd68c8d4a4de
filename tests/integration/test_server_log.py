"""A log that nobody takes: every request is answered all the same, and what is lost is counted."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests

from tests import running
from tests.running import Gateway, Simulator, poll
from tests.scraping import value

pytestmark = pytest.mark.long

STARTS = "/v1/profiles/default/callbacks"
#: Requests sent at once.
_BATCH = 100


@contextmanager
def gateway_logging_to(stderr: int, simulator: Simulator) -> Iterator[Gateway]:
    wanted = running.gateway_env(simulator.base_url, LOG_LEVEL="debug")  # probes are lines too
    env = {"PATH": os.environ["PATH"], **wanted}
    program = str(Path(sys.executable).with_name("callback-gateway"))
    process = subprocess.Popen([program, "serve"], env=env, stderr=stderr)
    origin, metrics = (f"http://127.0.0.1:{env[name]}" for name in ("PORT", "METRICS_PORT"))
    gateway = Gateway(process, origin, metrics)  # type: ignore[arg-type]
    try:
        poll(lambda: _is_up(origin))
        yield gateway
    finally:
        gateway.session.close()
        process.terminate()
        assert process.wait(30) == 0


@pytest.mark.parametrize("sink", ["a pipe nobody reads", "a reader that is gone", "a full disk"])
def test_every_request_is_answered_whatever_becomes_of_the_log(
    module_simulator: Simulator, sink: str
) -> None:
    reader, writer = os.pipe()
    with Path("/dev/full").open("wb") as full:
        stderr = full.fileno() if sink == "a full disk" else writer
        with gateway_logging_to(stderr, module_simulator) as gateway:
            if sink == "a reader that is gone":
                os.close(reader)
            os.close(writer)
            assert _answered(_at(gateway), 120) == 120 * _BATCH
            started = gateway.post(STARTS, json={"number": f"1416366{2500 + len(sink)}"})
            assert started.status_code == 201
            assert poll(lambda: value(gateway, "log_lines_dropped_total"))
    if sink != "a reader that is gone":
        os.close(reader)


def _answered(at: tuple[str, int], batches: int) -> int:
    """Ask for /healthz in batches on one connection; return how many answers were good."""
    good = 0
    with socket.create_connection(at, timeout=20) as opened:
        for _ in range(batches):
            answers = b""
            opened.sendall(b"HEAD /healthz HTTP/1.1\r\nHost: g\r\n\r\n" * _BATCH)
            while answers.count(b"\r\n\r\n") < _BATCH:
                answers += opened.recv(1 << 16)
            good += answers.count(b"HTTP/1.1 200 OK\r\n")
    return good


def _at(gateway: Gateway) -> tuple[str, int]:
    at = urlsplit(gateway.origin)
    assert at.hostname
    assert at.port
    return at.hostname, at.port


def _is_up(origin: str) -> bool:
    try:
        return requests.get(f"{origin}/healthz", timeout=10).ok
    except requests.ConnectionError:
        return False
