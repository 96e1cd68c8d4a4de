"""The widget's files, as they are written: read and compressed once, at the start."""

from __future__ import annotations

import gzip
import hashlib
from pathlib import Path
from typing import Any, TypeVar

from flask import Blueprint, Response, abort, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from service.http.assets import asset
from service.http.response_cache import PAGE_MAX_AGE, revalidated

_ENTRY = "callback-widget.js"
#: Smaller ones would hardly become smaller.
_WORTH_COMPRESSING = 1500
_YEAR = 31536000
_AnyResponse = TypeVar("_AnyResponse", bound=BaseResponse)


class _Script:
    """A module, plain and compressed."""

    def __init__(self, text: bytes) -> None:
        self._text = text
        self._zipped = gzip.compress(text, mtime=0)

    def response(self, *, is_immutable: bool) -> Response:
        """Return it for any site, compressed for who accepts that."""
        is_large = len(self._text) >= _WORTH_COMPRESSING
        is_zipped = is_large and request.accept_encodings["gzip"] > 0
        response = Response(self._zipped if is_zipped else self._text, mimetype="text/javascript")
        if is_zipped:
            response.content_encoding = "gzip"
        if is_large:
            response.vary.add("Accept-Encoding")
        revalidated(response, max_age=_YEAR if is_immutable else PAGE_MAX_AGE)
        if is_immutable:
            response.headers["Cache-Control"] += ", immutable"
        return _open_to_all(response)


def widget_blueprint() -> Blueprint:
    """Build the routes of the widget; `/widget.js` leads to the modules of this version."""
    folder = asset("widget")
    scripts = {path.relative_to(folder).as_posix(): path.read_bytes() for path in _modules(folder)}
    version = _version(scripts)
    modules = {name: _Script(text) for name, text in scripts.items()}
    entry = _Script(scripts[_ENTRY].replace(b'"./', f'"./widget/{version}/'.encode()))
    blueprint = Blueprint("widget", __name__)

    @blueprint.get("/widget.js")
    def widget() -> Response:
        return entry.response(is_immutable=False)

    def part(endpoint: str, found: str, name: str, **path: Any) -> BaseResponse:
        if name not in modules:
            abort(404)
        if found == version:
            return modules[name].response(is_immutable=True)
        # A page that came before an upgrade goes on with what there is now.
        answer = redirect(url_for(endpoint, version=version, **path))
        answer.headers["Cache-Control"] = "no-cache"
        return _open_to_all(answer)

    @blueprint.get("/widget/<version>/<module>")
    def module(version: str, module: str) -> BaseResponse:
        return part("widget.module", version, module, module=module)

    @blueprint.get("/widget/<version>/words/<words>")
    def words(version: str, words: str) -> BaseResponse:
        return part("widget.words", version, f"words/{words}", words=words)

    return blueprint


def _modules(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*.js") if path.name != "demo.js")


def _version(scripts: dict[str, bytes]) -> str:
    """Name what the modules are: another letter in one of them is another version."""
    digest = hashlib.sha256()
    for name, text in scripts.items():
        digest.update(f"{name}\0{len(text)}\0".encode() + text)
    return digest.hexdigest()[:16]


def _open_to_all(response: _AnyResponse) -> _AnyResponse:
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response
