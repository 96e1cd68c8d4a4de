"""Headers of every answer: those against abuse in browsers, and CORS."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from flask import Flask
from flask_cors.core import get_cors_headers, get_cors_options
from werkzeug.datastructures import EnvironHeaders, Headers

#: On every answer that has none of its own by these names.
SECURITY_HEADERS = [
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
    """The CORS headers of answers under /v1, as Flask-CORS decides them.

    Its hooks are not used: the middleware answers too, and then Flask is not asked.
    """

    def __init__(self, app: Flask, origins: Sequence[str]) -> None:
        self._origins = origins
        self._options = get_cors_options(
            app,
            {
                "origins": [origin_pattern(origin) for origin in origins],
                "methods": ["GET", "POST"],
                "allow_headers": "*",
                "expose_headers": _EXPOSED,
                "max_age": 600,
            },
        )
        self._simple = lru_cache(256)(self._for_origin)

    def headers(self, environ: dict[str, Any], path: str) -> list[tuple[str, str]]:
        """List the headers of the answer to a request for `path`."""
        if not self._origins or not path.startswith("/v1/"):
            return []
        if environ["REQUEST_METHOD"] == "OPTIONS":
            return self._decide(EnvironHeaders(environ), "OPTIONS")
        return self._simple(environ.get("HTTP_ORIGIN"))

    def _for_origin(self, origin: str | None) -> list[tuple[str, str]]:
        return self._decide(Headers({"Origin": origin} if origin else {}), "GET")

    def _decide(self, headers: Any, method: str) -> list[tuple[str, str]]:
        """Ask Flask-CORS; it forgets that the answer to a refused origin varies too."""
        decided = get_cors_headers(self._options, headers, method).items(multi=True)
        return [*((name, str(value)) for name, value in decided if name != "Vary"), _VARY]


def origin_pattern(origin: str) -> str | re.Pattern[str]:
    """Return what Flask-CORS compares an Origin header with: `*`, or a pattern of the whole.

    `https://*.example.com` stands for every subdomain. A plain string will not do: with a `*` or
    a bracket in it, Flask-CORS takes it for a pattern that may match a part.
    """
    if origin == "*":
        return origin
    pattern = re.escape(origin).replace(r"://\*\.", r"://(?:[a-z0-9_-]+\.)+")
    return re.compile(rf"{pattern}\Z", re.IGNORECASE | re.ASCII)
