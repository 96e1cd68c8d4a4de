"""A Redis URL: which servers it names, and how they are connected to."""

from __future__ import annotations

import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, cast
from urllib.parse import unquote

from redis import RedisError
from redis.connection import Connection, SSLConnection, parse_url

Kind = Literal["single", "sentinel", "cluster"]
Address = tuple[str, int]

_PORTS = {"single": 6379, "sentinel": 26379, "cluster": 6379}
_SCHEME = re.compile(r"(redis|valkey)(s?)(?:\+(sentinel|cluster))?://([^/?#]*)([^?]*)(\?.*)?")
_DEFAULT_SERVICE = "mymaster"
_MOST_SECONDS = 5


@dataclass(frozen=True, slots=True)
class RedisURL:
    """The servers of a URL; `options` and `sentinel_options` are redis-py's, for connections.

    `addresses` are the server's, the sentinels' or some of the cluster's nodes.
    """

    kind: Kind
    addresses: tuple[Address, ...]
    tls: bool
    database: int = 0
    service: str = ""
    options: Mapping[str, Any] = field(default_factory=dict, repr=False)
    sentinel_options: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @classmethod
    def parse(cls, text: str) -> RedisURL:
        """Read the URL; a `ValueError` says what is wanted and shows nothing that is secret."""
        parts = _SCHEME.fullmatch(text)
        if not parts or not text.isascii() or not text.isprintable() or " " in text:
            raise ValueError(
                "redis://, rediss:// or valkey:// is wanted, with +sentinel or +cluster if need be"
            )
        _, tls, kind, authority, path, query = parts.groups(default="")
        if "@" in path + query or "#" in text:
            raise ValueError("in a user or password, write / as %2F, ? as %3F, # as %23, @ as %40")
        kind = cast(Kind, kind or "single")
        credentials, _, hosts = authority.rpartition("@")
        options, sentinel_options = _options(query, bool(tls))
        user, _, password = credentials.partition(":")
        options |= {
            name: unquote(value)
            for name, value in (("username", user), ("password", password))
            if value
        }
        addresses = tuple(_address(host, _PORTS[kind]) for host in hosts.split(","))
        if kind == "single" and len(addresses) > 1:
            raise ValueError("several hosts need redis+sentinel:// or redis+cluster://")
        service, database = _path(kind, path, options)
        return cls(kind, addresses, bool(tls), database, service, options, sentinel_options)


def _options(query: str, tls: bool) -> tuple[dict[str, Any], dict[str, Any]]:
    """Read the query: redis-py's options for the servers, and those for sentinels."""
    try:
        options: dict[str, Any] = parse_url(f"redis://h/{query}")  # type: ignore[no-untyped-call]
    except ValueError:
        raise ValueError("an option in the query has a value that cannot be read") from None
    del options["host"]
    sentinel = {
        name.removeprefix("sentinel_"): str(options.pop(name))
        for name in ("sentinel_username", "sentinel_password")
        if name in options
    }
    for name in ("socket_timeout", "socket_connect_timeout"):
        if not 0 < options.get(name, 1) <= _MOST_SECONDS:
            raise ValueError(f"{name}: seconds above 0, at most {_MOST_SECONDS}, are wanted")
    _try_options({name: value for name, value in options.items() if name != "max_connections"}, tls)
    return options, sentinel


def _try_options(options: dict[str, Any], tls: bool) -> None:
    """Make a connection object with the options, which opens nothing."""
    try:
        (SSLConnection if tls else Connection)(**options)
        if "ssl_ca_certs" in options:
            ssl.create_default_context(cafile=options["ssl_ca_certs"])
    except TypeError:
        raise ValueError("an option in the query is not one of redis-py's") from None
    except (RedisError, ValueError, OSError):
        raise ValueError("an option in the query cannot be used, or names no such file") from None


def _address(host: str, port: int) -> Address:
    match = re.fullmatch(r"(\[[0-9a-fA-F:.]+\]|[^\[\]:]+)(?::([0-9]{1,5}))?", host)
    if not match or not 0 < int(match[2] or port) < 65536:
        raise ValueError("each host is a name or an address, with :port if need be")
    return match[1].strip("[]"), int(match[2] or port)


def _path(kind: str, path: str, options: dict[str, Any]) -> tuple[str, int]:
    """Read a sentinel's service, and the number of the database."""
    service, _, number = path.strip("/").rpartition("/")
    if kind == "sentinel" and not service:
        service, number = (number or _DEFAULT_SERVICE, "")
    if not re.fullmatch(r"[0-9]{0,5}", number) or (service and kind != "sentinel"):
        raise ValueError("after the hosts, /number of the database is wanted")
    database = int(options.pop("db", 0) or number or 0)
    if kind == "cluster" and database:
        raise ValueError("a cluster has no database but 0")
    return unquote(service), database
