"""One key, one call: the first outcome again, and never a second call."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress

import pytest

from service.callbacks.calls import PlacedCallback
from service.callbacks.idempotency import Attempt, Claiming, Idempotency
from service.errors import OutcomeUnknown, Problem, UpstreamRefused, UpstreamUnreachable
from service.store.memory import MemoryStore
from tests.unit.service.fakes import Clock, key_hasher

ATTEMPT = Attempt("k" * 16, "CP" + "1" * 32, '{"number":"1"}')
SECONDS = 18.0
TTL = 3600.0


class Once:
    """The rules over a memory store, on a clock of their own; counts the calls it places."""

    def __init__(self, ttl: float = TTL) -> None:
        self.clock = Clock()
        self.store = MemoryStore(self.clock)
        self.rules = Idempotency(self.store, key_hasher, ttl, self.clock)
        self.placed = 0

    def place(self) -> PlacedCallback:
        self.placed += 1
        return PlacedCallback(f"handle-{self.placed}", "2017-08-07T17:30:00-04:00")

    def __call__(
        self,
        attempt: Attempt | None = ATTEMPT,
        place: Callable[[], PlacedCallback] | None = None,
        seconds: float = SECONDS,
    ) -> PlacedCallback:
        def placing(reservations: Claiming) -> PlacedCallback:
            reservations.acquire()
            return (place or self.place)()

        return self.rules.once(attempt, seconds, placing)

    def code(
        self, attempt: Attempt | None = ATTEMPT, place: Callable[[], PlacedCallback] | None = None
    ) -> str:
        with pytest.raises(Problem) as raised:
            self(attempt, place)
        return raised.value.code


def failing(error: BaseException) -> Callable[[], PlacedCallback]:
    def place() -> PlacedCallback:
        raise error

    return place


def test_without_a_key_each_request_is_placed() -> None:
    once = Once()
    assert [once(None).id, once(None).id] == ["handle-1", "handle-2"]


def test_a_success_is_replayed_and_says_so() -> None:
    once = Once()
    first, second = once(), once()
    assert not first.replayed
    assert second == PlacedCallback(first.id, first.start_time, replayed=True)
    assert once.placed == 1


def test_a_success_without_a_start_time_is_replayed_so() -> None:
    once = Once()
    once(place=lambda: PlacedCallback("handle", None))
    assert once() == PlacedCallback("handle", None, replayed=True)


def test_an_unknown_outcome_is_replayed_at_once_and_says_so() -> None:
    once = Once()
    with pytest.raises(OutcomeUnknown) as first:
        once(place=failing(OutcomeUnknown()))
    with pytest.raises(OutcomeUnknown) as second:
        once()
    assert not first.value.replayed
    assert second.value.replayed
    assert once.placed == 0


@pytest.mark.parametrize(
    "error",
    [
        Problem("slot_unavailable", ""),
        UpstreamRefused("no"),
        UpstreamUnreachable("no"),
        RuntimeError("a bug before anything was sent"),
    ],
)
def test_any_other_answer_frees_the_key(error: Exception) -> None:
    once = Once()
    with pytest.raises(type(error)):
        once(place=failing(error))
    assert once().id == "handle-1"


def test_a_freed_key_may_come_with_another_body() -> None:
    once = Once()
    with pytest.raises(UpstreamRefused):
        once(place=failing(UpstreamRefused("no")))
    assert once(Attempt(ATTEMPT.key, ATTEMPT.scope, '{"number":"2"}')).id == "handle-1"


class TestReuse:
    @pytest.mark.parametrize("first", [None, OutcomeUnknown()])
    def test_the_same_key_with_another_body_is_refused(self, first: Exception | None) -> None:
        once = Once()
        if first:
            with pytest.raises(OutcomeUnknown):
                once(place=failing(first))
        else:
            once()
        other = Attempt(ATTEMPT.key, ATTEMPT.scope, '{"number":"2"}')
        assert once.code(other) == "idempotency_key_reused"
        assert once.placed <= 1

    def test_it_is_refused_while_the_first_is_running_too(self) -> None:
        once = Once()
        codes = []

        def place() -> PlacedCallback:
            other = Attempt(ATTEMPT.key, ATTEMPT.scope, '{"number":"2"}')
            codes.append(once.code(other))
            return once.place()

        once(place=place)
        assert codes == ["idempotency_key_reused"]

    def test_the_key_is_scoped_to_the_profile(self) -> None:
        once = Once()
        once()
        assert not once(Attempt(ATTEMPT.key, "CP" + "2" * 32, ATTEMPT.fingerprint)).replayed

    def test_another_key_is_another_call(self) -> None:
        once = Once()
        once()
        assert not once(Attempt("K" * 16, ATTEMPT.scope, ATTEMPT.fingerprint)).replayed

    def test_scope_and_key_do_not_run_into_each_other(self) -> None:
        once = Once()
        once(Attempt("b" * 16, "a", "x"))
        assert not once(Attempt("b" * 15, "ab", "x")).replayed


class TestInProgress:
    def test_a_second_request_is_told_so_and_when_to_come_again(self) -> None:
        once = Once()
        problems = []

        def place() -> PlacedCallback:
            with pytest.raises(Problem) as raised:
                once()
            problems.append(raised.value)
            return once.place()

        once(place=place)
        assert problems[0].code == "idempotency_in_progress"
        assert problems[0].retry_after is not None
        assert 0 < problems[0].retry_after <= SECONDS
        assert once().replayed

    def test_fifty_at_once_place_one_call(self) -> None:
        once = Once()
        gate = threading.Barrier(50)
        placed, codes = [], []

        def place() -> PlacedCallback:
            placed.append(1)
            return PlacedCallback("handle", None)

        def ask() -> None:
            gate.wait()
            try:
                once(place=place)
            except Problem as problem:
                codes.append(problem.code)

        threads = [threading.Thread(target=ask) for _ in range(50)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(placed) == 1
        assert set(codes) <= {"idempotency_in_progress"}


class TestDeadWorkers:
    @staticmethod
    def crashed() -> Once:
        once = Once()
        with pytest.raises(SystemExit):  # a worker that is killed runs no handler
            once(place=failing(SystemExit()))
        return once

    def test_until_its_deadline_the_claim_of_one_is_in_progress(self) -> None:
        once = self.crashed()
        once.clock.pass_(SECONDS - 1)
        assert once.code() == "idempotency_in_progress"

    def test_after_its_deadline_the_outcome_is_unknown_for_ever(self) -> None:
        once = self.crashed()
        once.clock.pass_(SECONDS)
        for _ in range(3):
            assert once.code() == "outcome_unknown"
        once.clock.pass_(TTL - SECONDS - 1)
        assert once.code() == "outcome_unknown"
        assert once.placed == 0


class TestExpiry:
    def test_an_outcome_is_kept_for_its_time_from_when_it_was_known(self) -> None:
        once = Once()

        def slowly() -> PlacedCallback:
            once.clock.pass_(10)
            return once.place()

        once(place=slowly)
        once.clock.pass_(TTL - 1)
        assert once().replayed
        once.clock.pass_(1)
        assert not once().replayed

    def test_a_claim_never_lapses_while_its_request_may_still_run(self) -> None:
        once = Once(ttl=60)  # the shortest IDEMPOTENCY_TTL; FONOLO_TIMEOUT may be longer
        second = []

        def slowly() -> PlacedCallback:
            once.clock.pass_(90)
            second.append(once.code())
            return once.place()

        once(place=slowly, seconds=105)
        assert second == ["idempotency_in_progress"]
        assert once.placed == 1


def test_a_key_whose_outcome_could_not_be_kept_never_places_a_second_call() -> None:
    class Forgetful(MemoryStore):
        def set(self, key: str, value: str, seconds: float) -> None:
            raise OSError("the store is away")

    clock = Clock()
    rules = Idempotency(Forgetful(clock), key_hasher, TTL, clock)

    def place(reservations: Claiming) -> PlacedCallback:
        reservations.acquire()
        return PlacedCallback("handle", None)

    with suppress(OSError):
        rules.once(ATTEMPT, SECONDS, place)
    for seconds, code in ((0, "idempotency_in_progress"), (SECONDS, "outcome_unknown")):
        clock.pass_(seconds)
        with pytest.raises(Problem) as raised:
            rules.once(ATTEMPT, SECONDS, lambda reservations: _placed_twice(reservations))
        assert raised.value.code == code


def _placed_twice(reservations: Claiming) -> PlacedCallback:
    reservations.acquire()
    pytest.fail("placed twice")
