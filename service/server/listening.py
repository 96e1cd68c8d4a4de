"""The sockets that the server listens on: IPv6 and IPv4 at once where the machine has both."""

from __future__ import annotations

import errno
import socket
from collections.abc import Callable

import structlog

log = structlog.get_logger(__name__)

EVERY_IPV6, EVERY_IPV4 = "::", "0.0.0.0"  # noqa: S104 - what BIND is for
#: Connections that wait to be accepted.
BACKLOG = 2048
#: What a machine without IPv6 says: to the socket, or to its address.
_NO_IPV6 = {errno.EAFNOSUPPORT, errno.EPROTONOSUPPORT, errno.EADDRNOTAVAIL}

#: Opens a listening socket on an address and a port.
Open = Callable[[str, int], socket.socket]


def listen(name: str, address: str, port: int, open_listener: Open | None = None) -> socket.socket:
    """Return a listening socket; where it cannot be had, exit 1 with a line about `name`.

    An address that is not this machine's is a fault of BIND: exit 2.
    `::` takes IPv4 too. On a machine without IPv6 it becomes 0.0.0.0, and the log says so.
    """
    open_listener = open_listener or _open
    try:
        try:
            return open_listener(address, port)
        except OSError as error:
            if address != EVERY_IPV6 or error.errno not in _NO_IPV6:
                raise
        log.warning("no IPv6 on this machine", setting=name, listening=f"{EVERY_IPV4}:{port}")
        return open_listener(EVERY_IPV4, port)
    except OSError as error:
        is_elsewhere = error.errno == errno.EADDRNOTAVAIL
        name = "BIND" if is_elsewhere else name
        log.error("cannot listen", setting=name, address=address, port=port, error=error.strerror)
        raise SystemExit(2 if is_elsewhere else 1) from None


def url_of(address: str, port: int) -> str:
    """Return the URL by which this machine itself reaches a listener on that address."""
    if address in (EVERY_IPV6, EVERY_IPV4):
        address = "127.0.0.1"
    return f"http://[{address}]:{port}" if ":" in address else f"http://{address}:{port}"


def _open(address: str, port: int) -> socket.socket:
    is_ipv6 = ":" in address
    return socket.create_server(
        (address, port),
        family=socket.AF_INET6 if is_ipv6 else socket.AF_INET,
        backlog=BACKLOG,
        dualstack_ipv6=address == EVERY_IPV6 and socket.has_dualstack_ipv6(),
    )
