"""What every answer carries: a request id, security headers, CORS where it is configured."""

from __future__ import annotations

import itertools
import re
import secrets
from collections.abc import Sequence
from typing import Any

from flask import Flask, Response, request
from flask_cors import CORS

_EXPOSED = [
    "Location",
    "Retry-After",
    "ETag",
    "Idempotency-Replayed",
    "X-Request-ID",
    "X-RateLimit-Limit",
    "X-RateLimit-Remaining",
    "X-RateLimit-Reset",
    "RateLimit-Policy",
    "RateLimit",
]
_SECURITY = [
    ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
    ("Referrer-Policy", "no-referrer"),
    ("X-Content-Type-Options", "nosniff"),
]


#: Under this key the request's id stands in its WSGI environment.
REQUEST_ID = "callback_gateway.request_id"
_FITTING_ID = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)


def init_app(app: Flask, cors_origins: Sequence[str]) -> None:
    """Name each request, and complete each answer."""
    app.wsgi_app = _completed(app.wsgi_app)  # type: ignore[method-assign]
    if cors_origins:
        app.after_request(_vary)
        CORS(
            app,
            resources={r"/v1/.*": {}},
            origins=list(cors_origins),
            methods=["GET", "POST"],
            allow_headers=["Content-Type", "Idempotency-Key", "If-None-Match", "X-Request-ID"],
            expose_headers=_EXPOSED,
            max_age=600,
        )


def revalidated(response: Response) -> Response:
    """Give the answer an ETag, and make it a 304 where the client has it already.

    Only If-None-Match is heeded; the other conditions have no place on these routes.
    """
    response.add_etag()
    etag, _ = response.get_etag()
    if etag and request.if_none_match.contains_weak(etag):
        response.status_code = 304
        response.set_data(b"")
    return response


def _completed(application: Any) -> Any:
    """Wrap a WSGI application: an id for each request, security headers unless it set its own."""
    ids = map(f"{secrets.token_hex(12)}{{:08x}}".format, itertools.count())

    def complete(environ: dict[str, Any], start_response: Any) -> Any:
        given = environ.get("HTTP_X_REQUEST_ID", "")
        request_id = given if _FITTING_ID.fullmatch(given) else next(ids)
        environ[REQUEST_ID] = request_id

        def start(status: str, headers: list[tuple[str, str]], *error: Any) -> Any:
            set_already = {name for name, _ in headers}
            headers.append(("X-Request-ID", request_id))
            headers += [each for each in _SECURITY if each[0] not in set_already]
            return start_response(status, headers, *error)

        return application(environ, start)

    return complete


def _vary(response: Response) -> Response:
    """Keep caches from giving one origin's answer to another; Flask-CORS forgets the refused."""
    if request.path.startswith("/v1/"):
        response.vary.add("Origin")
    return response
