"""The call-backs of others: in the reports only, and only where they are asked for."""

from __future__ import annotations

from statistics import median

import pytest

from tests.unit.simulator.bench import CUSTOMER_SERVICE, WEB_PROFILE, Bench, make_bench


@pytest.fixture
def busy() -> Bench:
    return make_bench(traffic=True)


def rows(bench: Bench, query: str = "") -> list[dict[str, str]]:
    found: list[dict[str, str]] = bench.get(f"calls.json?period=today{query}").get_json()["data"][
        "call"
    ]
    return found


def test_the_last_two_hours_have_calls_of_every_active_option_and_of_no_other(busy: Bench) -> None:
    options = {row["option"] for row in rows(busy)}

    assert {"Customer Service", "Billing", "Facturation", "Reception"} <= options
    assert not {"New Orders", "Recruitment", "Holiday Desk"} & options
    assert {row["datetime"][11:13] for row in rows(busy)} == {"19", "20"}


def test_an_hour_has_enough_immediate_successes_for_a_wait_of_minutes(busy: Bench) -> None:
    successes = [
        row
        for row in rows(busy, f"&status=Success&profile={WEB_PROFILE}")
        if row["call_disposition"] == "Immediate"
        and row["option_sid"] == CUSTOMER_SERVICE
        and row["datetime"] >= "2017-08-07 20:05:00"
    ]
    holds = [int(row["holdtime"][:2]) * 60 + int(row["holdtime"][3:]) for row in successes]

    assert len(holds) >= 5
    assert 60 <= median(holds) <= 480


def test_they_are_the_same_each_time_and_each_has_its_own_report(busy: Bench) -> None:
    assert rows(busy) == rows(make_bench(traffic=True))
    assert len({row["sid"] for row in rows(busy)}) == len(rows(busy))
    assert busy.report(rows(busy)[0]["sid"]) == rows(busy)[0]


def test_they_are_not_in_the_journal_and_cannot_be_cancelled(busy: Bench) -> None:
    assert busy.journal() == []
    assert busy.post(f"callback/{rows(busy)[0]['sid']}/cancel").status_code == 500


def test_nobody_else_calls_unless_asked_for(bench: Bench) -> None:
    assert rows(bench) == []
