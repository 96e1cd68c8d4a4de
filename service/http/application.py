"""The Flask application: Flask, less what none of our routes needs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Flask, Request
from werkzeug.routing import MapAdapter


class Application(Flask):
    """Flask without static files, hosts in routes, sorted JSON and views that are coroutines."""

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
