"""One request to Fonolo and what came of it, sorted into the kinds of `errors`.

A call is tried again only where nothing can ring: any GET, and a POST that was never sent.
"""

from __future__ import annotations

import copy
import logging
import random
import time
from collections.abc import Callable, Mapping
from typing import Any, Protocol, TypeVar
from urllib.parse import urlencode

import requests
from urllib3 import Timeout

from service.fonolo.errors import (
    FonoloError,
    Refused,
    TimedOut,
    Unintelligible,
    Unknown,
    Unreachable,
)
from service.fonolo.failures import failure
from service.fonolo.wire import FAILURE, SUCCESS, Json, status_of

log = logging.getLogger(__name__)

#: Longer answers are not read to their end (bytes).
MAX_ANSWER = 1 << 20
#: The first pause before another try, in seconds; each next one is twice as long.
BACKOFF = 0.1

#: Told of every attempt: endpoint, outcome (`ok` or the error's class name), seconds.
Observer = Callable[[str, str, float], None]
T = TypeVar("T")


class Span(Protocol):
    """An attempt under way, as a tracer sees it: `headers` are sent along."""

    @property
    def headers(self) -> Mapping[str, str]: ...

    def end(self, outcome: str) -> None:
        """Be told the outcome, as an `Observer` is."""


#: Begins a span for an attempt: method, endpoint.
Tracer = Callable[[str, str], Span]


class Requester:
    """Send requests through a session; `timeout` is (connect, read) in seconds."""

    def __init__(
        self,
        session: requests.Session,
        base_url: str,
        *,
        auth: tuple[str, str],
        timeout: tuple[float, float],
        retries: int,
        observer: Observer | None,
        tracer: Tracer | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._session = session
        self._template = _template(base_url, auth)
        self._headers = dict(self._template.headers)
        self._base_url = base_url.rstrip("/") + "/"
        self._timeout = timeout
        self._retries = retries
        self._observer = observer
        self._tracer = tracer
        self._sleep = sleep

    def get(
        self,
        endpoint: str,
        path: str,
        read: Callable[[Json], T],
        *,
        query: Mapping[str, str] | None = None,
        within: float | None = None,
        retried: bool = True,
    ) -> T:
        """GET `path` and read the answer; tried again after whatever may pass, if `retried`."""
        passing = (Unreachable, Unknown, Unintelligible) if retried else ()
        return self.with_retries(endpoint, "GET", path, read, query, within, passing)

    def post(
        self,
        endpoint: str,
        path: str,
        read: Callable[[Json], T],
        *,
        form: Mapping[str, str] | None = None,
        within: float | None = None,
    ) -> T:
        """POST a form to `path` and read the answer; tried again only when never sent."""
        return self.with_retries(endpoint, "POST", path, read, form, within, (Unreachable,))

    def with_retries(
        self,
        endpoint: str,
        method: str,
        path: str,
        read: Callable[[Json], T],
        fields: Mapping[str, str] | None,
        within: float | None,
        passing: tuple[type[FonoloError], ...],
    ) -> T:
        deadline = None if within is None else time.monotonic() + within
        for attempt in range(self._retries + 1):
            try:
                return self._attempt(endpoint, method, path, read, fields, _remaining(deadline))
            except passing as error:
                pause = BACKOFF * 2**attempt * random.uniform(0.5, 1)  # noqa: S311 - no secret
                remaining = _remaining(deadline)
                last = attempt == self._retries or isinstance(error, TimedOut)
                if last or (remaining is not None and remaining <= pause):
                    raise
                self._sleep(pause)
        raise AssertionError("unreachable: the last attempt returns or raises")

    def _attempt(
        self,
        endpoint: str,
        method: str,
        path: str,
        read: Callable[[Json], T],
        fields: Mapping[str, str] | None,
        within: float | None,
    ) -> T:
        span = self._tracer(method, endpoint) if self._tracer else None
        headers = span.headers if span else None
        began = time.monotonic()
        outcome = "ok"
        try:
            status, body = self._send(endpoint, method, path, fields, headers, within)
            return decode(endpoint, status, body, read)
        except FonoloError as error:
            outcome = type(error).__name__
            if not isinstance(error, Refused):  # its message is Fonolo's own, and may name a number
                log.warning("%s: %s", outcome, error)
            raise
        finally:
            if self._observer:
                self._observer(endpoint, outcome, time.monotonic() - began)
            if span:
                span.end(outcome)

    def _send(
        self,
        endpoint: str,
        method: str,
        path: str,
        fields: Mapping[str, str] | None,
        headers: Mapping[str, str] | None,
        within: float | None,
    ) -> tuple[int, bytes]:
        """Return the status and the body of the answer."""
        if within is not None and within <= 0:
            raise Unreachable(endpoint, "no time was left to ask")
        request = self._request(method, path, fields, headers or {})
        try:
            with self._session.send(
                request, timeout=self._limits(within), stream=True, allow_redirects=False
            ) as response:
                return response.status_code, _read_body(endpoint, response)
        except (requests.RequestException, ValueError) as error:
            raise failure(endpoint, error) from None

    def _limits(self, within: float | None) -> Any:
        connect, read = self._timeout
        whole = connect + read if within is None else min(within, connect + read)
        return Timeout(total=whole, connect=connect, read=read)

    def _request(
        self,
        method: str,
        path: str,
        fields: Mapping[str, str] | None,
        headers: Mapping[str, str],
    ) -> requests.PreparedRequest:
        """Fill in a copy of the template: preparing each anew would cost more than sending it."""
        request = copy.copy(self._template)
        request.method = method
        request.headers = {**self._headers, **headers}  # type: ignore[assignment]
        request.url = self._base_url + path
        if method == "GET":
            request.url += f"?{urlencode(fields)}" if fields else ""
        else:
            request.body = urlencode(fields or {})
            request.headers["Content-Length"] = str(len(request.body))
            request.headers["Content-Type"] = "application/x-www-form-urlencoded"
        return request


def decode(endpoint: str, http_status: int, body: bytes, read: Callable[[Json], T]) -> T:
    """Read an answer: return what it holds, or raise `Refused` or `Unintelligible`.

    Fonolo answers with 200 or 500; the body of another HTTP status is not Fonolo's.
    """
    if http_status not in (SUCCESS, FAILURE):
        reason = f"HTTP status {http_status} is none of Fonolo's"
        raise Unintelligible(endpoint, reason, http_status)
    try:
        status, message, answer = status_of(body)
    except (ValueError, KeyError, TypeError, RecursionError):
        raise Unintelligible(endpoint, "not the answer of the document") from None
    if status != SUCCESS:
        raise Refused(endpoint, message, status)
    try:
        return read(answer)
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError):
        raise Unintelligible(endpoint, "a success without what it should hold") from None


def _template(base_url: str, auth: tuple[str, str]) -> requests.PreparedRequest:
    """Return a request with all that is the same in every one."""
    headers = {
        "Accept": "application/json",
        "Accept-Encoding": "gzip",
        "User-Agent": "callback-gateway",
    }
    return requests.Request("GET", base_url, headers=headers, auth=auth).prepare()


def _read_body(endpoint: str, response: requests.Response) -> bytes:
    body = b""
    for piece in response.iter_content(MAX_ANSWER + 1):
        body += piece
        if len(body) > MAX_ANSWER:
            raise Unintelligible(endpoint, f"an answer over {MAX_ANSWER} bytes")
    return body


def _remaining(deadline: float | None) -> float | None:
    return None if deadline is None else deadline - time.monotonic()
