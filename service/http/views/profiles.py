"""Forms and slots: GET /v1/profiles/{alias} and its slots."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from zoneinfo import ZoneInfo

from flask import Blueprint, Response

from service.callbacks.countries import calling_code_of, number_example, number_formats
from service.callbacks.profile import Profile
from service.callbacks.profile_queries import ProfileQueries
from service.errors import Problem
from service.http.response_cache import cacheable
from service.http.responses import dump_json
from service.http.schemas import OptionForm, ProfileForm, ProfileSchema, ScheduleSchema, slots_data


def profiles_blueprint(
    queries: ProfileQueries,
    peeking: ProfileQueries,
    *,
    zone: ZoneInfo,
    captcha: Mapping[str, str] | None,
    estimated_waits: Callable[[str], Mapping[str, int]],
    form_max_age: int,
    slots_max_age: int,
) -> Blueprint:
    """Build the routes.

    `peeking` answers out of the caches or raises `LookupError`; `captcha` is what the form says of
    it; `estimated_waits` returns those of a profile's options, the same object while they stand;
    a caller may keep an answer for its max-age, in seconds.
    """
    blueprint = Blueprint("profiles", __name__, url_prefix="/v1/profiles")
    profile_schema, schedule_schema = ProfileSchema(), ScheduleSchema()

    def form_data(profile: Profile, alias: str, waits: Mapping[str, int]) -> ProfileForm:
        countries = queries.all_countries(profile)
        return ProfileForm(
            queries.form(profile),
            alias,
            zone.key,
            queries.countries(profile.default_country),
            {country: calling_code_of(country) or "" for country in countries},
            {country: number_example(country) for country in countries},
            {country: number_formats(country) for country in countries},
            [
                OptionForm(option, queries.countries(option.default_country), waits.get(option.id))
                for option in profile.options
            ],
            captcha,
        )

    @blueprint.get("/<alias>", limit_group="read")
    def show_profile(alias: str) -> Response:
        profile = queries.profile(alias)
        waits = estimated_waits(profile.sid)
        return cacheable(
            dump_json(profile_schema, form_data(profile, alias, waits)),
            form_max_age,
            lambda: (
                estimated_waits(profile.sid) is waits
                and _is_current(profile, lambda: peeking.profile(alias))
            ),
        )

    @blueprint.get("/<alias>/options/<option>/slots", limit_group="read")
    def show_slots(alias: str, option: str) -> Response:
        slots = queries.slots(alias, option)
        data = {"option": option, "timezone": zone.key, "slots": slots_data(slots, zone)}
        return cacheable(
            dump_json(schedule_schema, data),
            slots_max_age,
            lambda: _is_current(slots, lambda: peeking.slots(alias, option)),
        )

    return blueprint


def _is_current(shown: object, peek: Callable[[], object]) -> bool:
    """Tell whether what was shown is still what the caches have, and fresh."""
    try:
        return peek() is shown
    except (LookupError, Problem):
        return False
