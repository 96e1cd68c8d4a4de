"""Ring budgets: how often phones may ring, and that none rings twice for one request.

A duplicate is a budget of one, so all of them are reserved together, before Fonolo is asked.
Those of numbers with the same prefix are one group of keys: a cluster has them in one place.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from service.callbacks.calls import ReplacedCall
from service.callbacks.ports import Budget, KeyHasher, Rate, Reservation
from service.callbacks.request import ValidatedRequest
from service.errors import Problem, RateLimited

DUPLICATE = "duplicate"
#: The scopes of budgets in which the ring of a replaced call is taken over.
_TAKEN_OVER = ("number", "prefix")
#: A key of a number begins with so many hexadecimal digits of its prefix's hash, in braces.
_GROUP_DIGITS = 8


@dataclass(frozen=True, slots=True)
class RingLimits:
    """How many rings: per number, per number less its last four digits, and in all.

    `duplicate_window` is in seconds; 0: none is a duplicate.
    """

    per_number: tuple[Rate, ...]
    per_prefix: tuple[Rate, ...]
    of_all: tuple[Rate, ...]
    duplicate_window: float


class RingBudgets:
    """Name the budgets of a request; `clock` gives seconds since the epoch."""

    def __init__(self, limits: RingLimits, hasher: KeyHasher, clock: Callable[[], float]) -> None:
        self._window = limits.duplicate_window
        self._hasher = hasher
        self._clock = clock
        self._per_number = _named(limits.per_number)
        self._per_prefix = _named(limits.per_prefix)
        self._of_all = [
            Budget("global", _in_group(hasher("global", name, ""), "all"), rate)
            for name, rate in _named(limits.of_all)
        ]

    def budgets(self, profile_sid: str, request: ValidatedRequest) -> list[Budget]:
        """List the budgets that a call draws on, in the order in which they refuse.

        Digits that follow a phone's number make no other phone of it.
        """
        budgets = []
        prefix = request.phone[:-4]
        group = self._hasher("group", prefix).partition(":")[2][-_GROUP_DIGITS:]
        if self._window:
            key = self._hasher(
                DUPLICATE, profile_sid, request.phone, request.option.id, _at(request.start_time)
            )
            rate = Rate(1, self._duplicate_for(request.start_time))
            budgets.append(Budget(DUPLICATE, _in_group(key, group), rate))
        budgets += self._of("number", self._per_number, request.phone, group)
        budgets += self._of("prefix", self._per_prefix, prefix, group)
        budgets += self._of_all
        return _in_place_of(request.replaced, budgets)

    def _of(self, scope: str, rates: list[tuple[str, Rate]], who: str, group: str) -> list[Budget]:
        return [
            Budget(scope, _in_group(self._hasher(scope, name, who), group), rate)
            for name, rate in rates
        ]

    def _duplicate_for(self, start_time: datetime | None) -> float:
        """Return for how many seconds the same request is a duplicate: until a scheduled time."""
        remaining = start_time.timestamp() - self._clock() if start_time else 0
        return max(remaining, self._window)


def takeover_keys(budgets: list[Budget]) -> list[str]:
    """List the keys of the budgets in which a call can take over the ring of another."""
    return [budget.key for budget in budgets if budget.scope in _TAKEN_OVER]


def _in_place_of(replaced: ReplacedCall | None, budgets: list[Budget]) -> list[Budget]:
    """Leave the replaced call's ring out of the count: it is no duplicate, and one rings, not two.

    One that is no longer scheduled may have rung, so that its ring counts; in all rings each does.
    """
    if replaced is None:
        return budgets
    scopes = {DUPLICATE, *(_TAKEN_OVER if replaced.was_scheduled else ())}
    return [
        budget._replace(without=replaced.call.ring_id) if budget.scope in scopes else budget
        for budget in budgets
    ]


def refusal(budgets: list[Budget], refused: int, reservation: Reservation) -> Problem:
    """Say why the reservation was refused, `refused` being the first budget that was used up."""
    scope = budgets[refused].scope
    if scope == DUPLICATE:
        return Problem(
            "duplicate_callback", "The same call-back was asked for a moment ago; it stands."
        )
    return RateLimited(
        "number" if scope == "prefix" else scope, reservation.windows[refused].frees_in
    )


def _in_group(key: str, group: str) -> str:
    """Return the key with its first digits replaced by those of its group, in braces."""
    scope, _, digest = key.partition(":")
    return f"{scope}:{{{group}}}{digest[_GROUP_DIGITS:]}"


def duplicate_key(digits: str) -> str:
    """Return the duplicate's key that `duplicate_digits` stands for."""
    return f"{DUPLICATE}:{{{digits[:_GROUP_DIGITS]}}}{digits[_GROUP_DIGITS:]}"


def duplicate_digits(key: str) -> str:
    """Return the hexadecimal digits that the duplicate's key consists of."""
    return key.partition(":")[2].replace("{", "").replace("}", "")


def _named(rates: tuple[Rate, ...]) -> list[tuple[str, Rate]]:
    return [(f"{rate.amount}/{rate.seconds}", rate) for rate in rates]


def _at(start_time: datetime | None) -> str:
    return "" if start_time is None else str(int(start_time.timestamp()))
