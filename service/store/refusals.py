"""Clients that are over their limit, remembered for as long as the store said.

Most requests of a flood are refused; none of those need ask the store again.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from cachetools import TLRUCache

from service.callbacks.ports import Budget, Reservation, Window

#: Budgets of these scopes are never given back, so that a refusal holds until it frees.
_SCOPES = frozenset({"client"})
_MAX_KEYS = 10_000


class Refusals:
    """Remember refused budgets until they free; `clock` gives seconds."""

    def __init__(self, clock: Callable[[], float], max_keys: int = _MAX_KEYS) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        #: key of the budget that was used up -> when it was refused, and how
        self._refused: TLRUCache[str, tuple[float, Reservation]]
        self._refused = TLRUCache(max_keys, lambda key, entry, now: _frees_at(*entry), clock)

    def __len__(self) -> int:
        return len(self._refused)

    def add(self, budgets: Sequence[Budget], reservation: Reservation) -> None:
        """Remember what was refused, if it can be."""
        refused = reservation.refused
        if refused is None or budgets[refused].scope not in _SCOPES:
            return
        with self._lock:
            self._refused[budgets[refused].key] = (self._clock(), reservation)

    def find(self, budgets: Sequence[Budget]) -> Reservation | None:
        """Return the refusal that still holds for one of the budgets, as it stands now."""
        with self._lock:
            entries = [self._refused.get(budget.key) for budget in budgets] if self._refused else []
        for at, reservation in filter(None, entries):
            if len(reservation.windows) == len(budgets):
                return _later(reservation, self._clock() - at)
        return None

    def clear(self, prefix: str) -> None:
        """Forget the budgets whose keys begin so."""
        with self._lock:
            for key in [key for key in self._refused if key.startswith(prefix)]:
                self._refused.pop(key, None)


def _frees_at(at: float, reservation: Reservation) -> float:
    return at + reservation.windows[reservation.refused or 0].frees_in


def _later(reservation: Reservation, passed: float) -> Reservation:
    windows = tuple(
        Window(window.used, max(window.frees_in - passed, 0)) for window in reservation.windows
    )
    return reservation._replace(windows=windows)
