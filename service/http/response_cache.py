"""Responses that are sent again without Flask, for as long as what they show is current."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Hashable
from typing import NamedTuple

from cachetools import LRUCache
from flask import Response, request
from werkzeug.http import parse_etags

from service.http.request_context import current_request

#: Seconds for which a caller may keep a page or a file.
PAGE_MAX_AGE = 300
#: At most so many resources: forms and schedules of the configured profiles.
MAX_RESOURCES = 4096

Headers = list[tuple[str, str]]


class WsgiResponse(NamedTuple):
    """A whole response, as WSGI wants it."""

    status: str
    headers: Headers
    body: bytes


class CachedResponse(NamedTuple):
    """The current representation of a resource; `is_current` says whether it still is."""

    etag: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    is_current: Callable[[], bool]

    def respond(self, if_none_match: str) -> WsgiResponse:
        """Return 200 with the body, or 304 where the caller's If-None-Match has its ETag."""
        if etag_matches(self.etag, if_none_match):
            return WsgiResponse("304 NOT MODIFIED", list(self.headers), b"")
        headers = [("Content-Type", "application/json"), *self.headers]
        headers.append(("Content-Length", str(len(self.body))))
        return WsgiResponse("200 OK", headers, self.body)


class ResponseCache:
    """The latest response of each resource. One that is no longer current is dropped."""

    def __init__(self) -> None:
        self._entries: LRUCache[Hashable, CachedResponse] = LRUCache(MAX_RESOURCES)
        self._lock = threading.Lock()

    def get(self, resource: Hashable) -> CachedResponse | None:
        with self._lock:
            entry = self._entries.get(resource)
        if entry and not entry.is_current():
            with self._lock:
                if self._entries.get(resource) is entry:
                    del self._entries[resource]
            return None
        return entry

    def set(self, resource: Hashable, response: CachedResponse) -> None:
        with self._lock:
            self._entries[resource] = response


def cacheable(body: bytes, max_age: int, is_current: Callable[[], bool]) -> Response:
    """Return a JSON response that the response cache may send again while `is_current()`.

    Callers may keep it `max_age` seconds. It is a 304 where the caller has it already.
    """
    response = Response(body, content_type="application/json")
    response.set_etag(hashlib.sha256(body).hexdigest()[:32])
    revalidated(response, max_age=max_age)
    etag, headers = response.headers["ETag"], ("ETag", "Cache-Control")
    current_request().cacheable = CachedResponse(
        etag.strip('"'), tuple((name, response.headers[name]) for name in headers), body, is_current
    )
    return response


def revalidated(response: Response, *, max_age: int) -> Response:
    """Give the response an ETag, and make it a 304 where the caller has it already.

    Callers may keep it `max_age` seconds; 0: they ask each time. Only If-None-Match is
    heeded; the other conditions have no place on these routes.
    """
    response.headers["Cache-Control"] = f"public, max-age={max_age}" if max_age else "no-cache"
    response.add_etag()
    etag, _ = response.get_etag()
    if etag and etag_matches(etag, request.headers.get("If-None-Match", "")):
        response.status_code = 304
        response.set_data(b"")
        response.headers.pop("Content-Type", None)
    return response


def no_store(response: Response) -> Response:
    """Say that nobody may keep the response."""
    response.headers["Cache-Control"] = "no-store"
    return response


def etag_matches(etag: str, if_none_match: str) -> bool:
    """Tell whether an If-None-Match header names the ETag; weak comparison (RFC 9110, 13.1.2)."""
    if not if_none_match:
        return False
    return if_none_match == f'"{etag}"' or parse_etags(if_none_match).contains_weak(etag)
