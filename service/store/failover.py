"""The store of several replicas, which goes on when Redis does not answer.

Redis decides while it answers. Memory has a copy of what this process did itself: it decides
while Redis does not answer, and what is done meanwhile waits until Redis has it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeVar

from service.callbacks.ports import Budget, Claim, Reservation, Window
from service.store.changes import HANDED_OVER, Change, give_back_changes
from service.store.memory import MemoryStore
from service.store.recovery import Recovery
from service.store.redis import RedisStore
from service.store.refusals import Refusals
from service.store.windows import is_counted

T = TypeVar("T")


class FailoverStore:
    """Ask Redis; go on in memory while it does not answer. The arguments are `Recovery`'s."""

    def __init__(
        self,
        connect: Callable[[], RedisStore],
        memory: MemoryStore,
        on_change: Callable[[bool], None] = lambda up: None,
        first_wait: float = 1.0,
        patience: float = 0.1,
    ) -> None:
        self._memory = memory
        self._refusals = Refusals(time.monotonic)
        self._recovery = Recovery(connect, memory, on_change, first_wait, patience)

    @property
    def up(self) -> bool:
        """Whether Redis is there; memory may decide for an instant all the same."""
        return self._recovery.up

    @property
    def decides_in_redis(self) -> bool:
        """Whether Redis decides now, and has all that was done here."""
        return self._recovery.decides

    def reserve(
        self, budgets: Sequence[Budget], id: str, claims: Sequence[Claim] = ()
    ) -> Reservation:
        if refused := self._refusals.find(budgets):
            return refused
        keys, losses = [budget.key for budget in budgets], self._recovery.losses
        if standing := self._memory.enter(budgets, id, claims):
            return Reservation((), standing=standing)  # its request runs here, or has its outcome

        def ask(redis: RedisStore, *, again: bool = False) -> Reservation:
            reservation = redis.reserve(budgets, id, claims, again=again)
            if not reservation.granted:
                self._memory.give_back(keys, id, 0, claims)
                self._refusals.add(budgets, reservation)
                if losses != self._recovery.losses:  # memory was handed over with it
                    removals = _removals(keys, id, claims)
                    self._change(lambda redis: redis.apply(removals, 0), removals)
            return reservation

        return self._recovery.ask(
            ask,
            lambda may_be_done: self._reserve_here(budgets, id, claims),
            partial(ask, again=True),
            losses,
        )

    def give_back(
        self, keys: Sequence[str], id: str, at: float = 0.0, claims: Sequence[Claim] = ()
    ) -> None:
        self._memory.give_back(keys, id, at, claims)
        changes = give_back_changes(keys, id, at, claims)
        self._change(lambda redis: redis.give_back(keys, id, at, claims), changes)

    def windows(self, budgets: Sequence[Budget]) -> tuple[Window, ...]:
        return self._read(
            lambda redis: redis.windows(budgets), lambda may_be_done: self._memory.windows(budgets)
        )

    def clear(self, prefix: str) -> None:
        self._memory.clear(prefix)
        self._refusals.clear(prefix)
        self._change(lambda redis: redis.clear(prefix), [])

    def get(self, key: str) -> str | None:
        own = self._memory.get(key)
        if own is not None:
            return own
        return self._read(lambda redis: redis.get(key), lambda may_be_done: None)

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
        self, budgets: Sequence[Budget], id: str, claims: Sequence[Claim]
    ) -> Reservation:
        """Let memory decide, where `id` is entered already, as it may be in Redis."""
        keys = [budget.key for budget in budgets]
        self._memory.give_back(keys, id, 0, claims)
        reservation = self._memory.reserve(budgets, id, claims)
        if reservation.granted:
            self._recovery.changes.add(self._entries(budgets, id, claims))
        else:
            self._recovery.changes.add(_removals(keys, id, claims))
        return reservation

    def _entries(self, budgets: Sequence[Budget], id: str, claims: Sequence[Claim]) -> list[Change]:
        now = self._memory.clock()
        changes = [Change("claim", claim.key, claim.value, now + claim.seconds) for claim in claims]
        for scope, key, rate, _ in budgets:
            if is_counted(key):
                changes.append(Change("count", key, at=now, seconds=rate.seconds))
            elif scope in HANDED_OVER:
                changes.append(Change("enter", key, id, now + rate.seconds))
        return changes

    def _read(self, operation: Callable[[RedisStore], T], in_memory: Callable[[bool], T]) -> T:
        return self._recovery.ask(operation, in_memory, again=operation)

    def _change(self, operation: Callable[[RedisStore], None], changes: Sequence[Change]) -> None:
        """Change something in Redis, now or once it answers."""

        def remember(may_be_done: bool) -> None:
            self._recovery.changes.add(
                change for change in changes if not (may_be_done and change.kind == "uncount")
            )

        self._recovery.ask(operation, remember)


def _removals(keys: Sequence[str], id: str, claims: Sequence[Claim]) -> list[Change]:
    changes = give_back_changes(keys, id, 0, claims)
    return [change for change in changes if change.kind != "uncount"]
