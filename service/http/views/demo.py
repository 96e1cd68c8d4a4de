"""The demo's page: the widget for each profile, beside the simulator's console."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from flask import Blueprint, Response, jsonify

from service.http.assets import asset
from service.http.views.files import static_file

_FILES = ("demo.css", "demo.js", "demo.svg")


def demo_blueprint(labels: Mapping[str, str], console: str) -> Blueprint:
    """Build the routes; `labels` name the profiles by alias, `console` is the simulator's URL."""
    blueprint = Blueprint("demo", __name__, url_prefix="/demo")
    framed = urlsplit(console)
    policy = (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        f"connect-src 'self'; frame-src {framed.scheme}://{framed.netloc}; "
        "frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
    )

    demo_page = static_file(asset("widget") / "demo.html", Content_Security_Policy=policy)
    parts = {name: static_file(asset("widget") / name) for name in _FILES}

    @blueprint.get("")
    def page() -> Response:
        return demo_page.response()

    @blueprint.get("/config.json")
    def config() -> Response:
        profiles = [{"alias": alias, "label": label} for alias, label in labels.items()]
        return jsonify(profiles=profiles, console=console)

    @blueprint.get(f"/<any({', '.join(map(repr, _FILES))}):name>")
    def file(name: str) -> Response:
        return parts[name].response()

    return blueprint
