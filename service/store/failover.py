"""The store of several replicas, which goes on when Redis does not answer.

Redis decides while it answers. Memory has a copy of what this process did itself: it decides
while Redis is away or slow, and is entered into Redis when it returns.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import TypeVar

import structlog
from redis import RedisError

from service.callbacks.ports import Budget, Reservation, Window
from service.store.memory import MemoryStore
from service.store.redis import RedisStore

log = structlog.get_logger(__name__)

#: How often a store that is away is asked whether it is back, in seconds.
PROBE_EVERY = 1.0
#: The scopes that are entered into Redis when it returns: rings; clients' requests are not.
_RESTORED = ("duplicate", "number", "prefix", "global")

T = TypeVar("T")


class FailoverStore:
    """Ask Redis; count in memory while it is away or slow.

    The first failure marks Redis down for everyone, so that no request waits twice for it; a
    thread asks until it is back. `on_change` is called with each change of `up`.
    """

    def __init__(
        self,
        redis: RedisStore,
        memory: MemoryStore,
        on_change: Callable[[bool], None] = lambda up: None,
    ) -> None:
        self._redis = redis
        self._memory = memory
        self._on_change = on_change
        self._lock = threading.Lock()
        self.up = True

    def reserve(self, budgets: Sequence[Budget], id: str) -> Reservation:
        shared = self._ask(lambda: self._redis.reserve(budgets, id))
        if shared is None:
            return self._memory.reserve(budgets, id)
        if shared.refused is None:
            self._memory.enter(budgets, id)
        return shared

    def windows(self, budgets: Sequence[Budget]) -> tuple[Window, ...]:
        shared = self._ask(lambda: self._redis.windows(budgets))
        return self._memory.windows(budgets) if shared is None else shared

    def clear(self, prefix: str) -> None:
        self._memory.clear(prefix)
        self._ask(lambda: self._redis.clear(prefix))

    def give_back(self, keys: Sequence[str], id: str) -> None:
        self._memory.give_back(keys, id)
        self._ask(lambda: self._redis.give_back(keys, id))

    def get(self, key: str) -> str | None:
        own = self._memory.get(key)
        return self._ask(lambda: self._redis.get(key)) if own is None else own

    def set_if_absent(self, key: str, value: str, seconds: float) -> str | None:
        own = self._memory.set_if_absent(key, value, seconds)
        if own is not None:  # a key of this process: its request runs here, or has its outcome
            return own
        shared = self._ask(lambda: self._redis.set_if_absent(key, value, seconds))
        if shared is not None:
            self._memory.delete_if_equal(key, value)
        return shared

    def set(self, key: str, value: str, seconds: float) -> None:
        self._memory.set(key, value, seconds)
        self._ask(lambda: self._redis.set(key, value, seconds))

    def delete_if_equal(self, key: str, value: str) -> None:
        self._memory.delete_if_equal(key, value)
        self._ask(lambda: self._redis.delete_if_equal(key, value))

    def _ask(self, operation: Callable[[], T]) -> T | None:
        """Return what Redis answers; None while it is away."""
        if not self.up:
            return None
        try:
            return operation()
        except RedisError as error:
            self._mark_down(error)
            return None

    def _mark_down(self, error: RedisError) -> None:
        with self._lock:
            if not self.up:
                return
            self.up = False
        log.warning("store away, counting in this process only", error=type(error).__name__)
        self._on_change(False)
        threading.Thread(target=self._wait_for_return, name="store-probe", daemon=True).start()

    def _wait_for_return(self) -> None:
        """Enter what is in memory, again and again until Redis takes it."""
        pause = threading.Event()
        while True:
            try:
                self._redis.ping()
                self._redis.restore(*self._memory.entries(_RESTORED))
                break
            except RedisError:
                pause.wait(PROBE_EVERY)
        self.up = True
        log.warning("store back")
        self._on_change(True)
