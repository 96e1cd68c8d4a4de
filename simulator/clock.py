"""What time it is on the simulated account: always an aware UTC datetime.

Whoever needs the time is given a `Clock`; only the functions here read the machine's own.
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

Clock = Callable[[], datetime]

WIRE_FORMAT = "%Y-%m-%d %H:%M:%S"


def machine_clock() -> datetime:
    """Tell the machine's time."""
    return datetime.now(UTC)


def clock_from(start: datetime) -> Clock:
    """Make a clock that shows `start` (aware) now and runs on in real time."""
    begun = time.monotonic()
    return lambda: start + timedelta(seconds=time.monotonic() - begun)


def to_wire(instant: datetime) -> str:
    """Write an aware datetime as Fonolo does: UTC, whole seconds, no zone."""
    return instant.astimezone(UTC).strftime(WIRE_FORMAT)


def from_wire(text: str) -> datetime:
    """Read `YYYY-MM-DD HH:MM:SS` as UTC; raises ValueError for anything else."""
    instant = datetime.strptime(text, WIRE_FORMAT).replace(tzinfo=UTC)
    if to_wire(instant) != text:  # strptime also takes 2017-8-7
        raise ValueError(f"not in the form YYYY-MM-DD HH:MM:SS: {text!r}")
    return instant
