"""The bytes of requests that have come and are not read yet; nothing here waits for more."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

from gunicorn.http.body import ChunkedReader
from gunicorn.http.message import Request
from gunicorn.http.unreader import Unreader


class Starved(Exception):
    """More bytes are needed than have come."""


class Inbox(Unreader):
    """The bytes that have come and are not read yet; asked for more, it raises `Starved`."""

    def __init__(self) -> None:
        super().__init__()
        self.ended = False

    def __len__(self) -> int:
        """Return how many bytes there are; a thread may ask while the loop feeds it."""
        return len(self.buf.getvalue())  # while `getbuffer()` is held nothing can be written

    def feed(self, data: bytes) -> None:
        """Add what has come; nothing: the peer sends no more."""
        if data:
            self.buf.seek(0, io.SEEK_END)
            self.buf.write(data)
        else:
            self.ended = True

    def reset(self, data: bytes) -> None:
        """Go back to a state in which `data` had come and was not read."""
        self.buf = io.BytesIO()
        self.buf.write(data)

    def chunk(self, size_hint: int | None = None) -> bytes:
        if self.ended:
            return b""
        raise Starved


class ResumableChunks(ChunkedReader):
    """A chunked body that goes on at the last whole chunk when more has come."""

    parser: Iterator[bytes] | None

    def __init__(self, request: Request, inbox: Inbox) -> None:
        super().__init__(request, inbox)
        self._inbox = inbox
        self._resume_at = (0, len(inbox))

    def parse_chunk_size(self, unreader: Inbox, data: bytes | None = None) -> tuple[int, Any]:
        self._resume_at = (self.buf.tell(), len(data or b"") + len(unreader))
        size: tuple[int, Any] = super().parse_chunk_size(unreader, data)
        return size

    def decode(self, most: int) -> bool:
        """Decode what has come; return whether that is all, more than `most`, or broken.

        What is broken is met again by whoever reads the body.
        """
        came = self._inbox.buf.getvalue()
        try:
            while self.parser and self.buf.tell() <= most:
                self.buf.write(next(self.parser))
        except StopIteration:
            self.parser = None
        except Exception as error:
            decoded, unread = self._resume_at
            self.buf.truncate(decoded)
            self.buf.seek(decoded)
            self._inbox.reset(came[len(came) - unread :])
            self.parser = self.parse_chunked(self._inbox)
            return not isinstance(error, Starved)
        return True
