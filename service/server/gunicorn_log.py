"""gunicorn's own log lines, written where and how all others are."""

from __future__ import annotations

from typing import Any

from gunicorn.glogging import Logger


class StructuredLogger(Logger):
    """A logger without handlers of its own: the root logger's write its lines, and never wait."""

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        self.error_log.handlers.clear()
        self.error_log.propagate = True
