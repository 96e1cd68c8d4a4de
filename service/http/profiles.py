"""Forms and slots: GET /v1/profiles/{alias} and its slots."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, Response

from service.callbacks.form import FormReader
from service.callbacks.profile import Profile
from service.callbacks.slots import Slot
from service.http.repeats import Shown
from service.http.routes import counted
from service.http.schemas import ProfileSchema, slots_as_json


def profiles_blueprint(
    reader: FormReader,
    fresh: FormReader,
    *,
    zone: ZoneInfo,
    captcha: dict[str, str] | None,
    form_ttl: int,
    slots_ttl: int,
) -> Blueprint:
    """Build the routes.

    `fresh` reads what is kept and never waits; `captcha` is what the form says of it, the TTLs
    are seconds.
    """
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

    forms: Shown[Profile] = Shown(reader, fresh, write_form, form_ttl)
    schedules: Shown[tuple[Slot, ...]] = Shown(reader, fresh, write_slots, slots_ttl)

    @blueprint.get("/<alias>")
    @counted("read")
    def show_profile(alias: str) -> Response:
        return forms.answer(lambda reading: reading.profile(alias), alias)

    @blueprint.get("/<alias>/options/<option>/slots")
    @counted("read")
    def show_slots(alias: str, option: str) -> Response:
        return schedules.answer(lambda reading: reading.slots(alias, option), alias, option)

    return blueprint
