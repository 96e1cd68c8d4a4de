"""The store's promises, held against each implementation of it.

Add an implementation to `LEDGERS`; its `World` brings a time that passes when told to.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, cast

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from redis import Redis
from redis.cluster import RedisCluster

from service.callbacks.ports import Budget, Claim, Rate, Standing, Store
from service.redis_url import RedisURL
from service.store.connection import open_client
from service.store.failover import FailoverStore
from service.store.memory import MemoryStore
from service.store.redis import RedisStore
from tests.redis_servers import clean, redis_cluster
from tests.running import redis_server
from tests.unit.service.fakes import Clock


@dataclass
class World:
    """A store and the time it lives in."""

    store: Store
    pass_: Callable[[float], None]


def in_memory(url: str = "") -> World:
    clock = Clock()
    return World(MemoryStore(clock), clock.pass_)


def in_redis(url: str) -> World:
    client = open_client(RedisURL.parse(url), timeout=10)  # what it grants is tested, not how soon
    clean(client)
    return World(RedisStore(client), lambda seconds: age(url, seconds))


def in_cluster(url: str) -> World:
    return in_redis(url)


def shared(url: str) -> World:
    clock, there = Clock(), in_redis(url)
    assert isinstance(there.store, RedisStore)

    def pass_(seconds: float) -> None:
        clock.pass_(seconds)
        there.pass_(seconds)

    redis = there.store
    return World(FailoverStore(lambda: redis, MemoryStore(clock), first_wait=20), pass_)


def age(url: str, seconds: float) -> None:
    """Make everything in the store older: Redis takes no clock."""
    client = open_client(RedisURL.parse(url), timeout=10)
    nodes = client.get_primaries() if isinstance(client, RedisCluster) else []
    for each in [client.get_redis_connection(node) for node in nodes] or [client]:
        _age(cast(Redis, each), seconds)
    client.close()


def _age(client: Redis, seconds: float) -> None:
    for key in cast(list[bytes], client.keys("*")):
        left = cast(int, client.pttl(key)) - round(seconds * 1000)
        if client.type(key) == b"zset":
            for member, score in cast(Any, client.zrange(key, 0, -1, withscores=True)):
                client.zadd(key, {member: score - seconds * 1e6})
        if client.type(key) == b"hash":
            _age_parts(client, key, seconds)
        if left > 0:
            client.pexpire(key, left)
        else:
            client.delete(key)


def _age_parts(client: Redis, key: bytes, seconds: float) -> None:
    fields = cast(dict[bytes, bytes], client.hgetall(key))
    shift = round(seconds * 1e6 / int(fields.pop(b"part")))
    client.hdel(key, *fields)
    for part, count in fields.items():
        client.hset(key, str(int(part) - shift), count)


LEDGERS = {"memory": in_memory, "redis": in_redis, "cluster": in_cluster, "shared": shared}


@pytest.fixture(scope="module")
def store_urls() -> Iterator[dict[str, str]]:
    with redis_server() as (url, _), redis_cluster() as cluster:
        yield {"memory": "", "redis": url, "cluster": cluster.url, "shared": url}


@pytest.fixture(params=sorted(LEDGERS))
def ledger_factory(
    request: pytest.FixtureRequest, store_urls: dict[str, str]
) -> Callable[[], World]:
    return lambda: LEDGERS[request.param](store_urls[request.param])


@pytest.fixture
def world(ledger_factory: Callable[[], World]) -> World:
    return ledger_factory()


def budget(amount: int = 1, seconds: float = 60, key: str = "k", scope: str = "number") -> Budget:
    return Budget(scope, f"{scope}:{key}", Rate(amount, seconds))


class TestReserve:
    def test_it_grants_the_amount_and_no_more(self, world: World) -> None:
        found = [world.store.reserve([budget(3)], f"id{n}").refused for n in range(5)]
        assert found == [None, None, None, 0, 0]

    def test_an_entry_is_in_the_window_for_its_seconds(self, world: World) -> None:
        world.store.reserve([budget(1, 60)], "a")
        world.pass_(59)
        assert world.store.reserve([budget(1, 60)], "b").refused == 0
        world.pass_(1.5)
        assert world.store.reserve([budget(1, 60)], "c").refused is None

    def test_windows_slide(self, world: World) -> None:
        two = budget(2, 60)
        world.store.reserve([two], "a")
        world.pass_(40)
        world.store.reserve([two], "b")
        world.pass_(21)  # a has left, b has not
        assert world.store.reserve([two], "c").refused is None
        assert world.store.reserve([two], "d").refused == 0

    def test_it_tells_how_much_is_used_and_when_the_next_frees(self, world: World) -> None:
        two = budget(2, 60)
        first = world.store.reserve([two], "a").windows[0]
        assert first.used == 1
        assert first.frees_in == pytest.approx(60, abs=0.5)
        world.pass_(10)
        second = world.store.reserve([two], "b").windows[0]
        assert second.used == 2
        assert second.frees_in == pytest.approx(50, abs=0.5)
        refused = world.store.reserve([two], "c").windows[0]
        assert refused.used == 2
        assert refused.frees_in == pytest.approx(50, abs=0.5)

    def test_an_id_that_is_left_out_of_the_count_makes_room_only_where_it_stands(
        self, world: World
    ) -> None:
        one, other = budget(1, key="one"), budget(1, key="other")
        world.store.reserve([one], "a")
        world.store.reserve([other], "b")
        without_a = [each._replace(without="a") for each in (one, other)]

        assert world.store.reserve(without_a, "c").refused == 1
        assert world.store.reserve(without_a[:1], "c").refused is None
        assert world.store.windows([one])[0].used == 2  # both stand until one is given back
        assert world.store.reserve(without_a[:1], "d").refused == 0

    def test_a_budget_that_only_counts_leaves_no_id_out(self, world: World) -> None:
        whole = budget(1, key="{all}", scope="global")
        world.store.reserve([whole], "a")

        assert world.store.reserve([whole._replace(without="a")], "b").refused == 0

    def test_an_id_that_is_left_out_stands_on_when_the_reservation_is_refused(
        self, world: World
    ) -> None:
        ring, whole = budget(1, key="{a}"), budget(1, key="{all}", scope="global")
        world.store.reserve([ring, whole], "a")

        assert world.store.reserve([ring._replace(without="a"), whole], "b").refused == 1
        assert world.store.reserve([ring], "c").refused == 0

    def test_one_used_up_budget_reserves_nothing_in_the_others(self, world: World) -> None:
        full, free = budget(1, key="full"), budget(2, key="free")
        world.store.reserve([full], "a")
        for _ in range(5):
            assert world.store.reserve([free, full], "b").refused == 1
        assert world.store.reserve([free], "c").windows[0].used == 1

    def test_the_first_used_up_budget_is_named(self, world: World) -> None:
        one, two = budget(1, key="one"), budget(1, key="two")
        world.store.reserve([one, two], "a")
        assert world.store.reserve([budget(9, key="three"), one, two], "b").refused == 1
        assert world.store.reserve([two, one], "c").refused == 0

    def test_a_refused_one_prolongs_nothing(self, world: World) -> None:
        world.store.reserve([budget()], "a")
        world.pass_(50)
        world.store.reserve([budget()], "b")
        world.pass_(10.5)
        assert world.store.reserve([budget()], "c").refused is None

    def test_without_budgets_it_is_granted(self, world: World) -> None:
        reservation = world.store.reserve([], "a")
        assert (reservation.granted, reservation.windows) == (True, ())

    def test_keys_and_scopes_are_apart(self, world: World) -> None:
        world.store.reserve([budget(key="a")], "1")
        assert world.store.reserve([budget(key="b")], "2").refused is None
        assert world.store.reserve([budget(key="a", scope="prefix")], "3").refused is None

    def test_a_budget_that_is_named_twice_counts_an_entry_once(self, world: World) -> None:
        twice = [budget(3), budget(3)]  # 3/minute;3/60 seconds
        found = [world.store.reserve(twice, f"id{n}").refused for n in range(4)]
        assert found == [None, None, None, 0]

    def test_a_hundred_threads_get_no_more_than_the_amount(self, world: World) -> None:
        budgets = [budget(7), budget(50, key="other")]
        granted = in_threads(100, lambda n: world.store.reserve(budgets, f"id{n}").refused is None)
        assert granted.count(True) == 7
        other = world.store.reserve([budgets[1]], "last").windows[0]
        assert other.used == 8


class TestGiveBack:
    def test_it_takes_exactly_that_entry_out(self, world: World) -> None:
        two = budget(2)
        world.store.reserve([two], "a")
        world.store.reserve([two], "b")
        world.store.give_back([two.key], "a")
        assert world.store.reserve([two], "c").refused is None
        assert world.store.reserve([two], "d").refused == 0

    def test_twice_is_once(self, world: World) -> None:
        two = budget(2)
        world.store.reserve([two], "a")
        world.store.reserve([two], "b")
        for _ in range(3):
            world.store.give_back([two.key, two.key], "a")
        assert world.store.reserve([two], "c").windows[0].used == 2

    def test_a_stranger_or_an_entry_long_gone_changes_nothing(self, world: World) -> None:
        world.store.reserve([budget()], "a")
        world.store.give_back([budget().key, "number:unknown", "nobody"], "stranger")
        assert world.store.reserve([budget()], "b").refused == 0

    def test_it_leaves_the_others_their_order(self, world: World) -> None:
        three = budget(3, 60)
        for name in "abc":
            world.store.reserve([three], name)
            world.pass_(10)
        world.store.give_back([three.key], "a")
        window = world.store.reserve([three], "d").windows[0]
        assert window.used == 3
        assert window.frees_in == pytest.approx(40, abs=0.5)

    def test_it_leaves_other_keys_alone(self, world: World) -> None:
        world.store.reserve([budget(key="a"), budget(key="b")], "1")
        world.store.give_back([budget(key="a").key], "1")
        assert world.store.reserve([budget(key="b")], "2").refused == 0


class TestClaims:
    """Claims and budgets are had together or not at all, in the order in which they refuse."""

    ONE, OTHER = Claim("key:1", "mine", 60), Claim("captcha:1", "used", 60)

    def test_all_are_had_at_once(self, world: World) -> None:
        reservation = world.store.reserve([budget()], "a", (self.ONE, self.OTHER))
        assert reservation.granted
        assert (world.store.get("key:1"), world.store.get("captcha:1")) == ("mine", "used")

    @pytest.mark.parametrize("full", [True, False])
    def test_a_claim_that_stands_refuses_before_a_budget_and_nothing_is_had(
        self, world: World, full: bool
    ) -> None:
        if full:
            world.store.reserve([budget(key="full")], "a")
        world.store.set("captcha:1", "others", 60)
        budgets = [budget(2, key="free"), budget(key="full")]
        for _ in range(3):
            reservation = world.store.reserve(budgets, "b", (self.ONE, self.OTHER))
            assert reservation.standing == Standing("captcha:1", "others")
        assert world.store.get("key:1") is None
        assert world.store.windows(budgets)[0].used == 0

    @pytest.mark.parametrize("scope", ["number", "global"])
    def test_a_used_up_budget_leaves_the_claims_free(self, world: World, scope: str) -> None:
        full = budget(key="full", scope=scope)
        world.store.reserve([full], "a")
        free = budget(2, key="free")
        reservation = world.store.reserve([free, full], "b", (self.ONE,))
        assert (reservation.refused, reservation.standing) == (1, None)
        assert world.store.get("key:1") is None
        assert world.store.reserve([free], "c", (self.ONE,)).windows[0].used == 1

    def test_they_come_back_together_and_only_ones_own(self, world: World) -> None:
        one = budget()
        first = world.store.reserve([one], "a", (self.ONE,))
        world.store.give_back([one.key], "b", first.at, (self.ONE._replace(value="others"),))
        assert world.store.get("key:1") == "mine"
        world.store.give_back([one.key], "a", first.at, (self.ONE,))
        assert world.store.get("key:1") is None
        assert world.store.reserve([one], "c", (self.ONE,)).granted

    @pytest.mark.parametrize("ledger_factory", ["redis", "cluster"], indirect=True)
    def test_asked_again_it_is_had_once(self, world: World) -> None:
        assert isinstance(world.store, RedisStore)
        budgets = [budget(key="{k}"), budget(key="{k}b", scope="prefix")]
        first = world.store.reserve(budgets, "a", (self.ONE,))
        again = world.store.reserve(budgets, "a", (self.ONE,), again=True)
        assert [each.granted for each in (first, again)] == [True, True]
        assert [window.used for window in again.windows] == [1, 1]
        others = self.ONE._replace(value="others")
        assert world.store.reserve(budgets, "b", (others,), again=True).standing
        assert world.store.reserve(budgets, "b", again=True).refused == 0

    def test_of_a_hundred_threads_with_one_key_one_has_it(self, world: World) -> None:
        claims = [self.ONE._replace(value=str(n)) for n in range(100)]
        many = budget(1000)
        granted = in_threads(
            100, lambda n: world.store.reserve([many], f"id{n}", (claims[n],)).granted
        )
        assert granted.count(True) == 1
        assert world.store.windows([many])[0].used == 1


class TestCounted:
    """A window that counts in parts: exact to a sixtieth, never letting more than the limit in."""

    @staticmethod
    def all_(amount: int = 3) -> Budget:
        return budget(amount, 600, key="{all}", scope="global")

    def test_it_grants_the_amount_and_no_more(self, world: World) -> None:
        found = [world.store.reserve([self.all_()], f"id{n}").refused for n in range(5)]
        assert found == [None, None, None, 0, 0]

    def test_an_entry_counts_for_its_window_and_at_most_one_part_more(self, world: World) -> None:
        world.store.reserve([self.all_(1)], "a")
        world.pass_(599)
        assert world.store.reserve([self.all_(1)], "b").refused == 0
        world.pass_(12)
        assert world.store.reserve([self.all_(1)], "c").refused is None

    def test_it_says_how_much_is_used_and_when_the_next_frees(self, world: World) -> None:
        world.store.reserve([self.all_()], "a")
        world.pass_(60)
        window = world.store.reserve([self.all_()], "b").windows[0]
        assert window.used == 2
        assert 539 <= window.frees_in <= 551
        assert world.store.windows([self.all_()])[0].used == 2

    def test_what_is_given_back_can_be_had_again_and_no_more(self, world: World) -> None:
        first = world.store.reserve([self.all_(1)], "a")
        world.store.give_back([self.all_().key], "a", first.at)
        assert world.store.reserve([self.all_(1)], "b").granted
        assert world.store.reserve([self.all_(1)], "c").refused == 0

    def test_a_thousand_entries_take_the_room_of_one(self, world: World) -> None:
        for n in range(1000):
            world.store.reserve([self.all_(10_000)], f"id{n}")
            if n % 250 == 249:
                world.pass_(10)
        window = world.store.windows([self.all_()])[0]
        assert window.used == 1000
        if isinstance(world.store, MemoryStore):
            assert len(world.store.changes(["global"])) <= 6


class TestValues:
    def test_the_first_claim_stands(self, world: World) -> None:
        assert world.store.set_if_absent("key:1", "one", 60) is None
        assert world.store.set_if_absent("key:1", "two", 60) == "one"
        assert world.store.set_if_absent("key:2", "two", 60) is None

    def test_a_value_is_read_without_a_claim(self, world: World) -> None:
        assert world.store.get("key:a") is None
        assert world.store.set_if_absent("key:a", "mine", 60) is None
        assert world.store.get("key:a") == "mine"
        world.pass_(61)
        assert world.store.get("key:a") is None

    def test_a_claim_lapses(self, world: World) -> None:
        world.store.set_if_absent("key:1", "one", 60)
        world.pass_(59)
        assert world.store.set_if_absent("key:1", "two", 60) == "one"
        world.pass_(1.5)
        assert world.store.set_if_absent("key:1", "two", 60) is None

    def test_what_is_kept_replaces_what_stood_and_lives_anew(self, world: World) -> None:
        world.store.set_if_absent("key:1", "one", 60)
        world.pass_(50)
        world.store.set("key:1", "two", 60)
        world.pass_(50)
        assert world.store.set_if_absent("key:1", "three", 60) == "two"

    def test_what_is_kept_needs_no_claim(self, world: World) -> None:
        world.store.set("key:1", "one", 60)
        assert world.store.set_if_absent("key:1", "two", 60) == "one"

    def test_a_release_frees_what_is_ones_own(self, world: World) -> None:
        world.store.set_if_absent("key:1", "one", 60)
        world.store.delete_if_equal("key:1", "other")
        assert world.store.set_if_absent("key:1", "two", 60) == "one"
        world.store.delete_if_equal("key:1", "one")
        assert world.store.set_if_absent("key:1", "two", 60) is None

    def test_a_release_of_nothing_is_nothing(self, world: World) -> None:
        world.store.delete_if_equal("key:1", "one")
        assert world.store.set_if_absent("key:1", "one", 60) is None

    def test_a_late_release_never_frees_a_newer_claim(self, world: World) -> None:
        world.store.set_if_absent("key:1", "one", 60)
        world.pass_(61)
        world.store.set_if_absent("key:1", "two", 60)
        world.store.delete_if_equal("key:1", "one")
        assert world.store.set_if_absent("key:1", "three", 60) == "two"

    @pytest.mark.parametrize("value", ["", "\0", "é😀", '{"a": null}', "x" * 10_000])
    def test_values_come_back_as_they_were(self, world: World, value: str) -> None:
        world.store.set_if_absent("key:1", value, 60)
        assert world.store.set_if_absent("key:1", "other", 60) == value

    def test_of_a_hundred_threads_one_claims(self, world: World) -> None:
        stood = in_threads(100, lambda n: world.store.set_if_absent("key:1", str(n), 60))
        assert stood.count(None) == 1
        winner = stood.index(None)
        assert set(stood) - {None} == {str(winner)}


def in_threads(count: int, ask: Callable[[int], Any]) -> list[Any]:
    """Ask from that many threads at once; return the answers by thread."""
    gate = threading.Barrier(count)
    found: list[Any] = [None] * count

    def run(number: int) -> None:
        gate.wait()
        found[number] = ask(number)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


class TestMemory:
    """What holds for the store in memory alone: it is bounded."""

    @staticmethod
    def small() -> tuple[MemoryStore, Clock]:
        clock = Clock()
        return MemoryStore(clock, max_keys=100), clock

    def size(self, store: MemoryStore) -> int:
        return len(store.changes(["number", "client", "key"]))

    def test_a_flood_of_keys_is_bounded(self) -> None:
        store, _ = self.small()
        for n in range(10_000):
            store.reserve([budget(key=str(n))], "id")
            store.set_if_absent(f"key:{n}", "value", 60)
        assert self.size(store) <= 200

    def test_a_flood_of_clients_never_pushes_a_numbers_rings_out(self) -> None:
        store, _ = self.small()
        store.reserve([budget()], "id")
        for n in range(10_000):
            store.reserve([budget(key=str(n), scope="client")], "id")
        assert store.reserve([budget()], "id").refused == 0

    def test_a_flood_of_keys_never_pushes_out_what_was_replaced(self) -> None:
        store, _ = self.small()
        store.set("replaced:1", "placed", 604_800)
        for n in range(10_000):
            store.set(f"key:{n}", "value", 60)
        assert store.get("replaced:1") == "placed"

    def test_refused_asking_takes_no_room(self) -> None:
        store, _ = self.small()
        full = budget(key="full")
        store.reserve([full], "id")
        for n in range(10_000):
            store.reserve([budget(key=str(n)), full], "id")
        assert self.size(store) == 1


_KEYS = st.sampled_from(["number:{a}", "number:{b}", "prefix:{b}c"])
_IDS = st.sampled_from(["1", "2", "3", "4"])
_VALUES = st.sampled_from(["x", "y"])


class LedgerMachine(RuleBasedStateMachine):
    """Any sequence of operations on a store and on lists that are searched from end to end."""

    make: Callable[[], World] = staticmethod(in_memory)
    amounts = {"number:{a}": Rate(2, 10), "number:{b}": Rate(3, 30), "prefix:{b}c": Rate(4, 20)}

    def __init__(self) -> None:
        super().__init__()
        self.world = type(self).make()
        self.now = 0.0
        self.entries: list[tuple[str, str, float]] = []
        self.values: dict[str, tuple[str, float]] = {}
        self.serial = 0

    def used(self, key: str) -> list[float]:
        return [until for k, _, until in self.entries if k == key and until > self.now]

    def standing(self, key: str) -> str | None:
        value, until = self.values.get(key, ("", 0.0))
        return value if until > self.now else None

    @rule(keys=st.lists(_KEYS, unique=True))
    def reserve(self, keys: list[str]) -> None:
        self.serial += 1
        budgets = [Budget(key.partition(":")[0], key, self.amounts[key]) for key in keys]
        full = [n for n, key in enumerate(keys) if len(self.used(key)) >= self.amounts[key].amount]
        if not full:
            self.entries += [
                (key, str(self.serial), self.now + self.amounts[key].seconds) for key in keys
            ]
        found = self.world.store.reserve(budgets, str(self.serial))
        assert found.refused == (full[0] if full else None)
        assert [window.used for window in found.windows] == [len(self.used(key)) for key in keys]
        for key, window in zip(keys, found.windows, strict=True):
            if self.used(key):
                assert window.frees_in == pytest.approx(min(self.used(key)) - self.now, abs=0.01)

    @precondition(lambda self: self.serial)
    @rule(keys=st.lists(_KEYS), back=st.integers(0, 3))
    def give_back(self, keys: list[str], back: int) -> None:
        id_ = str(max(self.serial - back, 1))
        self.entries = [each for each in self.entries if not (each[0] in keys and each[1] == id_)]
        self.world.store.give_back(keys, id_)

    @rule(key=_IDS, value=_VALUES, seconds=st.sampled_from([5.0, 15.0]))
    def set_if_absent(self, key: str, value: str, seconds: float) -> None:
        standing = self.standing(key)
        if standing is None:
            self.values[key] = (value, self.now + seconds)
        assert self.world.store.set_if_absent(f"key:{key}", value, seconds) == standing

    @rule(key=_IDS, value=_VALUES, seconds=st.sampled_from([5.0, 15.0]))
    def set_(self, key: str, value: str, seconds: float) -> None:
        self.values[key] = (value, self.now + seconds)
        self.world.store.set(f"key:{key}", value, seconds)

    @rule(key=_IDS, value=_VALUES)
    def delete_if_equal(self, key: str, value: str) -> None:
        if self.standing(key) == value:
            del self.values[key]
        self.world.store.delete_if_equal(f"key:{key}", value)

    @rule(seconds=st.sampled_from([0.5, 3.0, 7.0, 25.0]))
    def pass_(self, seconds: float) -> None:
        self.now += seconds
        self.world.pass_(seconds)

    @invariant()
    def no_budget_is_overdrawn(self) -> None:
        assert all(len(self.used(key)) <= rate.amount for key, rate in self.amounts.items())


TestMemoryAgainstLists = LedgerMachine.TestCase
TestMemoryAgainstLists.settings = settings(max_examples=60)


def test_the_suite_makes_a_new_ledger_for_each_test(ledger_factory: Callable[[], World]) -> None:
    ledger_factory().store.reserve([budget()], "a")
    assert ledger_factory().store.reserve([budget()], "a").refused is None
