"""A cache of answers: single flight, and stale answers while the source fails."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from cachetools import LRUCache

from service.errors import UpstreamError, UpstreamTimeout
from service.upstream.bulkhead import Bulkhead

#: For so many seconds after a failed fetch the stale answer is served without another one.
RETRY_AFTER = 5.0

T = TypeVar("T")


@dataclass(slots=True)
class _Entry(Generic[T]):
    value: T
    fresh_until: float
    stale_until: float


class _Fetch(Generic[T]):
    """A fetch under way, whose result others wait for."""

    def __init__(self) -> None:
        self.done = threading.Event()
        self.value: T | None = None
        self.error: BaseException | None = None

    def result(self, within: float | None) -> T:
        if not self.done.wait(within):
            raise UpstreamTimeout("another request's fetch did not end in time")
        if self.error is not None:
            raise self.error
        return self.value  # type: ignore[return-value]


class Cache(Generic[T]):
    """Keep at most `size` answers for `ttl` seconds, and `stale` more in case the source fails.

    `on_result` is called with the result of each look-up: hit, miss or, where it waited for
    another's fetch, shared; and stale after a miss whose fetch failed. `on_wait` is called with
    the seconds of such a wait. `bulkhead` bounds the callers that fetch or wait.
    """

    def __init__(
        self,
        ttl: float,
        stale: float = 0,
        size: int = 4096,
        clock: Callable[[], float] = time.monotonic,
        on_result: Callable[[str], None] = lambda result: None,
        on_wait: Callable[[float], None] = lambda seconds: None,
        bulkhead: Bulkhead | None = None,
    ) -> None:
        self._ttl = ttl
        self._stale = stale
        self._clock = clock
        self._on_result = on_result
        self._on_wait = on_wait
        self._bulkhead = bulkhead or Bulkhead(1 << 20)
        self._lock = threading.Lock()
        self._entries: LRUCache[str, _Entry[T]] = LRUCache(size)
        self._fetches: dict[str, _Fetch[T]] = {}

    def get(
        self,
        key: str,
        fetch: Callable[[], T],
        *,
        within: float | None = None,
        refresh: bool = False,
    ) -> T:
        """Return the answer for `key`; call `fetch` where none is fresh.

        However many ask, one fetch runs for a key; the others wait `within` seconds for it.
        `refresh` fetches even where one is fresh, and raises when that fails.
        """
        with self._lock:
            entry = self._entries.get(key)
            if entry and not refresh and self._clock() < entry.fresh_until:
                self._on_result("hit")
                return entry.value
        with self._bulkhead.acquire():
            return self._fetched(key, fetch, within, refresh)

    def peek(self, key: str) -> T:
        """Return the fresh answer for `key` without fetching; raise `LookupError` for none."""
        with self._lock:
            entry = self._entries.get(key)
        if entry is None or self._clock() >= entry.fresh_until:
            raise LookupError("no fresh answer")
        self._on_result("hit")
        return entry.value

    def forget(self, key: str) -> None:
        """Let go of the answer for `key`, and of one that is being fetched: it has changed."""
        with self._lock:
            self._entries.pop(key, None)
            self._fetches.pop(key, None)

    def _fetched(self, key: str, fetch: Callable[[], T], within: float | None, refresh: bool) -> T:
        """Fetch, or wait for the fetch that is under way."""
        with self._lock:
            flight = self._fetches.get(key)
            if leads := flight is None:
                flight = self._fetches[key] = _Fetch()
        if leads:
            self._lead(key, flight, fetch, refresh)
            return flight.result(within)
        self._on_result("shared")
        began = time.perf_counter()
        try:
            return flight.result(within)
        finally:
            self._on_wait(time.perf_counter() - began)

    def _lead(self, key: str, flight: _Fetch[T], fetch: Callable[[], T], refresh: bool) -> None:
        self._on_result("miss")
        try:
            flight.value = fetch()
            now = self._clock()
            entry = _Entry(flight.value, now + self._ttl, now + self._ttl + self._stale)
            with self._lock:
                if self._fetches.get(key) is flight:  # else it was forgotten meanwhile
                    self._entries[key] = entry
        except UpstreamError as error:
            if refresh or not self._serve_stale(key, flight):
                flight.error = error
        except BaseException as error:
            flight.error = error
        finally:
            with self._lock:
                if self._fetches.get(key) is flight:
                    del self._fetches[key]
            flight.done.set()

    def _serve_stale(self, key: str, flight: _Fetch[T]) -> bool:
        with self._lock:
            entry = self._entries.get(key)
            now = self._clock()
            if entry is None or now >= entry.stale_until:
                return False
            entry.fresh_until = max(entry.fresh_until, now + min(RETRY_AFTER, self._ttl))
            flight.value = entry.value
            self._on_result("stale")
            return True
