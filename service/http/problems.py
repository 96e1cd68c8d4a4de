"""Problem details (RFC 9457): the one place that knows which error has which status."""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import Any

import structlog
from flask import Flask, Response, current_app, g, json, request
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
from service.http.headers import REQUEST_ID
from service.http.schemas import slots_as_json

log = structlog.get_logger(__name__)

#: code -> (status, title)
PROBLEMS = {
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
    "unsupported_media_type": (415, "The body is not JSON"),
    "validation_failed": (422, "The body has faults"),
    "idempotency_key_reused": (422, "The Idempotency-Key was used for another body"),
    "rate_limited": (429, "Too many requests"),
    "internal_error": (500, "Internal error"),
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
    app.register_error_handler(Problem, answer)
    app.register_error_handler(UpstreamError, _upstream)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _unexpected)


def answer(problem: Problem) -> Response:
    """Write a problem as a response."""
    status, title = PROBLEMS[problem.code]
    g.code, g.scope = problem.code, problem.extras.get("scope")
    body: dict[str, Any] = {
        "type": f"/problems/{problem.code}",
        "title": title,
        "status": status,
        "code": problem.code,
        "detail": problem.detail,
        "request_id": request.environ[REQUEST_ID],
        **problem.extras,
    }
    if isinstance(problem, ValidationFailed):
        body["errors"] = [asdict(fault) for fault in problem.faults]
    if isinstance(problem, SlotUnavailable):
        body["slots"] = slots_as_json(problem.slots, current_app.config["CENTRE_TIMEZONE"])
    response = Response(json.dumps(body), status, content_type="application/problem+json")
    response.headers["Cache-Control"] = "no-store"
    if isinstance(problem, OutcomeUnknown) and problem.replayed:
        response.headers["Idempotency-Replayed"] = "true"
    retry_after = problem.retry_after
    if retry_after is None and status == 503:
        retry_after = _RETRY_AFTER
    if retry_after is not None:
        response.headers["Retry-After"] = str(max(1, math.ceil(retry_after)))
    return response


def _upstream(error: UpstreamError) -> Response:
    if isinstance(error, (UpstreamUnreachable, UpstreamTimeout)):
        return answer(
            Problem(
                "upstream_unavailable",
                "The call centre's system gives no answer; try again in a moment.",
                retry_after=getattr(error, "retry_after", None),
            )
        )
    return answer(
        Problem("upstream_error", "The call centre's system refused, or was not understood.")
    )


def _http(error: HTTPException) -> Response:
    code = _BY_STATUS.get(error.code or 500, "internal_error")
    response = answer(Problem(code, PROBLEMS[code][1] + "."))
    allowed = getattr(error, "valid_methods", None)
    if allowed:
        response.headers["Allow"] = ", ".join(sorted(allowed))
    return response


def _unexpected(error: Exception) -> Response:
    log.error("unexpected error", exc_info=error)
    return answer(Problem("internal_error", "Something went wrong here; it has been logged."))
