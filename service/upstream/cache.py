"""A cache of answers: single flight, refresh-ahead, and stale answers while the source fails."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from cachetools import TTLCache

from service.errors import UpstreamError, UpstreamTimeout
from service.upstream.bulkhead import Bulkhead

#: For so many seconds after a failed fetch the stale answer is served without another one.
RETRY_AFTER = 5.0
#: In this last part of its time an answer is renewed while it is still served.
AHEAD = 0.25

T = TypeVar("T")


@dataclass(slots=True)
class _Entry(Generic[T]):
    value: T
    renew: Callable[[], T] | None
    renew_at: float
    fresh_until: float


class _Fetch(Generic[T]):
    """A fetch under way, whose result others wait for."""

    def __init__(self) -> None:
        self.done = threading.Event()
        self.value: T | None = None
        self.error: BaseException | None = None
        self.is_stale = False  # an earlier answer stands in for it

    def result(self, within: float | None, *, refresh: bool) -> T:
        if not self.done.wait(within):
            raise UpstreamTimeout("another request's fetch did not end in time")
        if self.error is not None and (refresh or not self.is_stale):
            raise self.error
        return self.value  # type: ignore[return-value]


class Cache(Generic[T]):
    """Keep at most `size` answers for `ttl` seconds, and `stale` more in case the source fails.

    `on_result` is called with the result of each look-up: hit, miss or, where it waited for
    another's fetch, shared; with stale after a miss whose fetch failed; and with ahead for each
    renewal that nobody waits for. `on_wait` is called with the seconds of a wait for another's
    fetch. `bulkhead` bounds the callers that fetch or wait. `run` runs a renewal: in a thread,
    unless a test wants it elsewhere.
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
        run: Callable[[Callable[[], None]], None] | None = None,
    ) -> None:
        self._ttl = ttl
        self._clock = clock
        self._on_result = on_result
        self._on_wait = on_wait
        self._bulkhead = bulkhead or Bulkhead(1 << 20)
        self._run = run or _in_thread
        self._lock = threading.Lock()
        self._entries: TTLCache[str, _Entry[T]] = TTLCache(size, ttl + stale, timer=clock)
        self._fetches: dict[str, _Fetch[T]] = {}

    def get(
        self,
        key: str,
        fetch: Callable[[], T],
        *,
        within: float | None = None,
        refresh: bool = False,
        renew: Callable[[], T] | None = None,
    ) -> T:
        """Return the answer for `key`; call `fetch` where none is fresh.

        However many ask, one fetch runs for a key; the others wait `within` seconds for it.
        `refresh` fetches even where one is fresh, and raises when that fails. `renew` fetches the
        answer anew behind the scenes, for whoever asks in the last part of its time.
        """
        entry = None if refresh else self._fresh(key)
        if entry:
            self._on_result("hit")
            return entry.value
        with self._bulkhead.acquire():
            return self._fetched(key, fetch, renew, within, refresh)

    def peek(self, key: str) -> T:
        """Return the fresh answer for `key` without waiting; raise `LookupError` for none."""
        entry = self._fresh(key)
        if entry is None:
            raise LookupError("no fresh answer")
        self._on_result("hit")
        return entry.value

    def forget(self, key: str) -> None:
        """Let go of the answer for `key`, and of one that is being fetched: it has changed."""
        with self._lock:
            self._entries.pop(key, None)
            self._fetches.pop(key, None)

    def _fresh(self, key: str) -> _Entry[T] | None:
        """Return the entry that is fresh; have it renewed where that is due."""
        with self._lock:
            entry, now = self._entries.get(key), self._clock()
            if entry is None or now >= entry.fresh_until:
                return None
            if now < entry.renew_at or entry.renew is None or key in self._fetches:
                return entry
            entry.renew_at = now + RETRY_AFTER
            flight = self._fetches[key] = _Fetch()
        self._renew(key, flight, entry.renew)
        return entry

    def _renew(self, key: str, flight: _Fetch[T], renew: Callable[[], T]) -> None:
        """Fetch behind the scenes; whoever needs the answer meanwhile waits for the same fetch."""

        def fetch() -> T:
            with self._bulkhead.acquire():
                return renew()

        try:
            self._run(lambda: self._lead(key, flight, fetch, renew, "ahead"))
        except RuntimeError as error:  # no more threads can be had
            flight.error = error
            self._land(key, flight)

    def _fetched(
        self,
        key: str,
        fetch: Callable[[], T],
        renew: Callable[[], T] | None,
        within: float | None,
        refresh: bool,
    ) -> T:
        """Fetch, or wait for the fetch that is under way."""
        with self._lock:
            flight = self._fetches.get(key)
            if leads := flight is None:
                flight = self._fetches[key] = _Fetch()
        if leads:
            self._lead(key, flight, fetch, renew, "miss")
            return flight.result(within, refresh=refresh)
        self._on_result("shared")
        began = time.perf_counter()
        try:
            return flight.result(within, refresh=refresh)
        finally:
            self._on_wait(time.perf_counter() - began)

    def _lead(
        self,
        key: str,
        flight: _Fetch[T],
        fetch: Callable[[], T],
        renew: Callable[[], T] | None,
        result: str,
    ) -> None:
        self._on_result(result)
        try:
            flight.value = fetch()
            entry = self._entry(flight.value, renew)
            with self._lock:
                if self._fetches.get(key) is flight:  # else it was forgotten meanwhile
                    self._entries[key] = entry
        except UpstreamError as error:
            flight.error, flight.is_stale = error, self._serve_stale(key, flight)
        except BaseException as error:
            flight.error = error
        finally:
            self._land(key, flight)

    def _land(self, key: str, flight: _Fetch[T]) -> None:
        """End a fetch: whoever waits for it goes on."""
        with self._lock:
            if self._fetches.get(key) is flight:
                del self._fetches[key]
        flight.done.set()

    def _entry(self, value: T, renew: Callable[[], T] | None) -> _Entry[T]:
        fresh_until = self._clock() + self._ttl
        renew_at = fresh_until - AHEAD * self._ttl
        return _Entry(value, renew, renew_at, fresh_until)

    def _serve_stale(self, key: str, flight: _Fetch[T]) -> bool:
        with self._lock:
            entry = self._entries.get(key)
            now = self._clock()
            if entry is None:
                return False
            flight.value = entry.value
            if now < entry.fresh_until:  # it was to be renewed ahead of its time
                return True
            entry.fresh_until = max(entry.fresh_until, now + min(RETRY_AFTER, self._ttl))
            self._on_result("stale")
            return True


def _in_thread(renewal: Callable[[], None]) -> None:
    threading.Thread(target=renewal, name="cache-renewal", daemon=True).start()
