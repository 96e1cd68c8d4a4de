"""Serving: gunicorn's threads, embedded, with one process that holds all the state.

A request that waits costs a thread, and many wait at once: a hang, a start that answers after
30 s. So there are many threads, made as they are needed.
"""

import socket
from collections.abc import Callable
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication  # type: ignore[import-untyped, unused-ignore]

THREADS = 1024
CONNECTIONS = 4096
KEEPALIVE_SECONDS = 75
STOP_SECONDS = 1


def bind(host: str, port: int) -> socket.socket:
    """Open the listening socket; raises OSError. Port 0: any that is free.

    `::` takes IPv4 too; where the machine has no IPv6 it is 0.0.0.0.
    """
    if host == "::" and not socket.has_dualstack_ipv6():
        host = "0.0.0.0"  # noqa: S104 - it was asked for every address
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    both = host == "::"
    return socket.create_server((host, port), family=family, backlog=1024, dualstack_ipv6=both)


def url_of(listener: socket.socket) -> str:
    """Return the URL by which this machine itself reaches a listener."""
    host, port = listener.getsockname()[:2]
    if host in ("::", "0.0.0.0"):  # noqa: S104
        host = "127.0.0.1"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def serve(
    make_app: Callable[[], Flask], listener: socket.socket, ready: Callable[[], None]
) -> None:
    """Serve until SIGTERM or SIGINT, then exit 0; `ready` is called once it listens."""
    _Server(make_app, listener, ready).run()  # type: ignore[no-untyped-call, unused-ignore]


class _Server(BaseApplication):  # type: ignore[misc, unused-ignore]
    def __init__(
        self, make_app: Callable[[], Flask], listener: socket.socket, ready: Callable[[], None]
    ) -> None:
        self._make_app = make_app
        self._listener = listener
        self._ready = ready
        super().__init__()  # type: ignore[no-untyped-call, unused-ignore]

    def load_config(self) -> None:
        settings: dict[str, Any] = {
            "bind": f"fd://{self._listener.fileno()}",
            "workers": 1,
            "worker_class": "gthread",
            "threads": THREADS,
            "worker_connections": CONNECTIONS,
            "keepalive": KEEPALIVE_SECONDS,
            "graceful_timeout": STOP_SECONDS,
            "timeout": 0,  # a busy simulator must never be shot by its own watchdog
            "loglevel": "critical",
            "control_socket_disable": True,
            "when_ready": lambda _: self._ready(),
        }
        for name, value in settings.items():
            self.cfg.set(name, value)  # type: ignore[union-attr, unused-ignore]

    def load(self) -> Flask:
        return self._make_app()
