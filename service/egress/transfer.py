"""One easy handle of libcurl, used for one request after another."""

from __future__ import annotations

import io
import re
import select
import time
from collections.abc import Iterable, Mapping
from typing import Any

import pycurl
import requests
from requests.structures import CaseInsensitiveDict
from requests.utils import get_encoding_from_headers

from service.egress.failures import not_sent_failure, sent_failure

#: Bytes that may come around an answer's body: heads, also a proxy's and those of 100 Continue.
MAX_HEADS = 1 << 16
#: Seconds between the probes by which TCP keeps an idle connection known.
_PROBES = 5
_NO_SOCKET = -1
_BREAK = re.compile(r"[\r\n\0]")


def options(proxy: str, trusted: str, max_idle: int) -> dict[int, Any]:
    """Return libcurl's options for every transfer; `trusted` is a file of authorities."""
    return {
        pycurl.NOSIGNAL: 1,  # threads
        pycurl.PROTOCOLS: pycurl.PROTO_HTTP | pycurl.PROTO_HTTPS,
        pycurl.HTTP_VERSION: pycurl.CURL_HTTP_VERSION_1_1,
        pycurl.PATH_AS_IS: 1,
        pycurl.FOLLOWLOCATION: 0,
        pycurl.ACCEPT_ENCODING: "gzip",
        pycurl.USERAGENT: "",
        pycurl.PROXY: proxy,  # the empty one keeps libcurl from the environment's
        pycurl.NOPROXY: "",
        pycurl.HTTPPROXYTUNNEL: 1,  # CONNECT for http:// too: a proxy's page is never an answer
        pycurl.PROXYAUTH: pycurl.HTTPAUTH_BASIC,
        pycurl.PROXY_CAINFO: trusted,
        pycurl.CAINFO: trusted,
        pycurl.SSL_VERIFYPEER: 1,
        pycurl.SSL_VERIFYHOST: 2,
        pycurl.MAXCONNECTS: 1,
        pycurl.MAXAGE_CONN: max_idle,
        pycurl.TCP_KEEPALIVE: 1,
        pycurl.TCP_KEEPIDLE: _PROBES,
        pycurl.TCP_KEEPINTVL: _PROBES,
    }


class Transfer:
    """A handle and the connection it keeps, for one request at a time.

    `is_sent` says whether the last request was, or may have been, sent; `last_used` when the
    connection last was good, on the monotonic clock.
    """

    def __init__(self, options: Mapping[int, Any], max_answer: int) -> None:
        self.is_sent = False
        self.last_used = 0.0
        self._is_repeated = False
        self._socket = _NO_SOCKET
        self._max_answer = max_answer
        self._lines: list[bytes] = []
        self._sending = io.BytesIO()
        self._head: list[bytes] = []
        self._head_bytes = 0
        self._body = bytearray()
        self._curl = pycurl.Curl()
        for option, value in options.items():
            self._curl.setopt(option, value)
        self._curl.setopt(pycurl.PREREQFUNCTION, self._begin)
        self._curl.setopt(pycurl.READFUNCTION, self._give)
        self._curl.setopt(pycurl.HEADERFUNCTION, self._take_head)
        self._curl.setopt(pycurl.WRITEFUNCTION, self._take_body)

    def perform(
        self, request: requests.PreparedRequest, connect: int, whole: int
    ) -> requests.Response:
        """Send the request and return the answer, all within `whole` milliseconds."""
        self._prepare(request)
        self._curl.setopt(pycurl.CONNECTTIMEOUT_MS, connect)
        self._curl.setopt(pycurl.TIMEOUT_MS, whole)
        self._curl.perform()
        self.last_used = time.monotonic()
        self._socket = self._curl.getinfo(pycurl.ACTIVESOCKET)
        return self._response(request)

    def failure(self, error: pycurl.error, *, proxy: bool) -> requests.RequestException:
        """Return what the error of `perform` is for `requests`."""
        code = error.args[0]
        return sent_failure(code) if self.is_sent else not_sent_failure(self._curl, code, proxy)

    def is_reused(self) -> bool:
        """Tell whether the last request went over a connection that an earlier one had made."""
        return self._is_repeated or (self.is_sent and not self._curl.getinfo(pycurl.NUM_CONNECTS))

    def is_dropped(self) -> bool:
        """Tell whether the other side closed the kept connection, or sent what nobody asked for.

        libcurl looks too, but not within a second of the last use.
        """
        if self._socket == _NO_SOCKET:
            return False
        readable = select.poll()
        readable.register(self._socket, select.POLLIN)
        return bool(readable.poll(0))

    def close(self) -> None:
        """Close the connection; this first waits for the end of a name look-up, if one is left."""
        self._curl.close()

    def _prepare(self, request: requests.PreparedRequest) -> None:
        curl, body = self._curl, request.body or b""
        self.is_sent = self._is_repeated = False
        self._head, self._head_bytes, self._body = [], 0, bytearray()
        curl.setopt(pycurl.URL, str(request.url))
        lines = _header_lines(request.headers)
        if lines != self._lines:  # most requests say the same of themselves
            curl.setopt(pycurl.HTTPHEADER, lines)
            self._lines = lines
        if request.method == "GET" and not body:
            curl.setopt(pycurl.HTTPGET, 1)
        else:
            sending = body.encode() if isinstance(body, str) else bytes(body)
            self._sending = io.BytesIO(sending)
            curl.setopt(pycurl.POST, 1)
            curl.setopt(pycurl.POSTFIELDSIZE_LARGE, len(sending))
        curl.setopt(pycurl.CUSTOMREQUEST, str(request.method))

    def _begin(self, *addresses: object) -> int:
        """Let libcurl send the request over the connection that it has: once, never again."""
        self._is_repeated = self.is_sent
        self.is_sent = True
        return int(pycurl.PREREQFUNC_ABORT if self._is_repeated else pycurl.PREREQFUNC_OK)

    def _give(self, size: int) -> bytes:
        """Give libcurl the request's body, once."""
        return self._sending.read(size)

    def _take_head(self, line: bytes) -> int | None:
        if line.startswith(b"HTTP/"):
            self._head = []  # what came before was a proxy's, or 100 Continue
        self._head.append(line)
        self._head_bytes += len(line)
        return -1 if self._head_bytes > MAX_HEADS else None

    def _take_body(self, piece: bytes) -> int | None:
        self._body += piece
        return -1 if len(self._body) > self._max_answer else None

    def _response(self, request: requests.PreparedRequest) -> requests.Response:
        response = requests.Response()
        response.status_code = self._curl.getinfo(pycurl.RESPONSE_CODE)
        response.headers = _headers(self._head)
        response.encoding = get_encoding_from_headers(response.headers)
        response.raw = io.BytesIO(self._body)
        response.url = str(request.url)
        response.request = request
        return response


def _header_lines(headers: Mapping[str, str]) -> list[bytes]:
    """Write a request's headers as libcurl takes them; the length it writes itself."""
    lines = [
        f"{name}: {value}" if value else f"{name};"
        for name, value in headers.items()
        if name != "Content-Length"
    ]
    if _BREAK.search("".join(lines)):
        raise requests.exceptions.InvalidHeader("a header holds a line break")
    return [line.encode("latin-1") for line in (*lines, "Expect:")]


def _headers(head: Iterable[bytes]) -> CaseInsensitiveDict[str]:
    """Read a head's lines; what is said twice is joined by a comma."""
    headers: dict[str, str] = {}
    for line in head:
        name, colon, value = line.decode("latin-1").partition(":")
        if colon:
            value = value.strip()
            headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return CaseInsensitiveDict(headers)
