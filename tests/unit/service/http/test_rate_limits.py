"""Limits per client: the storage that `limits` gets, and what the headers say."""

from __future__ import annotations

import gc
import time

import pytest
from limits import RateLimitItemPerMinute
from limits.strategies import FixedWindowRateLimiter, MovingWindowRateLimiter

from service.callbacks.ports import Rate
from service.errors import RateLimited
from service.http.rate_limits import RateLimits, StoreStorage, limit_headers
from service.http.request_context import Client, RequestContext
from service.http.routing import Application
from service.store.memory import MemoryStore

ITEM = RateLimitItemPerMinute(3)


def storage() -> StoreStorage:
    return StoreStorage("gateway://", store=MemoryStore())


@pytest.mark.parametrize("strategy", [MovingWindowRateLimiter, FixedWindowRateLimiter])
def test_every_strategy_of_limits_that_it_supports_counts_with_it(strategy: type) -> None:
    limiter = strategy(storage())
    assert [limiter.hit(ITEM, "me") for _ in range(4)] == [True, True, True, False]
    assert limiter.hit(ITEM, "you")
    assert limiter.get_window_stats(ITEM, "you").remaining == 2
    assert limiter.test(ITEM, "you")
    assert not limiter.test(ITEM, "me")
    limiter.clear(ITEM, "me")
    assert limiter.hit(ITEM, "me")


def test_a_window_is_known_without_a_hit_before() -> None:
    limiter = MovingWindowRateLimiter(storage())
    limiter.hit(ITEM, "me")
    first, second = (limiter.get_window_stats(ITEM, "me") for _ in range(2))
    assert (first.remaining, second.remaining) == (2, 2)
    assert second.reset_time == pytest.approx(time.time() + 60, abs=5)


def test_reset_forgets_every_client() -> None:
    forgetful = storage()
    limiter = MovingWindowRateLimiter(forgetful)
    for who in ("me", "you"):
        limiter.hit(ITEM, who)
    forgetful.reset()
    assert [limiter.get_window_stats(ITEM, who).remaining for who in ("me", "you")] == [3, 3]


def limits(store: MemoryStore | None = None, *, step_up: bool = False) -> RateLimits:
    rates = {"start": (Rate(1, 60), Rate(5, 3600)), "read": ()}
    return RateLimits(Application("limits"), store or MemoryStore(), rates, step_up=step_up)  # type: ignore[arg-type]


def context(client: str = "client:1") -> RequestContext:
    return RequestContext("id", Client("192.0.2.1", client), "POST")


def test_over_a_limit_a_request_is_refused_and_told_when_to_come_back() -> None:
    limited = limits()
    limited.count("start", context())
    with pytest.raises(RateLimited) as raised:
        limited.count("start", context())
    assert raised.value.retry_after == pytest.approx(60, abs=5)


def test_where_a_captcha_steps_in_it_is_marked_instead() -> None:
    limited, second = limits(step_up=True), context()
    limited.count("start", context())
    limited.count("start", second)
    assert second.limit_exceeded


def test_where_a_captcha_steps_in_ten_times_any_limit_is_still_the_end() -> None:
    limited = RateLimits(
        Application("limits"),
        MemoryStore(),
        {"start": (Rate(1, 60), Rate(5, 3600)), "read": (Rate(9, 60),)},
        step_up=True,
    )
    exceeded = []
    for _ in range(10):
        exceeded.append(context())
        limited.count("start", exceeded[-1])
    assert [each.limit_exceeded for each in exceeded] == [False] + [True] * 9
    with pytest.raises(RateLimited) as raised:
        limited.count("start", context())
    assert raised.value.retry_after == pytest.approx(60, abs=5)


def test_what_a_captcha_let_in_counts_under_the_longer_limits_too() -> None:
    limited, seen = limits(step_up=True), [context() for _ in range(5)]
    for each in seen:
        limited.count("start", each)
    assert [state.remaining for state in seen[-1].limits] == [0, 0]


def test_of_clients_only_the_store_keeps_anything() -> None:
    limited = limits(MemoryStore(max_keys=10), step_up=True)

    def clients(some: range) -> int:
        for n in some:
            for _ in range(2):  # the second is over a limit
                limited.count("start", context(f"client:{n}"))
        gc.collect()
        return len(gc.get_objects())

    before = clients(range(100))
    assert clients(range(100, 1100)) < before + 1000


def test_headers_name_every_limit_and_the_tightest_apart() -> None:
    limited_request = context()
    limits().count("start", limited_request)
    headers = dict(limit_headers(limited_request.limits))
    assert headers["RateLimit-Policy"] == '"1-per-60s";q=1;w=60, "5-per-3600s";q=5;w=3600'
    assert headers["RateLimit"] == '"1-per-60s";r=0;t=60, "5-per-3600s";r=4;t=3600'
    assert (headers["X-RateLimit-Limit"], headers["X-RateLimit-Remaining"]) == ("1", "0")


def test_a_group_without_limits_has_no_headers() -> None:
    unlimited = context()
    limits().count("read", unlimited)
    assert limit_headers(unlimited.limits) == ()
