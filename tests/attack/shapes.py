"""The stores that a world may have: one server, Sentinels, a cluster, a primary that fails over."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

from tests import running
from tests.redis_servers import MovingAddress, redis_cluster, redis_pair, sentinel
from tests.running import Process


@dataclass
class Shape:
    """A store: its URL, its process where it is one, and what makes its primary fail over.

    `settings` are those that the gateways have in its world.
    """

    url: str
    process: Process | None = None
    fail_over: Callable[[], None] = lambda: None
    settings: dict[str, str] = field(default_factory=dict)


@contextmanager
def one_server() -> Iterator[Shape]:
    with running.redis_server() as (url, process):
        yield Shape(url, process)


@contextmanager
def cluster() -> Iterator[Shape]:
    with redis_cluster() as nodes:
        yield Shape(nodes.url)


@contextmanager
def cluster_by_a_plain_url() -> Iterator[Shape]:
    with redis_cluster() as nodes:
        yield Shape(nodes.plain_url)


@contextmanager
def cluster_that_fails_over() -> Iterator[Shape]:
    with redis_cluster(replicated=True) as nodes:
        yield Shape(nodes.url, fail_over=nodes.fail_over)


@contextmanager
def ipv6_only() -> Iterator[Shape]:
    """Store and gateways listen on ::1 alone."""
    with running.redis_server(host=running.LOOPBACK_6) as (url, process):
        yield Shape(url, process, settings={"BIND": running.LOOPBACK_6})


@contextmanager
def sentinels_with_credentials() -> Iterator[Shape]:
    with TemporaryDirectory() as folder, running.redis_server(password="da/ta") as (url, _):
        lines = (
            "user default off",
            "user watch on >w@tch allchannels allkeys +@all",
            f"sentinel monitor centre 127.0.0.1 {urlsplit(url.replace('da/ta', '')).port} 1",
            "sentinel auth-pass centre da/ta",
        )
        with sentinel(Path(folder), *lines) as port:
            own = "sentinel_username=watch&sentinel_password=w%40tch"
            yield Shape(f"redis+sentinel://:da%2Fta@127.0.0.1:{port}/centre?{own}")


@contextmanager
def one_address() -> Iterator[Shape]:
    with redis_pair() as pair:
        address = MovingAddress(pair.ports[0])

        def fail_over() -> None:
            pair.fail_over()
            address.port = pair.ports[0]

        yield Shape(address.url, fail_over=fail_over)
        address.close()


SHAPES: dict[str, Callable[[], AbstractContextManager[Shape]]] = {
    "redis": one_server,
    "cluster": cluster,
    "plain url": cluster_by_a_plain_url,
    "sentinel": sentinels_with_credentials,
    "failover": one_address,
    "cluster failover": cluster_that_fails_over,
    "ipv6": ipv6_only,
}
