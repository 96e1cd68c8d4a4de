"""Attacks by sockets that are left open: others are answered meanwhile, and nothing is forgotten.

In each a key is used before, amid and after: its phone rings once, so that no worker has died.
Another client asks for /healthz all the while, and waits 2 s at most.
"""

from __future__ import annotations

import resource
import socket
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from urllib.parse import urlsplit

import requests

from tests.attack.world import World, memory
from tests.running import Gateway, poll

_HOST = b" HTTP/1.1\r\nHost: gateway\r\n"
_HEALTH = b"GET /healthz" + _HOST
_START = b"POST /v1/profiles/default/callbacks" + _HOST + b"Content-Type: application/json\r\n"
_LARGE = b"GET /docs/swagger-ui-bundle.js" + _HOST + b"\r\n"
_VICTIM = "14163660042"


def unread_answers(world: World) -> tuple[int, int]:
    """Tiny requests whose answers nobody reads, each kind sixty times."""
    kinds = [
        _HEALTH + b"Connection: close\r\n\r\n",
        b"GET /healthz HTTP/1.0\r\n\r\n",
        b"nonsense\r\n\r\n",
        b"BREW /healthz" + _HOST + b"Connection: close\r\n\r\n",
        _START + b"Content-Length: 99999\r\n\r\n{",
    ]
    with _once(world) as ring, ExitStack() as stack:
        for kind in kinds:
            _open(world, stack, [kind] * 60)
            _answers_others(world)
        ring()
    return 1, 1


def half_requests(world: World) -> tuple[int, int]:
    """More half heads and half bodies than there are threads."""
    halves = [_HEALTH, _START + b"Content-Length: 99\r\n\r\n{", _START[:30]]
    chunked = _START + b"Transfer-Encoding: chunked\r\n\r\n5\r\n{"
    with _once(world) as ring, ExitStack() as stack:
        _open(world, stack, [*halves, chunked] * 150)
        _answers_others(world)
        ring()
    return 1, 1


def silence(world: World) -> tuple[int, int]:
    """More connections than the machine has descriptors for."""
    for replica in world.replicas:
        for worker in replica.process.children():
            resource.prlimit(worker, resource.RLIMIT_NOFILE, (256, 256))
    with _once(world) as ring, ExitStack() as stack:
        _open(world, stack, [b""] * 500)
        _answers_others(world)
        ring()
    return 1, 1


def a_crowd_of_one(world: World) -> tuple[int, int]:
    """One peer opens more than can be had; others still come in."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 20_000), hard))
    with _once(world) as ring, ExitStack() as stack:
        _open(world, stack, [_HEALTH] * 4500)
        _answers_others(world)
        ring()
    return 1, 1


def unread_files(world: World) -> tuple[int, int]:
    """Six large files asked for on each of 448 connections that read nothing."""
    before = [memory(replica) for replica in world.replicas]
    with _once(world) as ring, ExitStack() as stack:
        _open(world, stack, [_LARGE * 6] * 448)
        _answers_others(world)
        grown = [memory(replica) - was for replica, was in zip(world.replicas, before, strict=True)]
        assert max(grown) < 200, f"grown by {max(grown)} MiB"
        ring()
    return 1, 1


ATTACKS: dict[str, Callable[[World], tuple[int, int]]] = {
    "300 answers that nobody reads": unread_answers,
    "600 half requests held": half_requests,
    "500 silent ones, 256 descriptors": silence,
    "4,500 connections of one peer": a_crowd_of_one,
    "448 x 6 large files unread": unread_files,
}


@contextmanager
def _once(world: World) -> Iterator[Callable[[], None]]:
    """Ring a phone with a key; it must ring no more, whenever what is yielded is called."""
    for replica in world.replicas:
        poll(lambda replica=replica: replica.process.children())
    workers = [replica.process.children() for replica in world.replicas]
    key = str(uuid.uuid4())

    def ring() -> None:
        world.start(_VICTIM, key=key, at=0)

    ring()
    yield ring
    ring()
    assert [replica.process.children() for replica in world.replicas] == workers, "a worker died"


def _open(world: World, stack: ExitStack, sent: list[bytes]) -> None:
    """Open a connection at replica 0 for each, send, and leave it alone."""
    for data in sent:
        opened = stack.enter_context(socket.socket())
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        opened.settimeout(10)
        opened.connect(_at(world.replicas[0]))
        opened.sendall(data)


def _answers_others(world: World) -> None:
    """Ask on connections of our own for three seconds."""
    until = time.monotonic() + 3
    while time.monotonic() < until:
        asked = time.monotonic()
        answer = requests.get(f"{world.replicas[0].origin}/healthz", timeout=10)
        assert answer.status_code == 200
        seconds = time.monotonic() - asked
        assert seconds < 2, f"/healthz took {seconds:.1f} s"


def _at(gateway: Gateway) -> tuple[str, int]:
    at = urlsplit(gateway.origin)
    assert at.hostname
    assert at.port
    return at.hostname, at.port
