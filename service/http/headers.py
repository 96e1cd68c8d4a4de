"""Headers that do not depend on the route: those against abuse in browsers, CORS, ETags."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from flask import Flask, Response, request
from flask_cors.core import get_cors_headers, get_cors_options
from werkzeug.datastructures import EnvironHeaders, Headers

#: On every answer that has none of its own by these names.
SECURITY = [
    ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
    ("Referrer-Policy", "no-referrer"),
    ("X-Content-Type-Options", "nosniff"),
]
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
_VARY = ("Vary", "Origin")


class Cors:
    """What scripts of other origins may read of the answers under /v1, as Flask-CORS decides it.

    Its hooks are not used: the edge answers too, and then Flask is never asked.
    """

    def __init__(self, origins: Sequence[str]) -> None:
        self._origins = origins
        self._options = get_cors_options(
            Flask("cors"),
            {
                "origins": list(origins),
                "methods": ["GET", "POST"],
                "allow_headers": [
                    "Content-Type",
                    "Idempotency-Key",
                    "If-None-Match",
                    "X-Request-ID",
                ],
                "expose_headers": _EXPOSED,
                "max_age": 600,
            },
        )
        self._of_origin = lru_cache(256)(self._decide_origin)

    def headers(self, environ: dict[str, Any]) -> list[tuple[str, str]]:
        """List the headers of an answer; `environ` is the request's."""
        if not self._origins or not environ["PATH_INFO"].startswith("/v1/"):
            return []
        if environ["REQUEST_METHOD"] == "OPTIONS":
            return self._decide(EnvironHeaders(environ), "OPTIONS")
        return self._of_origin(environ.get("HTTP_ORIGIN"))

    def _decide_origin(self, origin: str | None) -> list[tuple[str, str]]:
        return self._decide(Headers({"Origin": origin} if origin else {}), "GET")

    def _decide(self, headers: Any, method: str) -> list[tuple[str, str]]:
        """Ask Flask-CORS; it forgets that the answer to a refused origin varies too."""
        found = get_cors_headers(self._options, headers, method).items(multi=True)
        return [*((name, str(value)) for name, value in found if name != "Vary"), _VARY]


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
