"""One connection: what has come of its requests, and what the peer has not yet taken."""

from __future__ import annotations

import socket
from typing import Any

from gunicorn.workers.gthread import TConn

from service.server.phases import Phase
from service.server.request_reader import RequestReader

#: Bytes read at once: no peer keeps the loop for long.
_PIECE = 8 * 1024
#: Bytes of an answer that are sent together.
_TOGETHER = 64 * 1024
#: Buffers that one call sends at most.
_BUFFERS = 64


class Outbox:
    """The socket that gunicorn writes answers to: it takes all, and sends what the peer takes.

    A part of an answer is kept as it is, not copied: what many connections are sent, such as a
    file out of memory, is there once.
    """

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._parts: list[memoryview] = []
        self._size = 0

    @property
    def is_empty(self) -> bool:
        return not self._parts

    def sendall(self, data: bytes) -> None:
        """Take a part of an answer."""
        if data:
            self._parts.append(memoryview(data))
            self._size += len(data)
            if self._size > _TOGETHER:
                self.flush()

    send = sendall

    def flush(self) -> None:
        """Send what the peer takes now; raise `OSError` where it is gone."""
        try:
            while self._parts:
                self._drop(self._sock.sendmsg(self._parts[:_BUFFERS]))
        except BlockingIOError:
            pass
        except OSError:
            self._parts.clear()
            raise

    def _drop(self, sent: int) -> None:
        self._size -= sent
        done = 0
        for part in self._parts:
            if sent < len(part):
                break
            sent -= len(part)
            done += 1
        del self._parts[:done]
        if sent:
            self._parts[0] = self._parts[0][sent:]

    def setblocking(self, blocking: bool) -> None:
        """Stay as it is: it never blocks."""

    def fileno(self) -> int:
        return self._sock.fileno()

    def close(self) -> None:
        self._parts.clear()
        self._sock.close()


class Connection(TConn):
    """gunicorn's connection, over an inbox and an outbox; `peer` says who holds it.

    `phase` is what is waited for, until `deadline`; None while a thread answers. `watched` are the
    events that the loop asks for; `keeps_alive` says what comes after the answer.
    """

    def __init__(self, cfg: Any, sock: socket.socket, client: Any, server: Any, peer: str) -> None:
        super().__init__(cfg, Outbox(sock), client, server)
        sock.setblocking(False)
        self.initialized = self.data_ready = True
        self.parser = RequestReader(cfg, client)
        self.peer = peer
        self.phase: Phase | None = None
        self.deadline = 0.0
        self.watched = 0
        self.is_closed = self.keeps_alive = False
        self._socket = sock

    def receive(self) -> bool:
        """Take in what has come; return whether anything has, an end included."""
        try:
            self.parser.inbox.feed(self._socket.recv(_PIECE))
        except BlockingIOError:
            return False
        return True

    def drain(self) -> bool:
        """Throw away what comes on a half closed connection; return whether it has ended."""
        try:
            return not self._socket.recv(_PIECE)
        except BlockingIOError:
            return False

    def has_unread(self) -> bool:
        """Tell whether the peer may have sent what was not read: closing now would reset it."""
        return not self.parser.finish_body() or bool(len(self.parser.inbox))

    def is_done(self) -> bool:
        """Tell whether all was sent that was asked for, and the next request has yet to come."""
        return self.keeps_alive and self.sock.is_empty and not len(self.parser.inbox)

    def half_close(self) -> None:
        self._socket.shutdown(socket.SHUT_WR)
