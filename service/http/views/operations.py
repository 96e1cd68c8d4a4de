"""For operators: health and readiness."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, Response

from service.http.response_cache import no_store
from service.http.responses import json_response
from service.http.schemas import HealthSchema, ReadinessSchema

#: What /readyz answers: whether it is ready, and the parts of it.
ReadinessCheck = Callable[[], tuple[bool, dict[str, str]]]


def operations_blueprint(readiness: ReadinessCheck) -> Blueprint:
    """Build the routes; none of them is limited."""
    blueprint = Blueprint("operations", __name__)
    health_schema, readiness_schema = HealthSchema(), ReadinessSchema()

    @blueprint.get("/healthz")
    def healthz() -> Response:
        return no_store(json_response(health_schema, {"status": "ok"}))

    @blueprint.get("/readyz")
    def readyz() -> Response:
        ready, parts = readiness()
        data = {"status": "ready" if ready else "not ready", **parts}
        response = json_response(readiness_schema, data, 200 if ready else 503)
        if not ready:
            response.headers["Retry-After"] = "1"
        return no_store(response)

    return blueprint
