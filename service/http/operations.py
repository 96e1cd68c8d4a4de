"""For operators: health and readiness."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, Response, jsonify

#: What /readyz answers: whether it is ready, and the parts of it.
Readiness = Callable[[], tuple[bool, dict[str, str]]]


def operations_blueprint(readiness: Readiness) -> Blueprint:
    """Build the routes; none of them is limited."""
    blueprint = Blueprint("operations", __name__)

    @blueprint.get("/healthz")
    def healthz() -> Response:
        return _unkept(jsonify(status="ok"))

    @blueprint.get("/readyz")
    def readyz() -> Response:
        ready, parts = readiness()
        response = jsonify(status="ready" if ready else "not ready", **parts)
        response.status_code = 200 if ready else 503
        if not ready:
            response.headers["Retry-After"] = "1"
        return _unkept(response)

    return blueprint


def _unkept(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    return response
