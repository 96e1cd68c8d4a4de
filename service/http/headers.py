"""What every answer carries: a request id, security headers, CORS where it is configured."""

from __future__ import annotations

import re
import uuid
from collections.abc import Sequence

from flask import Flask, Response, g, request
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
_SECURITY = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


def init_app(app: Flask, cors_origins: Sequence[str]) -> None:
    """Name each request, and complete each answer."""
    app.before_request(_name_request)
    app.after_request(_complete)
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


def _name_request() -> None:
    given = request.headers.get("X-Request-ID", "")
    fits = re.fullmatch(r"[A-Za-z0-9._-]{1,64}", given, re.ASCII)
    g.request_id = given if fits else uuid.uuid4().hex


def _vary(response: Response) -> Response:
    """Keep caches from giving one origin's answer to another; Flask-CORS forgets the refused."""
    if request.path.startswith("/v1/"):
        response.vary.add("Origin")
    return response


def _complete(response: Response) -> Response:
    response.headers["X-Request-ID"] = g.request_id
    for name, value in _SECURITY.items():
        response.headers.setdefault(name, value)
    return response
