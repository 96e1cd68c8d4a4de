"""The store in this process's memory: bounded, expiring, thread-safe."""

from __future__ import annotations

import heapq
import threading
import time
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterable, Sequence

from service.callbacks.ports import Budget, Reservation, Window

#: At most so many keys of one scope; the least recently used goes first. Each scope has its
#: own table, so that a flood of clients never pushes a number's rings out.
MAX_KEYS = 100_000

#: A key, an id or value, and for how many more seconds it is good.
Entry = tuple[str, str, float]
_Heap = list[tuple[float, str]]


class MemoryStore:
    """Keep windows and values in dictionaries; `clock` is monotonic, in seconds.

    So a wall clock that is set back or forward neither keeps a budget full nor empties it.
    """

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, *, max_keys: int = MAX_KEYS
    ) -> None:
        self._clock = clock
        self._max_keys = max_keys
        self._lock = threading.Lock()
        #: scope -> key -> heap of (expiry, id)
        self._windows: defaultdict[str, OrderedDict[str, _Heap]] = defaultdict(OrderedDict)
        #: key -> (expiry, value)
        self._values: OrderedDict[str, tuple[float, str]] = OrderedDict()

    def reserve(self, budgets: Sequence[Budget], id: str) -> Reservation:
        with self._lock:
            now = self._clock()
            heaps = {key: self._heap(scope, key, now) for scope, key, *_ in budgets}
            refused = None
            for position, (_, key, rate, without) in enumerate(budgets):
                counted = len(heaps[key]) - _holds(heaps[key], without)
                if counted >= rate.amount:
                    refused = position
                    break
            else:
                self._enter(budgets, heaps, id, now)
            found = [heaps[budget.key] for budget in budgets]
            return Reservation(tuple(_window(heap, now) for heap in found), refused)

    def enter(self, budgets: Sequence[Budget], id: str) -> None:
        """Enter `id` into every budget, used up or not: the shared store has granted it."""
        with self._lock:
            now = self._clock()
            heaps = {key: self._heap(scope, key, now) for scope, key, *_ in budgets}
            self._enter(budgets, heaps, id, now)

    def entries(self, scopes: Iterable[str]) -> tuple[list[Entry], list[Entry]]:
        """List the current entries: of the scopes' windows (key, id), and all values."""
        with self._lock:
            now = self._clock()
            windows = [
                (key, id, expiry - now)
                for scope in scopes
                for key, heap in self._windows[scope].items()
                for expiry, id in heap
                if expiry > now
            ]
            values = [(k, value, e - now) for k, (e, value) in self._values.items() if e > now]
            return windows, values

    def windows(self, budgets: Sequence[Budget]) -> tuple[Window, ...]:
        with self._lock:
            now = self._clock()
            heaps = [self._heap(scope, key, now) for scope, key, *_ in budgets]
            return tuple(_window(heap, now) for heap in heaps)

    def clear(self, prefix: str) -> None:
        with self._lock:
            table = self._windows[_scope(prefix)]
            for key in [key for key in table if key.startswith(prefix)]:
                del table[key]

    def give_back(self, keys: Sequence[str], id: str) -> None:
        with self._lock:
            for key in keys:
                table = self._windows[_scope(key)]
                heap = [entry for entry in table.pop(key, []) if entry[1] != id]
                heapq.heapify(heap)
                if heap:
                    table[key] = heap

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
            if self._value(key) == value:
                del self._values[key]

    def _enter(
        self, budgets: Sequence[Budget], heaps: dict[str, _Heap], id: str, now: float
    ) -> None:
        lasting = {
            key: (scope, rate.seconds) for scope, key, rate, _ in budgets
        }  # twice: one entry
        for key, heap in heaps.items():
            scope, seconds = lasting[key]
            heapq.heappush(heap, (now + seconds, id))
            self._use(scope, key, heap, now)

    def _heap(self, scope: str, key: str, now: float) -> _Heap:
        """Return what is in the key's window now; a new heap where there is none."""
        heap = self._windows[scope].get(key, [])
        while heap and heap[0][0] <= now:
            heapq.heappop(heap)
        return heap

    def _use(self, scope: str, key: str, heap: _Heap, now: float) -> None:
        """Make the key the one used last; let go of two that are past, or one too many."""
        table = self._windows[scope]
        table[key] = heap
        table.move_to_end(key)
        for _ in range(2):
            oldest = next(iter(table.values()))
            is_used = oldest and (oldest[-1][0] > now or any(expiry > now for expiry, _ in oldest))
            if is_used and len(table) <= self._max_keys:
                return
            table.popitem(last=False)

    def _value(self, key: str) -> str | None:
        expiry, value = self._values.get(key, (0.0, ""))
        return value if expiry > self._clock() else None

    def _put(self, key: str, value: str, seconds: float) -> None:
        now = self._clock()
        self._values.pop(key, None)
        self._values[key] = (now + seconds, value)
        for _ in range(2):
            expiry, _ = next(iter(self._values.values()))
            if len(self._values) > self._max_keys or expiry <= now:
                self._values.popitem(last=False)


def _holds(heap: _Heap, id: str) -> bool:
    """Tell whether the id stands in the window; asked for none, it does not."""
    return id != "" and any(entry[1] == id for entry in heap)


def _window(heap: _Heap, now: float) -> Window:
    return Window(len(heap), heap[0][0] - now if heap else 0)


def _scope(key: str) -> str:
    return key.partition(":")[0]
