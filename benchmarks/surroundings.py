"""What the contenders share: the stub upstream, a Redis, a folder for logs."""

from __future__ import annotations

import json
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.lineup import Contender, account
from benchmarks.processes import LOAD_CORE, Tree, accepts, answers, free_port, running
from tests.running import redis_program

_ROOT = Path(__file__).parent.parent


@dataclass(frozen=True)
class Surroundings:
    """Running, on the core that the contenders do not have."""

    stub: Tree
    redis: Tree
    folder: Path

    @contextmanager
    def start(self, contender: Contender) -> Iterator[Tree]:
        """Run a contender until the end of the block."""
        port = free_port()
        env = account(self.stub.origin, port) | dict(contender.env)
        if contender.needs_redis:
            env["REDIS_URL"] = f"redis://127.0.0.1:{self.redis.port}/0"
        with running(
            [part.replace("{port}", str(port)) for part in contender.command],
            env,
            port=port,
            log=self.folder / f"{contender.name}.log",
            ready=lambda: answers(port, contender.ready),
        ) as tree:
            yield tree

    def delay(self, milliseconds: int) -> None:
        """Let the upstream answer that much later."""
        self._control("PUT", f"/_delay/{milliseconds}")

    def starts(self) -> int:
        """Return how many call-backs were started upstream so far."""
        return int(self._control("GET", "/_starts")["starts"])

    def _control(self, method: str, path: str) -> dict[str, Any]:
        request = urllib.request.Request(self.stub.origin + path, method=method)  # noqa: S310
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
            found: dict[str, Any] = json.load(answer)
            return found


@contextmanager
def surroundings(folder: Path) -> Iterator[Surroundings]:
    """Run the stub and a Redis that keeps nothing on disk."""
    with stub_upstream(folder) as stub, _redis(folder) as redis:
        yield Surroundings(stub, redis, folder)


@contextmanager
def stub_upstream(folder: Path) -> Iterator[Tree]:
    """Run the stub alone."""
    port = free_port()
    with running(
        [sys.executable, "-m", "benchmarks.stub", str(port)],
        {"PYTHONPATH": str(_ROOT)},
        port=port,
        log=folder / "stub.log",
        ready=lambda: answers(port, "/_starts"),
        core=LOAD_CORE,
    ) as tree:
        yield tree


@contextmanager
def _redis(folder: Path) -> Iterator[Tree]:
    port = free_port()
    options = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    with running(
        [redis_program(), *options, "--dir", str(folder)],
        {},
        port=port,
        log=folder / "redis.log",
        ready=lambda: accepts(port),
        core=LOAD_CORE,
    ) as tree:
        yield tree
