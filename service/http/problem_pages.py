"""Pages that explain each code of an error to a person: /problems and /problems/{code}.

The page of a code is what `type` of its problems refers to (RFC 9457, section 3.1.1).
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Container
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, abort, render_template
from markupsafe import Markup, escape

from service.http.problem_catalogue import ProblemCatalogue
from service.http.response_cache import PAGE_MAX_AGE, revalidated

_PAGES = Path(__file__).parent / "pages"


def problems_blueprint(catalogue: ProblemCatalogue) -> Blueprint:
    """Build the routes; none of them is limited."""
    blueprint = Blueprint("problems", __name__, template_folder="pages")
    blueprint.add_app_template_filter(partial(_marked_up, catalogue.problems), "marked_up")
    style = (_PAGES / "problems.css").read_text("utf-8")

    def page(template: str, **content: Any) -> Response:
        content["field_errors"] = catalogue.field_errors
        html = render_template(template, style=Markup(style), **content)  # noqa: S704
        response = Response(html, content_type="text/html; charset=utf-8")
        response.headers["Content-Security-Policy"] = _policy(style)
        return revalidated(response, max_age=PAGE_MAX_AGE)

    @blueprint.get("/problems")
    def problems() -> Response:
        return page("problems.html", problems=catalogue.problems.values())

    @blueprint.get("/problems/<code>")
    def problem(code: str) -> Response:
        return page("problem.html", problem=catalogue.problems.get(code) or abort(404))

    return blueprint


def _policy(style: str) -> str:
    """Allow this one style, and nothing else."""
    digest = b64encode(sha256(style.encode()).digest()).decode()
    return (
        f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )


def _marked_up(problems: Container[str], text: str) -> Markup:
    """Write `code` and [links](/of-ours) as HTML; the code of a problem links to its page."""

    def link(found: re.Match[str]) -> str:
        code = f"<code>{found[1]}</code>"
        return f'<a href="/problems/{found[1]}">{code}</a>' if found[1] in problems else code

    html = re.sub(r"\[([^\]]+)\]\((/[a-z]+)\)", r'<a href="\2">\1</a>', str(escape(text)))
    return Markup(re.sub(r"`([^`]+)`", link, html))  # noqa: S704
