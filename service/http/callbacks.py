"""Call-backs: start, validate, follow, cancel."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from datetime import tzinfo
from typing import Any

from flask import Blueprint, Response, jsonify, request
from werkzeug.datastructures import Headers

from service.callbacks.form import FormReader
from service.callbacks.idempotency import Attempt, Started
from service.callbacks.ports import Captcha
from service.callbacks.progress import FINAL, CallbackFollower
from service.callbacks.start import CallbackStarter
from service.errors import Problem
from service.http.body import fingerprint, idempotency_key, read_body, read_json
from service.http.handles import Handles
from service.http.routes import View, counted
from service.http.schemas import present_time, read_submission


def callbacks_blueprint(
    reader: FormReader,
    starter: CallbackStarter,
    follower: CallbackFollower,
    handles: Handles,
    *,
    zone: tzinfo,
    starts: bool,
    captcha_for: Callable[[], Captcha | None],
) -> Blueprint:
    """Build the routes.

    Times are presented in `zone`; `starts` says whether any is taken, `captcha_for` which check
    of a CAPTCHA the request at hand needs.
    """
    blueprint = Blueprint("callbacks", __name__, url_prefix="/v1")

    @blueprint.post("/profiles/<alias>/callbacks")
    @_only_if(starts)
    @counted("start")
    def start_callback(alias: str) -> Response:
        body, key = read_json(), idempotency_key()
        sid = reader.profile_sid(alias)
        attempt = Attempt(key, sid, fingerprint(body)) if key else None
        started = starter.start(sid, read_submission(body), attempt, captcha=captcha_for())
        url = f"{request.script_root}/v1/callbacks/{started.id}"
        return _created(url, started)

    @blueprint.post("/profiles/<alias>/callbacks/validate")
    @counted("read")
    def validate_callback(alias: str) -> Response:
        body = read_json()
        starter.validate(reader.profile_sid(alias), read_submission(body))
        return _unkept(_nothing())

    @blueprint.get("/callbacks/<handle>")
    @counted("read")
    def show_callback(handle: str) -> Response:
        progress = follower.progress(handles.read(handle))
        response = jsonify(
            id=handle,
            status=progress.status,
            final=progress.status in FINAL,
            start_time=progress.start_time and present_time(progress.start_time, zone),
            duration=progress.duration,
        )
        poll_after = follower.poll_after(progress)
        if poll_after is not None:
            response.headers["Retry-After"] = str(math.ceil(poll_after))
        return _unkept(response)

    @blueprint.post("/callbacks/<handle>/cancel")
    @counted("read")
    def cancel_callback(handle: str) -> Response:
        read_body()
        follower.cancel(handles.read(handle))
        return _unkept(_nothing())

    return blueprint


def _only_if(starts: bool) -> Callable[[View], View]:
    """Let a view be, or put one in its place that answers `starts_disabled` and is not counted."""

    def refuse(**_: Any) -> Any:
        raise Problem("starts_disabled", "No call-backs are taken now.", retry_after=60)

    return lambda view: view if starts else refuse  # type: ignore[return-value]


class _Created(Response):
    """A 201 whose headers go out as they are: Flask would quote a Location that is quoted."""

    def get_wsgi_headers(self, environ: Any) -> Headers:
        return self.headers


def _created(url: str, started: Started) -> Response:
    body = {"id": started.id, "url": url, "start_time": started.start_time}
    headers = [
        ("Content-Type", "application/json"),
        ("Location", url),
        ("Cache-Control", "no-store"),
    ]
    headers += [("Idempotency-Replayed", "true")] if started.replayed else []
    return _Created(json.dumps(body, separators=(",", ":")), 201, headers)


def _nothing() -> Response:
    response = Response(status=204)
    del response.headers["Content-Type"]
    return response


def _unkept(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    return response
