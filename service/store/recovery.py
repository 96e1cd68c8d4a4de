"""Which store decides, Redis or memory, and how everybody comes back to Redis.

docs/decisions/0007-store-away.md says what follows from it.
"""

from __future__ import annotations

import math
import queue
import threading
import time
from collections.abc import Callable
from typing import TypeVar
from weakref import ref

import structlog
from redis.exceptions import TimeoutError

from service.store.changes import HANDED_OVER, Change, Changes
from service.store.failures import (
    STORE_ERRORS,
    LostWritesError,
    did_nothing,
    is_lost,
    may_be_brief,
)
from service.store.marks import Marks
from service.store.memory import MemoryStore
from service.store.redis import RedisStore

log = structlog.get_logger(__name__)

#: How often a store that is away is asked whether it is back, and one that is there whether it
#: still is and has lost nothing, in seconds.
PROBE_EVERY = 1.0
#: So many waits in a row without an answer, and the store is away.
AWAY_AFTER = 3
#: How many changes are handed over in one step, and how many while everybody else waits.
_BATCH, _LAST_BATCH = 500, 100
T = TypeVar("T")
#: A store that everybody was turned away from, if there was one, and why.
Suspect = tuple[RedisStore | None, Exception | None]


class Recovery:
    """Turn everybody to memory when Redis does not answer, and back once it has what was done.

    The first failure turns everybody to memory, so that no request waits twice. A thread asks at
    once whether Redis is there, hands over `changes`, and turns everybody back. Only a lost
    connection, a refusal, or several waits in a row make the store away: then `up` is False, and
    `on_change` is called with each change of it. Once a second the same thread looks whether
    Redis is there and has lost nothing. `connect` returns a store that was seen to work.
    `patience` is how long, in seconds, a request waits for Redis to answer and, where it did not,
    to be back; `first_wait`, how long the first connection is waited for.
    """

    def __init__(
        self,
        connect: Callable[[], RedisStore],
        memory: MemoryStore,
        on_change: Callable[[bool], None],
        first_wait: float,
        patience: float,
    ) -> None:
        self._connect = connect
        self._memory = memory
        self._on_change = on_change
        self._patience = patience
        self._lock = threading.Lock()
        self._redis: RedisStore | None = None  # None: memory decides
        self._marks = Marks()
        self._suspects: queue.SimpleQueue[Suspect] = queue.SimpleQueue()
        self._settled = threading.Event()
        self._returning = False  # Redis failed in a way that may be brief, and is looked for
        self._looked = threading.Event()  # the first look for it has ended, either way
        self.changes = Changes()
        self.up = True
        self._reason = ""  # why it is away, as the log has it
        #: how often Redis had lost writes, and was given all that memory had until then
        self.losses = 0
        threading.Thread(
            target=_tend, args=(ref(self), self._suspects), name="store-recovery", daemon=True
        ).start()
        self._settled.wait(first_wait)

    @property
    def decides(self) -> bool:
        """Whether Redis decides now, and has all that was done."""
        return self._redis is not None

    def ask(
        self,
        operation: Callable[[RedisStore], T],
        in_memory: Callable[[bool], T],
        again: Callable[[RedisStore], T] | None = None,
        losses: int = 0,
    ) -> T:
        """Ask Redis; where it does not answer, return what `in_memory` does.

        Where only the answer was late and Redis is back within `patience`, it is asked `again`,
        if that is given: it must be right also where Redis has done it already. So it may have
        where memory was handed over meanwhile: `losses` is what `self.losses` was before memory
        was told. `in_memory` is told whether Redis may have done it all the same, and may add to
        `changes`.
        """
        patience_ends = time.monotonic() + self._patience
        may_be_done = has_waited = False
        while True:
            redis = self._redis
            if redis:
                try:
                    repeats = may_be_done or losses != self.losses
                    return again(redis) if repeats and again else operation(redis)
                except STORE_ERRORS as error:
                    self._suspect(redis, error)
                    may_be_done = may_be_done or not did_nothing(error)
            if self._returning and not has_waited and (again or not may_be_done):
                self._looked.wait(max(0.0, patience_ends - time.monotonic()))
                has_waited = True
                continue
            with self._lock:
                if may_be_done or self._redis is None:
                    answer = in_memory(may_be_done)
                    self._hand_over_late_changes()
                    return answer

    def _suspect(self, redis: RedisStore, error: Exception) -> None:
        """Turn everybody to memory, and find out whether Redis is away."""
        with self._lock:
            if self._redis is redis:
                self._returning = may_be_brief(error)
                self._turn_away(redis, error)

    def _hand_over_late_changes(self) -> None:
        """Hand over the changes of an operation that failed after everybody was turned back."""
        if self._redis and len(self.changes):
            self._returning = True
            self._turn_away(self._redis, None)

    def _turn_away(self, redis: RedisStore, error: Exception | None) -> None:
        """Let memory decide, until the thread has seen to it."""
        self._redis = None
        self._looked.clear()
        self._suspects.put((redis, error))

    def watch(self) -> None:
        """Find out what became of Redis, also where nobody asks for anything."""
        if redis := self._redis:
            try:
                redis.check_marks()
            except TimeoutError:
                pass  # one late answer says little; who asks next finds out
            except Exception as error:  # whatever it is, this thread has to live on
                self._suspect(redis, error)

    def recover(self, redis: RedisStore | None, error: Exception | None) -> None:
        """Find Redis again, hand over what was done meanwhile, and turn everybody back."""
        failures, pause = 0, threading.Event()
        while True:
            failures += error is not None
            if error and (is_lost(error) or failures >= AWAY_AFTER):
                self._set_up(False, error)
                if redis:
                    redis.close()  # nobody uses its connections again
                redis = None
                pause.wait(PROBE_EVERY if failures > 1 else 0)
            try:
                redis = self._see_to_losses(redis or self._connect_anew())
                self._hand_over(redis)
                return
            except Exception as failure:  # whatever it is, it is tried again: nobody else does
                error, self._returning = failure, False
                self._looked.set()

    def _hand_over(self, redis: RedisStore) -> None:
        """Bring into Redis what waits, the last of it while nobody can add to it."""
        before = math.inf
        while _LAST_BATCH < (waiting := len(self.changes)) <= before / 2:
            for _ in range(0, waiting, _BATCH):
                with self._lock:
                    changes = self.changes.pop_oldest(_BATCH, self._memory.clock())
                self._apply(redis, changes)
            before = waiting
        with self._lock:
            while len(self.changes):
                changes = self.changes.pop_oldest(_BATCH, self._memory.clock())
                self._apply(redis, changes, locked=True)
            redis.check_marks()  # counted up after what was given, so that its loss is noticed
            self._redis = redis
            self._set_up(True)
            self._looked.set()

    def _apply(self, redis: RedisStore, changes: list[Change], *, locked: bool = False) -> None:
        try:
            if changes:
                redis.apply(changes, self._memory.clock())
        except BaseException:
            if locked:
                self.changes.put_back(changes)
            else:
                with self._lock:
                    self.changes.put_back(changes)
            raise

    def _connect_anew(self) -> RedisStore:
        redis = self._connect()
        redis.marks = self._marks
        return redis

    def _see_to_losses(self, redis: RedisStore) -> RedisStore:
        """Return the store; where it has lost writes, let all that this process remembers wait.

        Then nothing gets through any more that was asked before.
        """
        try:
            redis.check_marks()
        except LostWritesError:
            log.warning("the store has lost what it held, and is given what this process remembers")
            with self._lock:
                self.changes.replace(self._memory.changes(HANDED_OVER))
                self.losses += 1
            redis = redis.renewed()
            self._marks = redis.marks
            redis.check_marks()
        return redis

    def _set_up(self, up: bool, error: Exception | None = None) -> None:
        self._settled.set()
        was, self._reason = (self.up, self._reason), type(error).__name__
        if was == (up, self._reason):
            return
        self.up = up
        if up:
            log.warning("store back")
        else:
            log.warning("store away, counting in this process only", error=self._reason)
        if self.up != was[0]:
            self._on_change(up)


def _tend(recovery: ref[Recovery], suspects: queue.SimpleQueue[Suspect]) -> None:
    """Recover a store once it is suspected, and watch it meanwhile, for as long as it is used."""
    suspect: Suspect | None = (None, None)
    while own := recovery():
        if suspect:
            own.recover(*suspect)
        else:
            own.watch()
        del own
        try:
            suspect = suspects.get(timeout=PROBE_EVERY)
        except queue.Empty:
            suspect = None
