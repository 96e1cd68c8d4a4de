"""Answers kept a little while: fresh, then stale when the source fails, one fetch at a time."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from cachetools import LRUCache

from service.errors import UpstreamError, UpstreamTimeout
from service.places import Places

#: After a failed fetch the stale answer stands this long before the source is asked again (s).
RETRY_AFTER = 5.0

T = TypeVar("T")


@dataclass(slots=True)
class _Entry(Generic[T]):
    value: T
    fresh_until: float
    stale_until: float


class _Fetch(Generic[T]):
    """A fetch in flight; others wait for what it comes to."""

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
    """Keep at most `size` answers `ttl` seconds, and `stale` more for when the source fails.

    `told` is called with each look-up's result: hit, miss or, where another's fetch was waited
    for, shared; and with stale after a miss whose fetch failed. `waited` is called with the
    seconds of such a wait. `places` bound those who wait for a fetch.
    """

    def __init__(
        self,
        ttl: float,
        stale: float = 0,
        size: int = 4096,
        clock: Callable[[], float] = time.monotonic,
        told: Callable[[str], None] = lambda result: None,
        waited: Callable[[float], None] = lambda seconds: None,
        places: Places | None = None,
    ) -> None:
        self._ttl = ttl
        self._stale = stale
        self._clock = clock
        self._told = told
        self._waited = waited
        self._places = places or Places(1 << 20)
        self._lock = threading.Lock()
        self._entries: LRUCache[str, _Entry[T]] = LRUCache(size)
        self._fetches: dict[str, _Fetch[T]] = {}

    def get(
        self,
        key: str,
        fetch: Callable[[], T],
        *,
        within: float | None = None,
        fresh: bool = False,
    ) -> T:
        """Return the answer for `key`, calling `fetch` where none is fresh.

        However many ask, one fetch runs for a key; the others wait `within` seconds for it.
        `fresh` asks the source whatever is kept, and is told when it fails.
        """
        with self._lock:
            entry = self._entries.get(key)
            if entry and not fresh and self._clock() < entry.fresh_until:
                self._told("hit")
                return entry.value
        with self._places.take():
            return self._fetched(key, fetch, within, fresh)

    def fresh(self, key: str) -> T:
        """Return the answer for `key` that is kept and fresh; raise `LookupError` for none."""
        with self._lock:
            entry = self._entries.get(key)
        if entry is None or self._clock() >= entry.fresh_until:
            raise LookupError("nothing fresh is kept")
        self._told("hit")
        return entry.value

    def _fetched(self, key: str, fetch: Callable[[], T], within: float | None, fresh: bool) -> T:
        """Fetch, or wait for the fetch that is under way."""
        with self._lock:
            flight = self._fetches.get(key)
            if leads := flight is None:
                flight = self._fetches[key] = _Fetch()
        if leads:
            self._lead(key, flight, fetch, fresh)
            return flight.result(within)
        self._told("shared")
        began = time.perf_counter()
        try:
            return flight.result(within)
        finally:
            self._waited(time.perf_counter() - began)

    def _lead(self, key: str, flight: _Fetch[T], fetch: Callable[[], T], fresh: bool) -> None:
        self._told("miss")
        try:
            flight.value = fetch()
            now = self._clock()
            entry = _Entry(flight.value, now + self._ttl, now + self._ttl + self._stale)
            with self._lock:
                self._entries[key] = entry
        except UpstreamError as error:
            if fresh or not self._serve_stale(key, flight):
                flight.error = error
        except BaseException as error:
            flight.error = error
        finally:
            with self._lock:
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
            self._told("stale")
            return True
