"""The widget's files, as they are written: read once, at the start."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, abort, redirect, url_for
from werkzeug.wrappers import Response as BaseResponse

from service.http.assets import asset
from service.http.static_files import StaticFile

_ENTRY = "callback-widget.js"
_YEAR = 31536000
_OPEN_TO_ALL = {
    "Access_Control_Allow_Origin": "*",
    "Cross_Origin_Resource_Policy": "cross-origin",
}


def widget_blueprint() -> Blueprint:
    """Build the routes of the widget; `/widget.js` leads to the modules of this version."""
    folder = asset("widget")
    scripts = {path.relative_to(folder).as_posix(): path.read_bytes() for path in _modules(folder)}
    version = _version(scripts)
    modules = {name: _script(text) for name, text in scripts.items()}
    entry = _script(scripts[_ENTRY].replace(b'"./', f'"./widget/{version}/'.encode()))
    hashes = StaticFile(_hashes(version, scripts), "application/json", **_OPEN_TO_ALL)
    blueprint = Blueprint("widget", __name__)

    @blueprint.get("/widget.js")
    def widget() -> Response:
        return entry.response()

    @blueprint.get("/widget/integrity.json")
    def integrity() -> Response:
        return hashes.response()

    def part(endpoint: str, asked: str, name: str, **path: Any) -> BaseResponse:
        if name not in modules or not re.fullmatch(r"[0-9a-f]{16}", asked):
            abort(404)
        if asked == version:
            response = modules[name].response(max_age=_YEAR)
            response.headers["Cache-Control"] += ", immutable"
            return response
        # A page that came before an upgrade goes on with what there is now.
        answer = redirect(url_for(endpoint, version=version, **path))
        answer.headers["Cache-Control"] = "no-cache"
        for header, value in _OPEN_TO_ALL.items():
            answer.headers[header.replace("_", "-")] = value
        return answer

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


def _hashes(version: str, scripts: dict[str, bytes]) -> bytes:
    """List the modules of this version with their hashes, as `integrity` wants them."""
    modules = {name: _integrity(text) for name, text in scripts.items()}
    return json.dumps({"version": version, "modules": modules}, indent=2).encode()


def _integrity(text: bytes) -> str:
    return "sha384-" + base64.b64encode(hashlib.sha384(text).digest()).decode()


def _script(text: bytes) -> StaticFile:
    """Return a module that pages of any site may load."""
    return StaticFile(text, "text/javascript; charset=utf-8", **_OPEN_TO_ALL)
