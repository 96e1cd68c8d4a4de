"""Problem details (RFC 9457): the one place that knows which error has which status."""

from __future__ import annotations

import json
import math
from dataclasses import asdict
from typing import Any

import structlog
from flask import Flask, Response, current_app
from werkzeug.exceptions import HTTPException

from service.errors import (
    OutcomeUnknown,
    Problem,
    SlotUnavailable,
    UpstreamError,
    UpstreamTimeout,
    UpstreamUnreachable,
    ValidationFailed,
)
from service.http.schemas import slots_as_json
from service.http.visit import Visit, this_visit

log = structlog.get_logger(__name__)

#: Under this key of a WSGI environment stands the problem of a request that the server refused.
REFUSED = "callback_gateway.refused"
#: code -> (status, title)
PROBLEMS = {
    "bad_request": (400, "The request is not HTTP"),
    "malformed_json": (400, "The body is not valid JSON"),
    "invalid_idempotency_key": (400, "The Idempotency-Key is not usable"),
    "not_found": (404, "Nothing is here"),
    "unknown_profile": (404, "Unknown profile"),
    "unknown_option": (404, "Unknown option"),
    "unknown_callback": (404, "Unknown call-back"),
    "method_not_allowed": (405, "Method not allowed"),
    "profile_paused": (409, "The profile is paused"),
    "option_paused": (409, "The option is paused"),
    "option_closed": (409, "The option is closed"),
    "slot_unavailable": (409, "The slot is not on offer"),
    "duplicate_callback": (409, "The call-back was asked for already"),
    "idempotency_in_progress": (409, "The first request is still running"),
    "callback_final": (409, "The call-back has ended"),
    "body_too_large": (413, "The body is too large"),
    "uri_too_long": (414, "The address is too long"),
    "unsupported_media_type": (415, "The body is not JSON"),
    "expectation_failed": (417, "The expectation cannot be met"),
    "validation_failed": (422, "The body has faults"),
    "idempotency_key_reused": (422, "The Idempotency-Key was used for another body"),
    "rate_limited": (429, "Too many requests"),
    "headers_too_large": (431, "The headers are too large"),
    "internal_error": (500, "Internal error"),
    "not_implemented": (501, "The transfer coding is not known"),
    "upstream_error": (502, "The call centre's system refused"),
    "upstream_unavailable": (503, "The call centre's system is not available"),
    "captcha_unavailable": (503, "The CAPTCHA cannot be checked now"),
    "starts_disabled": (503, "Call-backs are switched off"),
    "outcome_unknown": (504, "The outcome is not known"),
}

#: What an unavailable service asks for when it knows no better, in seconds.
_RETRY_AFTER = 5
_BY_STATUS = {
    400: "malformed_json",
    404: "not_found",
    405: "method_not_allowed",
    413: "body_too_large",
    415: "unsupported_media_type",
}


def init_app(app: Flask) -> None:
    """Answer every error of the app with problem details."""
    app.register_error_handler(Exception, answer)


def answer(error: Exception) -> Response:
    """Answer the request at hand with what has gone wrong."""
    status, headers, body = written(problem_of(error), this_visit())
    response = Response(body, status, headers)
    allowed = getattr(error, "valid_methods", None)
    if allowed:
        response.headers["Allow"] = ", ".join(sorted(allowed))
    return response


def problem_of(error: Exception) -> Problem:
    """Say what an error is to the caller; one that nobody expected is logged, and not shown."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, (UpstreamUnreachable, UpstreamTimeout)):
        return Problem(
            "upstream_unavailable",
            "The call centre's system gives no answer; try again in a moment.",
            retry_after=getattr(error, "retry_after", None),
        )
    if isinstance(error, UpstreamError):
        return Problem("upstream_error", "The call centre's system refused, or was not understood.")
    if isinstance(error, HTTPException):
        code = _BY_STATUS.get(error.code or 500, "internal_error")
        return Problem(code, PROBLEMS[code][1] + ".")
    log.error("unexpected error", exc_info=error)
    return Problem("internal_error", "Something went wrong here; it has been logged.")


def written(problem: Problem, visit: Visit) -> tuple[int, list[tuple[str, str]], bytes]:
    """Write a problem: status, headers, body; note in the visit what it was."""
    status, title = PROBLEMS[problem.code]
    visit.code, visit.scope = problem.code, problem.extras.get("scope")
    body: dict[str, Any] = {
        "type": f"/problems/{problem.code}",
        "title": title,
        "status": status,
        "code": problem.code,
        "detail": problem.detail,
        "request_id": visit.id,
        **problem.extras,
    }
    if isinstance(problem, ValidationFailed):
        body["errors"] = [asdict(fault) for fault in problem.faults]
    if isinstance(problem, SlotUnavailable):
        body["slots"] = slots_as_json(problem.slots, current_app.config["CENTRE_TIMEZONE"])
    return status, _headers(problem, status), json.dumps(body).encode()


def _headers(problem: Problem, status: int) -> list[tuple[str, str]]:
    headers = [("Content-Type", "application/problem+json"), ("Cache-Control", "no-store")]
    if isinstance(problem, OutcomeUnknown) and problem.replayed:
        headers.append(("Idempotency-Replayed", "true"))
    retry_after = problem.retry_after
    if retry_after is None and status == 503:
        retry_after = _RETRY_AFTER
    if retry_after is not None:
        headers.append(("Retry-After", str(max(1, math.ceil(retry_after)))))
    return headers
