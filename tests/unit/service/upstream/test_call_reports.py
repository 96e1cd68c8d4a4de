"""Reports become calls of the last hour: which pages are read, and which rows count."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from service import fonolo
from service.errors import UpstreamRefused
from service.fonolo.models import ReportPage
from service.fonolo.wire import call_report
from service.upstream.call_reports import FonoloCallReports, to_ended_call
from tests.unit.service.fakes import CALL_SID, OPTION_ID, PROFILE_SID

#: Ten minutes past midnight (UTC), so that the last hour has two days.
NOW = datetime(2017, 8, 8, 0, 10, tzinfo=UTC)


def row(ago: int = 600, **changes: Any) -> dict[str, Any]:
    """Return a report that began `ago` seconds ago, as Fonolo writes it."""
    fields = {
        "sid": CALL_SID,
        "datetime": (NOW - timedelta(seconds=ago)).strftime("%Y-%m-%d %H:%M:%S"),
        "option_sid": OPTION_ID,
        "holdtime": "04:05",
        "duration": "05:00",
        "call_disposition": "Immediate",
        "status": "Success",
    }
    return {name: value for name, value in {**fields, **changes}.items() if value is not None}


@dataclass
class FakeClient:
    """Fonolo's reports, page by page; `asked` are the queries."""

    pages: list[list[dict[str, Any]]]
    error: Exception | None = None
    asked: list[dict[str, Any]] = field(default_factory=list)

    def calls_page(self, **query: Any) -> ReportPage:
        self.asked.append(query)
        if self.error:
            raise self.error
        rows = self.pages[query["page"] - 1]
        calls = tuple(call_report(each, UTC) for each in rows)
        return ReportPage(calls, query["page"], len(self.pages), 250 * len(self.pages))


def recent(client: FakeClient) -> int:
    reports = FonoloCallReports(client)  # type: ignore[arg-type]
    return len(reports.recent_calls(PROFILE_SID, NOW, 30))


def test_the_days_of_an_hour_ago_and_of_now_are_asked_for() -> None:
    client = FakeClient([[row()]])
    recent(client)

    (query,) = client.asked
    assert 0 < query.pop("within") <= 30
    assert query == {
        "profile_sid": PROFILE_SID,
        "status": "Success",
        "start_date": date(2017, 8, 7),
        "end_date": date(2017, 8, 8),
        "page": 1,
        "retried": False,
    }


YOUNG, OLD = row(600), row(7200)


@pytest.mark.parametrize(
    ("pages", "read", "found"),
    [
        pytest.param([[]], 1, 0, id="nothing"),
        pytest.param([[YOUNG]], 1, 1, id="one page"),
        pytest.param([[YOUNG] * 3, [YOUNG, OLD], [OLD]], 2, 4, id="until a row is older"),
        pytest.param([[YOUNG, OLD, YOUNG], [YOUNG]], 1, 2, id="in whatever order they come"),
        pytest.param([[YOUNG]] * 9, 4, 4, id="four pages at most"),
        pytest.param([[row(option_sid=None)], [YOUNG]], 1, 0, id="rows that say nothing"),
        pytest.param([[row(call_disposition="Scheduled")], [OLD]], 2, 1, id="scheduled ones too"),
    ],
)
def test_pages_are_read_while_their_rows_are_younger_than_an_hour(
    pages: list[list[dict[str, Any]]], read: int, found: int
) -> None:
    client = FakeClient(pages)

    assert (recent(client), len(client.asked)) == (found, read)


def test_a_refusal_is_told_as_one() -> None:
    with pytest.raises(UpstreamRefused):
        recent(FakeClient([], error=fonolo.Refused("calls", "no", 500)))


@pytest.mark.parametrize(
    ("changes", "known"),
    [
        ({}, (245, True)),
        ({"datetime": None, "date": "2017-08-08", "time": "00:01:00"}, (245, True)),
        ({"duration": None}, (245, True)),
        ({"holdtime": None}, (None, True)),
        ({"holdtime": "--"}, (None, True)),
        ({"holdtime": "1:00:00"}, (3600, True)),
        ({"call_disposition": "Scheduled"}, (245, False)),
        ({"call_disposition": None}, (245, False)),
        ({"datetime": None}, None),
        ({"datetime": "--"}, None),
        ({"option_sid": None}, None),
        ({"status": "Failed"}, None),
        ({"holdtime": "9" * 30 + ":00"}, None),
        ({"duration": "9999999:00"}, None),
    ],
)
def test_a_row_counts_with_whatever_fields_the_portal_lets_it_have(
    changes: dict[str, Any], known: tuple[int | None, bool] | None
) -> None:
    call = to_ended_call(call_report(row(**changes), UTC))

    assert (call and (call.hold, call.immediate)) == known
