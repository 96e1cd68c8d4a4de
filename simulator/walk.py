"""The life of a call-back as a state machine: statuses, legal steps, plans, progress.

A `Plan` says how long a call dwells in each status, in seconds at speed 1. Where a call has
got to is computed from the time elapsed: no timer, no thread, nothing to forget to stop.
"""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise


class Status(StrEnum):
    """The document's twelve."""

    INITIALIZATION = "Initialization"
    SCHEDULED = "Scheduled"
    PENDING = "Pending"
    CALLING_TARGET = "Calling Target"
    HOLDING = "Holding"
    CALLING_CLIENT = "Calling Client"
    IN_PROGRESS = "Call In Progress"
    ERROR_CALLBACK = "Error Callback"
    SUCCESS = "Success"
    CANCELED = "Canceled"
    FAILED = "Failed"
    DELETED = "Deleted"


FINAL = frozenset({Status.SUCCESS, Status.CANCELED, Status.FAILED, Status.DELETED})
_STOPPED = {Status.CANCELED, Status.DELETED}

STEPS: Mapping[Status, frozenset[Status]] = {
    Status.INITIALIZATION: frozenset({Status.PENDING, *_STOPPED}),
    Status.SCHEDULED: frozenset({Status.PENDING, *_STOPPED}),
    Status.PENDING: frozenset({Status.CALLING_TARGET, *_STOPPED}),
    Status.CALLING_TARGET: frozenset({Status.HOLDING, *_STOPPED}),
    Status.HOLDING: frozenset({Status.CALLING_CLIENT, Status.ERROR_CALLBACK, *_STOPPED}),
    Status.CALLING_CLIENT: frozenset({Status.IN_PROGRESS, Status.FAILED, *_STOPPED}),
    Status.IN_PROGRESS: frozenset({Status.SUCCESS, *_STOPPED}),
    Status.ERROR_CALLBACK: frozenset({Status.FAILED, *_STOPPED}),
    Status.SUCCESS: frozenset({Status.DELETED}),
    Status.CANCELED: frozenset({Status.DELETED}),
    Status.FAILED: frozenset({Status.DELETED}),
    Status.DELETED: frozenset(),
}

# The duration that Fonolo shows begins when it dials into the queue.
TIMED = (
    Status.CALLING_TARGET,
    Status.HOLDING,
    Status.CALLING_CLIENT,
    Status.IN_PROGRESS,
    Status.ERROR_CALLBACK,
)


@dataclass(frozen=True)
class Progress:
    """Where a call has got to, and the seconds (at speed 1) it spent in each status."""

    status: Status
    spent: Mapping[Status, float]

    @property
    def duration(self) -> float:
        """Seconds on the call's own timer."""
        return sum(self.spent.get(status, 0.0) for status in TIMED)


@dataclass(frozen=True)
class Plan:
    """How a call will go: statuses with their seconds, then how it ends."""

    steps: tuple[tuple[Status, float], ...]
    end: Status

    def __post_init__(self) -> None:
        statuses = [*(status for status, _ in self.steps), self.end]
        for here, there in pairwise(statuses):
            if there not in STEPS[here]:
                raise ValueError(f"a call cannot go from {here} to {there}")

    def at(self, elapsed: float) -> Progress:
        """Tell the progress after so many seconds."""
        spent: dict[Status, float] = {}
        for status, seconds in self.steps:
            spent[status] = min(elapsed, seconds)
            if elapsed < seconds:
                return Progress(status, spent)
            elapsed -= seconds
        return Progress(self.end, spent)


def plan(
    outcome: Status,
    *,
    error_callback: bool,
    scheduled: bool,
    rng: random.Random,
    hold: int | None = None,
) -> Plan:
    """Plan a call that ends in `outcome` (Success or Failed).

    It takes 57 to 88 s, unless `hold` says for how many seconds it holds.
    """
    steps: list[tuple[Status, float]] = [] if scheduled else [(Status.INITIALIZATION, 2)]
    steps += [
        (Status.PENDING, 3),
        (Status.CALLING_TARGET, 6),
        (Status.HOLDING, rng.randint(22, 35) if hold is None else hold),
    ]
    if error_callback:
        steps.append((Status.ERROR_CALLBACK, rng.randint(8, 14)))
    else:
        steps.append((Status.CALLING_CLIENT, rng.randint(6, 12)))
        if outcome is Status.SUCCESS:
            steps.append((Status.IN_PROGRESS, rng.randint(18, 30)))
    return Plan(tuple(steps), outcome)
