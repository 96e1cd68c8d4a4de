"""Process trees: started on a core of their own, read from /proc, ended.

Only what was started here is ever ended, by its own process group. All listen on 127.0.0.1.
"""

from __future__ import annotations

import contextlib
import http.client
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

#: Where the contender runs, and where the load, the stub and Redis do.
CONTENDER_CORE, LOAD_CORE = 1, 0
_TICKS = os.sysconf("SC_CLK_TCK")
_UP_WITHIN = 60.0


class NotUp(Exception):
    """A process ended, or did not answer in time; the message has the end of its output."""


@dataclass(frozen=True)
class Tree:
    """A running process with all its children; `log` holds what it wrote."""

    pid: int
    port: int
    log: Path
    ready_after: float  # seconds from exec until it was ready

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def pids(self) -> list[int]:
        return _descendants(self.pid)

    def cpu(self) -> float:
        """Return the seconds of CPU, user and system, that the tree has used so far."""
        return sum(_cpu(pid) for pid in self.pids())

    def runs(self) -> bool:
        """Tell whether any of its threads runs, or would if it had a core."""
        return any(_runs(pid) for pid in self.pids())

    def worker_memory(self) -> float:
        """Return the resident MiB of its largest process."""
        return max(_status_kib(pid, "VmRSS") for pid in self.pids()) / 1024


@contextmanager
def running(
    command: Sequence[str],
    env: Mapping[str, str],
    *,
    port: int,
    log: Path,
    ready: Callable[[], bool],
    core: int = CONTENDER_CORE,
) -> Iterator[Tree]:
    """Start a command pinned to a core, wait until it is `ready`, end it after."""
    began = time.monotonic()
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 - our own commands
            ["taskset", "--cpu-list", str(core), *command],  # noqa: S607
            env={"PATH": os.environ["PATH"], **env},
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        while not ready():
            if process.poll() is not None or time.monotonic() - began > _UP_WITHIN:
                raise NotUp(f"{command[0]}:\n{log.read_text(errors='replace')[-2000:]}")
            time.sleep(0.005)
        yield Tree(process.pid, port, log, time.monotonic() - began)
    finally:
        _end(process)


def answers(port: int, path: str) -> bool:
    """Tell whether a GET is answered 200."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    with contextlib.closing(connection), contextlib.suppress(OSError, http.client.HTTPException):
        connection.request("GET", path)
        return connection.getresponse().status == HTTPStatus.OK
    return False


def accepts(port: int) -> bool:
    """Tell whether a connection is taken."""
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


def free_port() -> int:
    """Return a port that was free a moment ago."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(15)
    except subprocess.TimeoutExpired:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _descendants(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(each for child in children for each in _descendants(int(child)))]


def _cpu(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def _runs(pid: int) -> bool:
    states = (each.read_text() for each in Path(f"/proc/{pid}/task").glob("*/stat"))
    return any(state.rpartition(")")[2].split()[0] in "RD" for state in states)


def _status_kib(pid: int, name: str) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(name))
