"""gunicorn's arbiter around the gateway: it binds, forks and watches the workers."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from typing import Any

import structlog
from flask import Flask
from gunicorn.app.base import BaseApplication

from service.app import create_app
from service.http.views.operations import ReadinessCheck
from service.observability import logging, metrics, open_tracing, worker_counts
from service.observability.log_writer import LogWriter
from service.observability.server_metrics import ServerMetrics
from service.server import descriptors, memory
from service.server.garbage import spare_what_stays
from service.server.heap import share_one_heap
from service.server.listening import listen
from service.server.metrics_port import serve_metrics
from service.server.options import gunicorn_options
from service.server.probes import Probes
from service.server.worker import GatewayWorker
from service.settings import Settings, read_trace_exporter, without_effect

log = structlog.get_logger(__name__)


class Server(BaseApplication):
    """gunicorn, configured by `options` and by nothing else."""

    def __init__(
        self,
        settings: Settings,
        options: dict[str, Any],
        metrics_listener: socket.socket,
        log_writer: LogWriter,
        when_ready: Callable[[], None],
        extend: Callable[[Flask], None],
    ) -> None:
        self._settings = settings
        self._options = options
        self._metrics_listener = metrics_listener
        self._log_writer = log_writer
        self._extend = extend
        self._when_ready = when_ready
        self._end_worker: Callable[[], None] = lambda: None
        self.draining = threading.Event()
        self._readiness: ReadinessCheck = lambda: (False, {})
        super().__init__()

    def load_config(self) -> None:
        for name, value in self._options.items():
            self.cfg.set(name, value)
        self.cfg.set("when_ready", self._announce)
        self.cfg.set("post_worker_init", self._begin_worker)
        self.cfg.set("worker_exit", lambda arbiter, worker: self._end_worker())
        self.cfg.set("child_exit", lambda arbiter, worker: _forget(worker))

    def load(self) -> Any:
        """Build a worker's application, in the worker itself: nothing threaded is forked."""
        worker_counts.reserve()
        tracing = open_tracing(read_trace_exporter(), self._settings.fonolo_base_url)
        if tracing:
            self._end_worker = tracing.close
        app = create_app(self._settings, tracing=tracing, draining=self.draining)
        self._extend(app)
        self._readiness = app.readiness
        spare_what_stays()
        return app

    def _begin_worker(self, worker: GatewayWorker) -> None:
        worker.answer_probes(self._readiness)
        counts = ServerMetrics()
        worker.on_close = counts.connection_closed
        self._log_writer.on_drop = counts.log_lines_dropped

    def _announce(self, arbiter: Any) -> None:
        probes = Probes(lambda: list(arbiter.WORKERS.values()))
        serve_metrics(self._metrics_listener, metrics.all_workers(), probes)
        self._when_ready()


def _forget(worker: GatewayWorker) -> None:
    """Keep of a worker that has ended its counts, and nothing else."""
    worker.close_line()
    worker_counts.join_counts(worker.pid)


def serve(
    settings: Settings,
    *,
    when_ready: Callable[[], None] | None = None,
    extend: Callable[[Flask], None] = lambda app: None,
) -> None:
    """Serve until SIGTERM; does not return.

    `when_ready` is called once the port is bound, `extend` with each worker's application.
    """
    share_one_heap()
    log_writer = logging.configure(settings.log_level, settings.log_format)
    limit = descriptors.raise_limit()
    connections = descriptors.connections(limit)
    log.info("connections", each_worker=connections, descriptors=limit)
    for line in without_effect():
        log.warning(line)
    if not settings.redis_url:
        log.warning("kept in memory: a restart forgets keys, rings and duplicates; set REDIS_URL")
    folder = memory.folder(worker_counts.ROOM * settings.web_concurrency)
    listener = listen("PORT", settings.bind, settings.port)
    metrics_listener = listen("METRICS_PORT", settings.bind, settings.metrics_port)
    address = listener.getsockname()[0]
    announce = when_ready or (lambda: log.info("serving", address=address, port=settings.port))
    options = gunicorn_options(settings, listener.detach(), folder, connections)
    with metrics.shared_counts(folder):
        Server(settings, options, metrics_listener, log_writer, announce, extend).run()
