"""A call-back's page for a person, /c/{id}: where it stands, and a button that cancels it.

It can be read and used without scripts; where they run, the widget takes over: it follows the
call-back and can change its time too.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import tzinfo
from typing import Any

from flask import Blueprint, Response, render_template, request
from markupsafe import Markup
from werkzeug.datastructures import LanguageAccept

from service.callbacks.tracking import FINAL, CallbackTracker
from service.http.handles import Handles
from service.http.problem_pages import PAGES, style_source
from service.http.problems import ProblemRenderer
from service.http.request_body import read_body
from service.http.request_context import current_request
from service.http.response_cache import no_store

_TEXTS: dict[str, dict[str, Any]] = tomllib.loads((PAGES / "callback.toml").read_text("utf-8"))
_STYLE = (PAGES / "callback.css").read_text("utf-8")
#: Headers of every page: it is its reader's alone, and in no frame.
_HEADERS = {
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex",
    "Vary": "Accept-Language",
}
#: Where each CAPTCHA provider's scripts, frames and requests come from.
_CAPTCHA_SOURCES = {
    "": "",
    "turnstile": " https://challenges.cloudflare.com",
    "hcaptcha": " https://hcaptcha.com https://*.hcaptcha.com",
    "recaptcha": " https://www.google.com/recaptcha/ https://www.gstatic.com/recaptcha/",
}


def callback_page_blueprint(
    tracker: CallbackTracker,
    handles: Handles,
    problems: ProblemRenderer,
    zone: tzinfo,
    profiles: Mapping[str, str],
    captcha_provider: str,
) -> Blueprint:
    """Build the routes; times are written in `zone`, `profiles` are aliases by their SIDs."""
    policy = _policy(_CAPTCHA_SOURCES[captcha_provider])
    blueprint = Blueprint("callback_page", __name__, url_prefix="/c", template_folder="../pages")

    @blueprint.before_request
    def refuse() -> None:
        if refusal := current_request().refusal:
            raise refusal

    @blueprint.get("/<handle>", limit_group="status", shows_refusals=True)
    def show_page(handle: str) -> Response:
        call = current_request().call or handles.read(handle)
        progress = tracker.progress(call)
        return _page(
            handle,
            policy,
            profile=profiles.get(call.profile_sid or ""),
            status=progress.status,
            final=progress.status in FINAL,
            time=progress.start_time and progress.start_time.astimezone(zone),
            zone=zone,
        )

    @blueprint.post("/<handle>/cancel", limit_group="read", shows_refusals=True)
    def cancel_on_page(handle: str) -> Response:
        read_body()
        tracker.cancel(handles.read(handle))
        headers = {**_HEADERS, "Content-Security-Policy": policy, "Location": _url(handle)}
        response = Response(status=303, headers=headers)
        return no_store(response)

    @blueprint.errorhandler(Exception)
    def show_problem(error: Exception) -> Response:
        context = current_request()
        status, headers, _ = problems.render_problem(error, context)
        response = _page((request.view_args or {})["handle"], policy, code=context.code)
        response.status = status
        retry_after = dict(headers).get("Retry-After")
        if retry_after:
            response.headers["Retry-After"] = retry_after
        return response

    return blueprint


def _policy(more: str) -> str:
    """Return the pages' Content-Security-Policy, with `more` sources of scripts and frames."""
    return (
        f"default-src 'none'; script-src 'self'{more}; connect-src 'self'{more}; "
        f"style-src {style_source(_STYLE)}{more}; img-src data:{more}; frame-src 'self'{more}; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )


def _page(handle: str, policy: str, **content: Any) -> Response:
    """Return the page of a handle in the reader's language."""
    language = _language(request.accept_languages)
    words = {"language": language, **_TEXTS[language]}
    style = Markup(_STYLE)  # noqa: S704 - a file of ours
    base, url = request.script_root, _url(handle)
    names = {"words": words, "base": base, "url": url, "handle": handle, "style": style}
    html = render_template("callback.html", **names, **content)
    response = Response(html, content_type="text/html; charset=utf-8", headers=_HEADERS)
    response.headers["Content-Security-Policy"] = policy
    response.headers["Content-Language"] = language
    return no_store(response)


def _language(accepted: LanguageAccept) -> str:
    """Return the first language that the reader wants and we have; `fr-CA` is French."""
    primaries = (tag.partition("-")[0].lower() for tag, quality in accepted if quality > 0)
    return next((tag for tag in primaries if tag in _TEXTS), "en")


def _url(handle: str) -> str:
    """Return the address of the page, without the origin."""
    return f"{request.script_root}/c/{handle}"
