"""The cache: fresh, then stale when the source fails, one fetch at a time, bounded."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable
from typing import Any

import pytest

from service.errors import (
    UpstreamError,
    UpstreamRefused,
    UpstreamTimeout,
    UpstreamUnintelligible,
    UpstreamUnknown,
    UpstreamUnreachable,
)
from service.upstream.cache import Cache
from tests.unit.service.fakes import Clock

ERRORS = [
    UpstreamRefused,
    UpstreamTimeout,
    UpstreamUnintelligible,
    UpstreamUnknown,
    UpstreamUnreachable,
]


class Source:
    """Answers 1, 2, 3 … or raises `error`; counts how often it was asked."""

    def __init__(self) -> None:
        self.asked = 0
        self.error: Exception | None = None

    def __call__(self) -> int:
        self.asked += 1
        if self.error:
            raise self.error
        return self.asked


def cache(ttl: float = 60, stale: float = 3600, size: int = 10) -> tuple[Cache[int], Clock, Source]:
    clock = Clock(0)
    return Cache(ttl, stale, size, clock), clock, Source()


def test_what_is_kept_is_given_without_the_source_while_it_is_fresh() -> None:
    cache_, clock, source = cache(ttl=60)
    with pytest.raises(LookupError):
        cache_.peek("a")
    cache_.get("a", source)
    clock.pass_(59)
    assert cache_.peek("a") == 1
    clock.pass_(1)
    with pytest.raises(LookupError):
        cache_.peek("a")
    assert source.asked == 1


def test_an_answer_is_fresh_for_its_time() -> None:
    cache_, clock, source = cache()
    assert cache_.get("k", source) == 1
    clock.pass_(59)
    assert cache_.get("k", source) == 1
    clock.pass_(1)
    assert cache_.get("k", source) == 2


def test_time_0_asks_each_time() -> None:
    cache_, _, source = cache(ttl=0)
    assert [cache_.get("k", source) for _ in range(3)] == [1, 2, 3]


def test_fresh_asks_whatever_is_kept_and_keeps_what_comes() -> None:
    cache_, _, source = cache()
    cache_.get("k", source)
    assert cache_.get("k", source, refresh=True) == 2
    assert cache_.get("k", source) == 2


def test_keys_are_apart() -> None:
    cache_, _, source = cache()
    assert [cache_.get(key, source) for key in "aba"] == [1, 2, 1]


class TestFailure:
    @pytest.mark.parametrize("error", ERRORS)
    def test_a_stale_answer_is_served_when_the_source_fails(
        self, error: type[UpstreamError]
    ) -> None:
        cache_, clock, source = cache()
        cache_.get("k", source)
        clock.pass_(3659)
        source.error = error("e")
        assert cache_.get("k", source) == 1
        clock.pass_(10)
        with pytest.raises(error):
            cache_.get("k", source)

    def test_the_source_is_asked_again_soon_but_not_each_time(self) -> None:
        cache_, clock, source = cache()
        cache_.get("k", source)
        clock.pass_(60)
        source.error = UpstreamTimeout("e")
        for _ in range(10):
            cache_.get("k", source)
        assert source.asked == 2
        clock.pass_(10)
        source.error = None
        assert cache_.get("k", source) == 3

    def test_nothing_stale_is_served_where_that_is_off(self) -> None:
        cache_, clock, source = cache(stale=0)
        cache_.get("k", source)
        clock.pass_(60)
        source.error = UpstreamTimeout("e")
        with pytest.raises(UpstreamTimeout):
            cache_.get("k", source)

    def test_an_error_is_not_kept(self) -> None:
        cache_, _, source = cache()
        source.error = UpstreamTimeout("e")
        with pytest.raises(UpstreamTimeout):
            cache_.get("k", source)
        source.error = None
        assert cache_.get("k", source) == 2

    def test_a_bug_is_not_hidden_by_a_stale_answer(self) -> None:
        cache_, clock, source = cache()
        cache_.get("k", source)
        clock.pass_(60)
        source.error = KeyError("bug")
        with pytest.raises(KeyError):
            cache_.get("k", source)

    def test_asked_for_afresh_a_failure_is_not_hidden_by_what_is_kept(self) -> None:
        # "One not among cached slots is asked for afresh once before 409": the slots of before
        # cannot tell that a slot is not on offer now.
        cache_, _, source = cache(ttl=5, stale=0)
        cache_.get("k", source)
        source.error = UpstreamTimeout("e")
        with pytest.raises(UpstreamTimeout):
            cache_.get("k", source, refresh=True)


def in_flight(cache_: Cache[int], key: str = "k", **how: Any) -> tuple[Any, Any, list[Any]]:
    """Begin a fetch that ends when the returned event is set; collect what it comes to."""
    began, go, found = threading.Event(), threading.Event(), []

    def fetch() -> int:
        began.set()
        go.wait(10)
        if how.get("error"):
            raise how["error"]
        return 42

    def lead() -> None:
        try:
            found.append(cache_.get(key, fetch))
        except Exception as error:
            found.append(error)

    thread = threading.Thread(target=lead)
    thread.start()
    assert began.wait(10)
    return go, thread, found


class TestOneFetch:
    def followers(self, cache_: Cache[int], count: int = 20) -> tuple[list[Any], list[Any]]:
        found: list[Any] = []
        threads = []

        def follow() -> None:
            try:
                found.append(cache_.get("k", lambda: pytest.fail("a second fetch"), within=10))
            except Exception as error:
                found.append(error)

        for _ in range(count):
            threads.append(threading.Thread(target=follow))
            threads[-1].start()
        return threads, found

    def test_runs_for_a_key_however_many_ask(self) -> None:
        cache_, _, _ = cache()
        go, leader, led = in_flight(cache_)
        threads, found = self.followers(cache_)
        go.set()
        for thread in (*threads, leader):
            thread.join(10)
        assert led == [42]
        assert found == [42] * 20

    def test_who_waited_for_it_is_told_how_long(self) -> None:
        results: list[str] = []
        waits: list[float] = []
        cache_ = Cache[int](60, on_result=results.append, on_wait=waits.append)
        go, leader, _ = in_flight(cache_)
        threads, _ = self.followers(cache_, 3)
        while results.count("shared") < 3:
            threads[0].join(0.01)
        go.set()
        for thread in (*threads, leader):
            thread.join(10)
        cache_.get("k", lambda: 0)
        assert sorted(results) == ["hit", "miss", "shared", "shared", "shared"]
        assert len(waits) == 3
        assert min(waits) > 0

    def test_its_error_is_shared(self) -> None:
        cache_, _, _ = cache()
        go, leader, led = in_flight(cache_, error=UpstreamUnreachable("e"))
        threads, found = self.followers(cache_, 5)
        go.set()
        for thread in (*threads, leader):
            thread.join(10)
        assert all(isinstance(each, UpstreamUnreachable) for each in led + found)
        assert len(found) == 5

    def test_who_waits_too_long_is_told_so(self) -> None:
        cache_, _, _ = cache()
        go, leader, _ = in_flight(cache_)
        with pytest.raises(UpstreamTimeout):
            cache_.get("k", lambda: 0, within=0.01)
        with pytest.raises(UpstreamTimeout):
            cache_.get("k", lambda: 0, within=-1)
        go.set()
        leader.join(10)

    def test_another_key_does_not_wait_for_it(self) -> None:
        cache_, _, source = cache()
        go, leader, _ = in_flight(cache_)
        assert cache_.get("other", source) == 1
        go.set()
        leader.join(10)

    def test_a_fresh_answer_is_served_while_one_is_asked_for_afresh(self) -> None:
        cache_, _, source = cache()
        cache_.get("k", source)
        began, go = threading.Event(), threading.Event()

        def slow() -> int:
            began.set()
            go.wait(10)
            return 42

        thread = threading.Thread(target=lambda: cache_.get("k", slow, refresh=True))
        thread.start()
        assert began.wait(10)
        assert cache_.get("k", source) == 1
        go.set()
        thread.join(10)
        assert cache_.get("k", source) == 42


def test_it_is_bounded() -> None:
    cache_, _, source = cache(size=3)
    for key in "abcd":
        cache_.get(key, source)
    assert cache_.get("d", source) == 4
    assert cache_.get("a", source) == 5


def test_what_is_forgotten_is_asked_for_again() -> None:
    cache_, _, source = cache()
    assert [cache_.get("a", source), cache_.get("a", source)] == [1, 1]
    cache_.forget("a")
    cache_.forget("never there")
    assert cache_.get("a", source) == 2


def test_what_is_forgotten_while_it_is_fetched_is_cache__for_nobody_else() -> None:
    cache_, _, source = cache()
    begun, go_on = threading.Event(), threading.Event()

    def slow() -> int:
        begun.set()
        go_on.wait(10)
        return -1

    thread = threading.Thread(target=cache_.get, args=("a", slow))
    thread.start()
    begun.wait(10)
    cache_.forget("a")
    assert cache_.get("a", source) == 1
    go_on.set()
    thread.join(10)
    assert cache_.get("a", source) == 1


class Renewals:
    """Renewals that have been begun and wait for the test to run them."""

    def __init__(self) -> None:
        self.begun: list[Callable[[], None]] = []
        self.results: list[str] = []

    def run(self) -> None:
        while self.begun:
            self.begun.pop()()


def renewed(stale: float = 3600) -> tuple[Cache[int], Clock, Source, Renewals]:
    """A cache with a TTL of 60 s, so that its answers are renewed from 45 s on."""
    clock, renewals = Clock(0), Renewals()
    cache_ = Cache[int](
        60, stale, clock=clock, on_result=renewals.results.append, run=renewals.begun.append
    )
    return cache_, clock, Source(), renewals


def test_in_the_last_part_of_its_time_an_answer_is_renewed_and_nobody_waits() -> None:
    cache_, clock, source, renewals = renewed()
    assert cache_.get("k", source, renew=source) == 1
    clock.pass_(44)
    assert (cache_.get("k", source, renew=source), len(renewals.begun)) == (1, 0)
    clock.pass_(1)
    assert (cache_.peek("k"), cache_.peek("k"), len(renewals.begun)) == (1, 1, 1)
    renewals.run()
    assert (cache_.peek("k"), source.asked) == (2, 2)
    clock.pass_(59)
    assert cache_.peek("k") == 2
    assert renewals.results.count("ahead") == 1
    assert renewals.results.count("miss") == 1


def test_a_renewal_that_fails_is_tried_again_and_changes_nothing() -> None:
    cache_, clock, source, renewals = renewed(stale=0)
    cache_.get("k", source, renew=source)
    clock.pass_(50)
    source.error = UpstreamUnreachable("away")
    for _ in range(3):
        assert cache_.peek("k") == 1
        renewals.run()
    assert source.asked == 2
    clock.pass_(5)
    assert cache_.peek("k") == 1
    renewals.run()
    assert source.asked == 3
    clock.pass_(5)  # nothing that failed made it last longer
    with pytest.raises(UpstreamUnreachable):
        cache_.get("k", source, renew=source)
    assert "stale" not in renewals.results


def test_whoever_needs_the_answer_while_it_is_renewed_waits_for_the_renewal() -> None:
    clock, source = Clock(0), Source()
    begun, go_on = threading.Event(), threading.Event()
    cache_ = Cache[int](60, 0, clock=clock)

    def renew() -> int:
        begun.set()
        assert go_on.wait(10)
        return 7

    cache_.get("k", source, renew=renew)
    clock.pass_(59)
    assert cache_.peek("k") == 1
    assert begun.wait(10)
    clock.pass_(1)
    answers: list[int] = []
    asking = threading.Thread(target=lambda: answers.append(cache_.get("k", source)))
    asking.start()
    go_on.set()
    asking.join(10)
    assert (answers, source.asked) == ([7], 1)


def test_a_refresh_that_shares_a_renewal_is_told_of_its_failure() -> None:
    clock, source = Clock(0), Source()
    begun, go_on, waits = threading.Event(), threading.Event(), threading.Event()
    cache_ = Cache[int](60, clock=clock, on_result=lambda r: r == "shared" and waits.set())

    def renew() -> int:
        begun.set()
        assert go_on.wait(10)
        raise UpstreamTimeout("slow")

    cache_.get("k", source, renew=renew)
    clock.pass_(59)
    cache_.peek("k")
    assert begun.wait(10)
    threading.Thread(target=lambda: waits.wait(10) and go_on.set()).start()
    with pytest.raises(UpstreamTimeout):
        cache_.get("k", source, refresh=True)
    assert cache_.peek("k") == 1


def test_where_no_thread_can_be_had_the_answer_is_served_on() -> None:
    def no_thread(_: Callable[[], None]) -> None:
        raise RuntimeError("can't start new thread")

    clock, source = Clock(0), Source()
    cache_ = Cache[int](60, clock=clock, run=no_thread)
    cache_.get("k", source, renew=source)
    clock.pass_(50)
    assert cache_.peek("k") == 1
    clock.pass_(10)
    assert cache_.get("k", source, renew=source) == 2


def test_what_is_neither_fresh_nor_stale_is_let_go_of() -> None:
    clock = Clock()
    cache_: Cache[object] = Cache(1, 2, clock=clock)
    answers = [weakref.ref(cache_.get(f"k{n}", Answer)) for n in range(100)]
    clock.pass_(2.9)
    cache_.get("another", Answer)
    assert all(answer() for answer in answers)
    clock.pass_(0.2)
    cache_.get("one more", Answer)
    assert not any(answer() for answer in answers)


class Answer:
    """An answer that can be told to be gone."""
