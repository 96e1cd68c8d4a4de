"""Structured logs on stderr: JSON for machines, or a console for people.

No fault of stderr reaches whoever logs: see `log_writer`.
"""

from __future__ import annotations

import json
import logging
import os
import sys
import traceback
from functools import partial
from types import TracebackType

import structlog

from service.observability.log_writer import LogWriter

#: One line for each request goes here.
access_log = structlog.get_logger("access")

#: Made once: `json.dumps` with any option makes an encoder for each line.
_ENCODER = json.JSONEncoder(default=repr)

ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None]


def configure(level: str, form: str, stream: LogWriter | None = None) -> LogWriter:
    """Send structlog's and the standard library's logs to stderr, from `level` up; return what
    writes them there, or `stream` instead.

    Of the standard library's, which are other people's, only warnings and worse: what they tell
    below that names paths and headers.
    """
    stream = stream or LogWriter(partial(os.write, 2))
    shared: list[structlog.typing.Processor] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.ExceptionRenderer(describe_error),
    ]
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer(_to_json)
        if form == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[*shared, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(stream),  # type: ignore[arg-type]
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
            foreign_pre_chain=shared,
        )
    )
    theirs = max(logging.WARNING, getattr(logging, level.upper()))
    logging.basicConfig(level=theirs, handlers=[handler], force=True)
    logging.raiseExceptions = False
    return stream


def _to_json(event: object, **_: object) -> str:
    return _ENCODER.encode(event)


def describe_error(exc_info: ExcInfo) -> str:
    """Write where an error and its causes came from, without their words: those may quote what
    a caller sent.
    """
    parts: list[str] = []
    error: BaseException | None = exc_info[1]
    while error is not None:
        parts.append("".join(traceback.format_tb(error.__traceback__)) + type(error).__qualname__)
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return "\nbecause of\n".join(parts)
