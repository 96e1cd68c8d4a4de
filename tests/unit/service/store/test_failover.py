"""The store while Redis stalls, goes and comes back: nothing is lost, nothing comes back."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

import pytest
from redis import Redis
from redis.exceptions import TimeoutError
from structlog.testing import capture_logs

from service.callbacks.ports import Budget, Claim, Rate, Reservation
from service.redis_url import RedisURL
from service.store.changes import Change
from service.store.connection import open_client
from service.store.failover import FailoverStore
from service.store.memory import MemoryStore
from service.store.redis import RedisStore
from tests.redis_servers import MovingAddress, redis_cluster, redis_pair, server
from tests.running import free_ports, poll, redis_server

LOSS = "the store has lost what it held"
#: Long enough for a busy machine, short enough to wait for.
TIMEOUT = 0.3


class Replica:
    """A store as one replica has it, and what it said of itself."""

    def __init__(
        self,
        url: str,
        connections: int = 512,
        timeout: float = TIMEOUT,
        kind: type[RedisStore] = RedisStore,
    ) -> None:
        self.said: list[bool] = []
        self.store = FailoverStore(
            lambda: kind(open_client(RedisURL.parse(url), timeout), connections).self_test(),
            MemoryStore(),
            self.said.append,
            first_wait=20,
            patience=20,
        )
        assert self.store.up

    def is_(self, up: bool) -> None:
        """Wait until it says so, which it does as soon as it is asked for anything."""
        self.store.get("key:anything")
        poll(lambda: self.store.up is up)

    def has_handed_over(self) -> None:
        poll(lambda: self.store.decides_in_redis)


class Ground:
    """A Redis, and replicas that share it."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack
        self.url, self.process = stack.enter_context(redis_server())

    def replica(self, connections: int = 512, timeout: float = TIMEOUT) -> Replica:
        return Replica(self.url, connections, timeout)

    def client(self) -> Redis:
        return self._stack.enter_context(Redis.from_url(self.url))

    @contextmanager
    def frozen(self) -> Iterator[None]:
        self.process.signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.process.signal(signal.SIGCONT)

    def kill(self) -> None:
        self.process.popen.kill()
        self.process.wait()

    def start_again(self, password: str = "") -> None:
        port = urlsplit(self.url).port
        _, self.process = self._stack.enter_context(redis_server(port, password))


@pytest.fixture
def ground() -> Iterator[Ground]:
    with ExitStack() as stack:
        yield Ground(stack)


def number(key: str = "k", amount: int = 1, seconds: float = 600) -> Budget:
    return Budget("number", f"number:{{{key}}}", Rate(amount, seconds))


def everyone(amount: int = 10) -> Budget:
    return Budget("global", "global:{all}", Rate(amount, 600))


def client(amount: int = 1) -> Budget:
    return Budget("client", "client:{me}", Rate(amount, 600))


class TestHandOver:
    def test_what_is_claimed_all_the_while_is_never_claimed_elsewhere(self, ground: Ground) -> None:
        a, b = ground.replica(), ground.replica()
        claimed: list[str] = []
        stop = threading.Event()

        def set_keys() -> None:
            n = 0
            while not stop.wait(0.0002):  # some thousands a second, more than a process can place
                if a.store.set_if_absent(f"key:{n}", "a", 600) is None:
                    claimed.append(f"key:{n}")
                n += 1

        ground.kill()
        a.is_(False)
        for n in range(30_000):
            a.store.set_if_absent(f"key:old-{n}", "a", 600)
        thread = threading.Thread(target=set_keys)
        thread.start()
        ground.start_again()
        a.is_(True)
        held_at_return = list(claimed)
        b.is_(True)
        stop.set()
        thread.join()
        assert held_at_return
        for key in [*claimed, *(f"key:old-{n}" for n in range(0, 30_000, 1000))]:
            assert b.store.set_if_absent(key, "b", 600) == "a"

    def test_all_that_a_replica_remembers_goes_to_a_store_that_came_back_empty(
        self, ground: Ground
    ) -> None:
        a, b = ground.replica(), ground.replica()
        budgets = [number(), everyone(2)]
        assert a.store.reserve(budgets, "id", (Claim("key:1", "mine", 600),)).granted
        ground.kill()
        for each in (a, b):
            each.is_(False)
        ground.start_again()
        for each in (a, b):
            each.is_(True)
        assert b.store.set_if_absent("key:1", "other", 600) == "mine"
        assert b.store.reserve([number()], "other").refused == 0
        assert b.store.windows([everyone(2)])[0].used == 1

    def test_what_only_redis_has_is_not_handed_over_again(self, ground: Ground) -> None:
        """Booked at A, cancelled at B, and a stall at A: the booking stays cancelled."""
        a, b = ground.replica(), ground.replica()
        booked = a.store.reserve([number()], "id")
        b.store.give_back([number().key], "id", booked.at)
        with ground.frozen():
            a.is_(False)
        a.is_(True)
        assert b.store.reserve([number()], "new").granted


def restarted(ground: Ground) -> None:
    ground.kill()
    ground.start_again()


def flushed(ground: Ground) -> None:
    ground.client().flushall()


@pytest.mark.parametrize("emptied", [restarted, flushed])
class TestEmptied:
    """Redis loses everything between two requests, and answers each of them."""

    def test_who_reserves_next_notices(
        self, ground: Ground, emptied: Callable[[Ground], None]
    ) -> None:
        a = ground.replica()
        budgets = [number(), everyone()]
        assert a.store.reserve(budgets, "id", (Claim("key:1", "mine", 600),)).granted
        emptied(ground)
        assert a.store.reserve(budgets, "other").refused == 0
        assert a.store.set_if_absent("key:2", "new", 600) is None
        assert ground.client().get("cbg:key:1") == b"mine"
        assert a.store.windows([everyone()])[0].used == 1

    def test_those_who_notice_together_are_granted_what_is_theirs(
        self, ground: Ground, emptied: Callable[[Ground], None]
    ) -> None:
        """The hand-over has what they just asked for: it is no other request's."""
        a = ground.replica(timeout=2)
        emptied(ground)
        with ThreadPoolExecutor(20) as threads:
            asked = [
                threads.submit(
                    a.store.reserve, [number(f"{n}")], f"{n}", (Claim(f"key:{n}", f"{n}", 600),)
                )
                for n in range(20)
            ]
        assert [each.result() for each in asked if not each.result().granted] == []
        assert a.store.decides_in_redis

    def test_a_replica_that_nobody_asks_hands_over_what_it_did(
        self, ground: Ground, emptied: Callable[[Ground], None]
    ) -> None:
        a, b = ground.replica(), ground.replica()
        assert a.store.reserve([number()], "id", (Claim("key:1", "mine", 600),)).granted
        emptied(ground)
        poll(lambda: ground.client().exists("cbg:key:1"))
        a.has_handed_over()
        assert b.store.set_if_absent("key:1", "other", 600) == "mine"
        assert b.store.reserve([number()], "other").refused == 0
        assert (a.said, b.said) in [([], []), ([False, True], [])]


class TestAmidAHandOver:
    """Moments that a real server cannot be made to meet."""

    def test_a_late_answer_does_not_begin_it_anew(self, ground: Ground) -> None:
        class Late(RedisStore):
            late = iter([True])

            def apply(self, changes: Iterable[Change], now: float) -> None:
                super().apply(changes, now)
                if self.marks.acknowledged(self.marks.key(0)) and next(self.late, False):
                    raise TimeoutError("it was done, and the answer came late")

        a = Replica(ground.url, kind=Late)
        assert a.store.set_if_absent("key:1", "a", 600) is None
        with capture_logs() as lines:
            flushed(ground)
            poll(lambda: ground.client().exists("cbg:key:1"))
            a.has_handed_over()
        assert [line["event"].partition(",")[0] for line in lines].count(LOSS) == 1

    def test_a_copy_from_before_its_end_is_noticed(self, ground: Ground) -> None:
        copies: list[tuple[str, bytes]] = []

        class Copied(RedisStore):
            def apply(self, changes: Iterable[Change], now: float) -> None:
                key = f"cbg:{self.marks.key(0)}"
                if mark := cast(bytes | None, ground.client().get(key)):
                    copies.append((key, mark))
                super().apply(changes, now)

        a = Replica(ground.url, kind=Copied)
        assert a.store.reserve([number()], "id").granted
        flushed(ground)
        poll(lambda: copies)
        a.has_handed_over()
        flushed(ground)
        ground.client().set(*copies[-1])
        assert a.store.reserve([number()], "other").refused == 0

    def test_one_that_is_refused_meanwhile_leaves_nothing(self, ground: Ground) -> None:
        class Slow(RedisStore):
            """Its refusals arrive once the hand-over has ended that a loss begins."""

            def reserve(self, *args: Any, **more: Any) -> Reservation:
                reservation = super().reserve(*args, **more)
                if reservation.refused is not None and not ground.client().exists("cbg:key:1"):
                    flushed(ground)
                    poll(lambda: ground.client().exists("cbg:key:1"))
                return reservation

        a = Replica(ground.url, kind=Slow)
        other = Replica(ground.url)
        other.store.reserve([number("full")], "before")
        claim = Claim("key:1", "a", 600)
        assert a.store.reserve([number(), number("full")], "id", (claim,)).refused == 1
        assert a.store.set_if_absent("key:1", "again", 600) is None
        assert a.store.reserve([number()], "again").granted


def test_a_server_that_begins_again_from_an_old_copy_is_given_what_was_written_since(
    tmp_path: Path,
) -> None:
    (port,) = free_ports(1)
    before = server(str(tmp_path), port)
    with ExitStack() as stack, Redis(port=port) as client:
        stack.callback(before.stop)
        a, b = (Replica(f"redis://127.0.0.1:{port}") for _ in range(2))
        assert a.store.set_if_absent("key:old", "a", 600) is None
        client.save()
        assert a.store.reserve([number()], "id", (Claim("key:new", "a", 600),)).granted
        before.popen.kill()
        before.wait()
        stack.callback(server(str(tmp_path), port).stop)
        poll(lambda: _is_there(port, "cbg:key:new"))
        a.has_handed_over()
        assert b.store.reserve([number()], "other").refused == 0
        for key in ("key:old", "key:new"):
            assert b.store.set_if_absent(key, "b", 600) == "a"


def test_a_primary_without_the_last_writes_of_the_one_before_is_given_them() -> None:
    with redis_pair() as pair:
        address = MovingAddress(pair.ports[0])
        a = Replica(address.url)
        assert a.store.set_if_absent("key:old", "a", 600) is None
        with Redis(port=pair.ports[1]) as replica:
            poll(lambda: replica.exists("cbg:key:old"))
            replica.slaveof("127.0.0.1", "1")  # it hears no more of its primary
            assert a.store.set_if_absent("key:new", "a", 600) is None
            replica.slaveof()
            address.port = pair.ports[1]
            pair.processes[0].popen.kill()
            poll(lambda: replica.exists("cbg:key:new"))
        address.close()


def test_a_store_that_is_lost_is_away_also_where_nobody_asks(ground: Ground) -> None:
    a = ground.replica()
    ground.kill()
    poll(lambda: a.said == [False])
    ground.start_again()
    poll(lambda: a.said == [False, True])


def test_another_reason_to_be_away_is_told_too(ground: Ground) -> None:
    with capture_logs() as logs:
        a = ground.replica()
        ground.kill()
        poll(lambda: a.said == [False])
        ground.start_again("secret")
        poll(lambda: "AuthenticationError" in {each.get("error") for each in logs})
    assert a.said == [False]


def test_a_node_of_a_cluster_that_is_emptied_is_given_what_it_held() -> None:
    with redis_cluster() as cluster:
        a, b = Replica(cluster.url), Replica(cluster.url)
        for n in range(20):  # keys of every node
            assert a.store.set_if_absent(f"key:{{{n}}}", "mine", 600) is None
        first, *_ = cluster.clients()
        first.flushall()
        poll(lambda: len(cluster.keys("cbg:key:*")) == 20)
        a.has_handed_over()
        assert {b.store.set_if_absent(f"key:{{{n}}}", "b", 600) for n in range(20)} == {"mine"}


class TestRemovals:
    @pytest.mark.parametrize("away", [True, False])
    def test_what_is_taken_back_meanwhile_is_taken_back_in_redis(
        self, ground: Ground, away: bool
    ) -> None:
        a, b = ground.replica(), ground.replica()
        keep_setting = Claim("key:1", "mine", 600)
        first = a.store.reserve([number(), everyone()], "id", (keep_setting,))
        with ground.frozen():
            if away:
                a.is_(False)
            a.store.give_back([number().key, everyone().key], "id", first.at, (keep_setting,))
        a.is_(True)
        a.has_handed_over()
        assert b.store.get("key:1") is None
        assert b.store.reserve([number()], "new").granted
        # One that may have been applied is not taken off a count again: it counts at most too much.
        assert b.store.windows([everyone()])[0].used <= (0 if away else 1)

    def test_a_ring_that_is_taken_over_while_redis_is_away_is_taken_over_in_redis(
        self, ground: Ground
    ) -> None:
        a, b = ground.replica(), ground.replica()
        a.store.reserve([number()], "old")
        with ground.frozen():
            a.is_(False)
            assert a.store.reserve([number()._replace(without="old")], "new").granted
            a.store.give_back([number().key], "old")
        a.is_(True)
        a.has_handed_over()
        assert b.store.windows([number()])[0].used == 1
        assert b.store.reserve([number()._replace(without="old")], "other").refused == 0

    def test_an_outcome_replaces_the_claim_that_stands_in_redis(self, ground: Ground) -> None:
        a, b = ground.replica(), ground.replica()
        a.store.set_if_absent("key:1", "claim", 600)
        with ground.frozen():
            a.store.set("key:1", "outcome", 600)
        a.has_handed_over()
        assert b.store.get("key:1") == "outcome"

    def test_one_that_memory_refused_and_redis_may_have_taken_is_taken_out(
        self, ground: Ground
    ) -> None:
        a, b = ground.replica(), ground.replica()
        asking = [number(), client(1)]
        a.store.reserve([client(1)], "first")
        with ground.frozen():
            assert a.store.reserve(asking, "second").refused == 1
        a.has_handed_over()
        assert b.store.windows([number()])[0].used == 0


class TestWaits:
    def test_one_stall_is_not_away_and_costs_one_wait(self, ground: Ground) -> None:
        a = ground.replica()
        with ground.frozen():
            assert a.store.set_if_absent("key:1", "v", 600) is None
            began = time.monotonic()
            for n in range(100):
                a.store.set_if_absent(f"key:more-{n}", "v", 600)
            seconds_waited = time.monotonic() - began
        a.has_handed_over()
        assert seconds_waited < TIMEOUT
        assert ground.client().exists("cbg:key:1", "cbg:key:more-99") == 2

    def test_a_stall_that_is_short_lets_no_other_replica_in(self, ground: Ground) -> None:
        """What was asked for in the stall stands in Redis by the time that it is granted."""
        a, b = ground.replica(timeout=1), ground.replica()
        budgets, claim = [number(), everyone()], Claim("key:1", "mine", 600)
        with ThreadPoolExecutor() as threads:
            with ground.frozen():
                asked = threads.submit(a.store.reserve, budgets, "id", (claim,))
                poll(lambda: not a.store.decides_in_redis)
                later = threads.submit(a.store.reserve, [number("other")], "later")
            assert asked.result().granted
            assert later.result().granted
        assert b.store.reserve(budgets, "b", (claim._replace(value="b"),)).standing
        assert b.store.reserve([number("other")], "b").refused == 0
        assert [window.used for window in b.store.windows(budgets)] == [1, 1]
        assert a.said == []

    def test_what_was_taken_back_in_a_stall_is_not_taken_back_twice(self, ground: Ground) -> None:
        a = ground.replica(timeout=1)
        first, _ = (a.store.reserve([everyone()], id) for id in ("first", "second"))
        with ThreadPoolExecutor() as threads:
            with ground.frozen():
                done = threads.submit(a.store.give_back, [everyone().key], "first", first.at)
                poll(lambda: not a.store.decides_in_redis)
            done.result()
        a.has_handed_over()
        assert a.store.windows([everyone()])[0].used == 1

    def test_several_in_a_row_are_away_and_it_is_back_by_itself(self, ground: Ground) -> None:
        a = ground.replica()
        with ground.frozen():
            a.store.set_if_absent("key:1", "v", 600)
            a.is_(False)
        a.is_(True)
        poll(lambda: a.said == [False, True])

    def test_being_busy_is_not_being_away(self, ground: Ground) -> None:
        a = ground.replica(connections=2)
        granted: list[bool] = []

        def ask(n: int) -> None:
            for _ in range(20):
                granted.append(a.store.set_if_absent("key:1", str(n), 600) is None)

        threads = [threading.Thread(target=ask, args=(n,)) for n in range(100)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert granted.count(True) == 1
        assert a.said == []
        clients = cast(Any, ground.client().info("clients"))
        assert clients["connected_clients"] <= 2 + 2


class TestFlood:
    def test_who_is_over_the_limit_is_refused_from_memory(self, ground: Ground) -> None:
        a = ground.replica()
        a.store.reserve([client()], "first")
        reservation = a.store.reserve([client()], "second")
        redis = ground.client()
        before = _commands(redis)
        refused = [a.store.reserve([client()], f"{n}") for n in range(200)]
        assert _commands(redis) - before < 20
        assert {each.refused for each in refused} == {0}
        assert 0 < refused[-1].windows[0].frees_in <= reservation.windows[0].frees_in

    def test_it_is_asked_again_once_the_budget_frees(self, ground: Ground) -> None:
        a = ground.replica()
        short = Budget("client", "client:{you}", Rate(1, 0.2))
        a.store.reserve([short], "first")
        assert a.store.reserve([short], "second").refused == 0
        poll(lambda: a.store.reserve([short], "third").granted)

    def test_a_number_is_never_refused_from_memory(self, ground: Ground) -> None:
        a, b = ground.replica(), ground.replica()
        a.store.reserve([number()], "first")
        assert a.store.reserve([number()], "second").refused == 0
        b.store.give_back([number().key], "first")
        assert a.store.reserve([number()], "third").granted


def _commands(redis: Redis) -> int:
    return int(cast(Any, redis.info("stats"))["total_commands_processed"])


def test_after_a_failover_behind_one_address_it_is_back_on_the_new_primary() -> None:
    with redis_pair() as pair:
        address = MovingAddress(pair.ports[0])
        a, b = Replica(address.url), Replica(address.url)
        assert a.store.set_if_absent("key:before", "v", 600) is None
        pair.fail_over()
        address.port = pair.ports[0]
        assert b.store.set_if_absent("key:before", "other", 600) == "v"  # its new primary decides
        assert a.store.set_if_absent("key:amid", "v", 600) is None
        poll(lambda: _is_there(pair.ports[0], "cbg:key:amid"), within=5)
        a.is_(True)
        assert Replica(address.url).store.set_if_absent("key:before", "other", 600) == "v"
        address.close()


def _is_there(port: int, key: str) -> bool:
    with Redis(port=port) as redis, suppress(Exception):
        return bool(redis.exists(key))
    return False


def test_a_store_that_is_away_at_the_start_is_waited_for() -> None:
    with ExitStack() as stack:
        url, process = stack.enter_context(redis_server())
        process.signal(signal.SIGSTOP)
        store = _impatient(url)
        assert not store.up
        assert store.set_if_absent("key:1", "v", 600) is None
        process.signal(signal.SIGCONT)
        poll(lambda: store.up)
        with Redis.from_url(url) as redis:
            assert redis.get("cbg:key:1") == b"v"


def _impatient(url: str) -> FailoverStore:
    def connect() -> RedisStore:
        return RedisStore(open_client(RedisURL.parse(url), 0.05)).self_test()

    return FailoverStore(connect, MemoryStore(), first_wait=5)


def test_a_million_entries_of_the_global_window_take_less_than_a_megabyte(ground: Ground) -> None:
    redis = RedisStore(ground.client())
    for n in range(3000):
        redis.reserve([everyone(10**6)], f"{n}")
    size = cast(Any, ground.client().memory_usage("cbg:global:{all}"))
    assert size < 2000  # it grows with its 62 fields, not with what is counted in them
