"""Forms and slots: GET /v1/profiles/{alias} and its slots."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, Response

from service.callbacks.form import FormReader
from service.callbacks.profile import Profile
from service.callbacks.slots import Slot
from service.http.limits import ClientLimits
from service.http.schemas import ProfileSchema, slots_as_json
from service.http.written import WrittenOnce


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

    def write_form(profile: Profile, alias: str) -> dict[str, Any]:
        form = reader.form(profile)
        body: dict[str, Any] = {"profile": alias, **schema.dump(form)}
        return body | {
            "timezone": zone.key,
            "countries": reader.countries(form),
            "captcha": captcha,
        }

    def write_slots(slots: tuple[Slot, ...], alias: str, option: str) -> dict[str, Any]:
        return {"option": option, "timezone": zone.key, "slots": slots_as_json(slots, zone)}

    forms: WrittenOnce[Profile] = WrittenOnce(write_form, form_ttl)
    schedules: WrittenOnce[tuple[Slot, ...]] = WrittenOnce(write_slots, slots_ttl)

    @blueprint.get("/<alias>")
    @limits.reads
    def show_profile(alias: str) -> Response:
        return forms.answer(reader.profile(alias), alias)

    @blueprint.get("/<alias>/options/<option>/slots")
    @limits.reads
    def show_slots(alias: str, option: str) -> Response:
        return schedules.answer(reader.slots(alias, option), alias, option)

    return blueprint
