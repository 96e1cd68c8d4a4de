"""Files as answers: the API's description and its viewer; none of them is limited."""

from __future__ import annotations

from importlib.resources import files
from mimetypes import guess_type
from pathlib import Path

import flask_swagger_ui
from flask import Blueprint, Response

from service.http.assets import asset
from service.http.response_cache import PAGE_MAX_AGE, revalidated

#: The viewer's files, out of the package that brings them; then those of our page around it.
_VIEWER = Path(str(files(flask_swagger_ui))) / "dist"
_PAGES = Path(__file__).parent.parent / "pages"
_DOCS_FILES = {
    "swagger-ui.css": _VIEWER,
    "swagger-ui-bundle.js": _VIEWER,
    "favicon-32x32.png": _VIEWER,
    "docs.css": _PAGES,
    "start.js": _PAGES,
}
#: Swagger UI styles itself with style attributes and shows images as data.
_DOCS_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


def docs_blueprint() -> Blueprint:
    """Build the routes of the description and of its viewer."""
    blueprint = Blueprint("docs", __name__)

    @blueprint.get("/openapi.yaml")
    def openapi() -> Response:
        return file_response(asset("openapi.yaml"), "application/yaml")

    @blueprint.get("/docs")
    def docs() -> Response:
        response = file_response(_PAGES / "docs.html")
        response.headers["Content-Security-Policy"] = _DOCS_POLICY
        return response

    @blueprint.get(f"/docs/<any({', '.join(map(repr, _DOCS_FILES))}):name>")
    def docs_file(name: str) -> Response:
        return file_response(_DOCS_FILES[name] / name)

    return blueprint


def file_response(path: Path, mimetype: str | None = None) -> Response:
    """Return a file's content, or 304 where the caller has it."""
    response = Response(path.read_bytes(), mimetype=mimetype or guess_type(path.name)[0])
    return revalidated(response, max_age=PAGE_MAX_AGE)
