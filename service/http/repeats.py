"""Answers that are given again: the same to the same question, until what they show changes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Any, Generic, NamedTuple, TypeVar

from flask import Response, request

from service.callbacks.form import FormReader
from service.errors import Problem
from service.http.visit import Repeatable, this_visit

T = TypeVar("T")
#: Answers kept at the most; then all are let go, and kept anew as they are asked for.
_MOST = 1 << 14


class Answer(NamedTuple):
    """What WSGI wants to know of one."""

    status: str
    headers: tuple[tuple[str, str], ...]
    body: bytes


class Repeats:
    """What Flask answered to a GET, by its path and its If-None-Match."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str | None], tuple[Answer, Callable[[], bool]]] = {}

    def find(self, environ: dict[str, Any]) -> Answer | None:
        """Return what was answered before, where Flask would answer that again."""
        if environ["REQUEST_METHOD"] != "GET":
            return None
        answer, is_current = self._kept.get(_question(environ), (None, bool))
        return answer if is_current() else None

    def keep(self, environ: dict[str, Any], answer: Answer, is_current: Callable[[], bool]) -> None:
        if environ["REQUEST_METHOD"] == "GET":
            if len(self._kept) >= _MOST:
                self._kept.clear()
            self._kept[_question(environ)] = answer, is_current


class Shown(Generic[T]):
    """Answer with JSON that `write` makes of what is read and of the names it is asked for under.

    `fresh` reads as `reader` does, but never waits: `LookupError` where Fonolo would be asked.
    Callers may keep an answer `ttl` seconds.
    """

    def __init__(
        self, reader: FormReader, fresh: FormReader, write: Callable[..., Any], ttl: int
    ) -> None:
        self._reader = reader
        self._fresh = fresh
        self._write = write
        self._caching = f"public, max-age={ttl}" if ttl else "no-cache"

    def answer(self, read: Callable[[FormReader], T], *names: str) -> Response:
        """Answer 200, or 304 where the client has it: of conditions only If-None-Match counts."""
        source = read(self._reader)
        body = json.dumps(self._write(source, *names), separators=(",", ":")).encode()
        etag = hashlib.sha256(body).hexdigest()[:32]
        asked = request.environ.get("HTTP_IF_NONE_MATCH", "")
        has_it = bool(asked) and request.if_none_match.contains_weak(etag)
        body, status = (b"", 304) if has_it else (body, 200)
        headers = [("ETag", f'"{etag}"'), ("Cache-Control", self._caching)]
        response = Response(body or None, status, headers, content_type="application/json")
        if asked.removeprefix("W/") in ("", f'"{etag}"'):  # as issued: of others there is no end
            this_visit().repeatable = Repeatable(body, lambda: self._is(source, read))
        return response

    def _is(self, source: T, read: Callable[[FormReader], T]) -> bool:
        try:
            return read(self._fresh) is source
        except (LookupError, Problem):
            return False


def _question(environ: dict[str, Any]) -> tuple[str, str | None]:
    return environ["PATH_INFO"], environ.get("HTTP_IF_NONE_MATCH")
