"""gunicorn's arbiter around the gateway: it binds, forks and watches the workers."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import structlog
from flask import Flask
from gunicorn.app.base import BaseApplication

from service.app import create_app
from service.observability import logging, metrics, open_tracing, worker_counts
from service.observability.log_writer import LogWriter
from service.observability.server_metrics import ServerMetrics
from service.server import descriptors, memory
from service.server.garbage import spare_what_stays
from service.server.options import gunicorn_options
from service.server.worker import GatewayWorker
from service.settings import Settings, read_trace_exporter

log = structlog.get_logger(__name__)


class Server(BaseApplication):
    """gunicorn, configured by `options` and by nothing else."""

    def __init__(
        self,
        settings: Settings,
        options: dict[str, Any],
        log_writer: LogWriter,
        when_ready: Callable[[], None],
        extend: Callable[[Flask], None],
    ) -> None:
        self._settings = settings
        self._options = options
        self._log_writer = log_writer
        self._extend = extend
        self._when_ready = when_ready
        self._end_worker: Callable[[], None] = lambda: None
        self.draining = threading.Event()
        super().__init__()

    def load_config(self) -> None:
        for name, value in self._options.items():
            self.cfg.set(name, value)
        self.cfg.set("when_ready", lambda arbiter: self._announce())
        self.cfg.set("post_worker_init", self._count_what_is_closed)
        self.cfg.set("worker_exit", lambda arbiter, worker: self._end_worker())
        self.cfg.set("child_exit", lambda arbiter, worker: worker_counts.join_counts(worker.pid))

    def load(self) -> Any:
        """Build a worker's application, in the worker itself: nothing threaded is forked."""
        worker_counts.reserve()
        tracing = open_tracing(read_trace_exporter(), self._settings.fonolo_base_url)
        if tracing:
            self._end_worker = tracing.close
        app = create_app(self._settings, tracing=tracing, draining=self.draining)
        self._extend(app)
        spare_what_stays()
        return app

    def _count_what_is_closed(self, worker: GatewayWorker) -> None:
        counts = ServerMetrics()
        worker.on_close = counts.connection_closed
        self._log_writer.on_drop = counts.log_lines_dropped

    def _announce(self) -> None:
        try:
            metrics.expose(self._settings.metrics_port)
        except OSError as error:
            log.error("METRICS_PORT cannot be bound", error=error.strerror)
            raise SystemExit(1) from None
        self._when_ready()


def serve(
    settings: Settings,
    *,
    when_ready: Callable[[], None] | None = None,
    extend: Callable[[Flask], None] = lambda app: None,
) -> None:
    """Serve until SIGTERM; does not return.

    `when_ready` is called once the port is bound, `extend` with each worker's application.
    """
    log_writer = logging.configure(settings.log_level, settings.log_format)
    limit = descriptors.raise_limit()
    connections = descriptors.connections(limit)
    log.info("connections", each_worker=connections, descriptors=limit)
    if not settings.redis_url:
        log.warning("kept in memory: a restart forgets keys, rings and duplicates; set REDIS_URL")
    folder = memory.folder(worker_counts.ROOM * settings.web_concurrency)
    announce = when_ready or (lambda: log.info("serving", port=settings.port))
    options = gunicorn_options(settings, folder, connections)
    with metrics.shared_counts(folder):
        Server(settings, options, log_writer, announce, extend).run()
