"""The ground of an attack: replicas of the gateway over one store, and the simulator behind."""

from __future__ import annotations

import itertools
import resource
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from tests import running
from tests.attack.neighbours import Neighbour
from tests.attack.shapes import SHAPES, Shape
from tests.running import Gateway, Simulator

#: More than by default, in seconds: that this machine is busy is no part of an attack.
STORE_TIMEOUT = 1.0
CALLBACKS = "/v1/profiles/default/callbacks"
_OPTION = {"option": running.CUSTOMER_SERVICE}


@dataclass
class Reply:
    """What came of one request; `status` 0: no answer at all (the connection broke)."""

    status: int
    body: dict[str, Any]


class World:
    """Some replicas, their store (None: in memory), the simulator, and what stands beside them.

    `scale` shrinks the load.
    """

    def __init__(
        self,
        simulator: Simulator,
        replicas: list[Gateway],
        store: Shape | None,
        scale: float,
        neighbour: Neighbour,
    ) -> None:
        self.neighbour = neighbour
        self.simulator = simulator
        self.replicas = replicas
        self.store = store
        self._scale = scale
        self._before = len(simulator.calls())
        self._turn = itertools.count()
        self._sessions = threading.local()
        self.answers: list[Reply] = []

    def times(self, full: int) -> int:
        """Return how often to do what a full attack does `full` times."""
        return max(2, round(full * self._scale))

    def rung(self) -> int:
        """Count the phones that have rung since this world began."""
        calls = self.simulator.calls()[self._before :]
        return sum(call["sid"] is not None for call in calls)

    def standing(self) -> int:
        """Count the calls of this world that were placed and not cancelled."""
        calls = self.simulator.calls()[self._before :]
        return sum(call["status"] not in {None, "Canceled"} for call in calls)

    def start(
        self,
        number: str,
        *,
        key: str | None = None,
        at: int | None = None,
        headers: dict[str, str] | None = None,
        **body: Any,
    ) -> Reply:
        """Ask for a call-back at replica `at`, or at each in turn."""
        replica = self.replicas[(next(self._turn) if at is None else at) % len(self.replicas)]
        headers = dict(headers or {})
        if key:
            headers["Idempotency-Key"] = key
        return self.send(replica, json={"number": number, **_OPTION, **body}, headers=headers)

    def send(self, replica: Gateway, **request: Any) -> Reply:
        """POST to a replica's starts and remember what came of it."""
        if not hasattr(self._sessions, "session"):
            self._sessions.session = requests.Session()
        try:
            answer = self._sessions.session.post(replica.origin + CALLBACKS, timeout=40, **request)
            found = Reply(answer.status_code, answer.json())
        except (requests.RequestException, ValueError):
            found = Reply(0, {})
        self.answers.append(found)
        return found

    def many(self, attack: Callable[[int], Any], full: int, threads: int = 16) -> list[Any]:
        """Attack many times at once."""
        with ThreadPoolExecutor(threads) as pool:
            return list(pool.map(attack, range(self.times(full))))

    def count(self, status: int) -> int:
        return sum(answer.status == status for answer in self.answers)


def memory(replica: Gateway) -> int:
    """Return the resident memory of a replica's workers, in MiB."""
    return sum(map(resident, replica.process.children())) // 2**20


def resident(process: int) -> int:
    """Return the resident memory of a process, in bytes."""
    pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
    return pages * resource.getpagesize()


@contextmanager
def world(
    simulator: Simulator,
    replicas: int,
    shared: bool,
    scale: float,
    neighbour: Neighbour,
    shape: str = "redis",
    **settings: str,
) -> Iterator[World]:
    """Run the replicas; `settings` are those that the attack is against, `shape` the store's."""
    with ExitStack() as stack:
        settings = {**settings, **neighbour.settings}
        store = stack.enter_context(SHAPES[shape]()) if shared else None
        if store:
            timeout = {"REDIS_TIMEOUT": str(STORE_TIMEOUT)}
            settings = {**timeout, **settings, **store.settings, "REDIS_URL": store.url}
        gateways = [
            stack.enter_context(running.gateway(simulator, LOG_LEVEL="info", **settings))
            for _ in range(replicas)
        ]
        yield World(simulator, gateways, store, scale, neighbour)
        simulator.heal()
