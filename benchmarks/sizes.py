"""Measure the sizes that docs/operating.md reckons with: `python -m benchmarks.sizes` (1 minute).

Memory of a pod with one worker, idle and with starts waiting for Fonolo; memory in Redis of a start
with a key, each by a client of its own. It counts bytes, not time: other work on the machine does
not matter.
"""

from __future__ import annotations

import re
import sys
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from redis import Redis

from tests import running
from tests.redis_servers import clean
from tests.running import Gateway, Simulator, poll

#: Starts that wait at once; one worker lets 256 wait.
WAITING = 250
#: Starts placed to see what each leaves in Redis.
PLACED = 1000
_START = "/v1/profiles/default/callbacks"
_LIMITS = {
    "LIMIT_START": "5/minute;30/hour",
    "TRUSTED_PROXIES": "127.0.0.1",
    "LIMIT_READ": "100000/minute",
    "LIMIT_NUMBER": "3/10 minutes;10/day",
    "LIMIT_START_GLOBAL": "100000/hour",
}


def main() -> None:
    with (
        running.redis_server() as (url, _),
        running.simulator() as simulator,
        Redis.from_url(url) as store,
        _gateway(simulator, url) as gateway,
    ):
        _say("a pod, idle", f"{_memory(gateway):.0f} MiB")
        _show_waiting(gateway, simulator)
        _show_store(gateway, store)


@contextmanager
def _gateway(simulator: Simulator, url: str) -> Iterator[Gateway]:
    with running.gateway(simulator, REDIS_URL=url, **_LIMITS) as gateway:
        gateway.get("/v1/profiles/default")
        yield gateway


def _show_waiting(gateway: Gateway, simulator: Simulator) -> None:
    simulator.fault("callback", latency_ms=6000)
    with ThreadPoolExecutor(WAITING) as pool:
        answers = [pool.submit(_start, gateway, number) for number in range(WAITING)]
        poll(lambda: _in_flight(gateway) >= WAITING)
        _say(f"a pod, {WAITING} starts waiting", f"{_memory(gateway):.0f} MiB")
        placed = sum(answer.result() == 201 for answer in answers)
    simulator.heal()
    _say("of them placed", str(placed))
    _say("a pod, afterwards", f"{_memory(gateway):.0f} MiB")


def _show_store(gateway: Gateway, store: Redis) -> None:
    clean(store)
    before = store.info("memory")["used_memory"]
    for number in range(PLACED):
        _start(gateway, WAITING + number)
    whole = store.info("memory")["used_memory"] - before
    keys = list(store.scan_iter())
    lasting = sum(store.memory_usage(key) or 0 for key in keys if store.ttl(key) > 3600)
    _say("Redis, a start with a key", f"{whole / PLACED / 1024:.2f} KiB")
    _say("Redis, of that for longer than an hour", f"{lasting / PLACED / 1024:.2f} KiB")


def _start(gateway: Gateway, number: int) -> int:
    wish = {"number": f"1416{2000000 + number * 10 + 8}"}
    client = f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
    headers = {"Idempotency-Key": uuid.uuid4().hex, "X-Forwarded-For": client}
    return gateway.post(_START, json=wish, headers=headers).status_code


def _in_flight(gateway: Gateway) -> float:
    text = gateway.session.get(f"{gateway.metrics}/metrics", timeout=10).text
    found = re.search(r"^callback_gateway_requests_in_flight (\S+)$", text, re.M)
    return float(found[1]) if found else 0


def _memory(gateway: Gateway) -> float:
    """Return the MiB of the gateway's processes, shared pages by their part."""
    pids = [gateway.process.popen.pid, *gateway.process.children()]
    texts = [Path(f"/proc/{pid}/smaps_rollup").read_text() for pid in pids]
    sizes = [re.search(r"^Pss:\s+(\d+) kB", text, re.M) for text in texts]
    return sum(int(size[1]) for size in sizes if size) / 1024


def _say(what: str, size: str) -> None:
    sys.stdout.write(f"{what:<45} {size}\n")


if __name__ == "__main__":
    main()
