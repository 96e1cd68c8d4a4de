"""Waiting inside a request, without waiting for a client that has gone.

A hang would otherwise keep its thread for ever: clients give up after seconds.
"""

import select
import socket
import time
from collections.abc import Callable

Wait = Callable[[float | None, socket.socket | None], None]

_GONE = select.POLLHUP | select.POLLERR | getattr(select, "POLLRDHUP", 0)


def wait_for_client(seconds: float | None, client: socket.socket | None) -> None:
    """Wait so many seconds (None: for ever), or until the client has hung up."""
    if client is None:
        time.sleep(seconds or 0)
        return
    poll = select.poll()
    poll.register(client, _GONE)
    poll.poll(None if seconds is None else seconds * 1000)
