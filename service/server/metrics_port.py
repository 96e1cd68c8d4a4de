"""METRICS_PORT: metrics and probes, by threads of the arbiter, which no customer can keep busy."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterable
from http import HTTPStatus
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

from service.server.probes import Probes
from service.server.worker_line import State

WsgiApp = Callable[..., Iterable[bytes]]


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True

    def __init__(self, listener: socket.socket, application: WsgiApp) -> None:
        address, port = listener.getsockname()[:2]
        super().__init__((address, port), _Handler, bind_and_activate=False)
        self.socket.close()
        self.socket = listener
        self.server_name, self.server_port = address, port
        self.setup_environ()
        self.set_app(application)


class _Handler(WSGIRequestHandler):
    timeout = 10  # seconds; a request that does not come holds a thread

    def log_message(self, *_: Any) -> None:
        """Log nothing: what is asked here is asked all the time."""


def serve_metrics(listener: socket.socket, metrics: WsgiApp, probes: Probes) -> None:
    """Answer /healthz, /readyz and, with metrics, all else, in threads."""
    server = _Server(listener, with_probes(metrics, probes))
    threading.Thread(target=server.serve_forever, name="metrics", daemon=True).start()


def with_probes(metrics: WsgiApp, probes: Probes) -> WsgiApp:
    """Return an application that answers probes, and gives all other requests to `metrics`."""
    answers = {"/healthz": probes.health, "/readyz": probes.readiness}

    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        answer = answers.get(environ["PATH_INFO"])
        return _respond(answer(), start_response) if answer else metrics(environ, start_response)

    return application


def _respond(state: State, start_response: Callable[..., Any]) -> Iterable[bytes]:
    good, parts = state
    status = HTTPStatus.OK if good else HTTPStatus.SERVICE_UNAVAILABLE
    headers = [("Content-Type", "application/json"), ("Cache-Control", "no-store")]
    if not good:
        headers.append(("Retry-After", "1"))
    start_response(f"{status.value} {status.phrase}", headers)
    return [json.dumps(parts, separators=(",", ":")).encode() + b"\n"]
