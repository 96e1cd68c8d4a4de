"""The adapter that `requests` sends through: libcurl, and the connections it keeps."""

from __future__ import annotations

import tempfile
import threading
import time
import weakref
from http.cookiejar import DefaultCookiePolicy
from pathlib import Path
from typing import Any

import certifi
import pycurl
import requests
from requests.adapters import BaseAdapter
from urllib3 import Timeout

from service.egress.transfer import Transfer, options

#: Bytes that an answer's body may have, decompressed.
MAX_ANSWER = 1 << 20
#: Seconds after which an idle connection is not used again: a middlebox may have forgotten it.
MAX_IDLE = 15
#: libcurl reads 0 milliseconds as its own default; this is no limit at all.
_NO_LIMIT = (1 << 31) - 1


class CurlAdapter(BaseAdapter):
    """Send requests through libcurl: TLS verified, HTTP/1.1, gzip, no redirects.

    `proxy` is a URL, `ca` PEM text with authorities trusted besides certifi's. `pool_size` is how
    many connections are kept, none idle for more than `max_idle` seconds; more are opened when
    needed, then closed. An answer's body has at most `max_answer` bytes. Thread-safe.
    """

    def __init__(
        self,
        *,
        proxy: str = "",
        ca: str = "",
        pool_size: int = 32,
        max_answer: int = MAX_ANSWER,
        max_idle: int = MAX_IDLE,
    ) -> None:
        super().__init__()
        trusted = self._write_authorities(ca) if ca else certifi.where()
        self._options = options(proxy, trusted, max_idle)
        self._has_proxy = bool(proxy)
        self._pool_size = pool_size
        self._max_idle = max_idle
        self._max_answer = max_answer
        self._idle: list[Transfer] = []
        self._lock = threading.Lock()

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: Any = None,
        verify: Any = True,
        cert: Any = None,
        proxies: Any = None,
    ) -> requests.Response:
        """Send a request; raise what `failures` lists.

        `timeout` is as in `requests`; connect and read together limit the whole transfer, as
        does `total` of a `urllib3.Timeout`.
        """
        if verify is not True or cert or proxies:
            raise ValueError("proxy and authorities are the adapter's own; TLS is verified")
        limits = _milliseconds(timeout)
        transfer = self._take()
        try:
            response = transfer.perform(request, *limits)
        except pycurl.error as error:
            failure = transfer.failure(error, proxy=self._has_proxy)
            self._discard(transfer, error.args[0])
            raise failure from None
        except BaseException:
            transfer.close()
            raise
        self._keep(transfer)
        return response

    def close(self) -> None:
        """Close the connections that are kept; the next request opens a new one."""
        self._close_idle_since(time.monotonic())

    def _write_authorities(self, ca: str) -> str:
        """Write certifi's authorities and `ca` to a file that goes with the adapter.

        A file, since libcurl takes six times longer for the same text handed over.
        """
        trusted = tempfile.NamedTemporaryFile("w", encoding="utf-8", suffix=".pem")  # noqa: SIM115
        trusted.write(f"{Path(certifi.where()).read_text(encoding='utf-8')}\n{ca}\n")
        trusted.flush()
        weakref.finalize(self, trusted.close)
        return trusted.name

    def _take(self) -> Transfer:
        while True:
            with self._lock:
                transfer = self._idle.pop() if self._idle else None
            if transfer is None:
                return Transfer(self._options, self._max_answer)
            if not transfer.is_dropped():
                return transfer
            transfer.close()

    def _keep(self, transfer: Transfer) -> None:
        with self._lock:
            is_kept = len(self._idle) < self._pool_size
            if is_kept:
                self._idle.append(transfer)
            oldest = self._idle[0].last_used if self._idle else transfer.last_used
        if not is_kept:
            transfer.close()
        too_old = transfer.last_used - self._max_idle
        if oldest < too_old:
            self._close_idle_since(too_old)

    def _discard(self, transfer: Transfer, code: int) -> None:
        """Close a failed one; with a kept one go all that have been idle for as long."""
        if transfer.is_reused():
            self._close_idle_since(transfer.last_used)
        if transfer.is_sent or code != pycurl.E_OPERATION_TIMEDOUT:
            transfer.close()
        else:  # closing waits for the name look-up, which may take far longer than we do
            threading.Thread(target=transfer.close, name="egress-close", daemon=True).start()

    def _close_idle_since(self, moment: float) -> None:
        with self._lock:
            old = [transfer for transfer in self._idle if transfer.last_used <= moment]
            self._idle = [transfer for transfer in self._idle if transfer.last_used > moment]
        for transfer in old:
            transfer.close()


class EgressSession(requests.Session):
    """A session that follows no redirect, keeps no cookie and ignores the environment."""

    def __init__(self, adapter: BaseAdapter) -> None:
        super().__init__()
        self.trust_env = False
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self.mount("http://", adapter)
        self.mount("https://", adapter)

    def get_redirect_target(self, resp: requests.Response) -> None:
        """Return None: `allow_redirects=False` alone would still raise at a bad Location."""


def open_session(**options: Any) -> requests.Session:
    """Open a session over libcurl; the arguments are `CurlAdapter`'s."""
    return EgressSession(CurlAdapter(**options))


def _milliseconds(timeout: Any) -> tuple[int, int]:
    """Return the limits for connecting and for the whole transfer."""
    if isinstance(timeout, Timeout):
        connect, whole = timeout.connect_timeout, timeout.total
        if whole is None:
            whole = _sum(connect, timeout.read_timeout)
    else:
        connect, read = timeout if isinstance(timeout, tuple) else (timeout, timeout)
        whole = _sum(connect, read)
    return _limit(connect), _limit(whole)


def _sum(connect: Any, read: Any) -> float | None:
    return None if connect is None or read is None else connect + read


def _limit(seconds: Any) -> int:
    """Return a limit in milliseconds, at least one; none for None."""
    if not isinstance(seconds, (int, float)):
        return _NO_LIMIT
    if seconds <= 0:
        raise ValueError("a time-out must be more than 0 seconds")
    return min(max(int(seconds * 1000), 1), _NO_LIMIT)
