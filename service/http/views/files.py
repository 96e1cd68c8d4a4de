"""Files as answers: the API's description and its viewer; none of them is limited."""

from __future__ import annotations

import re
from importlib.resources import files
from mimetypes import guess_type
from pathlib import Path

import flask_swagger_ui
from flask import Blueprint, Response
from werkzeug.utils import get_content_type

from service.http.assets import asset
from service.http.static_files import StaticFile

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


def docs_blueprint(base_path: str = "") -> Blueprint:
    """Build the routes of the description, whose paths stand under `base_path`, and its viewer."""
    blueprint = Blueprint("docs", __name__)
    description = StaticFile(
        description_under(base_path).encode(), get_content_type("application/yaml", "utf-8")
    )
    page = static_file(_PAGES / "docs.html", Content_Security_Policy=_DOCS_POLICY)
    parts = {name: static_file(folder / name) for name, folder in _DOCS_FILES.items()}

    @blueprint.get("/openapi.yaml")
    def openapi() -> Response:
        return description.response()

    @blueprint.get("/docs")
    def docs() -> Response:
        return page.response()

    @blueprint.get(f"/docs/<any({', '.join(map(repr, _DOCS_FILES))}):name>")
    def docs_file(name: str) -> Response:
        return parts[name].response()

    return blueprint


def description_under(base_path: str) -> str:
    """Return openapi.yaml whose server, links, patterns and examples stand under `base_path`."""
    text = asset("openapi.yaml").read_text("utf-8")
    text = text.replace("servers:\n  - url: /\n", f"servers:\n  - url: {base_path or '/'}\n")
    text = text.replace("](/", f"]({base_path}/")
    text = text.replace("pattern: '^/", f"pattern: '^{base_path.replace('.', '[.]')}/")
    return re.sub(r"(?m)^( +(?:type|url|example): )/", rf"\g<1>{base_path}/", text)


def static_file(path: Path, mimetype: str | None = None, **headers: str) -> StaticFile:
    """Read a file to be served from memory."""
    mimetype = mimetype or guess_type(path.name)[0] or "application/octet-stream"
    return StaticFile(path.read_bytes(), get_content_type(mimetype, "utf-8"), **headers)
