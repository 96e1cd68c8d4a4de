"""One HTTP answer, read from a connection piece by piece; `httptools` knows the protocol."""

from __future__ import annotations

import zlib
from collections.abc import Callable

from httptools import HttpParserError, HttpResponseParser
from requests.structures import CaseInsensitiveDict


class Answer:
    """What an answer holds. Of its body, and of all that stands around it, little more than
    `most` bytes are read.

    `is_whole` says that nothing is missing, `can_follow` that another one may come by the same
    connection.
    """

    def __init__(self, most: int) -> None:
        self.status = 0
        self.headers: CaseInsensitiveDict[str] = CaseInsensitiveDict()
        self.is_whole = False
        self.can_follow = False
        self._body = bytearray()
        self._most = most
        self._parser = HttpResponseParser(self)

    def read(self, receive: Callable[[], bytes]) -> None:
        """Read the answer out of pieces, the empty one being the last.

        Raise ConnectionError when it ends too early, or is none.
        """
        received = 0
        try:
            while not self.is_whole and len(self._body) <= self._most:
                piece = receive()
                received += len(piece)
                self._feed(piece)
                if received - len(self._body) > self._most:
                    raise ConnectionError("too much stands around the body")
        finally:
            del self._parser  # it knows this answer: together they would be garbage to look for

    def content(self) -> bytes:
        """Return its body, at most `most` + 1 bytes; decompressed though nobody asked for it so."""
        body = bytes(self._body[: self._most + 1])
        if self.headers.get("Content-Encoding") not in {"gzip", "deflate"}:
            return body
        try:
            unpacking = zlib.decompressobj(wbits=zlib.MAX_WBITS | 32)
            return unpacking.decompress(body, self._most + 1)
        except zlib.error:
            return body

    def _feed(self, piece: bytes) -> None:
        if not piece:
            if not self._ends_with_the_connection():
                raise ConnectionError("the answer was cut")
            self.is_whole = True
            return
        try:
            self._parser.feed_data(piece)
        except HttpParserError as error:
            self.can_follow = False
            if not self.is_whole:
                raise ConnectionError("this is no answer") from error

    def _ends_with_the_connection(self) -> bool:
        has_length = "Content-Length" in self.headers or "Transfer-Encoding" in self.headers
        return self.status >= 200 and not has_length

    # What httptools calls, in this order.

    def on_message_begin(self) -> None:
        if self.is_whole:
            raise ValueError("something follows that nobody has asked for")
        self.headers.clear()

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers[name.decode("latin-1")] = value.decode("latin-1")

    def on_headers_complete(self) -> None:
        self.status = self._parser.get_status_code()
        self.can_follow = self._parser.should_keep_alive()

    def on_body(self, body: bytes) -> None:
        self._body += body

    def on_message_complete(self) -> None:
        self.is_whole = self.status >= 200  # others come before it, such as 100 Continue
