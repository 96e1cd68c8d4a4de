"""An outbox takes a whole answer, sends what the peer takes, and keeps the rest in order."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from service.server.connection import Outbox

MEGABYTE = bytes(range(256)) * 4096


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    with ours, theirs:
        yield ours, theirs


@pytest.mark.parametrize(
    "parts", [[b"a", b"", b"bc"], [b"x"] * 1000, [MEGABYTE, b"end"], [b"y" * 8192] * 100]
)
def test_what_is_taken_slowly_comes_whole(
    pair: tuple[socket.socket, socket.socket], parts: list[bytes]
) -> None:
    ours, theirs = pair
    outbox = Outbox(ours)
    for part in parts:
        outbox.sendall(part)
    came, whole = b"", b"".join(parts)
    while len(came) < len(whole):
        outbox.flush()
        came += theirs.recv(100_000)
    assert came == whole
    assert outbox.is_empty


def test_nothing_waits_for_a_peer_that_reads_nothing(
    pair: tuple[socket.socket, socket.socket],
) -> None:
    outbox = Outbox(pair[0])
    outbox.sendall(MEGABYTE)
    outbox.flush()
    assert not outbox.is_empty


def test_a_peer_that_is_gone_is_told_and_nothing_is_kept_for_it(
    pair: tuple[socket.socket, socket.socket],
) -> None:
    outbox = Outbox(pair[0])
    pair[1].close()
    outbox.sendall(b"a")
    with pytest.raises(OSError, match="pipe"):
        outbox.flush()
    assert outbox.is_empty
