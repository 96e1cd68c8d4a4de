"""A ledger for several replicas that outlives its store.

The store decides while it answers. This process keeps a copy of what it did itself; the copy
decides while the store is away or slow, and is handed to the store when it returns.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import TypeVar

import structlog
from redis import RedisError

from service.callbacks.ports import Budget, Reservation
from service.store.memory import MemoryLedger
from service.store.redis import RedisLedger

log = structlog.get_logger(__name__)

#: How often a store that is away is asked whether it is back, in seconds.
PROBE_EVERY = 1.0
#: What is handed to a store that returns: what may ring; clients' requests are let go.
_HANDED_OVER = ("duplicate", "number", "prefix", "global")

T = TypeVar("T")


class SharedLedger:
    """Ask the store; count here while it is away or slow.

    The first failure marks the store down for everyone, so that no request waits twice for it; a
    thread of its own asks until it is back. `told` is called with each change of `up`.
    """

    def __init__(
        self,
        store: RedisLedger,
        memory: MemoryLedger,
        told: Callable[[bool], None] = lambda up: None,
    ) -> None:
        self._store = store
        self._memory = memory
        self._told = told
        self._lock = threading.Lock()
        self.up = True

    def reserve(self, budgets: Sequence[Budget], id: str) -> Reservation:
        theirs = self._ask(lambda: self._store.reserve(budgets, id))
        if theirs is None:
            return self._memory.reserve(budgets, id)
        if theirs.refused is None:
            self._memory.enter(budgets, id)
        return theirs

    def give_back(self, keys: Sequence[str], id: str) -> None:
        self._memory.give_back(keys, id)
        self._ask(lambda: self._store.give_back(keys, id))

    def claim(self, key: str, value: str, seconds: float) -> str | None:
        mine = self._memory.claim(key, value, seconds)
        if mine is not None:  # a key of this process's own: running here, or it has its outcome
            return mine
        theirs = self._ask(lambda: self._store.claim(key, value, seconds))
        if theirs is not None:
            self._memory.release(key, value)
        return theirs

    def keep(self, key: str, value: str, seconds: float) -> None:
        self._memory.keep(key, value, seconds)
        self._ask(lambda: self._store.keep(key, value, seconds))

    def release(self, key: str, value: str) -> None:
        self._memory.release(key, value)
        self._ask(lambda: self._store.release(key, value))

    def _ask(self, operation: Callable[[], T]) -> T | None:
        """Ask the store; None when it is away."""
        if not self.up:
            return None
        try:
            return operation()
        except RedisError as error:
            self._went(error)
            return None

    def _went(self, error: RedisError) -> None:
        with self._lock:
            if not self.up:
                return
            self.up = False
        log.warning("store away, counting in this process only", error=type(error).__name__)
        self._told(False)
        threading.Thread(target=self._wait_for_return, name="store-probe", daemon=True).start()

    def _wait_for_return(self) -> None:
        """Hand over what is held here, again and again until the store takes it."""
        pause = threading.Event()
        while True:
            try:
                self._store.ping()
                self._store.restore(*self._memory.held(_HANDED_OVER))
                break
            except RedisError:
                pause.wait(PROBE_EVERY)
        self.up = True
        log.warning("store back")
        self._told(True)
