"""What an exception of `requests` says of a call to Fonolo: one of the kinds of `errors`.

A session may be any. The stock adapter of `requests` hides what urllib3 said in the exception's
arguments; another may say why it failed as the exception's `reason`.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterator

import requests
from requests.exceptions import ContentDecodingError, ProxyError, SSLError
from urllib3.exceptions import NameResolutionError, NewConnectionError, ReadTimeoutError

from service.fonolo.errors import FonoloError, TimedOut, Unintelligible, Unknown, Unreachable


def failure(endpoint: str, error: requests.RequestException | ValueError) -> FonoloError:
    """Return the failure that `error` is; `Unreachable` only if surely nothing was sent."""
    causes = tuple(_causes(error))
    kind, reason = _sorted(error, causes)
    return kind(endpoint, getattr(error, "reason", reason))


def _sorted(
    error: requests.RequestException | ValueError, causes: tuple[BaseException, ...]
) -> tuple[type[FonoloError], str]:
    if isinstance(error, requests.ConnectTimeout):
        return Unreachable, "no connection in time"
    if isinstance(error, requests.ReadTimeout) or _any(causes, ReadTimeoutError):
        return TimedOut, "no whole answer came in time"
    if isinstance(error, ContentDecodingError):
        return Unintelligible, "an answer that cannot be decompressed"
    if isinstance(error, ProxyError):
        return Unreachable, "the proxy did not connect"
    if isinstance(error, SSLError) and _any(causes, ssl.SSLCertVerificationError):
        return Unreachable, "certificate not trusted"
    if _any(causes, NameResolutionError):
        return Unreachable, "name not found"
    if _any(causes, NewConnectionError):
        return Unreachable, "connection refused"
    return Unknown, "the connection ended before a whole answer came"


def _any(causes: tuple[BaseException, ...], kind: type[BaseException]) -> bool:
    return any(isinstance(cause, kind) for cause in causes)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield the error and what it wraps: each time in the arguments, or as the `reason`."""
    wrapped: object = error
    while isinstance(wrapped, BaseException):
        yield wrapped
        inside = getattr(wrapped, "reason", None)
        if not isinstance(inside, BaseException):
            inside = next(
                (argument for argument in wrapped.args if isinstance(argument, BaseException)), None
            )
        wrapped = inside
