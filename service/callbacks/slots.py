"""Slots and the times callers write: instants, whatever the zone they are written in."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

# 24:00 is neither's: RFC 3339 has no such hour, but Python 3.14 takes it.
_CLOCK = r"(?!24)\d\d:\d\d:\d\d"
_RFC3339 = re.compile(rf"\d{{4}}-\d\d-\d\d[Tt ]{_CLOCK}(\.\d+)?([Zz]|[+-]\d\d:?\d\d)", re.ASCII)
_LOCAL = re.compile(rf"\d{{4}}-\d\d-\d\d {_CLOCK}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Slot:
    """A window in which a call-back can be scheduled; both ends are aware instants."""

    start_time: datetime
    end_time: datetime


def read_start_time(text: str, zone: tzinfo) -> datetime | None:
    """Read RFC 3339 with offset, or Fonolo's `YYYY-MM-DD HH:MM:SS` local in `zone`.

    Returns the instant in UTC; None for anything else, and for a local time that does not
    exist. A local time that exists twice is the earlier instant. An offset may lack its colon.
    """
    try:
        if _RFC3339.fullmatch(text):
            return datetime.fromisoformat(text.upper()).astimezone(UTC)
        if not _LOCAL.fullmatch(text):
            return None
        naive = datetime.fromisoformat(text)
        instant = naive.replace(tzinfo=zone).astimezone(UTC)
        return instant if instant.astimezone(zone).replace(tzinfo=None) == naive else None
    except (ValueError, OverflowError):
        return None


def find_slot(slots: Iterable[Slot], start_time: datetime) -> Slot | None:
    """Find the slot that starts at that instant."""
    at = start_time.timestamp()  # datetimes of two zones are never equal in an hour that repeats
    return next((slot for slot in slots if slot.start_time.timestamp() == at), None)
