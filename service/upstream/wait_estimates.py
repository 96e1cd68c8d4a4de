"""Estimates of the wait: made behind the scenes, so that no request ever waits for them."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol

import structlog

from service.callbacks.ports import KeyHasher, Store
from service.callbacks.wait_estimate import EndedCall, estimate_waits
from service.errors import UpstreamError

log = structlog.get_logger(__name__)

#: Fonolo is asked once in so many seconds for a profile, whoever of the replicas asks.
FETCH_EVERY = 60.0
#: A process looks so often, in seconds, for what another one has fetched.
LOOK_EVERY = 10.0
#: An estimate that could not be made anew is good for so many seconds.
GOOD_FOR = 300.0
#: A fetch may take so long, in seconds.
FETCH_WITHIN = 30.0

_UNKNOWN: Mapping[str, int] = {}


class CallReports(Protocol):
    """Where the calls of the last hour are listed."""

    def recent_calls(self, profile_sid: str, now: datetime, within: float) -> list[EndedCall]: ...


@dataclass(slots=True)
class _Estimate:
    """What is known of one profile; `waits` stays the same object while its content does."""

    waits: Mapping[str, int] = field(default_factory=dict)
    made_at: float = 0.0
    looked_at: float = 0.0
    refreshing: bool = False


class WaitEstimates:
    """Estimate waits by profile; `clock` gives seconds since the epoch.

    Replicas share an estimate through the store. `run` runs a refresh: in a thread, unless a test
    wants it elsewhere.
    """

    def __init__(
        self,
        reports: CallReports,
        store: Store,
        hasher: KeyHasher,
        clock: Callable[[], float],
        run: Callable[[Callable[[], None]], None] | None = None,
    ) -> None:
        self._reports = reports
        self._store = store
        self._hasher = hasher
        self._clock = clock
        self._run = run or _in_thread
        self._lock = threading.Lock()
        self._estimates: dict[str, _Estimate] = {}

    def waits(self, profile_sid: str) -> Mapping[str, int]:
        """Return the estimated waits by option, in seconds, at once; have them renewed if due."""
        now = self._clock()
        with self._lock:
            estimate = self._estimates.setdefault(profile_sid, _Estimate())
            due = not estimate.refreshing and abs(now - estimate.looked_at) >= LOOK_EVERY
            if due:
                estimate.refreshing, estimate.looked_at = True, now
            waits = estimate.waits if now - estimate.made_at < GOOD_FOR else _UNKNOWN
        if due:
            self._start(profile_sid, estimate)
        return waits

    def _start(self, profile_sid: str, estimate: _Estimate) -> None:
        try:
            self._run(lambda: self._refresh(profile_sid, estimate))
        except RuntimeError:  # no more threads can be had
            estimate.refreshing = False

    def _refresh(self, profile_sid: str, estimate: _Estimate) -> None:
        try:
            self._look(profile_sid, estimate)
        except UpstreamError as error:
            log.info("wait estimate not renewed", error=type(error).__name__)
        except Exception:
            log.exception("wait estimate failed")
        finally:
            estimate.refreshing = False

    def _look(self, profile_sid: str, estimate: _Estimate) -> None:
        """Take what another has fetched, or fetch where nobody has within a minute."""
        key, now = self._hasher("waits", profile_sid), self._clock()
        shared = self._store.set_if_absent(key, "", FETCH_EVERY)
        if shared is None:
            at = datetime.fromtimestamp(now, UTC)
            waits = estimate_waits(self._reports.recent_calls(profile_sid, at, FETCH_WITHIN), at)
            self._keep(estimate, waits, now)
            seconds = now + FETCH_EVERY - self._clock()
            if seconds > 0:
                self._store.set(key, json.dumps([now, waits]), seconds)
        elif shared:
            made_at, waits = json.loads(shared)
            self._keep(estimate, waits, made_at)

    def _keep(self, estimate: _Estimate, waits: Mapping[str, int], made_at: float) -> None:
        with self._lock:
            if waits != estimate.waits:
                estimate.waits = waits
            estimate.made_at = made_at


def _in_thread(refresh: Callable[[], None]) -> None:
    threading.Thread(target=refresh, name="wait-estimate", daemon=True).start()
