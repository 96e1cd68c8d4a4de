"""One key, one call: a request repeated with its Idempotency-Key gets the first outcome again.

Only what may have rung is kept: a success, and an outcome that is not known. A claim whose
worker died, seen after its deadline, counts as not known; it never places a second call.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from service.callbacks.calls import PlacedCallback
from service.callbacks.ports import Budget, Claim, KeyHasher, Reservation, Reservations, Store
from service.errors import OutcomeUnknown, Problem


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


class _Taken(Exception):
    """The key has a value already."""

    def __init__(self, value: str) -> None:
        super().__init__()
        self.value = value


class KeyedReservations:
    """Reserve under a key: its claim goes with the first reservation, and comes back with it."""

    def __init__(self, store: Store, claim: Claim) -> None:
        self._store = store
        self._claim = claim
        self.asked = False
        self.held = False

    def acquire(self) -> None:
        """Claim the key now, before anything is reserved."""
        if not self.asked:
            claim = self._claim
            self._raise_if(self._store.set_if_absent(claim.key, claim.value, claim.seconds))
            self.held = True

    def raise_if_taken(self) -> None:
        """Raise where the key has a value, without claiming it."""
        if not self.asked:
            self._raise_if(self._store.get(self._claim.key))

    def reserve(
        self, budgets: Sequence[Budget], id: str, claims: Sequence[Claim] = ()
    ) -> Reservation:
        own = () if self.held else (self._claim,)
        reservation = self._store.reserve(budgets, id, (*own, *claims))
        standing = reservation.standing
        self._raise_if(standing.value if standing and standing.key == self._claim.key else None)
        self.held = self.held or reservation.granted
        return reservation

    def give_back(
        self, keys: Sequence[str], id: str, at: float = 0.0, claims: Sequence[Claim] = ()
    ) -> None:
        own = (self._claim,) if self.held else ()
        self._store.give_back(keys, id, at, (*own, *claims))
        self.held = False

    def free(self) -> None:
        """Give the claim back, if it is held."""
        if self.held:
            self.give_back((), "")

    def _raise_if(self, standing: str | None) -> None:
        self.asked = True
        if standing is not None:
            raise _Taken(standing)


class _Unkeyed:
    """Reservations of a request without a key: there is nothing to claim."""

    def __init__(self, store: Store) -> None:
        self.reserve = store.reserve
        self.give_back = store.give_back

    def acquire(self) -> None:
        """Do nothing."""


class Claiming(Reservations, Protocol):
    """Reservations, and the claim of the request's key before anything is waited for."""

    def acquire(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Idempotency:
    """Store outcomes for `ttl` seconds; `clock` gives seconds since the epoch."""

    store: Store
    hasher: KeyHasher
    ttl: float
    clock: Callable[[], float]

    def once(
        self,
        attempt: Attempt | None,
        seconds: float,
        place: Callable[[Claiming], PlacedCallback],
    ) -> PlacedCallback:
        """Place a call, unless the attempt's key has an outcome; `seconds` is its deadline.

        `place` is given what it reserves with, which claims the key at the latest then.
        Raises `idempotency_key_reused`, `idempotency_in_progress`, or what placing raises.
        """
        if attempt is None:
            return place(_Unkeyed(self.store))
        name = self.hasher("key", attempt.scope, attempt.key)
        record = _Record(self.hasher("body", attempt.fingerprint), self.clock() + seconds)
        claim = Claim(name, record.dump(), max(self.ttl, seconds))
        try:
            return self._settle(record, KeyedReservations(self.store, claim), name, place)
        except _Taken as taken:
            standing = _Record(**json.loads(taken.value))
        return self._replay(standing, record.body)

    def _settle(
        self,
        in_progress: _Record,
        reservations: KeyedReservations,
        name: str,
        place: Callable[[Claiming], PlacedCallback],
    ) -> PlacedCallback:
        try:
            placed = place(reservations)
        except OutcomeUnknown:
            unknown = _Record(in_progress.body, in_progress.until, unknown=True)
            self.store.set(name, unknown.dump(), self.ttl)
            raise
        except _Taken:
            raise
        except Exception:
            reservations.raise_if_taken()
            reservations.free()
            raise
        outcome: dict[str, Any] = {"id": placed.id, "start_time": placed.start_time}
        if placed.replaced is not None:
            outcome["replaced"] = placed.replaced
        self.store.set(name, _Record(in_progress.body, in_progress.until, outcome).dump(), self.ttl)
        return placed

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
