"""Call-backs: start, validate, read the status, cancel."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import tzinfo
from typing import Any

from flask import Blueprint, Response, request

from service.callbacks.idempotency import Attempt
from service.callbacks.ports import Captcha
from service.callbacks.profile_queries import ProfileQueries
from service.callbacks.start import CallbackStarter
from service.callbacks.tracking import FINAL, CallbackTracker
from service.errors import Problem
from service.http.handles import Handles
from service.http.request_body import fingerprint, idempotency_key, read_body, read_json
from service.http.request_context import current_request
from service.http.request_schemas import load_callback_request
from service.http.response_cache import no_store
from service.http.responses import created, json_response, no_content
from service.http.schemas import (
    CallbackStatusSchema,
    PlacedCallbackSchema,
    format_time,
)


def callbacks_blueprint(
    queries: ProfileQueries,
    starter: CallbackStarter,
    tracker: CallbackTracker,
    handles: Handles,
    *,
    zone: tzinfo,
    starts_enabled: bool,
    captcha_for_request: Callable[[], Captcha | None],
) -> Blueprint:
    """Build the routes.

    Times are written in `zone`. `captcha_for_request` returns the CAPTCHA check that the current
    request needs; None: it needs none.
    """
    blueprint = Blueprint("callbacks", __name__, url_prefix="/v1")
    placed_schema, status_schema = PlacedCallbackSchema(), CallbackStatusSchema()

    def start_callback(alias: str) -> Response:
        body, key, context = read_json(), idempotency_key(), current_request()
        sid = queries.profile_sid(alias)
        attempt = Attempt(key, sid, fingerprint(body, context.identity)) if key else None
        placed = starter.start(
            sid,
            load_callback_request(body, context.identity),
            attempt,
            client=context.client.key,
            captcha=None if context.identity else captcha_for_request(),
            captcha_first=context.limit_exceeded,
        )
        url = f"{request.script_root}/v1/callbacks/{placed.id}"
        data: dict[str, Any] = {"id": placed.id, "url": url, "start_time": placed.start_time}
        if placed.replaced is not None:
            data["replaced"] = placed.replaced
        return created(placed_schema, data, url, replayed=placed.replayed)

    blueprint.add_url_rule(
        "/profiles/<alias>/callbacks",
        "start_callback",
        start_callback if starts_enabled else _refuse_start,
        methods=["POST"],
        limit_group="start" if starts_enabled else None,
        takes_identity=True,
    )

    @blueprint.post("/profiles/<alias>/callbacks/validate", limit_group="read", takes_identity=True)
    def validate_callback(alias: str) -> Response:
        body, identity = read_json(), current_request().identity
        starter.validate(queries.profile_sid(alias), load_callback_request(body, identity))
        return no_content()

    @blueprint.get("/callbacks/<handle>", limit_group="status")
    def show_callback(handle: str) -> Response:
        progress = tracker.progress(current_request().call or handles.read(handle))
        data = {
            "id": handle,
            "status": progress.status,
            "final": progress.status in FINAL,
            "start_time": progress.start_time and format_time(progress.start_time, zone),
            "duration": progress.duration,
        }
        response = no_store(json_response(status_schema, data))
        poll_after = tracker.poll_after(progress)
        if poll_after is not None:
            response.headers["Retry-After"] = str(math.ceil(poll_after))
        return response

    @blueprint.post("/callbacks/<handle>/cancel", limit_group="read")
    def cancel_callback(handle: str) -> Response:
        read_body()
        tracker.cancel(handles.read(handle))
        return no_content()

    return blueprint


def _refuse_start(**_: Any) -> Response:
    raise Problem("starts_disabled", "No call-backs are taken now.", retry_after=60)
