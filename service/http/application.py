"""The Flask application: Flask, less what none of our routes needs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from flask import Flask, Request
from flask.sessions import NullSession, SessionInterface
from werkzeug.routing import MapAdapter, Rule

from service.http.routes import Route
from service.http.visit import visit_of


class _NoSessions(SessionInterface):
    """One empty session for everybody, which refuses to be written to."""

    _none = NullSession()

    def open_session(self, app: Flask, request: Request) -> NullSession:
        return self._none


class _Found:
    """What stands for an adapter of routes where the edge has found the route already."""

    def __init__(self, route: Route) -> None:
        self._route = route

    def match(self, *, return_rule: bool) -> tuple[Rule, dict[str, str]]:
        return self._route.rule, self._route.arguments


class Application(Flask):
    """Flask without static files, sessions, hosts in routes, sorted JSON and coroutines."""

    session_interface = _NoSessions()

    def __init__(self, name: str) -> None:
        super().__init__(name, static_folder=None)
        self.json.sort_keys = False  # type: ignore[attr-defined]
        self.url_map.merge_slashes = False

    def create_url_adapter(self, request: Request | None) -> MapAdapter | None:
        """Find routes by method and path: what the Host header says costs time and changes none.

        What the edge has found is not looked for again: each search leaves a ring of garbage.
        """
        if request is None:
            return None
        visit = visit_of(request.environ)
        if visit and visit.found:
            return cast(MapAdapter, _Found(visit.found))
        return self.url_map.bind(
            "", request.root_path, path_info=request.path, default_method=request.method
        )

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        return func
