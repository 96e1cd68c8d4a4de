"""What is wrong with a store: that it is away, or that it can never work as it is configured."""

from __future__ import annotations

import re
import ssl
from collections.abc import Callable

from redis.exceptions import (
    AuthenticationError,
    AuthorizationError,
    ClusterDownError,
    ConnectionError,
    InvalidResponse,
    NoPermissionError,
    OutOfMemoryError,
    ReadOnlyError,
    RedisClusterException,
    ResponseError,
    TimeoutError,
)
from redis.sentinel import MasterNotFoundError

from service.errors import GatewayError
from service.store.connection import UnusableStore
from service.store.failures import STORE_ERRORS
from service.store.redis import RedisStore

#: Refusals that pass: a failover, a full memory, a script of another's that runs for too long.
_PASSING = (ReadOnlyError, ClusterDownError, OutOfMemoryError)
_PASSING_WORDS = re.compile(r"(BUSY|MISCONF|NOREPLICAS|TRYAGAIN|OOM|LOADING|READONLY|MASTERDOWN)\b")

#: How servers say within a script that a command of it is not permitted.
_FORBIDDEN = re.compile(r"can't run this command|ACL failure|no permissions")

#: What an error of such a class means, and whether it may pass.
_SAID: list[tuple[type[Exception], str, bool]] = [
    (AuthenticationError, "the store refuses the user or password", False),
    (AuthorizationError, "the store refuses the user or password", False),
    (MasterNotFoundError, "no Sentinel knows a primary of this service's name", True),
    (InvalidResponse, "what answers at its address is no Redis", True),
    (OutOfMemoryError, "the store is full: give it more memory (maxmemory)", True),
    (ReadOnlyError, "the server is a replica, which takes no writes", True),
]


class StoreFault(GatewayError):
    """What is wrong with the store; `passes`: it may be good again without anybody's doing."""

    def __init__(self, reason: str, *, passes: bool) -> None:
        super().__init__(reason)
        self.passes = passes


def check_store(connect: Callable[[], RedisStore], *, eviction: bool = False) -> None:
    """Connect and do each operation once; raise `StoreFault` with a line for the operator.

    `eviction`: look at how the server is configured, too, which few users may.
    """
    try:
        store = connect()
        evicts = eviction and store.evicts()
        store.close()
    except STORE_ERRORS as error:
        raise _fault(error) from None
    if evicts:
        raise StoreFault(
            "a phone may ring twice, since the server lets go of keys when it is full;"
            " set its maxmemory-policy to noeviction",
            passes=True,
        )


def _fault(error: BaseException) -> StoreFault:
    error = _cause(error)
    if isinstance(error, UnusableStore):
        return StoreFault(str(error), passes=False)
    if "Cluster mode is not enabled" in str(error):
        return StoreFault("the server is no cluster: redis://host:port is wanted", passes=False)
    if isinstance(_first(error), ssl.SSLError):
        return StoreFault(
            "TLS fails with the store: check ssl_ca_certs, ssl_certfile, ssl_keyfile in its query",
            passes=True,
        )
    if type(error) in {ConnectionError, TimeoutError}:
        return StoreFault(
            f"the store cannot be reached, {type(error).__name__}: check its address, whether it"
            " speaks TLS (rediss:// or redis://), the network and REDIS_TIMEOUT",
            passes=True,
        )
    for kind, said, passes in _SAID:
        if isinstance(error, kind):
            return StoreFault(said, passes=passes)
    if isinstance(error, NoPermissionError) or _FORBIDDEN.search(str(error)):
        return StoreFault(
            f"the store's user may not do all that is needed{_rule(error)}", passes=False
        )
    if isinstance(error, ResponseError) and not _passes(error):
        return StoreFault(f"the store cannot do what is needed: {_code(error)}", passes=False)
    return StoreFault(
        f"the store does not answer as it should: {type(error).__name__}", passes=True
    )


def _cause(error: BaseException) -> BaseException:
    """Return what a node refused, where the cluster's client only says that it found none."""
    chain = [error]
    while isinstance(chain[-1], RedisClusterException) and (
        cause := chain[-1].__cause__ or chain[-1].__context__
    ):
        chain.append(cause)
    refused = (AuthenticationError, NoPermissionError)
    no_cluster = [error for error in chain if "Cluster mode is not enabled" in str(error)]
    return next((error for error in chain if isinstance(error, refused)), (no_cluster or chain)[0])


def _first(error: BaseException) -> BaseException:
    """Return the error from which this one came."""
    while cause := error.__cause__ or error.__context__:
        error = cause
    return error


def _passes(error: ResponseError) -> bool:
    return isinstance(error, _PASSING) or bool(_PASSING_WORDS.search(str(error)))


def _rule(error: BaseException) -> str:
    """Name the command that is not permitted, if the server does."""
    match = re.search(r"'([a-z|]+)' command", str(error))
    return f" ({match[1]}); docs/operating.md has the rule" if match else "; see docs/operating.md"


def _code(error: BaseException) -> str:
    """Return the first words of the server's answer, which hold no keys."""
    return " ".join(str(error).split()[:6])
