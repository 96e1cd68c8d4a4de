"""The path under which a proxy publishes the gateway (BASE_PATH)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

WsgiApp = Callable[..., Iterable[bytes]]


def under_base_path(application: WsgiApp, base_path: str) -> WsgiApp:
    """Return an application that stands under `base_path`, which requests may carry or not.

    As WSGI has it, the path goes to SCRIPT_NAME, where `url_for` and `request.script_root` find
    it; routes and limits see what comes after it.
    """
    if not base_path:
        return application

    def based(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if path == base_path or path.startswith(f"{base_path}/"):
            environ["PATH_INFO"] = path[len(base_path) :] or "/"
        environ["SCRIPT_NAME"] = base_path
        return application(environ, start_response)

    return based
