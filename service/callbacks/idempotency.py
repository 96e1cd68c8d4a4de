"""One key, one call: a request repeated with its Idempotency-Key gets the first outcome again.

Only what may have rung is kept: a success, and an outcome that is not known. A claim whose
worker died, seen after its deadline, counts as not known; it never places a second call.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from service.callbacks.ports import KeyHasher, Store
from service.errors import OutcomeUnknown, Problem


@dataclass(frozen=True, slots=True)
class PlacedCallback:
    """A call-back that was placed: its handle, and its start as presented, None for now.

    `replaced` tells whether the one it was to replace is cancelled; None: it replaces none.
    """

    id: str
    start_time: str | None
    replayed: bool = False
    replaced: bool | None = None


@dataclass(frozen=True, slots=True)
class Attempt:
    """One request under a key. `scope` is the profile; `fingerprint` stands for the body."""

    key: str
    scope: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class _Record:
    body: str
    until: float
    outcome: dict[str, Any] | None = None
    unknown: bool = False

    def dump(self) -> str:
        return json.dumps(
            {
                "body": self.body,
                "until": self.until,
                "outcome": self.outcome,
                "unknown": self.unknown,
            }
        )


@dataclass(frozen=True, slots=True)
class Idempotency:
    """Store outcomes for `ttl` seconds; `clock` gives seconds since the epoch."""

    store: Store
    hasher: KeyHasher
    ttl: float
    clock: Callable[[], float]

    def once(
        self, attempt: Attempt | None, seconds: float, place: Callable[[], PlacedCallback]
    ) -> PlacedCallback:
        """Place the call, unless the attempt's key has an outcome; `seconds` is its deadline.

        Raises `idempotency_key_reused`, `idempotency_in_progress`, or what placing raises.
        """
        if attempt is None:
            return place()
        name = self.hasher("key", attempt.scope, attempt.key)
        body = self.hasher("body", attempt.fingerprint)
        in_progress = _Record(body, self.clock() + seconds)
        standing = self.store.set_if_absent(name, in_progress.dump(), max(self.ttl, seconds))
        if standing is not None:
            return self._replay(_Record(**json.loads(standing)), body)
        return self._settle(name, in_progress, place)

    def _settle(
        self, name: str, in_progress: _Record, place: Callable[[], PlacedCallback]
    ) -> PlacedCallback:
        try:
            started = place()
        except OutcomeUnknown:
            unknown = _Record(in_progress.body, in_progress.until, unknown=True)
            self.store.set(name, unknown.dump(), self.ttl)
            raise
        except Exception:
            self.store.delete_if_equal(name, in_progress.dump())
            raise
        outcome: dict[str, Any] = {"id": started.id, "start_time": started.start_time}
        if started.replaced is not None:
            outcome["replaced"] = started.replaced
        self.store.set(name, _Record(in_progress.body, in_progress.until, outcome).dump(), self.ttl)
        return started

    def _replay(self, record: _Record, body: str) -> PlacedCallback:
        if record.body != body:
            raise Problem(
                "idempotency_key_reused",
                "This Idempotency-Key came with another body; use a new key for a new request.",
            )
        if record.outcome is not None:
            return PlacedCallback(**record.outcome, replayed=True)
        remaining = record.until - self.clock()
        if not record.unknown and remaining > 0:
            raise Problem(
                "idempotency_in_progress",
                "The first request with this Idempotency-Key is still running.",
                retry_after=min(remaining, 2),
            )
        raise OutcomeUnknown(replayed=True)
