"""The store in Redis or Valkey, shared by all replicas.

Each operation is one round trip; on a cluster it is one for each group of keys.
"""

from __future__ import annotations

import re
import secrets
import threading
from collections.abc import Iterable, Sequence
from copy import copy
from typing import Any, cast

from redis.cluster import RedisCluster
from redis.commands.core import Script
from redis.exceptions import OutOfMemoryError, ReadOnlyError, ResponseError

from service.callbacks.ports import Budget, Claim, Rate, Reservation, Standing, Window
from service.store import scripts
from service.store.changes import Change, give_back_changes
from service.store.connection import MAX_CONNECTIONS, Client
from service.store.failures import LostWritesError
from service.store.marks import Marks
from service.store.nodes import by_node, node_client, tags_of_servers
from service.store.windows import is_counted

#: Every key begins so: the store may be shared with others.
PREFIX = "cbg:"
#: How long a mark is kept that nobody counts up any more.
_MARK_MS = 86400 * 1000
#: What a script is refused for, in the words of an error of Lua.
_SAID_IN_LUA = {"READONLY": ReadOnlyError, "OOM": OutOfMemoryError}
_GROUP = re.compile(r"\{([^}]+)\}")


class RedisStore:
    """Keep windows and values in Redis; every method may raise one of
    `failures.STORE_ERRORS`.

    No more than `connections` operations run at once; others wait. On a cluster, what one call
    reserves in several groups is reserved group by group, and given back where one refuses.
    """

    def __init__(self, client: Client, connections: int = MAX_CONNECTIONS) -> None:
        self._client = client
        self._is_cluster = isinstance(client, RedisCluster)
        self._connections = connections
        self._free = threading.BoundedSemaphore(connections)
        self._reserve = client.register_script(scripts.RESERVE)
        self._windows = client.register_script(scripts.WINDOWS)
        self._apply = client.register_script(scripts.APPLY)
        self._mark = client.register_script(scripts.MARK)
        self.marks = Marks()

    def close(self) -> None:
        """Close every connection, once no operation runs: redis-py is not made for less."""
        for _ in range(self._connections):
            self._free.acquire()
        self._client.close()
        self._free.release(self._connections)

    def check_marks(self) -> None:
        """Count `marks` up; raise `LostWritesError` where a server lost what was written.

        It writes: a server that takes no writes raises.
        """
        for tag in tags_of_servers(self._client):
            key = self.marks.key(tag)
            known = self.marks.acknowledged(key)
            had = int(self._run(self._mark, [PREFIX + key], [known, _MARK_MS]))
            if had < known:
                raise LostWritesError
            self.marks.acknowledge(key, had + 1)

    def renewed(self) -> RedisStore:
        """Return this store with new marks; what is asked of the old one raises from now on."""
        store = copy(self)
        store.marks = Marks()
        return store

    def self_test(self) -> RedisStore:
        """Do each operation once, on keys of its own; return itself, or raise what failed."""
        key = f"{secrets.token_hex(8)}:verify"
        budgets = [
            Budget("verify", f"verify:{{{key}}}", Rate(1, 1), without="another"),
            Budget("global", f"global:{{{key}}}", Rate(1, 1)),
        ]
        claim = Claim(f"key:{{{key}}}", "verify", 1)
        self.apply([Change("count", budgets[1].key, at=-5, seconds=1)], 0)  # past, to be cleaned
        reservation = self.reserve(budgets, key, (claim,))
        self.windows(budgets)
        self.give_back([budget.key for budget in budgets], key, reservation.at, (claim,))
        self.set(claim.key, "verify", 1)
        self.get(claim.key)
        return self

    def evicts(self) -> bool:
        """Tell whether the server lets go of keys when it is full, where it may be asked."""
        try:
            memory = node_client(self._client, PREFIX).info("memory")
        except ResponseError:
            return False
        is_bounded = memory.get("maxmemory", 0) > 0
        return is_bounded and memory.get("maxmemory_policy") != "noeviction"

    def reserve(
        self,
        budgets: Sequence[Budget],
        id: str,
        claims: Sequence[Claim] = (),
        *,
        again: bool = False,
    ) -> Reservation:
        """Reserve; `again`: it was asked before, so what stands with its id and values is its own.

        So twice is once, and one that is refused leaves nothing; only a budget that is counted, in
        a group of its own, counts one too much.
        """
        items = [*claims, *budgets]
        windows: dict[Budget, Window] = {}
        entered: list[Claim | Budget] = []
        at = 0.0
        for group in self._groups(items):
            part = self._reserve_group(group, id, again)
            at = at or part.at
            own = [item for item in group if isinstance(item, Budget)]
            windows |= dict(zip(own, part.windows, strict=False))
            if not part.granted:
                self._undo(entered, id, at)
                return self._refusal(budgets, own, part, windows)
            entered += group
        return Reservation(tuple(windows[budget] for budget in budgets), at=at)

    def give_back(
        self, keys: Sequence[str], id: str, at: float = 0.0, claims: Sequence[Claim] = ()
    ) -> None:
        self.apply(give_back_changes(keys, id, at, claims), 0)

    def windows(self, budgets: Sequence[Budget]) -> tuple[Window, ...]:
        windows: dict[Budget, Window] = {}
        for group in self._groups(list(budgets)):
            arguments = [part for budget in group for part in _length(budget)]
            answer = self._run(self._windows, _keys(group), arguments)
            windows |= dict(zip(group, _read_windows(answer), strict=True))
        return tuple(windows[budget] for budget in budgets)

    def clear(self, prefix: str) -> None:
        for key in self._client.scan_iter(match=f"{PREFIX}{prefix}*"):
            self._client.delete(key)

    def get(self, key: str) -> str | None:
        with self._free:
            value = cast(bytes | None, self._client.get(PREFIX + key))
        return None if value is None else value.decode()

    def set_if_absent(self, key: str, value: str, seconds: float) -> str | None:
        standing = self.reserve((), "", (Claim(key, value, seconds),)).standing
        return None if standing is None else standing.value

    def set(self, key: str, value: str, seconds: float) -> None:
        with self._free:
            self._client.set(PREFIX + key, value, px=round(seconds * 1000))

    def delete_if_equal(self, key: str, value: str) -> None:
        self.apply([Change("delete", key, value)], 0)

    def apply(self, changes: Iterable[Change], now: float) -> None:
        """Do these in order; `now` is the time on the clock of their own times."""
        groups = {PREFIX + group[0].key: group for group in self._groups(list(changes))}
        for keys in by_node(self._client, groups):
            first, *rest = [_apply_arguments(groups[key], now) for key in keys]
            self._run(self._apply, *first)  # which loads the script, if need be
            if rest:
                self._run_at_once(self._apply, rest)

    def _reserve_group(self, group: Sequence[Claim | Budget], id: str, again: bool) -> Reservation:
        claims = [item for item in group if isinstance(item, Claim)]
        budgets = [item for item in group if isinstance(item, Budget)]
        mark = self.marks.key(0)
        # on a cluster a script cannot ask beyond its group
        known = 0 if self._is_cluster else self.marks.acknowledged(mark)
        keys = _keys(group) + [PREFIX + mark] * bool(known)
        arguments: list[str | int] = [id, int(again), known, len(claims)]
        for claim in claims:
            arguments += [claim.value, round(claim.seconds * 1000)]
        for budget in budgets:
            arguments += [budget.rate.amount, *_length(budget), budget.without]
        status, position, content, count, *numbers = self._run(self._reserve, keys, arguments)
        if status == scripts.LOST_WRITES:
            raise LostWritesError
        self.marks.acknowledge(mark, count)
        if status < 0:
            return Reservation((), standing=Standing(claims[position].key, content.decode()))
        refused = None if status == 0 else position
        return Reservation(_read_windows(numbers), refused, at=int(content) / 1e6)

    def _refusal(
        self,
        budgets: Sequence[Budget],
        group: Sequence[Budget],
        part: Reservation,
        windows: dict[Budget, Window],
    ) -> Reservation:
        """Return the refusal of a group as that of the whole."""
        if part.refused is None:
            return part
        others = [budget for budget in budgets if budget not in windows]
        windows |= dict(zip(others, self.windows(others), strict=True))
        refused = list(budgets).index(group[part.refused])
        return Reservation(tuple(windows[budget] for budget in budgets), refused, at=part.at)

    def _undo(self, entered: Sequence[Claim | Budget], id: str, at: float) -> None:
        claims = [item for item in entered if isinstance(item, Claim)]
        keys = [item.key for item in entered if isinstance(item, Budget)]
        if entered:
            self.give_back(keys, id, at, claims)

    def _groups(self, items: list[Any]) -> list[list[Any]]:
        """Part what has a key by what one script may touch: on a single server, everything."""
        groups: dict[str, list[Any]] = {}
        for item in items:
            tag = _GROUP.search(item.key) if self._is_cluster else None
            key = (tag[1] if tag else item.key) if self._is_cluster else ""
            groups.setdefault(key, []).append(item)
        return list(groups.values())

    def _run_at_once(self, script: Script, runs: list[tuple[list[str], list[Any]]]) -> None:
        """Run a script for groups of one node of a cluster, in one round trip."""
        with self._free, node_client(self._client, runs[0][0][0]).pipeline(False) as pipe:
            for keys, arguments in runs:
                pipe.evalsha(script.sha, len(keys), *keys, *arguments)
            pipe.execute()

    def _run(self, script: Script, keys: list[str], arguments: list[Any]) -> Any:
        with self._free:
            try:
                return script(keys, arguments)
            except ResponseError as error:
                for word, kind in _SAID_IN_LUA.items():
                    if word in str(error):
                        raise kind(str(error)) from error
                raise


def _apply_arguments(changes: Sequence[Change], now: float) -> tuple[list[str], list[Any]]:
    arguments = [part for change in changes for part in (change.kind, *change.arguments(now))]
    return _keys(changes), arguments


def _keys(items: Iterable[Any]) -> list[str]:
    return [PREFIX + item.key for item in items]


def _length(budget: Budget) -> tuple[int, int]:
    return round(budget.rate.seconds * 1e6), int(is_counted(budget.key))


def _read_windows(numbers: Sequence[Any]) -> tuple[Window, ...]:
    """Read pairs of how much is used and in how many microseconds the next of it frees."""
    return tuple(
        Window(int(used), int(frees_in) / 1e6)
        for used, frees_in in zip(numbers[::2], numbers[1::2], strict=True)
    )
