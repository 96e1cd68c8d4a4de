"""The production server: gunicorn with threads, drained on SIGTERM.

docs/decisions/0002-worker-class.md says why threads, and how many.
"""

from __future__ import annotations

import gc
import math
import os
import threading
from collections.abc import Callable
from tempfile import gettempdir
from types import FrameType
from typing import Any

import structlog
from flask import Flask
from gunicorn.app.base import BaseApplication
from gunicorn.workers.gthread import ThreadWorker

from service.app import CONFIG_TIMEOUT, MAX_WAITING_READS, MAX_WAITING_STARTS, create_app
from service.observability import logs, metrics, open_tracing
from service.settings import Settings, read_trace_exporter

log = structlog.get_logger(__name__)

#: Threads that never wait for Fonolo: they answer from caches, and refuse.
_SPARE_THREADS = 64
_KEEPALIVE = 75
#: How many lesser collections of garbage come before a full one; by default 10.
_FULL_COLLECTION = 1000


class DrainingWorker(ThreadWorker):
    """A worker that says on /readyz that it stops, while it finishes what it has."""

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self.app.draining.set()
        super().handle_exit(sig, frame)


class Server(BaseApplication):
    """gunicorn, configured by the settings and by nothing else."""

    def __init__(
        self, settings: Settings, when_ready: Callable[[], None], extend: Callable[[Flask], None]
    ) -> None:
        self._settings = settings
        self._extend = extend
        self._when_ready = when_ready
        self._end_worker: Callable[[], None] = lambda: None
        self.draining = threading.Event()
        super().__init__()

    def load_config(self) -> None:
        for name, value in gunicorn_options(self._settings).items():
            self.cfg.set(name, value)
        self.cfg.set("when_ready", lambda arbiter: self._announce())
        self.cfg.set("worker_exit", lambda arbiter, worker: self._end_worker())
        self.cfg.set("child_exit", lambda arbiter, worker: metrics.forget(worker.pid))

    def load(self) -> Any:
        """Build a worker's application, in the worker itself: nothing threaded is forked."""
        tracing = open_tracing(read_trace_exporter(), self._settings.fonolo_base_url)
        if tracing:
            self._end_worker = tracing.close
        app = create_app(self._settings, tracing=tracing, draining=self.draining)
        self._extend(app)
        _spare_what_stays()
        return app

    def _announce(self) -> None:
        try:
            metrics.expose(self._settings.metrics_port)
        except OSError as error:
            log.error("METRICS_PORT cannot be bound", error=error.strerror)
            raise SystemExit(1) from None
        self._when_ready()


def gunicorn_options(settings: Settings) -> dict[str, Any]:
    """Say how gunicorn is to run.

    A draining worker gets as long as its longest start can take, and a little more.
    """
    longest_start = CONFIG_TIMEOUT + sum(settings.fonolo_timeout)
    return {
        "bind": f"0.0.0.0:{settings.port}",
        "workers": settings.web_concurrency,
        "worker_class": DrainingWorker,
        "threads": MAX_WAITING_STARTS + MAX_WAITING_READS + _SPARE_THREADS,
        "worker_connections": 4096,
        "backlog": 2048,
        "keepalive": _KEEPALIVE,
        "timeout": 60,
        "graceful_timeout": math.ceil(longest_start) + 2,
        "worker_tmp_dir": _memory(),
        "control_socket_disable": True,
        "forwarded_allow_ips": "",
        "loglevel": "error",  # its warnings quote requests that it could not parse
    }


def serve(
    settings: Settings,
    *,
    when_ready: Callable[[], None] | None = None,
    extend: Callable[[Flask], None] = lambda app: None,
) -> None:
    """Serve until SIGTERM; does not return.

    `when_ready` is called once the port is bound, `extend` with each worker's application.
    """
    logs.configure(settings.log_level, settings.log_format)
    announce = when_ready or (lambda: log.info("serving", port=settings.port))
    with metrics.shared_counts(_memory()):
        Server(settings, announce, extend).run()


def _spare_what_stays() -> None:
    """Keep the garbage collector from looking through all that lives, again and again.

    A full collection took a tenth of a second and more, longer with each start that the store
    keeps. What is there now is never looked at again, and the rest a hundred times more seldom.
    """
    gc.collect()
    gc.freeze()
    young, middle, _ = gc.get_threshold()
    gc.set_threshold(young, middle, _FULL_COLLECTION)


def _memory() -> str:
    """Name a folder to write in, in memory where there is one: heartbeats never wait for a disk."""
    if os.access("/dev/shm", os.W_OK):  # noqa: S108 - made with random names
        return "/dev/shm"  # noqa: S108
    try:
        return gettempdir()
    except FileNotFoundError:
        log.error("nowhere to write: give it /dev/shm, or a tmpfs at /tmp")
        raise SystemExit(1) from None
