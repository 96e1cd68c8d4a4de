"""Clients that are over their limit, remembered for as long as the store said.

Most requests of a flood are refused; none of those need ask the store again.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence

from service.callbacks.ports import Budget, Reservation, Window

#: Budgets of these scopes are never given back, so that a refusal holds until it frees.
_SCOPES = frozenset({"client"})
_MAX_KEYS = 10_000


class Refusals:
    """Remember refused budgets; `clock` gives seconds."""

    def __init__(self, clock: Callable[[], float], max_keys: int = _MAX_KEYS) -> None:
        self._clock = clock
        self._max_keys = max_keys
        self._lock = threading.Lock()
        #: key of the budget that was used up -> when it was refused, and how
        self._refused: OrderedDict[str, tuple[float, Reservation]] = OrderedDict()

    def add(self, budgets: Sequence[Budget], reservation: Reservation) -> None:
        """Remember what was refused, if it can be."""
        refused = reservation.refused
        if refused is None or budgets[refused].scope not in _SCOPES:
            return
        with self._lock:
            self._refused[budgets[refused].key] = (self._clock(), reservation)
            if len(self._refused) > self._max_keys:
                self._refused.popitem(last=False)

    def find(self, budgets: Sequence[Budget]) -> Reservation | None:
        """Return the refusal that still holds for one of the budgets."""
        if not self._refused:
            return None
        for budget in budgets:
            if entry := self._refused.get(budget.key):
                refused = self._since(budget.key, *entry)
                if refused and len(refused.windows) == len(budgets):
                    return refused
        return None

    def clear(self, prefix: str) -> None:
        """Forget the budgets whose keys begin so."""
        with self._lock:
            for key in [key for key in self._refused if key.startswith(prefix)]:
                del self._refused[key]

    def _since(self, key: str, at: float, reservation: Reservation) -> Reservation | None:
        """Return the refusal as it stands now; None once its budget has freed."""
        passed = self._clock() - at
        windows = tuple(
            Window(window.used, max(window.frees_in - passed, 0)) for window in reservation.windows
        )
        if reservation.refused is None or windows[reservation.refused].frees_in <= 0:
            with self._lock:
                self._refused.pop(key, None)
            return None
        return reservation._replace(windows=windows)
