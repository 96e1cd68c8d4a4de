"""The store of several replicas, which goes on when Redis does not answer.

Redis decides while it answers. Memory has a copy of what this process did itself: it decides
while Redis does not answer, and what is done meanwhile waits until Redis has it.
docs/decisions/0007-store-away.md says what follows from that.
"""

from __future__ import annotations

import math
import secrets
import threading
import time
from collections.abc import Callable, Sequence
from typing import TypeVar

import structlog
from redis.exceptions import (
    ConnectionError,
    MaxConnectionsError,
    ReadOnlyError,
    RedisClusterException,
    ResponseError,
)

from service.callbacks.ports import Budget, Claim, Reservation, Window
from service.store.changes import Change, Changes
from service.store.memory import MemoryStore
from service.store.redis import STORE_ERRORS, RedisStore, give_back_changes
from service.store.refusals import Refusals
from service.store.windows import is_counted

log = structlog.get_logger(__name__)

#: How often a store that is away is asked whether it is back, in seconds.
PROBE_EVERY = 1.0
#: So many waits in a row without an answer, and the store is away.
AWAY_AFTER = 3
#: How many changes are handed over in one step, and how many while everybody else waits.
_BATCH, _LAST_BATCH = 500, 100
#: Clients' requests are counted anew when Redis returns; everything else is handed over.
_HANDED_OVER = ("duplicate", "number", "prefix", "global")
#: The connection is lost, or leads to a server that does not do what is asked of it: one that is
#: no primary any more, loads its data, is out of memory, is a cluster's.
_LOST = (ConnectionError, ResponseError, RedisClusterException)

T = TypeVar("T")


class FailoverStore:
    """Ask Redis; go on in memory while it does not answer.

    The first failure turns everybody to memory, so that no request waits twice. A thread asks at
    once whether Redis is there, hands over what was done meanwhile, and turns everybody back.
    Only a lost connection, a refusal, or several waits in a row make the store away: then `up` is
    False, and `on_change` is called with each change of it. `connect` returns a store that was
    seen to work. `patience` is how long, in seconds, a request waits for the primary that takes
    the place of one that refused it.
    """

    def __init__(
        self,
        connect: Callable[[], RedisStore],
        memory: MemoryStore,
        on_change: Callable[[bool], None] = lambda up: None,
        first_wait: float = 1.0,
        patience: float = 0.1,
    ) -> None:
        self._connect = connect
        self._memory = memory
        self._on_change = on_change
        self._lock = threading.Lock()
        self._redis: RedisStore | None = None  # None: memory decides
        self._changes = Changes()
        self._marks: dict[str, str] = {}
        self._refusals = Refusals(time.monotonic)
        self._patience = patience
        self._settled = threading.Event()
        self._present = threading.Event()  # set while Redis decides
        self._replacing = False  # a primary refused, and the one in its place is looked for
        self.up = True
        self._start_recovery(None)
        self._settled.wait(first_wait)

    def reserve(
        self, budgets: Sequence[Budget], id: str, claims: Sequence[Claim] = ()
    ) -> Reservation:
        if refused := self._refusals.find(budgets):
            return refused
        if standing := self._memory.enter(budgets, id, claims):
            return Reservation((), standing=standing)  # its request runs here, or has its outcome

        def ask(redis: RedisStore) -> Reservation:
            reservation = redis.reserve(budgets, id, claims)
            if not reservation.granted:
                self._memory.give_back([each.key for each in budgets], id, 0, claims)
                self._refusals.add(budgets, reservation)
            return reservation

        return self._ask(ask, lambda sent: self._reserve_here(budgets, id, claims, sent=sent))

    def give_back(
        self, keys: Sequence[str], id: str, at: float = 0.0, claims: Sequence[Claim] = ()
    ) -> None:
        self._memory.give_back(keys, id, at, claims)
        changes = give_back_changes(keys, id, at, claims)
        self._change(lambda redis: redis.give_back(keys, id, at, claims), changes)

    def windows(self, budgets: Sequence[Budget]) -> tuple[Window, ...]:
        return self._ask(
            lambda redis: redis.windows(budgets), lambda sent: self._memory.windows(budgets)
        )

    def clear(self, prefix: str) -> None:
        self._memory.clear(prefix)
        self._refusals.clear(prefix)
        self._change(lambda redis: redis.clear(prefix), [])

    def get(self, key: str) -> str | None:
        own = self._memory.get(key)
        if own is not None:
            return own
        return self._ask(lambda redis: redis.get(key), lambda sent: None)

    def set_if_absent(self, key: str, value: str, seconds: float) -> str | None:
        standing = self.reserve((), "", (Claim(key, value, seconds),)).standing
        return None if standing is None else standing.value

    def set(self, key: str, value: str, seconds: float) -> None:
        self._memory.set(key, value, seconds)
        change = Change("set", key, value, self._memory.clock() + seconds)
        self._change(lambda redis: redis.set(key, value, seconds), [change])

    def delete_if_equal(self, key: str, value: str) -> None:
        self.give_back((), "", claims=(Claim(key, value, 0),))

    def _reserve_here(
        self, budgets: Sequence[Budget], id: str, claims: Sequence[Claim], *, sent: bool
    ) -> Reservation:
        """Let memory decide, where `id` is entered already; Redis may have it where it was sent."""
        keys = [budget.key for budget in budgets]
        self._memory.give_back(keys, id, 0, claims)
        reservation = self._memory.reserve(budgets, id, claims)
        if reservation.granted:
            self._changes.add(self._entries(budgets, id, claims))
        elif sent:
            self._changes.add(_removals(keys, id, claims))
        return reservation

    def _entries(self, budgets: Sequence[Budget], id: str, claims: Sequence[Claim]) -> list[Change]:
        now = self._memory.clock()
        changes = [Change("claim", each.key, each.value, now + each.seconds) for each in claims]
        for scope, key, rate, _ in budgets:
            if is_counted(key):
                changes.append(Change("count", key, at=now, seconds=rate.seconds))
            elif scope in _HANDED_OVER:
                changes.append(Change("enter", key, id, now + rate.seconds))
        return changes

    def _change(self, operation: Callable[[RedisStore], None], changes: Sequence[Change]) -> None:
        """Change something in Redis, now or once it answers."""

        def remember(sent: bool) -> None:
            self._changes.add(
                change for change in changes if not (sent and change.kind == "uncount")
            )

        self._ask(operation, remember)

    def _ask(self, operation: Callable[[RedisStore], T], here: Callable[[bool], T]) -> T:
        """Return what Redis answers; where it does not, what `here` returns.

        `here` is told whether Redis may have done it all the same; it may add changes.
        """
        waited = False
        while True:
            redis, sent = self._redis, False
            if redis:
                try:
                    return operation(redis)
                except STORE_ERRORS as error:
                    self._suspect(redis, error)
                    sent = not isinstance(error, ReadOnlyError)
            if self._replacing and not (sent or waited):
                self._present.wait(self._patience)
                waited = True
                continue
            with self._lock:
                if sent or self._redis is None:
                    answer = here(sent)
                    self._recover_where_needed()
                    return answer

    def _suspect(self, redis: RedisStore, error: Exception) -> None:
        """Turn everybody to memory, and find out whether Redis is away."""
        with self._lock:
            if self._redis is redis:
                self._redis = None
                self._replacing = isinstance(error, ReadOnlyError)
                self._present.clear()
                self._start_recovery(redis, error)

    def _recover_where_needed(self) -> None:
        """Hand over what an operation left that failed only after everybody was turned back."""
        if self._redis and len(self._changes):
            redis, self._redis = self._redis, None
            self._present.clear()
            self._start_recovery(redis)

    def _start_recovery(self, redis: RedisStore | None, error: Exception | None = None) -> None:
        threading.Thread(
            target=self._recover, args=(redis, error), name="store-recovery", daemon=True
        ).start()

    def _recover(self, redis: RedisStore | None, error: Exception | None) -> None:
        """Find Redis again, hand over what was done meanwhile, and turn everybody back."""
        failures, pause = 0, threading.Event()
        while True:
            failures += error is not None
            if error and (_is_lost(error) or failures >= AWAY_AFTER):
                if redis:
                    redis.close()  # nobody uses its connections again
                redis = None
                self._set_up(False, error)
                pause.wait(PROBE_EVERY if failures > 1 else 0)
            try:
                redis = redis or self._connect()
                self._hand_over(redis)
                return
            except STORE_ERRORS as failure:
                error, self._replacing = failure, False

    def _hand_over(self, redis: RedisStore) -> None:
        """Bring into Redis what waits, the last of it while nobody can add to it."""
        self._compare_marks(redis)
        before = math.inf
        while _LAST_BATCH < (waiting := len(self._changes)) <= before / 2:
            for _ in range(0, waiting, _BATCH):
                with self._lock:
                    changes = self._changes.take(_BATCH, self._memory.clock())
                self._apply(redis, changes)
            before = waiting
        with self._lock:
            while len(self._changes):
                changes = self._changes.take(_BATCH, self._memory.clock())
                self._apply(redis, changes, locked=True)
            self._redis = redis
            self._set_up(True)
            self._present.set()

    def _apply(self, redis: RedisStore, changes: list[Change], *, locked: bool = False) -> None:
        try:
            if changes:
                redis.apply(changes, self._memory.clock())
        except BaseException:
            if locked:
                self._changes.put_back(changes)
            else:
                with self._lock:
                    self._changes.put_back(changes)
            raise

    def _compare_marks(self, redis: RedisStore) -> None:
        """Let everything wait that this process remembers, where Redis has lost it."""
        marks = redis.marks(secrets.token_hex(8))
        if any(marks.get(key, mark) != mark for key, mark in self._marks.items()):
            log.warning("the store has lost what it held, and is given what this process remembers")
            with self._lock:
                self._changes.replace(self._memory.changes(_HANDED_OVER))
        self._marks = marks

    def _set_up(self, up: bool, error: Exception | None = None) -> None:
        self._settled.set()
        if self.up == up:
            return
        self.up = up
        if up:
            log.warning("store back")
        else:
            log.warning("store away, counting in this process only", error=type(error).__name__)
        self._on_change(up)


def _removals(keys: Sequence[str], id: str, claims: Sequence[Claim]) -> list[Change]:
    changes = give_back_changes(keys, id, 0, claims)
    return [change for change in changes if change.kind != "uncount"]


def _is_lost(error: Exception) -> bool:
    return isinstance(error, _LOST) and not isinstance(error, MaxConnectionsError)
