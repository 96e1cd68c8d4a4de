"""Probes on METRICS_PORT, answered by the arbiter out of what its workers say of themselves."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

from service.server.worker_line import State

#: A worker whose loop has not come round for so long is not healthy, in seconds.
STANDS_STILL = 5.0
#: A worker may take so long to say whether it is ready: it asks Fonolo, for 3 s, until it is.
_WITHIN = 4.0


class ProbedWorker(Protocol):
    """What the arbiter knows of a worker."""

    def stands_still(self, seconds: float) -> bool:
        """Tell whether its loop has not come round for so long."""
        ...

    def ask_readiness(self, within: float) -> State | None:
        """Return what it says of itself; None where it says nothing in time."""
        ...


class Probes:
    """The answers to /healthz and /readyz; `workers` returns those that run now."""

    def __init__(self, workers: Callable[[], Sequence[ProbedWorker]]) -> None:
        self._workers = workers

    def health(self) -> State:
        """Return whether every worker's loop goes round."""
        reason = self._fault(self._workers())
        return not reason, {"status": "not ok", "reason": reason} if reason else {"status": "ok"}

    def readiness(self) -> State:
        """Return whether every worker is ready, and the states of one that is not, if any."""
        workers = self._workers()
        if reason := self._fault(workers):
            return False, {"status": "not ready", "reason": reason}
        with ThreadPoolExecutor(len(workers)) as pool:
            answers = list(pool.map(lambda worker: worker.ask_readiness(_WITHIN), workers))
        silent: State = (False, {"reason": "a worker says nothing"})
        ready, parts = min((answer or silent for answer in answers), key=_goodness)
        return ready, {"status": "ready" if ready else "not ready", **parts}

    def _fault(self, workers: Sequence[ProbedWorker]) -> str:
        if not workers:
            return "no worker runs"
        is_standing = any(worker.stands_still(STANDS_STILL) for worker in workers)
        return "a worker's loop stands still" if is_standing else ""


def _goodness(state: State) -> tuple[bool, bool]:
    """Order states: those not ready first, then those without their store."""
    ready, parts = state
    return ready, parts.get("store") != "down"
