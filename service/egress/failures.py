"""What can go wrong on the way out, as `requests` names it.

Each has a `reason`, a sentence without secrets for the log and for `callback-gateway check`::

    requests.ConnectTimeout
    └── NotSent             not a byte of the request was sent: safe to try again
        ├── ProxyFailed     ... because of the proxy; a requests.exceptions.ProxyError too
        └── TlsFailed       ... because of TLS; a requests.exceptions.SSLError too
    requests.ReadTimeout
    └── NoAnswerInTime      sent, and no whole answer came in time
    requests.ConnectionError
    └── AnswerCut           sent, and the connection ended before a whole answer came
    requests.exceptions.ContentDecodingError
    └── UnreadableAnswer    what came is no HTTP, too large, or wrongly compressed
"""

from __future__ import annotations

import errno

import pycurl
import requests
from requests.exceptions import ContentDecodingError, ProxyError, SSLError

#: OpenSSL's results of verifying a certificate (x509_vfy.h), grouped.
_NOT_NOW, _UNKNOWN_AUTHORITY = {9, 10}, {2, 18, 19, 20, 21}
#: What it says where only the name is wrong, which libcurl finds out by itself.
_OTHER_NAME = {0, 1, 62, 64}
_UNREADABLE = {
    pycurl.E_UNSUPPORTED_PROTOCOL,  # an answer without a status line
    pycurl.E_FTP_WEIRD_SERVER_REPLY,  # error 8, HTTP too
    pycurl.E_BAD_CONTENT_ENCODING,
    pycurl.E_WRITE_ERROR,  # our own callbacks took no more
}


class NotSent(requests.ConnectTimeout):
    """Not a byte of the request was sent."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class ProxyFailed(NotSent, ProxyError):
    """The proxy did not lead to where the request should go."""


class TlsFailed(NotSent, SSLError):
    """No connection was made that can be trusted."""


class NoAnswerInTime(requests.ReadTimeout):
    """The request was sent; the time was up before the answer was whole."""

    reason = "no whole answer came in time"


class AnswerCut(requests.ConnectionError):
    """The request was sent; the connection ended before the answer was whole."""

    reason = "the connection ended before a whole answer came"


class UnreadableAnswer(ContentDecodingError):
    """What came is not an answer that can be read."""

    reason = "what came is no HTTP answer, too large or wrongly compressed"


def sent_failure(code: int) -> requests.RequestException:
    """Return what libcurl's error `code` means once the request was, or may have been, sent."""
    if code == pycurl.E_OPERATION_TIMEDOUT:
        return NoAnswerInTime(NoAnswerInTime.reason)
    kind = UnreadableAnswer if code in _UNREADABLE else AnswerCut
    return kind(kind.reason)


def not_sent_failure(curl: pycurl.Curl, code: int, proxy: bool) -> NotSent:
    """Return what libcurl's error `code` means before the request was sent, by a `proxy` or not."""
    answered = curl.getinfo(pycurl.HTTP_CONNECTCODE)
    if answered == 407:
        return ProxyFailed("the proxy asked for credentials, or for other ones (407)")
    if answered and not 200 <= answered < 300:
        return ProxyFailed(f"the proxy refused to connect ({answered})")
    if proxy and not answered:
        return ProxyFailed(f"the proxy: {_reason(curl, code, pycurl.PROXY_SSL_VERIFYRESULT)}")
    kind = (
        TlsFailed
        if code in {pycurl.E_PEER_FAILED_VERIFICATION, pycurl.E_SSL_CONNECT_ERROR}
        else NotSent
    )
    return kind(_reason(curl, code, pycurl.SSL_VERIFYRESULT))


def _reason(curl: pycurl.Curl, code: int, verify_result: int) -> str:
    if code in {pycurl.E_COULDNT_RESOLVE_HOST, pycurl.E_COULDNT_RESOLVE_PROXY}:
        return "name not found"
    if code == pycurl.E_OPERATION_TIMEDOUT:
        is_known = curl.getinfo(pycurl.NAMELOOKUP_TIME)
        return "no connection in time" if is_known else "name look-up without an answer in time"
    if code == pycurl.E_COULDNT_CONNECT:
        refused = curl.getinfo(pycurl.OS_ERRNO) == errno.ECONNREFUSED
        return "connection refused" if refused else "no way there (network unreachable)"
    if code == pycurl.E_PEER_FAILED_VERIFICATION:
        return _certificate_reason(curl.getinfo(verify_result))
    if code == pycurl.E_SSL_CONNECT_ERROR:
        return "TLS handshake failed"
    if code in {pycurl.E_URL_MALFORMAT, pycurl.E_UNSUPPORTED_PROTOCOL}:
        return "the URL cannot be used"
    return "the connection ended before it was ready"


def _certificate_reason(result: int) -> str:
    if result in _UNKNOWN_AUTHORITY:
        return "certificate signed by an authority that is not known"
    if result in _NOT_NOW:
        return "certificate expired or not yet valid"
    if result in _OTHER_NAME:
        return "certificate of another name"
    return "certificate not trusted"
