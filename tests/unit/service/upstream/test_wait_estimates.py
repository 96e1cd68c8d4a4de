"""Estimates are made behind the scenes: once a minute, for all replicas, and never in the way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from service.callbacks.wait_estimate import EndedCall
from service.errors import UpstreamRefused, UpstreamTimeout
from service.store.memory import MemoryStore
from service.upstream.wait_estimates import FETCH_EVERY, GOOD_FOR, LOOK_EVERY, WaitEstimates
from tests.unit.service.fakes import OPTION_ID, PROFILE_SID, Clock, key_hasher


@dataclass
class FakeReports:
    """Reports of five calls that held for `hold` seconds; or an error to raise."""

    hold: int = 240
    error: Exception | None = None
    asked: list[datetime] = field(default_factory=list)

    def recent_calls(self, profile_sid: str, now: datetime, within: float) -> list[EndedCall]:
        self.asked.append(now)
        if self.error:
            raise self.error
        before = now - timedelta(minutes=10)
        return [EndedCall(OPTION_ID, before, now, self.hold, True)] * 5


@dataclass
class Bench:
    """One replica; its refreshes wait in `due` until they are run."""

    clock: Clock = field(default_factory=Clock)
    reports: FakeReports = field(default_factory=FakeReports)
    due: list[Callable[[], None]] = field(default_factory=list)
    store: MemoryStore | None = None

    def __post_init__(self) -> None:
        self.store = self.store or MemoryStore(self.clock)
        self.estimates = WaitEstimates(
            self.reports, self.store, key_hasher, self.clock, run=self.due.append
        )

    def wait(self) -> int | None:
        return self.estimates.waits(PROFILE_SID).get(OPTION_ID)

    def refresh(self) -> int | None:
        """Ask, let what is due run, and ask again."""
        self.wait()
        while self.due:
            self.due.pop()()
        return self.wait()


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_the_first_form_does_not_wait_and_the_next_one_has_the_estimate(bench: Bench) -> None:
    assert bench.wait() is None
    assert bench.reports.asked == []  # nobody has run the refresh yet

    assert bench.refresh() == 240


def test_while_nobody_asks_for_forms_nobody_asks_for_reports(bench: Bench) -> None:
    bench.refresh()
    bench.clock.pass_(3600)

    assert bench.due == []
    assert len(bench.reports.asked) == 1


def test_reports_are_fetched_once_a_minute_however_many_forms_are_asked_for(bench: Bench) -> None:
    for _ in range(180):
        bench.refresh()
        bench.clock.pass_(1)

    asked = [at.timestamp() for at in bench.reports.asked]
    assert len(asked) == 3
    assert min(b - a for a, b in pairwise(asked)) >= FETCH_EVERY


def test_one_refresh_runs_at_a_time(bench: Bench) -> None:
    for _ in range(10):
        bench.wait()
        bench.clock.pass_(LOOK_EVERY)

    assert len(bench.due) == 1


def test_replicas_share_one_fetch(bench: Bench) -> None:
    other = Bench(bench.clock, FakeReports(hold=999), store=bench.store)

    assert bench.refresh() == 240
    assert other.refresh() == 240
    assert other.reports.asked == []


def test_an_unchanged_estimate_stays_the_same_object_and_a_changed_one_does_not(
    bench: Bench,
) -> None:
    bench.refresh()
    before = bench.estimates.waits(PROFILE_SID)
    bench.clock.pass_(FETCH_EVERY)
    bench.refresh()
    assert bench.estimates.waits(PROFILE_SID) is before

    bench.reports.hold = 300
    bench.clock.pass_(FETCH_EVERY)
    assert bench.refresh() == 300
    assert bench.estimates.waits(PROFILE_SID) is not before


@pytest.mark.parametrize("error", [UpstreamRefused("no"), UpstreamTimeout("late"), KeyError("x")])
def test_a_failure_leaves_the_last_estimate_until_it_is_too_old(
    bench: Bench, error: Exception
) -> None:
    bench.refresh()
    bench.reports.error = error
    bench.clock.pass_(FETCH_EVERY)
    assert bench.refresh() == 240

    bench.clock.pass_(GOOD_FOR)
    assert bench.refresh() is None

    bench.reports.error = None
    bench.clock.pass_(FETCH_EVERY)
    assert bench.refresh() == 240


def test_a_failure_is_not_repeated_before_its_minute_is_over(bench: Bench) -> None:
    bench.reports.error = UpstreamRefused("no")
    for _ in range(6):
        assert bench.refresh() is None
        bench.clock.pass_(9)

    assert len(bench.reports.asked) == 1


def test_a_form_is_answered_where_no_thread_can_be_had(bench: Bench) -> None:
    def no_thread(refresh: Callable[[], None]) -> None:
        raise RuntimeError("can't start new thread")

    assert bench.store
    estimates = WaitEstimates(bench.reports, bench.store, key_hasher, bench.clock, run=no_thread)

    assert estimates.waits(PROFILE_SID) == {}
