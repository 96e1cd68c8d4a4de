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
    """What is configured at Fonolo, a little while ago at the most."""

    def profile(self, sid: str, within: float) -> Profile: ...

    def slots(
        self, profile_sid: str, option_id: str, within: float, *, fresh: bool = False
    ) -> tuple[Slot, ...]:
        """List the slots on offer; `fresh`: as of now."""
        ...


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a call stands: one of Fonolo's twelve statuses; `duration` in seconds."""

    status: str
    start_time: datetime | None
    duration: int | None


class Phone(Protocol):
    """The calls themselves."""

    def start(
        self,
        number: str,
        option_id: str,
        *,
        start_time: datetime | None,
        sms_optin: bool | None,
        answers: Mapping[str, str],
        within: float,
    ) -> str:
        """Place a call-back; return its SID."""
        ...

    def progress(self, call_sid: str) -> Progress: ...

    def cancel(self, call_sid: str) -> None: ...


class Rate(NamedTuple):
    """At most `amount` in any `seconds` that follow each other."""

    amount: int
    seconds: float


class Budget(NamedTuple):
    """A rate held against a key; `scope` says what the key stands for."""

    scope: str
    key: str
    rate: Rate


class Window(NamedTuple):
    """How much of a budget is used now, and in how many seconds the next of it frees."""

    used: int
    frees_in: float


class Reservation(NamedTuple):
    """What came of a reservation: granted in every budget or in none."""

    windows: tuple[Window, ...]
    refused: int | None = None  # the first budget that was used up; None: granted


class Ledger(Protocol):
    """Who has asked and what came of it. Every operation is atomic and every entry expires.

    Keys and ids are opaque and hold nothing personal.
    """

    def reserve(self, budgets: Sequence[Budget], id: str) -> Reservation:
        """Enter `id` into every budget, or into none when one of them is used up."""
        ...

    def give_back(self, keys: Sequence[str], id: str) -> None:
        """Take `id` out of the budgets with these keys."""
        ...

    def claim(self, key: str, value: str, seconds: float) -> str | None:
        """Put `value` at `key` unless something stands there; return what stood there."""
        ...

    def keep(self, key: str, value: str, seconds: float) -> None:
        """Put `value` at `key`, whatever stands there."""
        ...

    def release(self, key: str, value: str) -> None:
        """Remove `key` where `value` still stands there."""
        ...


class Captcha(Protocol):
    """Proof that a person asks."""

    def check(self, token: str | None) -> None:
        """Accept the token once, or raise what is wrong with it."""
        ...


class Hashed(Protocol):
    """A keyed hash of a kind and its parts: what stands for a number or a key in the ledger."""

    def __call__(self, kind: str, *parts: str) -> str: ...
