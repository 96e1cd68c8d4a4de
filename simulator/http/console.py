"""The console page at `/`: plain files, no external resource, fit for a strict CSP.

Framing is not forbidden: the page of who builds a widget may show it beside.
"""

from flask import Blueprint, Response

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'"
)


def console_blueprint() -> Blueprint:
    """Make the blueprint of the console page and its files."""
    console = Blueprint("console", __name__, static_folder="../console", static_url_path="/console")
    console.add_url_rule("/", view_func=lambda: console.send_static_file("index.html"))
    console.after_request(_protect)
    return console


def _protect(response: Response) -> Response:
    response.headers["Content-Security-Policy"] = CSP
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Cache-Control"] = "no-cache"
    return response
