"""Static content: in memory, hashed once, compressed once: for the first who accepts that."""

from __future__ import annotations

import gzip
import hashlib
import threading

from flask import Response, request

from service.http.response_cache import PAGE_MAX_AGE, revalidated

#: Smaller content is not compressed (bytes); it would hardly become smaller.
_WORTH_COMPRESSING = 1500


class StaticFile:
    """Content that does not change, plain and compressed; `headers` go with each answer."""

    def __init__(self, content: bytes, content_type: str, **headers: str) -> None:
        self._content_type = content_type
        self._headers = {name.replace("_", "-"): value for name, value in headers.items()}
        self._plain = content
        self._etag = hashlib.sha256(content).hexdigest()[:32]
        self._lock = threading.Lock()
        self._gzipped = b""
        self._is_worth_compressing = len(content) >= _WORTH_COMPRESSING
        if self._is_worth_compressing:
            self._headers["Vary"] = "Accept-Encoding"

    def response(self, *, max_age: int = PAGE_MAX_AGE) -> Response:
        """Return the content, compressed for who accepts that; 304 where the caller has it."""
        is_gzipped = self._is_worth_compressing and request.accept_encodings["gzip"] > 0
        content = self._compressed() if is_gzipped else self._plain
        response = Response(content, content_type=self._content_type, headers=self._headers)
        response.set_etag(f"{self._etag}-gzip" if is_gzipped else self._etag)
        if is_gzipped:
            response.content_encoding = "gzip"
        return revalidated(response, max_age=max_age)

    def _compressed(self) -> bytes:
        with self._lock:
            self._gzipped = self._gzipped or gzip.compress(self._plain, mtime=0)
            return self._gzipped
