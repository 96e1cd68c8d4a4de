"""Probes: as healthy and as ready as its workers say that they are."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest

from service.server.probes import Probes
from service.server.worker_line import State, WorkerLine

READY: State = (True, {"configuration": "known", "store": "up"})
ALONE: State = (True, {"configuration": "known", "store": "down"})
UNKNOWN: State = (False, {"configuration": "unknown", "store": "up"})
DRAINING: State = (False, {"configuration": "known", "store": "up", "reason": "draining"})


@dataclass
class Worker:
    """A worker that says `state`, and whose loop goes round or does not."""

    state: State | None = READY
    still: bool = False

    def stands_still(self, seconds: float) -> bool:
        return self.still

    def ask_readiness(self, within: float) -> State | None:
        return self.state


@pytest.mark.parametrize(
    ("workers", "healthy"),
    [
        ([Worker()], True),
        ([Worker(), Worker(UNKNOWN)], True),
        ([Worker(DRAINING)], True),
        ([Worker(None)], True),
        ([Worker(still=True)], False),
        ([Worker(), Worker(still=True)], False),
        ([], False),
    ],
)
def test_it_is_healthy_while_the_loop_of_every_worker_goes_round(
    workers: list[Worker], healthy: bool
) -> None:
    assert Probes(lambda: workers).health()[0] is healthy


@pytest.mark.parametrize(
    ("workers", "ready", "parts"),
    [
        ([Worker()], True, {"store": "up", "configuration": "known"}),
        ([Worker(), Worker(ALONE)], True, {"store": "down"}),
        ([Worker(), Worker(UNKNOWN)], False, {"configuration": "unknown"}),
        ([Worker(DRAINING), Worker()], False, {"reason": "draining"}),
        ([Worker(), Worker(None)], False, {"reason": "a worker says nothing"}),
        ([Worker(still=True), Worker()], False, {"reason": "a worker's loop stands still"}),
        ([], False, {"reason": "no worker runs"}),
    ],
)
def test_it_is_ready_while_every_worker_says_so(
    workers: list[Worker], ready: bool, parts: dict[str, str]
) -> None:
    answer, found = Probes(lambda: workers).readiness()
    assert answer is ready
    assert found.items() >= {"status": "ready" if ready else "not ready", **parts}.items()


@contextmanager
def answering(line: WorkerLine, *states: State | Exception) -> Iterator[None]:
    """Answer the line's questions, one state each, as a worker does."""
    left = iter(states)

    def state() -> State:
        given = next(left)
        if isinstance(given, Exception):
            raise given
        return given

    threading.Thread(target=line.answer, args=(state,), daemon=True).start()
    try:
        yield
    finally:
        line.close()


def test_a_worker_says_what_it_is_at_each_question() -> None:
    line = WorkerLine()
    with answering(line, UNKNOWN, READY, ValueError("a fault of ours"), DRAINING):
        assert line.ask(5) == UNKNOWN
        assert line.ask(5) == READY
        assert line.ask(5) == (False, {"reason": "an unexpected error"})
        assert line.ask(5) == DRAINING


def test_an_answer_that_comes_too_late_is_not_taken_for_the_next_ones() -> None:
    line = WorkerLine()
    assert line.ask(0.01) is None
    with answering(line, UNKNOWN, READY):
        assert line.ask(5) == READY


def test_one_that_never_answers_is_silent_however_often_it_is_asked() -> None:
    line = WorkerLine()
    assert {line.ask(0.0001) for _ in range(1000)} == {None}
    line.close()
    assert line.ask(0.01) is None
