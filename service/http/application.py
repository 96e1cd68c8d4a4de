"""The Flask application: Flask, less what none of our routes needs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Flask, Request
from flask.sessions import NullSession, SessionInterface
from werkzeug.routing import MapAdapter


class _NoSessions(SessionInterface):
    """One empty session for everybody, which refuses to be written to."""

    _none = NullSession()

    def open_session(self, app: Flask, request: Request) -> NullSession:
        return self._none


class Application(Flask):
    """Flask without static files, sessions, hosts in routes, sorted JSON and coroutines."""

    session_interface = _NoSessions()

    def __init__(self, name: str) -> None:
        super().__init__(name, static_folder=None)
        self.json.sort_keys = False  # type: ignore[attr-defined]
        self.url_map.merge_slashes = False

    def create_url_adapter(self, request: Request | None) -> MapAdapter | None:
        """Find routes by method and path: what the Host header says costs time and changes none."""
        if request is None:
            return None
        return self.url_map.bind(
            "", request.root_path, path_info=request.path, default_method=request.method
        )

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        return func
