"""callback-gateway: a public call-back API in front of Fonolo."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from flask import Flask


def create_app(*args: Any, **kwargs: Any) -> Flask:
    """Build the WSGI application for any server, as in `gunicorn "service:create_app()"`.

    See `service.app.create_app`, which is imported only here, so that `service.fonolo` can be
    used without Flask. A bad configuration is told in one line a fault.
    """
    from service.app import create_app as build
    from service.observability import logging, open_tracing
    from service.server.foreign import configured_workers
    from service.settings import (
        SEVERAL_WORKERS,
        ConfigurationError,
        Settings,
        read_trace_exporter,
    )

    if args or kwargs:
        return build(*args, **kwargs)
    try:
        settings = Settings.read()
        if configured_workers() > 1 and not settings.redis_url:
            raise ConfigurationError([SEVERAL_WORKERS])
    except ConfigurationError as error:
        from gunicorn.errors import AppImportError

        raise AppImportError("\n".join(error.faults)) from None
    logging.configure(settings.log_level, settings.log_format)
    return build(settings, tracing=open_tracing(read_trace_exporter(), settings.fonolo_base_url))
