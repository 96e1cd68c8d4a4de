"""Forms and slots: GET /v1/profiles/{alias} and its slots."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, jsonify

from service.callbacks.form import FormReader
from service.http.headers import revalidated
from service.http.limits import ClientLimits
from service.http.schemas import ProfileSchema, slots_as_json


def profiles_blueprint(
    reader: FormReader,
    limits: ClientLimits,
    *,
    zone: ZoneInfo,
    captcha: dict[str, str] | None,
    form_ttl: int,
    slots_ttl: int,
) -> Blueprint:
    """Build the routes; `captcha` is what the form says of it, the TTLs are seconds."""
    blueprint = Blueprint("profiles", __name__, url_prefix="/v1/profiles")
    schema = ProfileSchema()

    @blueprint.get("/<alias>")
    @limits.reads
    def show_profile(alias: str) -> Response:
        form = reader.form(alias)
        body: dict[str, Any] = {"profile": alias, **schema.dump(form)}
        body |= {"timezone": zone.key, "countries": reader.countries(form), "captcha": captcha}
        return _cached(jsonify(body), form_ttl)

    @blueprint.get("/<alias>/options/<option>/slots")
    @limits.reads
    def show_slots(alias: str, option: str) -> Response:
        slots = slots_as_json(reader.slots(alias, option), zone)
        return _cached(jsonify(option=option, timezone=zone.key, slots=slots), slots_ttl)

    return blueprint


def _cached(response: Response, ttl: int) -> Response:
    """Let the answer be kept `ttl` seconds, and be asked for again by its ETag."""
    response.headers["Cache-Control"] = f"public, max-age={ttl}" if ttl else "no-cache"
    return revalidated(response)
