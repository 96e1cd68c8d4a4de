"""The report of calls: which ones are asked for, and one page of them with its head.

Days are UTC days, both ends included. Dates go before a `period`; of a range with only a
beginning the end is today, and one with only an end is that day alone.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from simulator.calls import Reported
from simulator.start import Refused
from simulator.walk import Status

PER_PAGE = 250
REPORTED = (Status.SUCCESS, Status.CANCELED, Status.FAILED)
PERIODS = ("today", "yesterday", "thismonth", "lastmonth")


@dataclass(frozen=True)
class Query:
    """What a report is asked for."""

    first: date
    last: date
    page: int = 1
    status: str | None = None
    profile: str | None = None

    def url(self, path: str, page: int) -> str:
        """Write the URL of one page; days instead of a period, so that it stays put."""
        asked = {
            "start_date": self.first.isoformat(),
            "end_date": self.last.isoformat(),
            "status": self.status,
            "profile": self.profile,
            "page": page,
        }
        return f"{path}?{urlencode({k: v for k, v in asked.items() if v is not None})}"


def read_query(args: Mapping[str, str], today: date, profiles: frozenset[str]) -> Query:
    """Read the query string; raises Refused."""
    status, profile = args.get("status") or None, args.get("profile") or None
    if status is not None and status not in REPORTED:
        raise Refused(f"status must be one of {', '.join(REPORTED)}.")
    if profile is not None and profile not in profiles:
        raise Refused("Profile not found.")
    first, last = _days(args, today)
    return Query(first, last, _page(args.get("page") or "1"), status, profile)


def page_of(
    query: Query, calls: Iterable[Reported], now: datetime, *, path: str
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Make the paging head and the rows of the page asked for."""
    matching = _matching(query, calls, now)
    pages = max(1, -(-len(matching) // PER_PAGE))
    page = query.page
    head = {
        "start_date": query.first.isoformat(),
        "end_date": query.last.isoformat(),
        "total_calls": len(matching),
        "total_pages": pages,
        "page": page,
        "max_per_page": PER_PAGE,
        "first_page_url": query.url(path, 1),
        "prev_page_url": query.url(path, min(page - 1, pages)) if page > 1 else None,
        "current_page_url": query.url(path, page),
        "next_page_url": query.url(path, page + 1) if page < pages else None,
        "last_page_url": query.url(path, pages),
    }
    shown = matching[(page - 1) * PER_PAGE : page * PER_PAGE]
    return head, [call.row(now) for call in shown]


def _matching(query: Query, calls: Iterable[Reported], now: datetime) -> list[Reported]:
    first, last = query.first.isoformat(), query.last.isoformat()
    wanted = (query.status,) if query.status else REPORTED
    dated = [
        (call.reported_at(), call)
        for call in calls
        if first <= call.reported_at()[:10] <= last
        and query.profile in (None, call.profile_sid)
        and call.status(now) in wanted
    ]
    return [call for _, call in sorted(dated, key=lambda pair: pair[0], reverse=True)]


def _days(args: Mapping[str, str], today: date) -> tuple[date, date]:
    start, end = args.get("start_date"), args.get("end_date")
    if not start and not end:
        return _period(args.get("period") or "yesterday", today)
    last = _day(end, "end_date") if end else today
    first = _day(start, "start_date") if start else last
    if first > last:
        raise Refused("start_date must not be after end_date.")
    return first, last


def _period(period: str, today: date) -> tuple[date, date]:
    month_begins = today.replace(day=1)
    day_before = month_begins - timedelta(days=1)
    match period:
        case "today":
            return today, today
        case "yesterday":
            return today - timedelta(days=1), today - timedelta(days=1)
        case "thismonth":
            return month_begins, today
        case "lastmonth":
            return day_before.replace(day=1), day_before
    raise Refused(f"period must be one of {', '.join(PERIODS)}.")


def _day(text: str, name: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = None
    if day is None or day.isoformat() != text:
        raise Refused(f"{name} must be in the form YYYY-MM-DD.")
    return day


def _page(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 9 and int(text) > 0):
        raise Refused("page must be a number from 1.")
    return int(text)
