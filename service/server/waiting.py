"""Connections by what they are waited for, and by who holds them."""

from __future__ import annotations

import time
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterator

from service.server.connection import Connection
from service.server.phases import SECONDS, Phase

#: While the next request is waited for.
_REQUEST = (Phase.IDLE, Phase.HEAD, Phase.BODY)


class Waiting:
    """All open connections; those that are waited for have a phase and a deadline.

    A phase always lasts the same, so that each keeps its connections in the order of deadlines.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._phases: dict[Phase, OrderedDict[Connection, None]] = {
            phase: OrderedDict() for phase in SECONDS
        }
        self._peers: defaultdict[str, dict[Connection, None]] = defaultdict(dict)
        self._cap = float("inf")

    def open(self, connection: Connection) -> None:
        self._peers[connection.peer][connection] = None

    def close(self, connection: Connection) -> None:
        self.leave(connection)
        held = self._peers[connection.peer]
        held.pop(connection, None)
        if not held:
            del self._peers[connection.peer]

    def enter(self, connection: Connection, phase: Phase) -> None:
        """Begin to wait; a phase that goes on keeps its deadline."""
        if connection.phase is phase:
            return
        self.leave(connection)
        connection.phase = phase
        connection.deadline = self._clock() + SECONDS[phase]
        if phase in _REQUEST:
            connection.deadline = min(connection.deadline, self._cap)
        self._phases[phase][connection] = None

    def leave(self, connection: Connection) -> None:
        """Wait no longer: a thread has it, or nobody."""
        if connection.phase:
            del self._phases[connection.phase][connection]
            connection.phase = None

    def overdue(self) -> Iterator[Connection]:
        """Yield those whose deadline has passed."""
        now = self._clock()
        for connections in self._phases.values():
            while connections and (first := next(iter(connections))).deadline <= now:
                yield first  # whoever asks closes it
                if first.phase:
                    self.leave(first)

    def cap(self, deadline: float) -> None:
        """Wait for nobody's request after `deadline`: the server stops."""
        self._cap = deadline
        for phase in _REQUEST:
            for connection in self._phases[phase]:
                connection.deadline = min(connection.deadline, deadline)

    def oldest_of_most(self) -> Connection | None:
        """Return the oldest that is waited for of the peer who holds most; None: there is none."""
        for held in sorted(self._peers.values(), key=len, reverse=True):
            for connection in held:
                if connection.phase:
                    return connection
        return None
