"""gunicorn's threaded worker, less every wait for a peer: docs/decisions/0002-worker-class.md.

The loop collects heads and bodies, and sends what a peer did not take at once; a thread has a
connection only while a whole request is answered.
"""

from __future__ import annotations

import errno
import signal
import socket
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache, partial
from selectors import EVENT_READ, EVENT_WRITE
from types import FrameType
from typing import Any

import structlog

from service.http.client_address import client_address
from service.server.connection import Connection
from service.server.phases import Phase
from service.server.probed_worker import ProbedThreadWorker
from service.server.refusals import answer_refused
from service.server.waiting import Waiting

log = structlog.get_logger(__name__)

_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
#: Connections accepted in one go.
_AT_ONCE = 64
#: Bytes of an answer that the kernel keeps for one peer; by itself it would keep megabytes.
_KERNEL_KEEPS = 128 * 1024
#: The machine has no more to give: of descriptors, of memory.
_USED_UP = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}


class GatewayWorker(ProbedThreadWorker):
    """A worker that never waits for a peer, and says on /readyz that it stops."""

    #: Called with why a connection was closed before its time.
    on_close: Callable[[str], None] = staticmethod(lambda reason: None)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._waiting = Waiting()
        self._answered: deque[Connection] = deque()
        self._accept_again = 0.0
        self._peer = lru_cache(4096)(lambda address: client_address(address, "", ()))

    def init_process(self) -> None:
        for listener in self.sockets:  # what it accepts has the same
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _KERNEL_KEEPS)
        super().init_process()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self.app.draining.set()
        super().handle_exit(sig, frame)

    def handle_quit(self, sig: int, frame: FrameType | None) -> None:
        """Stop at once, and only once.

        After Ctrl-C a terminal's SIGINT is followed by the arbiter's SIGQUIT: amid the first, the
        second would wait without end for the lock of the threads' pool.
        """
        for quick in (signal.SIGINT, signal.SIGQUIT):
            signal.signal(quick, signal.SIG_IGN)
        super().handle_quit(sig, frame)

    def accept(self, listener: socket.socket) -> None:
        """Accept those that wait; over half of what can be had, one goes for each that comes."""
        for _ in range(min(_AT_ONCE, self.worker_connections - self.nr_conns)):
            if self.nr_conns > self.cfg.worker_connections // 2:
                self._close_oldest_of_most("crowded")
            try:
                sock, address = listener.accept()
            except BlockingIOError:
                return
            except OSError as error:
                if error.errno in _USED_UP:
                    self._make_room()
                    return
                if error.errno != errno.ECONNABORTED:
                    raise
            else:
                self._open(sock, address, listener)

    def murder_keepalived(self, force: bool = False) -> None:
        """Close nothing here: `murder_pending` closes all that is overdue."""

    def murder_pending(self) -> None:
        """Close the overdue, and accept again; called after each round of events."""
        self._take_back()
        for connection in self._waiting.overdue():
            if connection.phase and connection.phase not in (Phase.IDLE, Phase.LINGER):
                self.on_close(connection.phase.value)
            self._close(connection)
        if time.monotonic() >= self._accept_again:
            self.worker_connections = self.cfg.worker_connections

    def enqueue_req(self, conn: Connection) -> None:
        """Have a thread answer; where the machine starts no further one, one that is there will."""
        with suppress(RuntimeError):
            self.tpool.submit(self._answer, conn)

    def handle(self, conn: Connection) -> bool:
        """Answer a whole request, in a thread; return whether the connection goes on."""
        keepalive = super().handle(conn)
        try:
            conn.sock.flush()
        except OSError:
            return False
        return bool(keepalive)

    def handle_error(self, req: Any, client: Any, addr: Any, exc: Exception) -> None:
        answer_refused(self.wsgi, self.cfg, client, addr, exc)

    def _cap_keepalive(self, deadline: float) -> None:
        """Begin to stop: take who waits for it, refuse whoever comes, and wait for nobody long."""
        self._waiting.cap(deadline)
        for listener in self.sockets:
            self.accept(listener)
            listener.close()

    def _open(self, sock: socket.socket, address: Any, listener: socket.socket) -> None:
        peer = self._peer(address[0] if isinstance(address, tuple) else "")
        conn = Connection(self.cfg, sock, address, listener.getsockname(), peer)
        self.nr_conns += 1
        self._waiting.open(conn)
        self._waiting.enter(conn, Phase.HEAD)
        self._go_on(conn)

    def _answer(self, conn: Connection) -> None:
        """Answer in a thread, and give the connection back to the loop.

        The loop need not wake for one that it watches and that has nothing left to do.
        """
        conn.keeps_alive = False
        try:
            conn.keeps_alive = self.handle(conn)
        finally:
            self._answered.append(conn)
            if not (conn.watched and conn.is_done()):
                self.method_queue.defer(self._take_back)

    def _take_back(self) -> None:
        """Go on with the connections that threads have answered."""
        while self._answered:
            self._go_on(self._answered.popleft())

    def _on_event(self, conn: Connection, _: Any) -> None:
        self._take_back()
        if conn.is_closed:  # by an earlier event of the same round
            return
        if conn.phase is None:  # a thread answers: what comes now waits
            self._watch(conn, 0)
            self._take_back()  # the thread may have ended before that
        else:
            self._go_on(conn)

    def _go_on(self, conn: Connection) -> None:
        """Do what a connection is ready for; one that breaks is closed, and breaks nothing else."""
        try:
            if conn.phase in (None, Phase.ANSWER):
                self._after_answer(conn)
            elif conn.phase is Phase.LINGER:
                if conn.drain():
                    self._close(conn)
            else:
                self._receive(conn)
        except OSError:  # the peer is gone
            self._close(conn)
        except Exception as error:
            log.error("unexpected error", exc_info=error)
            self._close(conn)

    def _receive(self, conn: Connection) -> None:
        if conn.receive():
            self._advance(conn)
        else:
            self._watch(conn, EVENT_READ)

    def _advance(self, conn: Connection) -> None:
        """Give a whole request to a thread, or wait for the rest of it."""
        phase = conn.parser.advance()
        if phase is Phase.WHOLE:
            self._waiting.leave(conn)
            self.enqueue_req(conn)
            return
        if phase is Phase.ENDED:
            self._close(conn)
            return
        if phase is Phase.BODY and conn.parser.take_expectation():
            conn.sock.sendall(_CONTINUE)
            conn.sock.flush()
        self._waiting.enter(conn, phase)
        self._watch(conn, EVENT_READ)

    def _after_answer(self, conn: Connection) -> None:
        """Send the rest of an answer; then wait for the next request, or close."""
        conn.sock.flush()
        if not conn.sock.is_empty:
            self._waiting.enter(conn, Phase.ANSWER)
            self._watch(conn, EVENT_WRITE)
        elif conn.keeps_alive:
            self._waiting.leave(conn)
            self._advance(conn)
        elif conn.has_unread():
            self._linger(conn)
        else:
            self._close(conn)

    def _linger(self, conn: Connection) -> None:
        """Half close: a peer that is still sending would be reset, and lose its answer."""
        conn.half_close()
        self._waiting.enter(conn, Phase.LINGER)
        self._watch(conn, EVENT_READ)

    def _watch(self, conn: Connection, events: int) -> None:
        """Ask the loop for these events and no others."""
        if events == conn.watched:
            return
        if not events:
            self.poller.unregister(conn.sock)
        elif conn.watched:
            self.poller.modify(conn.sock, events, partial(self._on_event, conn))
        else:
            self.poller.register(conn.sock, events, partial(self._on_event, conn))
        conn.watched = events

    def _close(self, conn: Connection) -> None:
        if conn.is_closed:
            return
        self._watch(conn, 0)
        self._waiting.close(conn)
        conn.is_closed = True
        conn.close()
        self.nr_conns -= 1

    def _close_oldest_of_most(self, reason: str) -> bool:
        conn = self._waiting.oldest_of_most()
        if conn is None:
            return False
        self.on_close(reason)
        self._close(conn)
        return True

    def _make_room(self) -> None:
        """Close a connection; where there is none to close, accept no more for a second."""
        if not self._close_oldest_of_most("descriptors"):
            self.worker_connections = self.nr_conns
            self._accept_again = time.monotonic() + 1
            log.warning("no more connections can be had", connections=self.nr_conns)
