"""The circuit breaker on a clock moved by hand."""

from __future__ import annotations

import pytest

from service.errors import UpstreamError, UpstreamRefused, UpstreamTimeout, UpstreamUnreachable
from service.upstream.circuit_breaker import FAILURES, LONGEST_PAUSE, PAUSE, CircuitBreaker


class World:
    def __init__(self) -> None:
        self.now = 1000.0
        self.told: list[bool] = []
        self.breaker = CircuitBreaker(clock=lambda: self.now, on_change=self.told.append)

    def call(self, error: UpstreamError | None = None) -> None:
        with self.breaker.guard():
            if error:
                raise error

    def fail(self, times: int = FAILURES) -> None:
        for _ in range(times):
            with pytest.raises(UpstreamTimeout):
                self.call(UpstreamTimeout("slow"))

    def held_back(self) -> float:
        with pytest.raises(UpstreamUnreachable) as raised:
            self.call()
        assert raised.value.retry_after is not None
        return raised.value.retry_after


@pytest.fixture
def world() -> World:
    return World()


def test_five_failures_in_a_row_open_it_and_it_says_for_how_long(world: World) -> None:
    world.fail()
    assert world.held_back() == PAUSE
    assert world.told == [True]


def test_four_failures_and_a_success_leave_it_closed(world: World) -> None:
    world.fail(FAILURES - 1)
    world.call()
    world.fail(FAILURES - 1)
    world.call()
    assert world.told == []


def test_refusals_never_open_it(world: World) -> None:
    world.fail(FAILURES - 1)
    for _ in range(20):
        with pytest.raises(UpstreamRefused):
            world.call(UpstreamRefused("no"))
    world.fail(FAILURES - 1)
    world.call()


def test_after_the_pause_one_call_probes_and_its_success_closes(world: World) -> None:
    world.fail()
    world.now += PAUSE
    with world.breaker.guard():
        world.held_back()  # a second call while the probe is under way
    world.call()
    assert world.told == [True, False]


def test_each_failed_probe_doubles_the_pause_up_to_a_minute(world: World) -> None:
    world.fail()
    pauses = []
    for _ in range(6):
        pauses.append(world.held_back())
        world.now += pauses[-1]
        world.fail(1)
    assert pauses == [5, 10, 20, 40, LONGEST_PAUSE, LONGEST_PAUSE]


def test_a_probe_that_breaks_for_a_reason_of_ours_leaves_room_for_another(world: World) -> None:
    world.fail()
    world.now += PAUSE
    with pytest.raises(ZeroDivisionError), world.breaker.guard():
        raise ZeroDivisionError
    world.call()
    assert not world.breaker.is_open
