"""How long callers wait at present: the median hold of the call-backs that ended lately."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

#: Calls that ended so long ago say how it was, not how it is.
LATELY = timedelta(hours=1)
#: Fewer calls than this say nothing.
ENOUGH = 5
#: How far ahead Fonolo's clock may be.
_CLOCK_SKEW = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class EndedCall:
    """A call-back that ended in Success; `hold` is in seconds, None where the report has none.

    An immediate one was placed to ring as soon as possible: only its hold is a wait from now.
    """

    option_id: str
    started_at: datetime
    ended_at: datetime
    hold: int | None
    immediate: bool


def is_recent(call: EndedCall, now: datetime) -> bool:
    """Tell whether the call ended within the last hour."""
    return call.ended_at >= now - LATELY and call.started_at <= now + _CLOCK_SKEW


def estimate_waits(calls: Iterable[EndedCall], now: datetime) -> Mapping[str, int]:
    """Return the wait by option, in whole minutes as seconds; unknown ones are left out."""
    holds = defaultdict(list)
    for call in calls:
        if call.immediate and call.hold is not None and is_recent(call, now):
            holds[call.option_id].append(call.hold)
    return {
        option_id: _whole_minutes(median(of_option))
        for option_id, of_option in holds.items()
        if len(of_option) >= ENOUGH
    }


def _whole_minutes(seconds: float) -> int:
    return math.floor(seconds / 60 + 0.5) * 60
