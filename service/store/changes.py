"""What a process did while Redis did not answer, in order, until Redis has it."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import Literal, NamedTuple

from service.callbacks.ports import Claim
from service.store.windows import is_counted

Kind = Literal["enter", "remove", "count", "uncount", "claim", "set", "delete"]

#: At most so many changes wait beside what memory had; the oldest go first.
MAX_CHANGES = 200_000


#: Clients' requests are counted anew when Redis returns; everything else is handed over.
HANDED_OVER = ("duplicate", "number", "prefix", "global")


class Change(NamedTuple):
    """One thing to be done in Redis.

    `text` is an id or a value. `at` is when an entry or value expires, or when one was counted;
    a counted window's length is `seconds`.
    """

    kind: Kind
    key: str
    text: str = ""
    at: float = 0.0
    seconds: float = 0.0
    amount: int = 1

    def is_past(self, now: float) -> bool:
        """Tell whether it would change nothing any more."""
        if self.kind == "count":
            return self.at + 2 * self.seconds < now
        return self.kind in {"enter", "claim", "set"} and self.at <= now

    def arguments(self, now: float) -> tuple[str | int, str | int, int]:
        """Return what the script `APPLY` takes for it: durations, for clocks differ."""
        left, micros = self.at - now, 1_000_000
        if self.kind == "enter":
            return self.text, round(left * micros), 0
        if self.kind == "count":
            return round(self.seconds * micros), round(-left * micros), self.amount
        if self.kind == "uncount":
            return round(self.at * micros), 0, 0
        return self.text, max(1, round(left * 1000)), 0


class Changes:
    """A bounded queue of changes; not thread-safe."""

    def __init__(self, most: int = MAX_CHANGES) -> None:
        self._most = most
        self._remembered = 0  # so many were there at the last `replace`
        self._waiting: deque[Change] = deque()

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, changes: Iterable[Change]) -> None:
        self._waiting.extend(changes)
        while len(self._waiting) > self._most + self._remembered:
            self._waiting.popleft()

    def replace(self, changes: Iterable[Change]) -> None:
        """Let `changes`, which are all that is remembered, wait instead of what was entered."""
        others = [change for change in self._waiting if change.kind in {"remove", "set", "delete"}]
        self._waiting = deque(changes)
        self._remembered = len(self._waiting)
        self._waiting.extend(others)

    def pop_oldest(self, most: int, now: float) -> list[Change]:
        """Take out the first; those that are past are dropped."""
        taken: list[Change] = []
        while self._waiting and len(taken) < most:
            change = self._waiting.popleft()
            if not change.is_past(now):
                taken.append(change)
        return taken

    def put_back(self, changes: list[Change]) -> None:
        """Let those wait again that may have been applied or not.

        One that takes off a count is dropped: twice would let too much through.
        """
        self._waiting.extendleft(change for change in reversed(changes) if change.kind != "uncount")


def give_back_changes(
    keys: Iterable[str], id: str, at: float, claims: Iterable[Claim]
) -> list[Change]:
    """List what giving back means for each key."""
    changes = [
        Change("uncount", key, at=at) if is_counted(key) else Change("remove", key, id)
        for key in dict.fromkeys(keys)
    ]
    return changes + [Change("delete", claim.key, claim.value) for claim in claims]
