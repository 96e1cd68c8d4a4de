"""Fonolo's reports as the rules see them: the calls that ended well within the last hour."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from service.callbacks.deadline import Deadline
from service.callbacks.wait_estimate import LATELY, EndedCall, is_recent
from service.fonolo import FonoloClient, models
from service.fonolo.wire import seconds
from service.upstream.circuit_breakers import translated

#: At most so many pages, of 250 calls each, are read.
MAX_PAGES = 4
#: No call takes longer; a report that says so is wrong. In seconds.
_LONGEST = 24 * 3600


class FonoloCallReports:
    """Read reports; fulfils `wait_estimates.CallReports`.

    There is no circuit breaker: a failure is not to stop what callers wait for.
    """

    def __init__(self, client: FonoloClient) -> None:
        self._client = client

    def recent_calls(self, profile_sid: str, now: datetime, within: float) -> list[EndedCall]:
        """List the calls that ended in Success within the last hour; `within` is in seconds.

        Fonolo lists the newest first: a page with an older call on it is the last one read.
        """
        deadline = Deadline(within)
        recent: list[EndedCall] = []
        for number in range(1, MAX_PAGES + 1):
            page = self._page(profile_sid, now, number, deadline.remaining())
            calls = [call for report in page.calls if (call := to_ended_call(report))]
            of_page = [call for call in calls if is_recent(call, now)]
            recent += of_page
            if not calls or len(of_page) < len(calls) or number >= page.total_pages:
                break
        return recent

    def _page(
        self, profile_sid: str, now: datetime, number: int, within: float
    ) -> models.ReportPage:
        with translated():
            return self._client.calls_page(
                profile_sid=profile_sid,
                status="Success",
                start_date=(now - LATELY).astimezone(UTC).date(),
                end_date=now.astimezone(UTC).date(),
                page=number,
                within=within,
                retried=False,
            )


def to_ended_call(report: models.CallReport) -> EndedCall | None:
    """Return the report of a success as the rules see it; None for any other report."""
    option_id = report.fields.get("option_sid")
    duration = seconds(report.fields.get("duration")) or 0
    hold = seconds(report.fields.get("holdtime"))
    if report.status != "Success" or report.started is None or not option_id:
        return None
    if duration > _LONGEST or (hold or 0) > _LONGEST:
        return None
    started_at = report.started.astimezone(UTC)
    return EndedCall(
        option_id,
        started_at,
        started_at + timedelta(seconds=duration),
        hold,
        report.fields.get("call_disposition") == "Immediate",
    )
