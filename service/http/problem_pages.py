"""Pages that explain each code of an error to a person: /problems and /problems/{code}.

The page of a code is what `type` of its problems refers to (RFC 9457, section 3.1.1).
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Container
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

from flask import Blueprint, Response, abort, render_template, request
from markupsafe import Markup, escape

from service.http.problem_catalogue import ProblemCatalogue
from service.http.static_files import StaticFile

PAGES = Path(__file__).parent / "pages"


def problems_blueprint(catalogue: ProblemCatalogue) -> Blueprint:
    """Build the routes; none of them is limited."""
    blueprint = Blueprint("problems", __name__, template_folder="pages")
    blueprint.add_app_template_filter(
        lambda text: _marked_up(catalogue.problems, text, request.script_root), "marked_up"
    )
    style = (PAGES / "problems.css").read_text("utf-8")

    policy = (
        f"default-src 'none'; style-src {style_source(style)}; img-src data:; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )

    @lru_cache(None)
    def page(code: str | None) -> StaticFile:
        """Write the page of a code, once; None: the list of all."""
        html = render_template(
            "problem.html" if code else "problems.html",
            style=Markup(style),  # noqa: S704 - our own
            field_errors=catalogue.field_errors,
            problems=catalogue.problems.values(),
            problem=catalogue.problems.get(code or ""),
        )
        content_type = "text/html; charset=utf-8"
        return StaticFile(html.encode(), content_type, Content_Security_Policy=policy)

    @blueprint.get("/problems")
    def problems() -> Response:
        return page(None).response()

    @blueprint.get("/problems/<code>")
    def problem(code: str) -> Response:
        return page(code).response() if code in catalogue.problems else abort(404)

    return blueprint


def style_source(style: str) -> str:
    """Return what a Content-Security-Policy says to allow this one style."""
    return f"'sha256-{b64encode(sha256(style.encode()).digest()).decode()}'"


def _marked_up(problems: Container[str], text: str, root: str = "") -> Markup:
    """Write `code` and [links](/of-ours) as HTML; the code of a problem links to its page.

    Our pages stand under `root`.
    """

    def link(match: re.Match[str]) -> str:
        code = f"<code>{match[1]}</code>"
        page = f"{root}/problems/{match[1]}"
        return f'<a href="{page}">{code}</a>' if match[1] in problems else code

    ours = rf'<a href="{root}\2">\1</a>'
    html = re.sub(r"\[([^\]]+)\]\((/[a-z]+)\)", ours, str(escape(text)))
    return Markup(re.sub(r"`([^`]+)`", link, html))  # noqa: S704
