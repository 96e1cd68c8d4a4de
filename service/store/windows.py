"""Sliding windows in memory: exact ones of ids, and ones that only count, in parts."""

from __future__ import annotations

import heapq
import math

from service.callbacks.ports import Window
from service.store.scripts import PARTS

#: Budgets of these scopes are counted in parts: however many entries, they cost the same.
COUNTED_SCOPES = frozenset({"global"})


def scope_of(key: str) -> str:
    """Return the scope that a key begins with."""
    return key.partition(":")[0]


def is_counted(key: str) -> bool:
    """Tell whether the key's window counts in parts."""
    return scope_of(key) in COUNTED_SCOPES


class ExactWindow:
    """The ids that are in a window, each with its expiry."""

    __slots__ = ("heap", "until")

    def __init__(self) -> None:
        self.heap: list[tuple[float, str]] = []
        self.until = 0.0

    def state(self, now: float) -> Window:
        """Return how much is used, and when the next of it frees."""
        heap = self.heap
        while heap and heap[0][0] <= now:
            heapq.heappop(heap)
        return Window(len(heap), heap[0][0] - now if heap else 0)

    def enter(self, id: str, now: float, seconds: float) -> None:
        heapq.heappush(self.heap, (now + seconds, id))
        self.until = max(self.until, now + seconds)

    def holds(self, id: str) -> bool:
        """Tell whether the id stands in the window; asked for none, it does not."""
        return id != "" and any(entry[1] == id for entry in self.heap)

    def remove(self, id: str, at: float) -> None:
        """Take the id out; `at` does not matter here."""
        self.heap = [entry for entry in self.heap if entry[1] != id]
        heapq.heapify(self.heap)


class CountedWindow:
    """How many entries each sixtieth of a window has seen; exact to one such part."""

    __slots__ = ("counts", "seconds", "until")

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.counts: dict[int, int] = {}
        self.until = 0.0

    def state(self, now: float) -> Window:
        """Return how much is used, and when the next of it frees."""
        first = self._part(now) - PARTS
        for part in [part for part in self.counts if part < first]:
            del self.counts[part]
        used = {part for part, count in self.counts.items() if count}
        frees_in = (min(used) + PARTS + 1) * self.seconds / PARTS - now if used else 0
        return Window(sum(self.counts.values()), frees_in)

    def enter(self, id: str, now: float, seconds: float) -> None:
        part = self._part(now)
        self.counts[part] = self.counts.get(part, 0) + 1
        self.until = max(self.until, now + seconds * (1 + 1 / PARTS))

    def holds(self, id: str) -> bool:
        """Return False: no id is known here."""
        return False

    def remove(self, id: str, at: float) -> None:
        """Take one off the part of `at`; off the latest where that has none."""
        used = [part for part, count in self.counts.items() if count]
        if used:
            part = self._part(at)
            self.counts[part if part in used else max(used)] -= 1

    def by_time(self) -> list[tuple[float, int]]:
        """List how many were entered until when."""
        return [
            ((part + 1) * self.seconds / PARTS, count)
            for part, count in self.counts.items()
            if count
        ]

    def _part(self, at: float) -> int:
        return math.floor(at * PARTS / self.seconds)


def new_window(scope: str, seconds: float) -> ExactWindow | CountedWindow:
    """Return an empty window of the scope's kind."""
    return CountedWindow(seconds) if scope in COUNTED_SCOPES else ExactWindow()
