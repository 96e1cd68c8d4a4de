"""Pages that explain each code of an error to a person: /problems and /problems/{code}.

The words stand in problems.toml, status and title in problems.py. The page of a code is what
`type` of its problems refers to (RFC 9457, section 3.1.1).
"""

from __future__ import annotations

import json
import re
import tomllib
from base64 import b64encode
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, abort, render_template
from markupsafe import Markup, escape

from service.http.files import kept
from service.http.problems import PROBLEMS

#: Whether to try again: in the catalogue's words -> in the page's.
RETRY = {
    "no": "No",
    "mended": "Once it is put right",
    "later": "Later; nobody knows when",
    "wait": "Yes, unchanged, after `Retry-After` seconds",
    "once": "Once, unchanged and with the same key",
}
_HERE = Path(__file__).parent
_REQUEST_ID = "8d5f8a1e0b7c4f6f9a3e2d1c0b9a8f7e"


@dataclass(frozen=True, slots=True)
class Explanation:
    """One code, explained. `retry` is a key of RETRY; `members` stand in an answer besides."""

    code: str
    means: str
    why: str
    do: list[str]
    retry: str
    detail: str
    phone: str = "No: nothing was started."
    members: dict[str, Any] | None = None

    @property
    def status(self) -> int:
        return PROBLEMS[self.code][0]

    @property
    def title(self) -> str:
        return PROBLEMS[self.code][1]

    @property
    def again(self) -> str:
        """Say whether to try again."""
        return RETRY[self.retry]

    @property
    def example(self) -> str:
        """Write an answer that has this code."""
        answer = {
            "type": f"/problems/{self.code}",
            "title": self.title,
            "status": self.status,
            "code": self.code,
            "detail": self.detail,
            "request_id": _REQUEST_ID,
        }
        return json.dumps(answer | (self.members or {}), indent=2)


def read_catalogue() -> tuple[dict[str, Explanation], dict[str, dict[str, str]]]:
    """Read what is said of each code, and of each `errors[].code`: its `means` and its `do`."""
    said = tomllib.loads((_HERE / "problems.toml").read_text("utf-8"))
    problems = {code: Explanation(code, **words) for code, words in said["problems"].items()}
    return problems, said["faults"]


def problems_blueprint() -> Blueprint:
    """Build the routes; none of them is limited."""
    blueprint = Blueprint("problems", __name__, template_folder="pages")
    blueprint.add_app_template_filter(_marked_up, "marked_up")
    explanations, faults = read_catalogue()
    style = (_HERE / "pages" / "problems.css").read_text("utf-8")

    def page(template: str, **content: Any) -> Response:
        html = render_template(template, style=Markup(style), faults=faults, **content)  # noqa: S704
        response = Response(html, content_type="text/html; charset=utf-8")
        response.headers["Content-Security-Policy"] = _policy(style)
        return kept(response)

    @blueprint.get("/problems")
    def problems() -> Response:
        return page("problems.html", problems=explanations.values())

    @blueprint.get("/problems/<code>")
    def problem(code: str) -> Response:
        return page("problem.html", problem=explanations.get(code) or abort(404))

    return blueprint


def _policy(style: str) -> str:
    """Allow this one style, and nothing else."""
    digest = b64encode(sha256(style.encode()).digest()).decode()
    return (
        f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )


def _marked_up(text: str) -> Markup:
    """Write `code` and [links](/of-ours) as HTML; the code of a problem leads to its page."""
    html = re.sub(r"\[([^\]]+)\]\((/[a-z]+)\)", r'<a href="\2">\1</a>', str(escape(text)))
    return Markup(re.sub(r"`([^`]+)`", _code, html))  # noqa: S704


def _code(found: re.Match[str]) -> str:
    code = f"<code>{found[1]}</code>"
    return f'<a href="/problems/{found[1]}">{code}</a>' if found[1] in PROBLEMS else code
