"""The report of calls: what it filters, how it pages."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.unit.simulator.bench import DOCUMENT_PROFILE, WEB_PROFILE, Bench, make_bench


def report(bench: Bench, query: str = "") -> dict[str, Any]:
    found: dict[str, Any] = bench.get(f"calls{query}").get_json()
    return found


def sids(bench: Bench, query: str = "") -> list[str]:
    return [row["sid"] for row in report(bench, query)["data"]["call"]]


@pytest.fixture
def busy(bench: Bench) -> tuple[Bench, dict[str, str]]:
    """A day with a success, a failure and a cancel, seen from later that day."""
    placed = {"Success": bench.place()}
    bench.clock.forward(minutes=5)
    placed["Failed"] = bench.place(fc_number="14163660002")
    bench.clock.forward(minutes=5)
    placed["Canceled"] = bench.place()
    bench.post(f"callback/{placed['Canceled']}/cancel")
    bench.clock.forward(minutes=5)
    return bench, placed


Busy = tuple[Bench, dict[str, str]]


def test_the_newest_call_comes_first(busy: Busy) -> None:
    bench, placed = busy
    assert sids(bench, "?period=today") == list(placed.values())[::-1]


@pytest.mark.parametrize("status", ["Success", "Failed", "Canceled"])
def test_a_status_filters(busy: Busy, status: str) -> None:
    bench, placed = busy
    assert sids(bench, f"?period=today&status={status}") == [placed[status]]


def test_a_profile_filters(busy: Busy) -> None:
    bench, _ = busy
    assert len(sids(bench, f"?period=today&profile={DOCUMENT_PROFILE}")) == 3
    assert sids(bench, f"?period=today&profile={WEB_PROFILE}") == []


def test_yesterday_is_the_default(busy: Busy) -> None:
    bench, _ = busy
    assert sids(bench) == []
    bench.clock.forward(days=1)
    assert len(sids(bench)) == 3
    assert sids(bench) == sids(bench, "?period=yesterday")


@pytest.mark.parametrize(
    ("query", "first", "last"),
    [
        ("", "2017-08-06", "2017-08-06"),
        ("?period=today", "2017-08-07", "2017-08-07"),
        ("?period=thismonth", "2017-08-01", "2017-08-07"),
        ("?period=lastmonth", "2017-07-01", "2017-07-31"),
        ("?start_date=2017-08-04", "2017-08-04", "2017-08-07"),
        ("?end_date=2017-08-04", "2017-08-04", "2017-08-04"),
        ("?start_date=2017-08-04&period=today", "2017-08-04", "2017-08-07"),
    ],
)
def test_the_head_says_which_days_were_meant(
    bench: Bench, query: str, first: str, last: str
) -> None:
    head = report(bench, query)["head"]
    assert (head["start_date"], head["end_date"]) == (first, last)


def test_days_are_days_in_utc() -> None:
    bench = make_bench(now=datetime(2017, 8, 7, 23, 59, 30, tzinfo=UTC))
    sid = bench.place()
    bench.clock.forward(minutes=5)
    assert bench.clock.now.day == 8
    assert sids(bench) == [sid]
    assert sids(bench, "?period=today") == []


def test_last_month_of_january_is_december() -> None:
    bench = make_bench(now=datetime(2018, 1, 31, 12, tzinfo=UTC))
    head = report(bench, "?period=lastmonth")["head"]
    assert (head["start_date"], head["end_date"]) == ("2017-12-01", "2017-12-31")


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("?start_date=04.08.2017", "start_date must be in the form YYYY-MM-DD."),
        ("?end_date=20170804", "end_date must be in the form YYYY-MM-DD."),
        (
            "?start_date=2017-08-05&end_date=2017-08-04",
            "start_date must not be after end_date.",
        ),
        ("?period=never", "period must be one of today, yesterday, thismonth, lastmonth."),
        ("?status=Holding", "status must be one of Success, Canceled, Failed."),
        ("?profile=CP0", "Profile not found."),
        ("?page=0", "page must be a number from 1."),
        ("?page=one", "page must be a number from 1."),
    ],
)
def test_a_query_that_cannot_be_meant_is_refused(bench: Bench, query: str, message: str) -> None:
    answer = bench.get(f"calls{query}")
    assert answer.status_code == 500
    assert answer.get_json()["head"] == {"status": 500, "message": message}


def test_pages_hold_250_and_their_urls_lead_through_all(bench: Bench) -> None:
    placed = []
    for _ in range(501):
        placed.append(bench.place())
        bench.clock.forward(seconds=2)
    bench.clock.forward(minutes=5)
    url: str | None = f"/3.0/calls.json?period=today&status=Success&profile={DOCUMENT_PROFILE}"
    seen, pages = [], 0
    while url:
        answer = bench.get(url.removeprefix("/3.0/")).get_json()
        head, pages = answer["head"], pages + 1
        assert (head["page"], head["total_pages"], head["total_calls"]) == (pages, 3, 501)
        seen += [row["sid"] for row in answer["data"]["call"]]
        url = head["next_page_url"]
    assert seen == placed[::-1]
    assert f"status=Success&profile={DOCUMENT_PROFILE}&page=2" in head["prev_page_url"]
    assert head["current_page_url"] == head["last_page_url"]


def test_a_page_beyond_the_last_is_empty_and_leads_back(bench: Bench) -> None:
    answer = report(bench, "?start_date=2017-08-04&end_date=2017-08-04&page=9")
    assert answer["data"]["call"] == []
    assert answer["head"]["prev_page_url"].endswith("&page=1")
    assert answer["head"]["next_page_url"] is None


def test_an_empty_report_has_one_page(bench: Bench) -> None:
    head = report(bench, "?period=today")["head"]
    assert (head["total_calls"], head["total_pages"], head["page"]) == (0, 1, 1)
    assert bench.get("calls.xml?period=today").text.endswith("<data/>\n</fonolo>\n")


def test_memory_is_bounded_and_the_oldest_finished_call_goes_first() -> None:
    bench = make_bench(capacity=3)
    waiting = bench.place(fc_start_date="2017-08-07 23:30:00")
    done = bench.place()
    bench.clock.now += timedelta(minutes=3)
    stored = [bench.place(), bench.place()]
    assert bench.get(f"callback/{done}/status").status_code == 500
    assert [bench.status(sid) for sid in (waiting, *stored)] == [
        "Scheduled",
        "Initialization",
        "Initialization",
    ]
    assert len(bench.journal()) == 3
