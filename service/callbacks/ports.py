"""What the rules need from the outside, declared here and injected by `app.py`.

All of it raises `UpstreamError`s where Fonolo is asked; `within` is in seconds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol

from service.callbacks.profile import Profile
from service.callbacks.slots import Slot


class Catalog(Protocol):
    """What is configured at Fonolo: profiles and slots, out of a cache where it is fresh."""

    def profile(self, sid: str, within: float) -> Profile: ...

    def slots(
        self, profile_sid: str, option_id: str, within: float, *, refresh: bool = False
    ) -> tuple[Slot, ...]:
        """List the slots on offer; `refresh`: ask Fonolo even where a cached answer is fresh."""
        ...


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a call stands: one of Fonolo's twelve statuses; `duration` in seconds."""

    status: str
    start_time: datetime | None
    duration: int | None


class CallService(Protocol):
    """What Fonolo does with calls: place, report, cancel."""

    def start(
        self,
        number: str,
        option_id: str,
        *,
        start_time: datetime | None,
        sms_optin: bool | None,
        answers: Mapping[str, str],
        within: float,
        client: str = "",
    ) -> str:
        """Place a call-back for the client with this key; return its SID."""
        ...

    def progress(self, call_sid: str, *, within: float | None = None) -> Progress: ...

    def cancel(self, call_sid: str, *, within: float | None = None) -> None: ...


class Rate(NamedTuple):
    """At most `amount` in any `seconds` that follow each other."""

    amount: int
    seconds: float


class Budget(NamedTuple):
    """A rate held against a key; `scope` says what the key stands for.

    `without` is an id that is not counted where it stands: that of a ring which this one replaces.
    Budgets that only count (scope `global`) know no ids: there it changes nothing.
    """

    scope: str
    key: str
    rate: Rate
    without: str = ""


class Window(NamedTuple):
    """How much of a budget is used now, and in how many seconds the next of it frees."""

    used: int
    frees_in: float


class Claim(NamedTuple):
    """A value for a key that must have none yet; it is kept for `seconds`.

    A value that is like no other tells, where the answer was lost, that the claim is one's own.
    """

    key: str
    value: str
    seconds: float


class Standing(NamedTuple):
    """A key that has a value already, so that it cannot be claimed."""

    key: str
    value: str


class Reservation(NamedTuple):
    """What came of a reservation: all was claimed and entered, or nothing.

    `at` is the store's own time of it, which `give_back` takes.
    """

    windows: tuple[Window, ...]
    refused: int | None = None  # the first budget that was used up
    standing: Standing | None = None  # the first claim that another holds
    at: float = 0.0

    @property
    def granted(self) -> bool:
        """Whether everything was claimed and entered."""
        return self.refused is None and self.standing is None


class Reservations(Protocol):
    """What a start draws on: claims and budgets, all or none, and back again."""

    def reserve(
        self, budgets: Sequence[Budget], id: str, claims: Sequence[Claim] = ()
    ) -> Reservation:
        """Claim every key and enter `id` into every budget, or do nothing.

        Claims go before budgets, each in its order: the first that cannot be had is named.
        """
        ...

    def give_back(
        self, keys: Sequence[str], id: str, at: float = 0.0, claims: Sequence[Claim] = ()
    ) -> None:
        """Take `id` out of the budgets with these keys, and free the claims that still stand.

        `at` is the reservation's; budgets that count in parts (scope `global`) need it, and take
        one off each time they are given back.
        """
        ...


class Store(Reservations, Protocol):
    """The shared memory of limits, keys and rings. Every operation is atomic, every entry expires.

    Keys and ids are opaque and hold nothing personal. A key is `scope:rest`; what stands in
    braces in it names its group: budgets of one group are reserved in one step everywhere,
    those of several in one step where one server holds them all.
    """

    def windows(self, budgets: Sequence[Budget]) -> tuple[Window, ...]:
        """Return how much of each budget is used, without drawing on it."""
        ...

    def clear(self, prefix: str) -> None:
        """Empty the budgets whose keys begin so; the prefix begins with their scope."""
        ...

    def get(self, key: str) -> str | None:
        """Return the value of `key`; None: it has none."""
        ...

    def set_if_absent(self, key: str, value: str, seconds: float) -> str | None:
        """Set `key` to `value` unless it has one; return the value it had, or None."""
        ...

    def set(self, key: str, value: str, seconds: float) -> None:
        """Set `key` to `value`, whatever it had."""
        ...

    def delete_if_equal(self, key: str, value: str) -> None:
        """Delete `key` where `value` is still what it has."""
        ...


class Captcha(Protocol):
    """The check that a person asks."""

    def use_up(self, token: str | None) -> None:
        """Accept the token once, or raise what is wrong with it."""
        ...

    def claim_for(self, token: str | None) -> Claim:
        """Return the claim that uses the token up, or raise what is wrong with it."""
        ...


class KeyHasher(Protocol):
    """Make a store key, `kind:hash`, out of parts that must not be stored in the clear."""

    def __call__(self, kind: str, *parts: str) -> str: ...
