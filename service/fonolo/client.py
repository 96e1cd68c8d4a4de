"""A client for all of Fonolo API 3.0; usable alone.

    with FonoloClient("AC…", "token", timezone="UTC") as fonolo:
        for option in fonolo.options("CP…"):
            print(option.name, fonolo.schedule("CP…", option.sid))

Thread-safe. Every method takes `within`, the seconds the call may take in all, and raises a
`FonoloError` (see `errors`), or a `ValueError` for a malformed SID before anything is sent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from types import TracebackType
from typing import TypeVar
from zoneinfo import ZoneInfo

import requests

from service.fonolo import models, wire
from service.fonolo.requester import Observer, Requester, Tracer
from service.fonolo.wire import Json, check_sid

BASE_URL = "https://api.fonolo.com/3.0/"

T = TypeVar("T")


class _PlainSession(requests.Session):
    """A session that takes no proxy from the environment and looks at no redirect."""

    def __init__(self) -> None:
        super().__init__()
        self.trust_env = False

    def get_redirect_target(self, resp: requests.Response) -> None:
        """Return None: a start was placed, whatever Location comes with it."""


class FonoloClient:
    """Speak to Fonolo with one account's credentials.

    `timeout` is (connect, read) in seconds. `timezone` names
    the zone of the times Fonolo gives and takes. `retries` is how often a call that cannot ring
    a phone (a GET, or a start that was never sent) is tried again after a failure that may pass.
    `observer` is told of every attempt: endpoint, outcome, seconds; `tracer` begins a span for it.
    `session` is what requests go through, any of `requests`; its proxies, authorities and
    adapters hold, its headers and credentials do not. Without one a plain session is opened, whose
    read time-out is, as always in `requests`, for each read and not for the whole answer.
    """

    def __init__(
        self,
        account_sid: str,
        auth_token: str,
        *,
        base_url: str = BASE_URL,
        timezone: str = "UTC",
        timeout: tuple[float, float] = (3.05, 10.0),
        retries: int = 2,
        session: requests.Session | None = None,
        observer: Observer | None = None,
        tracer: Tracer | None = None,
    ) -> None:
        self.zone = ZoneInfo(timezone)
        self._session = session or _PlainSession()
        self._requester = Requester(
            self._session,
            base_url,
            auth=(account_sid, auth_token),
            timeout=timeout,
            retries=retries,
            observer=observer,
            tracer=tracer,
        )

    def __enter__(self) -> FonoloClient:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the session's connections."""
        self._session.close()

    def start(
        self,
        number: str,
        option_sid: str,
        *,
        start_date: datetime | None = None,
        sms_optin: bool | None = None,
        answers: Mapping[str, str] | None = None,
        within: float | None = None,
    ) -> models.StartedCall:
        """Start a call-back now, or at `start_date` (aware). Never repeated once sent.

        `number` is E.164 digits, country code included; `answers` maps question keys to values.
        """
        form = dict(answers or {})
        form |= {"fc_number": number, "fc_option": check_sid(option_sid, "CO")}
        if sms_optin is not None:
            form["fc_sms_optin"] = "true" if sms_optin else "false"
        if start_date is not None:
            form["fc_start_date"] = wire.wire_time(start_date, self.zone)
        return self._requester.post(
            "callback", "callback.json", _data(wire.started_call), form=form, within=within
        )

    def cancel(self, call_sid: str, *, within: float | None = None) -> None:
        """Cancel an immediate or scheduled call-back."""
        path = f"callback/{check_sid(call_sid, 'CA')}/cancel.json"
        self._requester.post("cancel", path, lambda answer: None, within=within)

    def status(self, call_sid: str, *, within: float | None = None) -> models.CallStatus:
        """Read where a call-back stands."""
        path = f"callback/{check_sid(call_sid, 'CA')}/status.json"
        return self._get("status", path, lambda data: wire.call_status(data, self.zone), within)

    def call(self, call_sid: str, *, within: float | None = None) -> models.CallReport:
        """Read the report of one call."""
        path = f"call/{check_sid(call_sid, 'CA')}.json"
        return self._get("call", path, lambda data: wire.call_report(data, self.zone), within)

    def calls_page(
        self,
        *,
        start_date: date | None = None,
        end_date: date | None = None,
        period: str | None = None,
        status: str | None = None,
        profile_sid: str | None = None,
        page: int = 1,
        within: float | None = None,
        retried: bool = True,
    ) -> models.ReportPage:
        """Read one page of reports, at most 250 calls; Fonolo's default period is yesterday.

        With `retried` false it is asked for once, whatever comes of it.
        """
        query = {
            "start_date": start_date and start_date.isoformat(),
            "end_date": end_date and end_date.isoformat(),
            "period": period,
            "status": status,
            "profile": profile_sid and check_sid(profile_sid, "CP"),
            "page": str(page),
        }
        return self._requester.get(
            "calls",
            "calls.json",
            lambda answer: wire.report_page(answer, self.zone),
            query={name: value for name, value in query.items() if value},
            within=within,
            retried=retried,
        )

    def calls(
        self,
        *,
        start_date: date | None = None,
        end_date: date | None = None,
        period: str | None = None,
        status: str | None = None,
        profile_sid: str | None = None,
    ) -> Iterator[models.CallReport]:
        """Iterate over all reports, fetching each page only when it is reached."""
        page, total = 1, 1
        while page <= total:
            answer = self.calls_page(
                start_date=start_date,
                end_date=end_date,
                period=period,
                status=status,
                profile_sid=profile_sid,
                page=page,
            )
            yield from answer.calls
            page, total = page + 1, answer.total_pages

    def profile(self, sid: str, *, within: float | None = None) -> models.Profile:
        """Read one call-back profile."""
        return self._get("profile", f"{_profile(sid)}.json", wire.profile, within)

    def profiles(self, *, within: float | None = None) -> tuple[models.Profile, ...]:
        """List the account's call-back profiles."""
        return self._get("profiles", "profiles.json", _list("profile", wire.profile), within)

    def option(self, profile_sid: str, sid: str, *, within: float | None = None) -> models.Option:
        """Read one option of a profile."""
        path = f"{_profile(profile_sid)}/option/{check_sid(sid, 'CO')}.json"
        return self._get("option", path, wire.option, within)

    def options(
        self, profile_sid: str, *, within: float | None = None
    ) -> tuple[models.Option, ...]:
        """List a profile's options."""
        path = f"{_profile(profile_sid)}/options.json"
        return self._get("options", path, _list("option", wire.option), within)

    def question(
        self, profile_sid: str, sid: str, *, within: float | None = None
    ) -> models.Question:
        """Read one pre-call question of a profile."""
        path = f"{_profile(profile_sid)}/question/{check_sid(sid, 'QQ')}.json"
        return self._get("question", path, wire.question, within)

    def questions(
        self, profile_sid: str, *, within: float | None = None
    ) -> tuple[models.Question, ...]:
        """List a profile's pre-call questions."""
        path = f"{_profile(profile_sid)}/questions.json"
        return self._get("questions", path, _list("question", wire.question), within)

    def scheduling(self, profile_sid: str, *, within: float | None = None) -> models.Scheduling:
        """Read a profile's scheduling settings."""
        return self._get(
            "scheduling", f"{_profile(profile_sid)}/scheduling.json", wire.scheduling, within
        )

    def schedule(
        self, profile_sid: str, option_sid: str, *, within: float | None = None
    ) -> tuple[models.Slot, ...]:
        """List the slots on offer now, as aware datetimes in the client's zone."""
        path = f"{_profile(profile_sid)}/option/{check_sid(option_sid, 'CO')}/schedule.json"
        return self._get("schedule", path, lambda data: wire.slots(data, self.zone), within)

    def _get(self, endpoint: str, path: str, read: Callable[[Json], T], within: float | None) -> T:
        return self._requester.get(endpoint, path, _data(read), within=within)


def _profile(sid: str) -> str:
    return f"profile/{check_sid(sid, 'CP')}"


def _data(read: Callable[[Json], T]) -> Callable[[Json], T]:
    return lambda answer: read(answer["data"])


def _list(name: str, read: Callable[[Json], T]) -> Callable[[Json], tuple[T, ...]]:
    return lambda data: wire.items(data, name, read)
