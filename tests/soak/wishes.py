"""What was wished for, what was answered, and whether Fonolo's journal says the same."""

from __future__ import annotations

import threading
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any

#: No answer: the connection broke.
BROKEN = 0
#: The phone may ring, or may not.
UNKNOWN = {504, BROKEN}


@dataclass
class Wish:
    """One call-back that somebody wants, however often it was asked for."""

    number: str
    statuses: list[int] = field(default_factory=list)

    @property
    def least(self) -> int:
        """How often the phone must have rung."""
        return int(201 in self.statuses)

    @property
    def most(self) -> int:
        """How often the phone may have rung."""
        return int(bool({201, *UNKNOWN} & set(self.statuses)))


class Wishes:
    """All wishes of a run; safe to use from many threads."""

    def __init__(self) -> None:
        #: A line for each number that rang too often, or was lost.
        self.wrong: list[str] = []
        self._wishes: list[Wish] = []
        self._cancelled: set[str] = set()
        self._lock = threading.Lock()

    def add(self, number: str) -> Wish:
        wish = Wish(number)
        with self._lock:
            self._wishes.append(wish)
        return wish

    def cancelled(self, number: str) -> None:
        """Remember that the only call-back of this number was cancelled, by its answer."""
        with self._lock:
            self._cancelled.add(number)

    def verdict(self, journal: list[dict[str, Any]]) -> dict[str, int]:
        """Compare with Fonolo's journal of all starts; return what was counted, by name."""
        placed: dict[str, list[str]] = defaultdict(list)
        for call in journal:
            if call["sid"] is not None:
                placed[call["form"]["fc_number"]].append(call["status"])
        counted = Counter(
            {"wishes": 0, "placed": 0, "unknown": 0, "refused": 0}
            | {"rung too often": 0, "lost": 0, "no answer": 0, "not cancelled": 0}
        )
        by_number: dict[str, list[Wish]] = defaultdict(list)
        for wish in self._wishes:
            by_number[wish.number].append(wish)
            counted["wishes"] += 1
            counted["no answer"] += BROKEN in wish.statuses
            counted["placed" if wish.least else "unknown" if wish.most else "refused"] += 1
        for number, wishes in by_number.items():
            rung = len(placed.pop(number, []))
            too_often = max(0, rung - sum(wish.most for wish in wishes))
            lost = max(0, sum(wish.least for wish in wishes) - rung)
            counted["rung too often"] += too_often
            counted["lost"] += lost
            if too_often or lost:
                self.wrong.append(f"rang {rung} times: {wishes}")
        counted["rung too often"] += sum(map(len, placed.values()))  # asked for by nobody
        counted["not cancelled"] = self._standing(journal)
        return dict(counted)

    def _standing(self, journal: list[dict[str, Any]]) -> int:
        return sum(
            call["sid"] is not None
            and call["form"]["fc_number"] in self._cancelled
            and call["status"] != "Canceled"
            for call in journal
        )
