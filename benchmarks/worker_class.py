"""What 200 waiting starts do to form reads, by gunicorn worker class, side by side.

    python -m benchmarks.worker_class [gthread:32 gthread:320 gevent:0 ...]

Each contender serves the same application against one simulator whose starts answer after 3
seconds. Prints, per contender, how many form reads ended while all starts waited, their median
and 99th percentile in milliseconds, and the CPU and memory of its processes. gevent has to be
installed by hand; it is no dependency.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import requests

from tests.running import Simulator, gateway_env, poll, simulator

STARTS = 200
SECONDS = 3


@contextmanager
def contender(name: str, upstream: Simulator) -> Iterator[tuple[str, int]]:
    """Run the application under a worker class ("class:threads"); yield its origin and pid."""
    worker, _, threads = name.partition(":")
    env = gateway_env(upstream.base_url, LOG_LEVEL="error", DUPLICATE_WINDOW="0")
    bind = f"127.0.0.1:{env['PORT']}"
    command = [str(Path(sys.executable).with_name("gunicorn")), "service:create_app()"]
    command += ["--bind", bind, "--worker-class", worker, "--no-control-socket"]
    command += ["--threads", threads] if int(threads or 0) else []
    with subprocess.Popen(command, env=env, stderr=subprocess.DEVNULL) as process:  # noqa: S603
        try:
            poll(lambda: _answers(f"http://{bind}"))
            yield f"http://{bind}", process.pid
        finally:
            process.terminate()


def _answers(origin: str) -> bool:
    try:
        return requests.get(f"{origin}/v1/profiles/default", timeout=5).ok
    except requests.RequestException:
        return False


def measure(origin: str, pid: int) -> str:
    """Let the starts wait, read forms until they have ended."""
    before = _cpu(pid)
    starts = [threading.Thread(target=_start, args=(origin, n)) for n in range(STARTS)]
    for start in starts:
        start.start()
    time.sleep(0.5)  # the load itself: all starts are on their way
    took = []
    session = requests.Session()
    end = time.monotonic() + SECONDS - 1
    while time.monotonic() < end:
        began = time.perf_counter()
        session.get(f"{origin}/v1/profiles/default", timeout=60)
        took.append((time.perf_counter() - began) * 1000)
    for start in starts:
        start.join()
    p99 = sorted(took)[int(len(took) * 0.99)]
    cpu, memory = _cpu(pid) - before, _memory(pid)
    return (
        f"{len(took):6d} reads   median {statistics.median(took):8.1f} ms   p99 {p99:8.1f} ms   "
        f"cpu {cpu:5.2f} s   memory {memory:4d} MiB"
    )


def _start(origin: str, number: int) -> None:
    requests.post(
        f"{origin}/v1/profiles/default/callbacks",
        json={"number": f"1416366{number:04d}"[:11]},
        timeout=60,
    )


def _tree(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(each for child in children for each in _tree(int(child)))]


def _cpu(pid: int) -> float:
    fields = [Path(f"/proc/{each}/stat").read_text().rpartition(")")[2] for each in _tree(pid)]
    return sum(int(each.split()[11]) + int(each.split()[12]) for each in fields) / 100


def _memory(pid: int) -> int:
    pages = [int(Path(f"/proc/{each}/statm").read_text().split()[1]) for each in _tree(pid)]
    return sum(pages) * 4 // 1024


def main() -> None:
    names = sys.argv[1:] or ["gthread:32", "gthread:320"]
    with simulator("--speed", "50") as upstream:
        upstream.fault("callback", latency_ms=SECONDS * 1000)
        for name in names:
            with contender(name, upstream) as (origin, pid):
                print(f"{name:12s} {measure(origin, pid)}", flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
