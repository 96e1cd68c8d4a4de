"""The store in this process's memory: bounded, expiring, thread-safe."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence

from service.callbacks.ports import Budget, Claim, Reservation, Standing, Window
from service.store.changes import Change
from service.store.windows import CountedWindow, ExactWindow, new_window, scope_of

#: At most so many keys of one scope; the least recently used goes first. Each scope has its
#: own table, so that a flood of clients never pushes a number's rings out.
MAX_KEYS = 100_000


class MemoryStore:
    """Keep windows and values in dictionaries; `clock` is monotonic, in seconds.

    So a wall clock that is set back or forward neither keeps a budget full nor empties it.
    """

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, *, max_keys: int = MAX_KEYS
    ) -> None:
        self.clock = clock
        self._max_keys = max_keys
        self._lock = threading.Lock()
        #: scope -> key -> window
        self._windows: defaultdict[str, OrderedDict[str, ExactWindow | CountedWindow]]
        self._windows = defaultdict(OrderedDict)
        #: scope -> key -> (expiry, value); what lasts long keeps no others' past ones
        self._values: defaultdict[str, OrderedDict[str, tuple[float, str]]]
        self._values = defaultdict(OrderedDict)

    def reserve(
        self, budgets: Sequence[Budget], id: str, claims: Sequence[Claim] = ()
    ) -> Reservation:
        with self._lock:
            now = self.clock()
            if standing := self._standing(claims):
                return Reservation((), standing=standing)
            windows = [self._window(budget) for budget in budgets]
            states = tuple(window.state(now) for window in windows)
            for position, (budget, window) in enumerate(zip(budgets, windows, strict=True)):
                used = states[position].used - window.holds(budget.without)
                if used >= budget.rate.amount:
                    return Reservation(states, position, at=now)
            self._enter(budgets, id, claims, now)
            return Reservation(tuple(self._window(budget).state(now) for budget in budgets), at=now)

    def enter(
        self, budgets: Sequence[Budget], id: str, claims: Sequence[Claim] = ()
    ) -> Standing | None:
        """Enter `id` into every budget, used up or not, unless a claim stands already."""
        with self._lock:
            standing = self._standing(claims)
            if standing is None:
                self._enter(budgets, id, claims, self.clock())
            return standing

    def give_back(
        self, keys: Sequence[str], id: str, at: float = 0.0, claims: Sequence[Claim] = ()
    ) -> None:
        with self._lock:
            for key in dict.fromkeys(keys):
                window = self._windows[scope_of(key)].get(key)
                if window is None:
                    continue
                window.remove(id, at)
                if not window.state(self.clock()).used:
                    del self._windows[scope_of(key)][key]
            for claim in claims:
                self._delete_if_equal(claim.key, claim.value)

    def windows(self, budgets: Sequence[Budget]) -> tuple[Window, ...]:
        with self._lock:
            now = self.clock()
            return tuple(self._window(budget).state(now) for budget in budgets)

    def clear(self, prefix: str) -> None:
        with self._lock:
            table = self._windows[scope_of(prefix)]
            for key in [key for key in table if key.startswith(prefix)]:
                del table[key]

    def get(self, key: str) -> str | None:
        with self._lock:
            return self._value(key)

    def set_if_absent(self, key: str, value: str, seconds: float) -> str | None:
        with self._lock:
            current = self._value(key)
            if current is None:
                self._put(key, value, seconds)
            return current

    def set(self, key: str, value: str, seconds: float) -> None:
        with self._lock:
            self._put(key, value, seconds)

    def delete_if_equal(self, key: str, value: str) -> None:
        with self._lock:
            self._delete_if_equal(key, value)

    def changes(self, scopes: Iterable[str]) -> list[Change]:
        """List what would make an empty store like this one: the scopes' windows, all values."""
        with self._lock:
            now = self.clock()
            changes = [
                change
                for scope in scopes
                for key, window in self._windows[scope].items()
                for change in _changes(key, window)
            ]
            changes += [
                Change("claim", key, value, expiry)
                for table in self._values.values()
                for key, (expiry, value) in table.items()
            ]
            return [change for change in changes if not change.is_past(now)]

    def _standing(self, claims: Sequence[Claim]) -> Standing | None:
        for claim in claims:
            if (value := self._value(claim.key)) is not None:
                return Standing(claim.key, value)
        return None

    def _window(self, budget: Budget) -> ExactWindow | CountedWindow:
        """Return the budget's window; a new one where there is none."""
        window = self._windows[budget.scope].get(budget.key)
        return window or new_window(budget.scope, budget.rate.seconds)

    def _enter(
        self, budgets: Sequence[Budget], id: str, claims: Sequence[Claim], now: float
    ) -> None:
        for key, budget in {budget.key: budget for budget in budgets}.items():  # twice: one entry
            window = self._window(budget)
            window.enter(id, now, budget.rate.seconds)
            self._use(budget.scope, key, window, now)
        for claim in claims:
            self._put(claim.key, claim.value, claim.seconds)

    def _use(self, scope: str, key: str, window: ExactWindow | CountedWindow, now: float) -> None:
        """Make the key the one used last; let go of two that are past, or one too many."""
        table = self._windows[scope]
        table[key] = window
        table.move_to_end(key)
        for _ in range(2):
            if next(iter(table.values())).until > now and len(table) <= self._max_keys:
                return
            table.popitem(last=False)

    def _value(self, key: str) -> str | None:
        expiry, value = self._values[scope_of(key)].get(key, (0.0, ""))
        return value if expiry > self.clock() else None

    def _put(self, key: str, value: str, seconds: float) -> None:
        now, table = self.clock(), self._values[scope_of(key)]
        table.pop(key, None)
        table[key] = (now + seconds, value)
        for _ in range(2):
            expiry, _ = next(iter(table.values()))
            if len(table) > self._max_keys or expiry <= now:
                table.popitem(last=False)

    def _delete_if_equal(self, key: str, value: str) -> None:
        if self._value(key) == value:
            del self._values[scope_of(key)][key]


def _changes(key: str, window: ExactWindow | CountedWindow) -> Iterator[Change]:
    if isinstance(window, ExactWindow):
        for expiry, id in window.heap:
            yield Change("enter", key, id, expiry)
    else:
        for at, amount in window.by_time():
            yield Change("count", key, at=at, seconds=window.seconds, amount=amount)
