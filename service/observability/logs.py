"""Structured logs on stderr: JSON for machines, or a console for people."""

from __future__ import annotations

import logging
import sys
import time

import structlog
from flask import Flask, Response, g, request

log = structlog.get_logger("access")


def configure(level: str, form: str) -> None:
    """Send structlog's and the standard library's logs to stderr, from `level` up."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer()
        if form == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[*shared, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
            foreign_pre_chain=shared,
        )
    )
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    logging.getLogger("urllib3").setLevel(logging.WARNING)  # its debug lines name paths


def init_app(app: Flask) -> None:
    """Log one line a request: route, status, outcome code, milliseconds, client prefix."""
    app.before_request(_begin)
    app.after_request(_end)


def _begin() -> None:
    g.began = time.perf_counter()


def _end(response: Response) -> Response:
    rule = request.url_rule
    log.info(
        "request",
        method=request.method,
        route=rule.rule if rule else None,
        status=response.status_code,
        code=g.get("code"),
        milliseconds=round((time.perf_counter() - g.began) * 1000, 1),
        client=g.get("client"),
        request_id=g.get("request_id"),
    )
    return response
