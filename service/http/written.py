"""Answers that are written once for what the caches hold, and sent again as they are."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from typing import Any, Generic, TypeVar

from cachetools import LRUCache
from flask import Response, json, request

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Written(Generic[T]):
    source: T
    body: bytes
    etag: str


class WrittenOnce(Generic[T]):
    """Answer with JSON that `write` makes of a source and the names it is asked for under.

    It is made anew only when their source is another object than before; a cache gives the same
    one until it fetches anew. Callers may keep an answer `ttl` seconds.
    """

    def __init__(self, write: Callable[..., Any], ttl: int) -> None:
        self._write = write
        self._caching = f"public, max-age={ttl}" if ttl else "no-cache"
        self._kept: LRUCache[tuple[str, ...], _Written[T]] = LRUCache(4096)
        self._lock = Lock()

    def answer(self, source: T, *names: str) -> Response:
        """Answer 200, or 304 where the client has it: of conditions only If-None-Match counts."""
        written = self._written(source, names)
        has_it = "HTTP_IF_NONE_MATCH" in request.environ and request.if_none_match.contains_weak(
            written.etag
        )
        headers = [("ETag", f'"{written.etag}"'), ("Cache-Control", self._caching)]
        if has_it:
            return Response(None, 304, headers, content_type="application/json")
        return Response(written.body, 200, headers, content_type="application/json")

    def _written(self, source: T, names: tuple[str, ...]) -> _Written[T]:
        with self._lock:
            kept = self._kept.get(names)
        if kept is not None and kept.source is source:
            return kept
        body = json.dumps(self._write(source, *names), separators=(",", ":")).encode()
        etag = hashlib.sha256(body).hexdigest()[:32]
        written = _Written(source, body, etag)
        with self._lock:
            self._kept[names] = written
        return written
