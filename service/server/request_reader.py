"""Requests read out of what has come so far, by gunicorn's own parser; nothing here waits."""

from __future__ import annotations

from typing import Any

from gunicorn.http.body import ChunkedReader
from gunicorn.http.errors import (
    InvalidHeader,
    LimitRequestHeaders,
    NoMoreData,
    UnsupportedTransferCoding,
)
from gunicorn.http.message import Request
from gunicorn.http.parser import RequestParser

from service.http.request_body import MAX_BODY
from service.server.inbox import Inbox, ResumableChunks, Starved
from service.server.phases import Phase

#: The longest head taken, in bytes.
MAX_HEAD = 32 * 1024


class BoundedRequest(Request):
    """gunicorn's request, with a bound for its head and trailers, and chunks that can wait."""

    def parse(self, unreader: Inbox) -> bytes:
        self.max_buffer_headers = MAX_HEAD
        rest: bytes = super().parse(unreader)
        return rest

    def set_body_reader(self) -> None:
        super().set_body_reader()
        self._refuse_what_rfc_9112_refuses()
        if isinstance(self.body.reader, ChunkedReader):
            self.body.reader = ResumableChunks(self, self.unreader)

    def _refuse_what_rfc_9112_refuses(self) -> None:
        """Raise where gunicorn is lenient: about a missing Host, and about compressed chunks."""
        names = [name for name, _ in self.headers]
        if self.version >= (1, 1) and names.count("HOST") != 1:
            raise InvalidHeader("HOST", req=self)
        for name, value in self.headers:
            if name == "TRANSFER-ENCODING" and value.strip().lower() != "chunked":
                raise UnsupportedTransferCoding(value)


class RequestReader(RequestParser):
    """gunicorn's parser of one connection, fed by the loop; `next` gives the whole request."""

    mesg_class = BoundedRequest

    def __init__(self, cfg: Any, client: Any) -> None:
        super().__init__(cfg, [], client)
        self.unreader = self.inbox = Inbox()
        self._request: Request | None = None
        self._error: Exception | None = None

    def advance(self) -> Phase:
        """Return what is waited for; `WHOLE`: a request, or an error that answers it, is there."""
        if self._request is None and (phase := self._read_head()) is not Phase.BODY:
            return phase
        return Phase.WHOLE if self._has_body() else Phase.BODY

    def take_expectation(self) -> bool:
        """Tell, once, whether the client waits for 100 before it sends its body."""
        if self._request is None:
            return False
        expected: bool = self._request._expected_100_continue
        self._request._expected_100_continue = False
        return expected

    def __next__(self) -> Request:
        self.take_expectation()
        request: Any = self._request
        error = self._error
        self._request = self._error = None
        if error:
            raise error
        if not self._is_whole(request):
            request.force_close()
        return request

    def finish_body(self, deadline: float | None = None, max_bytes: int | None = None) -> bool:
        """Pass over what is left of a body; False where it has not all come, or is broken."""
        try:
            return bool(super().finish_body(max_bytes=max_bytes))
        except Exception:
            return False

    def _read_head(self) -> Phase:
        came = self.inbox.buf.getvalue()
        if not came and not self.inbox.ended:
            return Phase.IDLE
        try:
            self._request = super().__next__()
        except Starved:
            self.inbox.reset(came)
            if len(came) <= MAX_HEAD:
                return Phase.HEAD
            self._error = LimitRequestHeaders("max buffer headers")
        except (StopIteration, NoMoreData):
            return Phase.ENDED
        except Exception as error:
            self.inbox.reset(came)
            self._error = error
        return Phase.WHOLE if self._error else Phase.BODY

    def _has_body(self) -> bool:
        """Tell whether the body is there, or is none that would be taken."""
        reader: Any = self._request.body.reader  # type: ignore[union-attr]
        if isinstance(reader, ResumableChunks):
            return reader.decode(MAX_BODY)
        return self._is_whole(self._request) or reader.length > MAX_BODY or self.inbox.ended

    def _is_whole(self, request: Any) -> bool:
        """Tell whether a request's body has come to its end."""
        reader = request.body.reader
        if isinstance(reader, ResumableChunks):
            return reader.parser is None
        return bool(len(self.inbox) >= reader.length)
