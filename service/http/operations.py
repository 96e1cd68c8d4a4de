"""For operators and integrators: health, readiness, the API's description, the widget."""

from __future__ import annotations

from collections.abc import Callable
from importlib.resources import files
from mimetypes import guess_type
from pathlib import Path

import flask_swagger_ui
from flask import Blueprint, Response, jsonify

from service.assets import asset
from service.http.headers import revalidated

#: The viewer's files, out of the package that brings them.
_VIEWER = Path(str(files(flask_swagger_ui))) / "dist"
_VIEWER_FILES = {"swagger-ui.css", "swagger-ui-bundle.js", "favicon-32x32.png"}
#: Swagger UI styles itself with style attributes and shows images as data.
_DOCS_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'"
)
_DOCS_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>callback-gateway API</title>
<link rel="icon" href="/docs/favicon-32x32.png">
<link rel="stylesheet" href="/docs/swagger-ui.css">
<script src="/docs/swagger-ui-bundle.js" defer></script>
<script src="/docs/start.js" defer></script>
</head>
<body><main id="viewer"></main></body>
</html>
"""
_DOCS_START = 'SwaggerUIBundle({url: "/openapi.yaml", dom_id: "#viewer", deepLinking: true});\n'
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

    @blueprint.get("/openapi.yaml")
    def openapi() -> Response:
        return _file(asset("openapi.yaml"), "application/yaml")

    @blueprint.get("/widget.js")
    def widget() -> Response:
        response = _file(asset("widget") / "callback-widget.js", "text/javascript")
        response.headers["Access-Control-Allow-Origin"] = "*"
        response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
        return response

    @blueprint.get("/docs")
    def docs() -> Response:
        response = Response(_DOCS_PAGE, content_type="text/html; charset=utf-8")
        response.headers["Content-Security-Policy"] = _DOCS_POLICY
        return response

    @blueprint.get("/docs/start.js")
    def docs_start() -> Response:
        return Response(_DOCS_START, content_type="text/javascript")

    @blueprint.get(f"/docs/<any({', '.join(map(repr, sorted(_VIEWER_FILES)))}):name>")
    def docs_file(name: str) -> Response:
        return _file(_VIEWER / name)

    return blueprint


def _file(path: Path, mimetype: str | None = None) -> Response:
    response = Response(path.read_bytes(), mimetype=mimetype or guess_type(path.name)[0])
    response.headers["Cache-Control"] = "public, max-age=300"
    return revalidated(response)


def _unkept(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    return response
