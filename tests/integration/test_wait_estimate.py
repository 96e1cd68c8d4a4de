"""The wait that a form tells, out of the simulator's reports; and what never comes of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from tests import running
from tests.scraping import value

FORM = "/v1/profiles/default"


@pytest.fixture(scope="module")
def busy_simulator() -> Iterator[running.Simulator]:
    """A simulator at the machine's own time: others call too."""
    with running.simulator() as simulator:
        yield simulator


@pytest.fixture
def simulator(busy_simulator: running.Simulator) -> Iterator[running.Simulator]:
    yield busy_simulator
    busy_simulator.heal()


def wait_of(gateway: running.Gateway) -> Any:
    return gateway.get(FORM).json()["options"][0]["estimated_wait"]


@pytest.mark.parametrize("store", ["memory", "redis"])
def test_a_form_tells_the_wait_in_whole_minutes(simulator: running.Simulator, store: str) -> None:
    with ExitStack() as stack:
        settings = {}
        if store == "redis":
            settings["REDIS_URL"] = stack.enter_context(running.redis_server())[0]
            settings["REDIS_TIMEOUT"] = "1"  # that it is shared is tested, not how soon
        first, second = (
            stack.enter_context(running.gateway(simulator, **settings)) for _ in range(2)
        )
        assert wait_of(first) is None  # nobody has waited for it

        wait = running.poll(lambda: wait_of(first))

        assert 60 <= wait <= 480
        assert wait % 60 == 0
        assert running.poll(lambda: wait_of(second)) == wait
        answer = first.get(FORM)
        again = first.get(FORM, headers={"If-None-Match": answer.headers["ETag"]})
        assert again.status_code == 304
        fetches = [_fetches(each) for each in (first, second)]
        assert fetches == [1, 1] if store == "memory" else sorted(fetches) == [0, 1]


@pytest.mark.parametrize(
    "fault",
    [
        {"mode": "hang"},
        {"mode": "refuse"},
        {"mode": "html"},
        {"mode": "truncated"},
        {"mode": "empty"},
        {"mode": "cut"},
    ],
    ids=lambda fault: fault["mode"],
)
def test_whatever_the_reports_do_the_form_is_answered(
    simulator: running.Simulator, fault: dict[str, Any]
) -> None:
    simulator.fault("calls", **fault)
    with running.gateway(simulator, FONOLO_TIMEOUT="0.5,0.5", CACHE_PROFILE_TTL="0") as gateway:
        answers = [gateway.get(FORM)]
        running.poll(lambda: _fetches(gateway) >= 1)  # the fetch has failed
        answers += [gateway.get(FORM) for _ in range(8)]
        assert _fetches(gateway) == 1  # once a minute, that it failed is no reason to hurry

        assert {each.status_code for each in answers} == {200}
        assert {each.json()["options"][0]["estimated_wait"] for each in answers} == {None}


def test_off_asks_for_no_reports(simulator: running.Simulator) -> None:
    with running.gateway(simulator, WAIT_ESTIMATE="off") as gateway:
        assert [wait_of(gateway) for _ in range(3)] == [None] * 3
        assert _fetches(gateway) == 0


def _fetches(gateway: running.Gateway) -> float:
    """Count how often reports were asked for."""
    return value(gateway, "upstream_seconds_count", endpoint="calls") or 0
