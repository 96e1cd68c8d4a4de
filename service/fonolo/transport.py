"""A `requests` session over kept connections, with one deadline for the whole answer.

`requests` starts its read time-out anew at each read, so an answer fed drop by drop never times
out; and its own adapter costs more than all our rules together. The adapter mounted here writes a
request in one go and leaves the answer to `httptools`; the socket itself holds the deadline.
docs/decisions/0003-whole-answer-timeout.md and 0009-transport.md say why.
"""

from __future__ import annotations

import io
import math
import select
import socket
import ssl
import time
import weakref
from collections import defaultdict, deque
from collections.abc import Callable, Mapping
from http.cookiejar import DefaultCookiePolicy
from typing import Any, TypeVar
from urllib.parse import SplitResult, urlsplit

import requests
from certifi import where
from requests.adapters import BaseAdapter

from service.fonolo.answer import Answer

#: Connect, read (the whole answer), and both together, in seconds.
Timeout = tuple[float, float, float]
#: What is read at a time, in bytes.
_PIECE = 1 << 16
T = TypeVar("T")


class DeadlineSocket:
    """A socket with one `deadline`, on the monotonic clock, for all that is written and read.

    It never blocks: each wait is one `poll` for as long as is left.
    """

    def __init__(self, sock: socket.socket) -> None:
        sock.setblocking(False)
        self.deadline = 0.0
        self._sock = sock
        self._unread = sock.pending if isinstance(sock, ssl.SSLSocket) else int
        self._readable, self._writable = select.poll(), select.poll()
        self._readable.register(sock, select.POLLIN)
        self._writable.register(sock, select.POLLOUT)

    def send(self, data: bytes) -> None:
        """Send all of it; raise TimeoutError when the time is up."""
        left = memoryview(data)
        while left:
            left = left[self._persist(lambda: self._sock.send(left), self._writable) :]  # noqa: B023

    def receive(self) -> bytes:
        """Return what comes next; nothing once the other side has closed it."""
        if not self._unread():
            self._wait(self._readable)
        return self._persist(lambda: self._sock.recv(_PIECE), self._readable)

    def is_dropped(self) -> bool:
        """Tell whether the other side closed it, or sent what nobody asked for."""
        return bool(self._readable.poll(0))

    def close(self) -> None:
        self._sock.close()

    def _persist(self, step: Callable[[], T], ready: select.poll) -> T:
        while True:
            try:
                return step()
            except ssl.SSLWantReadError:
                self._wait(self._readable)
            except ssl.SSLWantWriteError:
                self._wait(self._writable)
            except BlockingIOError:
                self._wait(ready)

    def _wait(self, ready: select.poll) -> None:
        left = self.deadline - time.monotonic()
        if left <= 0 or not ready.poll(math.ceil(left * 1000)):
            raise TimeoutError("the time is up")


class PooledAdapter(BaseAdapter):
    """Send requests over kept connections: TLS verified, no proxies.

    `pool_size` is how many connections are kept for an origin; more are opened when needed, then
    dropped. Of an answer's body at most `max_answer` + 1 bytes are read. `tls` says whom to trust;
    None: the authorities of certifi. Raises
    `requests.ConnectTimeout` when nothing was sent, `requests.ReadTimeout` when the time was up,
    and `requests.ConnectionError` when the connection ended before a whole answer came.
    """

    def __init__(self, pool_size: int, max_answer: int, tls: ssl.SSLContext | None = None) -> None:
        super().__init__()
        self._pool_size = pool_size
        self._max_answer = max_answer
        self._kept: dict[str, deque[DeadlineSocket]] = defaultdict(deque)
        self._tls = tls
        self._closing = weakref.finalize(self, _close, self._kept)

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: Any = None,
        verify: Any = True,
        cert: Any = None,
        proxies: Any = None,
    ) -> requests.Response:
        whole = timeout if len(timeout) == 3 else (*timeout, sum(timeout))
        return _response(request, self.fetch(request, whole))

    def fetch(self, request: requests.PreparedRequest, timeout: Timeout) -> Answer:
        """Send a request as `send` does, without what `requests` wraps around an answer."""
        began = time.monotonic()
        connect, read, whole = timeout
        url = urlsplit(str(request.url))
        message = _message(request, url)
        sock = self._connection(url, min(connect, whole))
        sock.deadline = min(time.monotonic() + read, began + whole)
        try:
            sock.send(message)
            answer = Answer(self._max_answer)
            answer.read(sock.receive)
        except BaseException as error:
            sock.close()
            if isinstance(error, TimeoutError):
                raise requests.ReadTimeout("no whole answer", request=request) from error
            if isinstance(error, (OSError, ValueError)):
                raise requests.ConnectionError(type(error).__name__, request=request) from error
            raise
        self._keep(url.netloc, sock, answer)
        return answer

    def close(self) -> None:
        """Close the kept connections; those in use are closed when they are given back."""
        self._closing()

    def _connection(self, url: SplitResult, seconds: float) -> DeadlineSocket:
        kept = self._kept[url.netloc]
        while True:
            try:
                sock = kept.pop()
            except IndexError:
                break
            if not sock.is_dropped():
                return sock
            sock.close()
        try:
            return DeadlineSocket(self._connect(url, seconds))
        except (OSError, ValueError) as error:  # a name that is none, a refused TLS handshake
            raise requests.ConnectTimeout(type(error).__name__) from error

    def _connect(self, url: SplitResult, seconds: float) -> socket.socket:
        host, secure = str(url.hostname), url.scheme == "https"
        deadline = time.monotonic() + seconds
        sock = _open(host, url.port or (443 if secure else 80), deadline)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if not secure:
            return sock
        try:
            self._tls = self._tls or ssl.create_default_context(cafile=where())
            sock.settimeout(max(deadline - time.monotonic(), 0.001))
            return self._tls.wrap_socket(sock, server_hostname=host)
        except BaseException:
            sock.close()
            raise

    def _keep(self, origin: str, sock: DeadlineSocket, answer: Answer) -> None:
        kept = self._kept[origin]
        if (
            answer.is_whole
            and answer.can_follow
            and self._closing.alive
            and len(kept) < self._pool_size
        ):
            kept.append(sock)
        else:
            sock.close()


def _close(kept: Mapping[str, deque[DeadlineSocket]]) -> None:
    for sockets in kept.values():
        while sockets:
            sockets.pop().close()


def _open(host: str, port: int, deadline: float) -> socket.socket:
    """Connect to the first address that answers; each gets its share of the time that is left."""
    addresses = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    failure: OSError = OSError("the name has no address")
    for position, (family, kind, protocol, _, address) in enumerate(addresses):
        sock = socket.socket(family, kind, protocol)
        try:
            left = deadline - time.monotonic()
            sock.settimeout(max(left / (len(addresses) - position), 0.001))
            sock.connect(address)
        except OSError as error:
            sock.close()
            failure = error
        else:
            return sock
    raise failure


def _message(request: requests.PreparedRequest, url: SplitResult) -> bytes:
    """Write a request: its line, its headers, its body."""
    target = f"{url.path or '/'}?{url.query}" if url.query else url.path or "/"
    headers: Mapping[str, str] = {"Host": url.netloc, **request.headers}
    lines = [f"{request.method} {target} HTTP/1.1"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    if any("\r" in line or "\n" in line for line in lines):
        raise ValueError("a header holds a line break")
    body = request.body or b""
    head = ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")
    return head + (body.encode("utf-8") if isinstance(body, str) else bytes(body))


def _response(request: requests.PreparedRequest, answer: Answer) -> requests.Response:
    response = requests.Response()
    response.status_code = answer.status
    response.headers = answer.headers
    response.raw = io.BytesIO(answer.content())
    response.url = str(request.url)
    response.request = request
    return response


def open_session(
    auth: tuple[str, str] | None = None, *, pool_size: int, max_answer: int
) -> requests.Session:
    """Open a session: TLS verified, no cookies, environment proxies, netrc or retries.

    `auth` is for HTTP basic auth; `pool_size` and `max_answer` (bytes) are `PooledAdapter`'s.
    """
    session = requests.Session()
    session.trust_env = False
    session.auth = auth
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    session.headers.clear()
    session.headers.update({"Accept": "application/json", "User-Agent": "callback-gateway"})
    adapter = PooledAdapter(pool_size, max_answer)
    session.mount("http://", adapter)
    session.mount("https://", adapter)
    return session
