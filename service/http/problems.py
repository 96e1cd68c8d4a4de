"""Problem details (RFC 9457): the one place that turns errors into answers."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from datetime import tzinfo
from functools import lru_cache
from http import HTTPStatus
from typing import Any

import structlog
from flask import Flask, Response
from werkzeug.exceptions import HTTPException

from service.errors import (
    CallbackRefused,
    OutcomeUnknown,
    Problem,
    SlotUnavailable,
    UpstreamError,
    UpstreamTimeout,
    UpstreamUnreachable,
    ValidationFailed,
)
from service.http.problem_catalogue import Explanation
from service.http.request_context import RequestContext, current_request
from service.http.response_cache import WsgiResponse
from service.http.schemas import ProblemSchema, slots_data

log = structlog.get_logger(__name__)

#: What an unavailable service asks for when it knows no better, in seconds.
_RETRY_AFTER = 5
_BY_STATUS = {
    400: "bad_request",
    404: "not_found",
    405: "method_not_allowed",
    413: "body_too_large",
    415: "unsupported_media_type",
}
_SCHEMA = ProblemSchema()
#: Stands for a request's id until the id is known.
_REQUEST_ID = "{request id}"


class ProblemRenderer:
    """Answer errors with problem details; the slots in them are written in `zone`.

    Their pages stand under `base_path`.
    """

    def __init__(
        self, catalogue: Mapping[str, Explanation], zone: tzinfo, base_path: str = ""
    ) -> None:
        self._catalogue = catalogue
        self._pages = f"{base_path}/problems"
        self._zone = zone
        self._around_request_id = lru_cache(256)(self._write_around)

    def init_app(self, app: Flask) -> None:
        """Answer every error of the application's views."""
        app.register_error_handler(Exception, self._handle)

    def render_problem(self, error: Exception, context: RequestContext) -> WsgiResponse:
        """Return the answer to an error; note in the context what it was."""
        problem = self.to_problem(error)
        context.code, context.scope = problem.code, problem.scope
        body = self._body(problem, context.id).encode()
        status = HTTPStatus(self._catalogue[problem.code].status)
        headers = [*_headers(problem, status), ("Content-Length", str(len(body)))]
        return WsgiResponse(f"{status.value} {status.phrase}", headers, body)

    def to_problem(self, error: Exception) -> Problem:
        """Return the problem that an error is to the caller; an unexpected one is logged."""
        if isinstance(error, Problem):
            return error
        if isinstance(error, (UpstreamUnreachable, UpstreamTimeout)):
            return Problem(
                "upstream_unavailable",
                "The call centre's system gives no answer; try again in a moment.",
                retry_after=getattr(error, "retry_after", None),
            )
        if isinstance(error, CallbackRefused):
            return Problem(
                "upstream_error",
                "This call-back was not accepted; check the number, or call directly.",
            )
        if isinstance(error, UpstreamError):
            return Problem(
                "upstream_error", "The call centre's system refused, or was not understood."
            )
        if isinstance(error, HTTPException):
            code = _BY_STATUS.get(error.code or 500, "internal_error")
            return Problem(code, f"{self._catalogue[code].title}.")
        log.error("unexpected error", exc_info=error)
        return Problem("internal_error", "Something went wrong here; it has been logged.")

    def _handle(self, error: Exception) -> Response:
        status, headers, body = self.render_problem(error, current_request())
        response = Response(body, status, headers)
        allowed = getattr(error, "valid_methods", None)
        if allowed:
            response.headers["Allow"] = ", ".join(sorted(allowed))
        return response

    def _body(self, problem: Problem, request_id: str) -> str:
        if isinstance(problem, ValidationFailed):
            return self._dump(problem, request_id, errors=problem.field_errors)
        if isinstance(problem, SlotUnavailable):
            slots = slots_data(problem.slots, self._zone)
            return self._dump(problem, request_id, slots=slots)
        before, after = self._around_request_id(problem.code, problem.detail, problem.scope)
        return f"{before}{request_id}{after}"

    def _write_around(self, code: str, detail: str, scope: str | None) -> list[str]:
        """Write a problem but for its request id: what stands before that, and what after."""
        extras = {"scope": scope} if scope else {}
        return self._dump(Problem(code, detail), _REQUEST_ID, **extras).split(_REQUEST_ID)

    def _dump(self, problem: Problem, request_id: str, **members: Any) -> str:
        explanation = self._catalogue[problem.code]
        data = {
            "type": f"{self._pages}/{problem.code}",
            "title": explanation.title,
            "status": explanation.status,
            "code": problem.code,
            "detail": problem.detail,
            "request_id": request_id,
            **members,
        }
        return json.dumps(_SCHEMA.dump(data))


def _headers(problem: Problem, status: int) -> list[tuple[str, str]]:
    headers = [("Content-Type", "application/problem+json"), ("Cache-Control", "no-store")]
    if isinstance(problem, OutcomeUnknown) and problem.replayed:
        headers.append(("Idempotency-Replayed", "true"))
    if status == 401:
        headers.append(("WWW-Authenticate", "Bearer"))
    retry_after = problem.retry_after
    if retry_after is None and status == 503:
        retry_after = _RETRY_AFTER
    if retry_after is not None:
        headers.append(("Retry-After", str(max(1, math.ceil(retry_after)))))
    return headers
