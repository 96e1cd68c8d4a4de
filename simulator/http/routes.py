"""The 13 endpoints of the document, in one table. Their names are those of the fault switches."""

from collections.abc import Callable

from flask import Blueprint, Response

from simulator.http import callbacks, profiles, reports
from simulator.http.auth import require_credentials
from simulator.http.misbehaviour import meet_fault, suffer_fault

Handler = Callable[..., Response]

_OPTION = "/profile/<name:profile_sid>/option/<name:option_sid>"

ROUTES: tuple[tuple[str, str, str, Handler], ...] = (
    ("callback", "POST", "/callback", callbacks.start),
    ("cancel", "POST", "/callback/<name:sid>/cancel", callbacks.cancel),
    ("status", "GET", "/callback/<name:sid>/status", callbacks.status),
    ("status", "GET", "/call/<name:sid>/status", callbacks.status),  # what answers point to
    ("call", "GET", "/call/<name:sid>", reports.call),
    ("calls", "GET", "/calls", reports.calls),
    ("profile", "GET", "/profile/<name:profile_sid>", profiles.profile),
    ("profiles", "GET", "/profiles", profiles.profiles),
    ("option", "GET", _OPTION, profiles.option),
    ("options", "GET", "/profile/<name:profile_sid>/options", profiles.options),
    (
        "question",
        "GET",
        "/profile/<name:profile_sid>/question/<name:question_sid>",
        profiles.question,
    ),
    ("questions", "GET", "/profile/<name:profile_sid>/questions", profiles.questions),
    ("scheduling", "GET", "/profile/<name:profile_sid>/scheduling", profiles.scheduling),
    ("schedule", "GET", f"{_OPTION}/schedule", profiles.schedule),
)


def fonolo_blueprint() -> Blueprint:
    """Make the blueprint of Fonolo's API: every endpoint plain, `.json` and `.xml`."""
    api = Blueprint("fonolo", __name__, url_prefix="/3.0")
    for endpoint, method, rule, handler in ROUTES:
        for suffix in ("", ".json", ".xml"):
            api.add_url_rule(rule + suffix, endpoint, handler, methods=[method])
    api.before_request(require_credentials)
    api.before_request(meet_fault)
    api.after_request(suffer_fault)
    return api
