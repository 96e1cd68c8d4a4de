"""What gunicorn refuses by itself, answered, logged and counted as every other problem."""

from __future__ import annotations

import io
from types import SimpleNamespace
from typing import Any

import structlog
from gunicorn.http import errors
from gunicorn.http.wsgi import Response

from service.errors import Problem
from service.http.request_context import REFUSED_KEY

log = structlog.get_logger(__name__)

#: gunicorn's errors that are not simply a bad request -> the code of their problem.
_CODES: dict[type[Exception], str] = {
    errors.LimitRequestLine: "uri_too_long",
    errors.LimitRequestHeaders: "headers_too_large",
    errors.UnsupportedTransferCoding: "not_implemented",
    errors.ExpectationFailed: "expectation_failed",
}
_DETAILS = {
    "bad_request": "The request is not HTTP/1.1 as RFC 9112 has it.",
    "uri_too_long": "The request's first line is longer than 4,094 bytes.",
    "headers_too_large": "There are more than 100 headers, one of over 8 KiB, or over 32 KiB.",
    "not_implemented": "The only transfer coding taken is chunked.",
    "expectation_failed": "The only expectation taken is 100-continue.",
    "internal_error": "Something went wrong here; it has been logged.",
}


def to_problem(error: Exception) -> Problem:
    """Return what an error of gunicorn's parser, or one of the application, is to the caller."""
    ours = isinstance(error, (errors.InvalidResponseHeader, errors.InvalidResponseHeaderName))
    theirs = isinstance(error, errors.ParseException) and not ours
    if not theirs:
        log.error("unexpected error", exc_info=error)
    code = _CODES.get(type(error), "bad_request") if theirs else "internal_error"
    return Problem(code, _DETAILS[code])


def answer_refused(application: Any, cfg: Any, sock: Any, client: Any, error: Exception) -> None:
    """Have the application answer a request that never came to it."""
    peer = client if isinstance(client, tuple) else ("", 0)
    environ = {
        "REQUEST_METHOD": "",
        "SCRIPT_NAME": "",
        "PATH_INFO": "",
        "QUERY_STRING": "",
        "REMOTE_ADDR": peer[0],
        "wsgi.input": io.BytesIO(),
        "wsgi.url_scheme": "http",
        REFUSED_KEY: to_problem(error),
    }
    unread = SimpleNamespace(version=(1, 1), method="", should_close=lambda: True)
    response = Response(unread, sock, cfg)
    for part in application(environ, response.start_response):
        response.write(part)
    response.close()
