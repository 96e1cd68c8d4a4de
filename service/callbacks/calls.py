"""What is known of a call-back: one that was placed, one that a handle names, one to replace."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class CallReference:
    """What a handle names: a call, its ring, and the duplicate entry that its cancel clears.

    `profile_sid` is None for handles of versions that did not write it down. A handle is good for
    its time from `start_time` on, where that is later than its issue; None: from its issue.
    """

    call_sid: str
    duplicate_key: str | None
    ring_id: str
    profile_sid: str | None = None
    start_time: datetime | None = None


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
class ReplacedCall:
    """The call-back to replace, and whether it was still scheduled when it was looked at."""

    call: CallReference
    was_scheduled: bool
