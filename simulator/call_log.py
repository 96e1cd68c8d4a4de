"""All that the simulator remembers of calls: the calls, the journal of starts, taken places.

It is bounded: beyond `capacity` the oldest finished call goes (the oldest at all, should none
be finished), and the journal forgets its oldest line. Not locked: the switchboard does that.
"""

from collections import defaultdict, deque
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from simulator.calls import Call, Reported
from simulator.walk import FINAL

CAPACITY = 20_000
_LOOK_BACK = 200  # how many of the oldest calls are asked whether they have finished


@dataclass(frozen=True)
class JournalLine:
    """A start that arrived; `sid` is None when it was refused."""

    sid: str | None
    received_at: datetime
    form: Mapping[str, str]


class CallLog:
    """The calls and the journal of one simulated account."""

    def __init__(self, archive: Iterable[Reported] = (), capacity: int = CAPACITY) -> None:
        self._calls: dict[str, Call] = {}
        self._archive = {call.sid: call for call in archive}
        self._journal: deque[JournalLine] = deque(maxlen=capacity)
        self._places: defaultdict[datetime, set[str]] = defaultdict(set)
        self._capacity = capacity

    def add(self, call: Call) -> None:
        """Remember a new call; a scheduled one takes its place."""
        self._make_room(call.received_at)
        self._calls[call.sid] = call
        if call.scheduled:
            self._places[call.begins_at].add(call.sid)

    def note(self, line: JournalLine) -> None:
        """Write a line into the journal."""
        self._journal.append(line)

    def replace(self, stopped: Call) -> None:
        """Put a stopped call in place of the running one; its place is free again."""
        self._calls[stopped.sid] = stopped
        self._free(stopped)

    def call(self, sid: str) -> Call | None:
        """Find a call placed while the simulator runs."""
        return self._calls.get(sid)

    def find(self, sid: str) -> Reported | None:
        """Find a call, archived ones included."""
        return self._calls.get(sid) or self._archive.get(sid)

    def everything(self) -> list[Reported]:
        """List every call there is."""
        return [*self._archive.values(), *self._calls.values()]

    def live_first(self, limit: int) -> list[Call]:
        """List the latest calls, newest first."""
        newest = list(self._calls.values())[-limit:]
        return newest[::-1]

    def journal(self, limit: int | None = None) -> list[JournalLine]:
        """List the journal's latest lines, oldest first."""
        lines = list(self._journal)
        return lines if limit is None else lines[-limit:]

    def taken(self, start: datetime, options: Collection[str]) -> int:
        """Count the scheduled calls of these options in the window that begins at `start`."""
        sids = self._places.get(start, ())
        return sum(self._calls[sid].option_sid in options for sid in sids)

    def _make_room(self, now: datetime) -> None:
        for start in [start for start in self._places if start < now - timedelta(days=1)]:
            del self._places[start]
        if len(self._calls) < self._capacity:
            return
        oldest = [call for call, _ in zip(self._calls.values(), range(_LOOK_BACK), strict=False)]
        gone = next((call for call in oldest if call.status(now) in FINAL), oldest[0])
        del self._calls[gone.sid]
        self._free(gone)

    def _free(self, call: Call) -> None:
        places = self._places.get(call.begins_at)
        if places is not None:
            places.discard(call.sid)
