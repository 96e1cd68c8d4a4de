"""Test numbers: the last four digits of `fc_number` choose what becomes of a start.

Some choose how the call ends, some how the start is answered; the latter are ordinary faults
that befall this one answer, after the call has been placed.
"""

from dataclasses import dataclass

from simulator.faults import InjectedFault, Mode
from simulator.walk import Status


@dataclass(frozen=True)
class Outcome:
    """What becomes of one start."""

    refused: bool = False
    end: Status = Status.SUCCESS
    error_callback: bool = False
    fault: InjectedFault | None = None


TEST_NUMBERS = {
    "0001": Outcome(refused=True),
    "0002": Outcome(end=Status.FAILED),
    "0003": Outcome(end=Status.FAILED, error_callback=True),
    "0004": Outcome(fault=InjectedFault("callback", latency_ms=30_000)),
    "0005": Outcome(fault=InjectedFault("callback", mode=Mode.CUT)),
    "0006": Outcome(fault=InjectedFault("callback", mode=Mode.HTML)),
    "0007": Outcome(fault=InjectedFault("callback", mode=Mode.TRUNCATED)),
}


def outcome_of(number: str) -> Outcome:
    """Look up what a number chooses; all others succeed."""
    return TEST_NUMBERS.get(number[-4:], Outcome())
