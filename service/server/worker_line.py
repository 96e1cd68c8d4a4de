"""The line between the arbiter and a worker: one asks whether to send requests, the other says."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress

import structlog

log = structlog.get_logger(__name__)

#: Whether to send requests to a worker, and the states that say why.
State = tuple[bool, dict[str, str]]
#: Bytes of a question or an answer at most.
_MOST = 4096


class WorkerLine:
    """A pair of sockets, made before the worker is forked: `ask` in the arbiter, `answer` in it."""

    def __init__(self) -> None:
        self._arbiter, self._worker = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._asking = threading.Lock()
        self._number = 0

    def ask(self, within: float) -> State | None:
        """Return what the worker says; None where it says nothing within so many seconds."""
        with self._asking:
            self._number += 1
            until = time.monotonic() + within
            try:
                self._arbiter.settimeout(within)
                self._arbiter.send(str(self._number).encode())
                while (left := until - time.monotonic()) > 0:
                    self._arbiter.settimeout(left)
                    number, ready, parts = json.loads(self._arbiter.recv(_MOST))
                    if number == self._number:  # an answer that came late is to an older one
                        return ready, parts
            except OSError:
                pass
            return None

    def answer(self, state: Callable[[], State]) -> None:
        """Answer the arbiter's questions with `state()` for as long as it is there."""
        with suppress(OSError):
            while question := self._worker.recv(_MOST):
                ready, parts = _say(state)
                self._worker.send(json.dumps([int(question), ready, parts]).encode())

    def close(self) -> None:
        self._arbiter.close()
        self._worker.close()


def _say(state: Callable[[], State]) -> State:
    try:
        return state()
    except Exception as error:
        log.error("unexpected error", exc_info=error)
        return False, {"reason": "an unexpected error"}
