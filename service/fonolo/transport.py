"""One pooled `requests` session whose read time-out is for the whole answer.

`requests` starts its read time-out anew at each read, so an answer fed drop by drop never times
out. Here the socket itself holds the deadline: `settimeout(t)`, which urllib3 calls once per
request, means "everything from now on within t seconds".
"""

from __future__ import annotations

import io
import time
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError


class DeadlineSocket:
    """A socket whose time-out is one deadline for all reads that follow, in seconds."""

    def __init__(self, sock: Any) -> None:
        self._sock = sock
        self._deadline: float | None = None
        self.settimeout(sock.gettimeout())

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sock, name)

    def fileno(self) -> int:
        return int(self._sock.fileno())

    def settimeout(self, seconds: float | None) -> None:
        self._deadline = None if seconds is None else time.monotonic() + seconds
        self._sock.settimeout(seconds)

    def before_read(self) -> None:
        """Leave the next read the time that remains; raise TimeoutError when none does."""
        if self._deadline is None:
            return
        remaining = self._deadline - time.monotonic()
        if remaining <= 0:
            raise TimeoutError("the answer did not end in time")
        self._sock.settimeout(remaining)

    def makefile(self, *_: Any, **__: Any) -> io.BufferedReader:
        return io.BufferedReader(_DeadlineReader(self, self._sock.makefile("rb", buffering=0)))


class _DeadlineReader(io.RawIOBase):
    def __init__(self, sock: DeadlineSocket, raw: io.RawIOBase) -> None:
        self._sock = sock
        self._raw = raw

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        self._sock.before_read()
        count: int | None = self._raw.readinto(buffer)
        return count

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Connecting:
    """Mixed into urllib3's connections: all that fails before a byte is sent says so alike."""

    sock: Any

    def connect(self) -> None:
        try:
            super().connect()  # type: ignore[misc]
        except (NewConnectionError, ConnectTimeoutError):
            raise
        except (OSError, HTTPError) as error:  # a TLS handshake that failed, say
            raise NewConnectionError(self, type(error).__name__) from error  # type: ignore[arg-type]
        self.sock = DeadlineSocket(self.sock)


class _HTTPConnection(_Connecting, HTTPConnection):
    pass


class _HTTPSConnection(_Connecting, HTTPSConnection):
    pass


class _HTTPPool(HTTPConnectionPool):
    ConnectionCls = _HTTPConnection


class _HTTPSPool(HTTPSConnectionPool):
    ConnectionCls = _HTTPSConnection


class _Adapter(HTTPAdapter):
    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _HTTPPool, "https": _HTTPSPool}


def open_session(auth: tuple[str, str] | None = None, *, pool_size: int) -> requests.Session:
    """Open a session: TLS verified, no cookies, environment proxies, netrc or retries.

    `auth` is for HTTP basic auth. `pool_size` is how many connections are kept; more are opened
    when needed, then dropped.
    """
    session = requests.Session()
    session.trust_env = False
    session.auth = auth
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    session.headers.update({"Accept": "application/json", "User-Agent": "callback-gateway"})
    adapter = _Adapter(pool_connections=1, pool_maxsize=pool_size, max_retries=0)
    session.mount("http://", adapter)
    session.mount("https://", adapter)
    return session
