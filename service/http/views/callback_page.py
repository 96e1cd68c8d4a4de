"""A call-back's page for a person, /c/{id}: where it stands, and a button that cancels it."""

from __future__ import annotations

import tomllib
from datetime import tzinfo
from typing import Any

from flask import Blueprint, Response, render_template, request
from markupsafe import Markup

from service.callbacks.tracking import FINAL, CallbackTracker
from service.http.handles import Handles
from service.http.problem_pages import PAGES, style_source
from service.http.problems import ProblemRenderer
from service.http.request_body import read_body
from service.http.request_context import current_request
from service.http.response_cache import no_store

_TEXTS: dict[str, dict[str, Any]] = tomllib.loads((PAGES / "callback.toml").read_text("utf-8"))
_STYLE = (PAGES / "callback.css").read_text("utf-8")
#: Headers of every page: it is its reader's alone, in no frame, and it runs nothing.
_HEADERS = {
    "Content-Security-Policy": (
        f"default-src 'none'; style-src {style_source(_STYLE)}; img-src data:; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex",
    "Vary": "Accept-Language",
}


def callback_page_blueprint(
    tracker: CallbackTracker, handles: Handles, problems: ProblemRenderer, zone: tzinfo
) -> Blueprint:
    """Build the routes; times are written in `zone`."""
    blueprint = Blueprint("callback_page", __name__, url_prefix="/c", template_folder="../pages")

    @blueprint.get("/<handle>", limit_group="status")
    def show_page(handle: str) -> Response:
        progress = tracker.progress(handles.read(handle))
        return _page(
            _url(handle),
            status=progress.status,
            final=progress.status in FINAL,
            time=progress.start_time and progress.start_time.astimezone(zone),
            zone=zone,
        )

    @blueprint.post("/<handle>/cancel", limit_group="read")
    def cancel_on_page(handle: str) -> Response:
        read_body()
        tracker.cancel(handles.read(handle))
        response = Response(status=303, headers={**_HEADERS, "Location": _url(handle)})
        return no_store(response)

    @blueprint.errorhandler(Exception)
    def show_problem(error: Exception) -> Response:
        context = current_request()
        status, headers, _ = problems.render_problem(error, context)
        response = _page(_url((request.view_args or {})["handle"]), code=context.code)
        response.status = status
        retry_after = dict(headers).get("Retry-After")
        if retry_after:
            response.headers["Retry-After"] = retry_after
        return response

    return blueprint


def _page(url: str, **content: Any) -> Response:
    """Return the page in the reader's language; `url` is its own, without the origin."""
    language = request.accept_languages.best_match(_TEXTS, default="en")
    words = {"language": language, **_TEXTS[language]}
    style = Markup(_STYLE)  # noqa: S704 - a file of ours
    html = render_template("callback.html", words=words, url=url, style=style, **content)
    response = Response(html, content_type="text/html; charset=utf-8", headers=_HEADERS)
    response.headers["Content-Language"] = language
    return no_store(response)


def _url(handle: str) -> str:
    return f"{request.script_root}/c/{handle}"
