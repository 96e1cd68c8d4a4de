"""Files as answers: the API's description and its viewer, the widget; none of them is limited."""

from __future__ import annotations

from importlib.resources import files
from mimetypes import guess_type
from pathlib import Path

import flask_swagger_ui
from flask import Blueprint, Response

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


def docs_blueprint() -> Blueprint:
    """Build the routes of the description and of its viewer."""
    blueprint = Blueprint("docs", __name__)

    @blueprint.get("/openapi.yaml")
    def openapi() -> Response:
        return file_answer(asset("openapi.yaml"), "application/yaml")

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
        return file_answer(_VIEWER / name)

    return blueprint


def widget_blueprint() -> Blueprint:
    """Build the routes of the widget and of its words in other languages."""
    blueprint = Blueprint("widget", __name__)

    @blueprint.get("/widget.js")
    def widget() -> Response:
        return _for_any_site("callback-widget.js")

    @blueprint.get("/widget.es.js")
    def spanish() -> Response:
        return _for_any_site("callback-widget.es.js")

    @blueprint.get("/widget.fr.js")
    def french() -> Response:
        return _for_any_site("callback-widget.fr.js")

    return blueprint


def file_answer(path: Path, mimetype: str | None = None) -> Response:
    """Answer with a file's content, by its ETag if the client has it."""
    response = Response(path.read_bytes(), mimetype=mimetype or guess_type(path.name)[0])
    response.headers["Cache-Control"] = "public, max-age=300"
    return revalidated(response)


def _for_any_site(name: str) -> Response:
    response = file_answer(asset("widget") / name, "text/javascript")
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response
