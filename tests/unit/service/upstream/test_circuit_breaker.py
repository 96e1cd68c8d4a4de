"""The circuit breaker on a clock moved by hand: what opens it for one source, and for all."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from service.errors import (
    UpstreamError,
    UpstreamRefused,
    UpstreamTimeout,
    UpstreamUnintelligible,
    UpstreamUnknown,
    UpstreamUnreachable,
)
from service.upstream.circuit_breaker import FAILURES, LONGEST_PAUSE, PAUSE, CircuitBreaker

ME, YOU = "me", "you"
EVERYBODY = [f"client {n}" for n in range(FAILURES)]


class World:
    def __init__(self) -> None:
        self.now = 1000.0
        self.changes: list[bool] = []
        self.breaker = CircuitBreaker(clock=lambda: self.now, on_change=self.changes.append)

    def call(self, source: str, error: UpstreamError | None = None) -> bool:
        with self.breaker.guard(source) as is_probe:
            if error:
                raise error
        return is_probe

    def fail(
        self, sources: Iterable[str], kind: type[UpstreamError] = UpstreamUnintelligible
    ) -> None:
        for source in sources:
            with pytest.raises(kind):
                self.call(source, kind("broken"))

    def held_back(self, source: str) -> float:
        with pytest.raises(UpstreamUnreachable) as raised:
            self.call(source)
        assert raised.value.retry_after is not None
        return raised.value.retry_after


@pytest.fixture
def world() -> World:
    return World()


KINDS = [UpstreamTimeout, UpstreamUnknown, UpstreamUnintelligible]


@pytest.mark.parametrize("kind", KINDS)
def test_five_failures_of_one_source_hold_it_back_and_nobody_else(
    world: World, kind: type[UpstreamError]
) -> None:
    world.fail([ME] * FAILURES, kind)
    assert world.held_back(ME) == PAUSE
    assert world.changes == []
    world.call(YOU)


@pytest.mark.parametrize("kind", KINDS)
def test_five_of_different_sources_hold_everybody_back(
    world: World, kind: type[UpstreamError]
) -> None:
    world.fail(EVERYBODY, kind)
    assert world.held_back(YOU) == PAUSE
    assert world.changes == [True]


@pytest.mark.parametrize(
    "sources", [[ME] * FAILURES, EVERYBODY], ids=["of one source", "of different ones"]
)
def test_five_failed_connections_hold_everybody_back(world: World, sources: list[str]) -> None:
    world.fail(sources, UpstreamUnreachable)
    assert world.held_back(YOU) == PAUSE
    assert world.changes == [True]


def test_failed_connections_and_failures_of_different_sources_count_together(world: World) -> None:
    world.fail([ME] * 3, UpstreamUnreachable)
    world.fail([ME, YOU])
    assert world.breaker.is_open


def test_four_sources_open_it_for_nobody_else_however_often_they_fail(world: World) -> None:
    for source in EVERYBODY[:-1]:
        world.fail([source] * FAILURES)
        world.held_back(source)
    assert not world.breaker.is_open


@pytest.mark.parametrize("kind", [UpstreamUnintelligible, UpstreamUnreachable])
def test_four_failures_and_an_answer_leave_it_closed(
    world: World, kind: type[UpstreamError]
) -> None:
    for _ in range(3):
        world.fail(EVERYBODY[:-1], kind)
        world.call(YOU)
    assert world.changes == []


def test_a_source_fails_in_a_row_whatever_comes_of_others(world: World) -> None:
    for _ in range(FAILURES):
        world.call(YOU)
        world.fail([ME])
    world.held_back(ME)


def test_its_own_answer_ends_a_sources_row(world: World) -> None:
    for _ in range(3):
        world.fail([ME] * (FAILURES - 1))
        world.call(ME)


@pytest.mark.parametrize("sources", [[ME], EVERYBODY])
def test_refusals_never_open_it(world: World, sources: list[str]) -> None:
    for source in sources * 20:
        with pytest.raises(UpstreamRefused):
            world.call(source, UpstreamRefused("no"))
    world.call(ME)


@pytest.mark.parametrize("answer", [None, UpstreamRefused("no")])
def test_any_answer_closes_a_sources_circuit_and_everybodys(
    world: World, answer: UpstreamRefused | None
) -> None:
    with world.breaker.guard(YOU):  # under way while the others fail
        world.fail([ME] * FAILURES)
        world.fail(EVERYBODY[:-1])
        world.held_back(YOU)
    world.call(ME)
    world.call(YOU)
    assert world.changes == [True, False]


def test_after_the_pause_one_call_probes_for_all_and_its_answer_closes(world: World) -> None:
    world.fail(EVERYBODY)
    world.now += PAUSE
    with world.breaker.guard(YOU) as is_probe:
        assert is_probe
        world.held_back(ME)  # a second call while the probe is under way
    assert not world.call(ME)
    assert world.changes == [True, False]


def test_after_the_pause_one_call_of_a_source_probes_for_it(world: World) -> None:
    world.fail([ME] * FAILURES)
    world.now += PAUSE
    with world.breaker.guard(ME) as is_probe:
        assert is_probe
        world.held_back(ME)
        with world.breaker.guard(YOU) as is_probe:
            assert not is_probe


@pytest.mark.parametrize("sources", [[ME] * FAILURES, EVERYBODY])
def test_each_failed_probe_doubles_the_pause_up_to_a_minute(
    world: World, sources: list[str]
) -> None:
    world.fail(sources)
    pauses = []
    for _ in range(6):
        pauses.append(world.held_back(sources[0]))
        world.now += pauses[-1]
        world.fail(sources[:1])
    assert pauses == [5, 10, 20, 40, LONGEST_PAUSE, LONGEST_PAUSE]


@pytest.mark.parametrize("sources", [[ME] * FAILURES, EVERYBODY])
def test_a_probe_that_breaks_for_a_reason_of_ours_leaves_room_for_another(
    world: World, sources: list[str]
) -> None:
    world.fail(sources)
    world.now += PAUSE
    with pytest.raises(ZeroDivisionError), world.breaker.guard(ME):
        raise ZeroDivisionError
    world.call(ME)
    assert not world.breaker.is_open
