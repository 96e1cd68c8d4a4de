"""Who is waited for, until when, and who goes where there are too many."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest
from gunicorn.config import Config

from service.server.connection import Connection
from service.server.phases import SECONDS, Phase
from service.server.waiting import Waiting


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def waiting(clock: Clock) -> Waiting:
    return Waiting(clock)


@pytest.fixture
def sockets() -> Iterator[list[socket.socket]]:
    opened: list[socket.socket] = []
    yield opened
    for each in opened:
        each.close()


@pytest.fixture
def opened(waiting: Waiting, sockets: list[socket.socket]) -> object:
    def open_one(peer: str, phase: Phase | None = Phase.HEAD) -> Connection:
        sockets.append(socket.socket())
        connection = Connection(Config(), sockets[-1], (peer, 1), ("", 0), peer)
        waiting.open(connection)
        if phase:
            waiting.enter(connection, phase)
        return connection

    return open_one


@pytest.mark.parametrize("phase", SECONDS)
def test_each_phase_lasts_as_long_as_it_may(
    waiting: Waiting, clock: Clock, opened, phase: Phase
) -> None:
    connection = opened("a", phase)
    clock.now += SECONDS[phase] - 0.1
    waiting.enter(connection, phase)  # what goes on does not begin anew
    assert not list(waiting.overdue())
    clock.now += 0.2
    assert list(waiting.overdue()) == [connection]
    assert not list(waiting.overdue())


def test_what_a_thread_has_is_never_overdue(waiting: Waiting, clock: Clock, opened) -> None:
    waiting.leave(opened("a"))
    clock.now += 1000
    assert not list(waiting.overdue())


def test_the_oldest_goes_of_the_peer_who_holds_most(waiting: Waiting, opened) -> None:
    opened("one")
    first, second = opened("many"), opened("many", Phase.ANSWER)
    assert waiting.oldest_of_most() is first
    waiting.close(first)
    opened("many")
    assert waiting.oldest_of_most() is second


def test_what_a_thread_has_stays_and_the_next_peers_oldest_goes(waiting: Waiting, opened) -> None:
    for _ in range(3):
        opened("busy", None)
    assert waiting.oldest_of_most() is None
    idle = opened("idle")
    assert waiting.oldest_of_most() is idle


def test_a_server_that_stops_waits_for_requests_a_little_and_for_answers_as_ever(
    waiting: Waiting, clock: Clock, opened
) -> None:
    early = opened("a", Phase.IDLE)
    waiting.cap(clock.now + 2)
    late, answer = opened("a", Phase.BODY), opened("a", Phase.ANSWER)
    clock.now += 3
    assert set(waiting.overdue()) == {early, late}
    assert answer.phase is Phase.ANSWER
