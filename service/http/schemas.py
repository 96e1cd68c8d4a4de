"""The bodies that go out: a marshmallow schema for each, in step with openapi.yaml."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from marshmallow import Schema, fields

from service.callbacks.profile import Option, Profile
from service.callbacks.slots import Slot


@dataclass(frozen=True, slots=True)
class OptionForm:
    """An option, and the countries (ISO codes) that are called for it; None: all.

    `estimated_wait` is in seconds; None: unknown.
    """

    option: Option
    countries: Sequence[str] | None
    estimated_wait: int | None


class OptionSchema(Schema):
    """An `OptionForm`, as the answer has it."""

    id = fields.String(attribute="option.id")
    name = fields.String(attribute="option.name")
    status = fields.String(attribute="option.status")
    position = fields.Integer(attribute="option.position")
    default_country = fields.String(attribute="option.default_country")
    countries = fields.List(fields.String())
    estimated_wait = fields.Integer()


class QuestionSchema(Schema):
    """A question, as the form shows it."""

    key = fields.String()
    name = fields.String()
    type = fields.String()
    position = fields.Integer()
    required = fields.Boolean()
    visible = fields.Boolean()
    editable = fields.Boolean()
    min_length = fields.Integer()
    max_length = fields.Integer()
    default = fields.String()


@dataclass(frozen=True, slots=True)
class ProfileForm:
    """What a form needs: the public part of a profile, and what the settings add to it.

    `calling_codes`, `number_examples` and `number_formats` are by country.
    """

    form: Profile
    alias: str
    timezone: str
    countries: Sequence[str] | None
    calling_codes: Mapping[str, str]
    number_examples: Mapping[str, str]
    number_formats: Mapping[str, Sequence[str]]
    options: Sequence[OptionForm]
    captcha: Mapping[str, str] | None


class CaptchaSchema(Schema):
    """Which CAPTCHA a start needs, as the form shows it."""

    provider = fields.String()
    site_key = fields.String()
    mode = fields.String()


class ProfileSchema(Schema):
    """A `ProfileForm`, as the answer has it."""

    profile = fields.String(attribute="alias")
    name = fields.String(attribute="form.name")
    status = fields.String(attribute="form.status")
    language = fields.String(attribute="form.language")
    timezone = fields.String()
    default_country = fields.String(attribute="form.default_country")
    countries = fields.List(fields.String())
    calling_codes = fields.Dict()
    number_examples = fields.Dict()
    number_formats = fields.Dict(values=fields.List(fields.String()))
    scheduling = fields.Boolean(attribute="form.scheduling")
    sms = fields.Boolean(attribute="form.sms")
    captcha = fields.Nested(CaptchaSchema)
    options = fields.List(fields.Nested(OptionSchema))
    questions = fields.List(fields.Nested(QuestionSchema), attribute="form.questions")


class SlotSchema(Schema):
    """A slot; its times are RFC 3339 with offset."""

    start_time = fields.String()
    end_time = fields.String()


class ScheduleSchema(Schema):
    """The slots that an option offers."""

    option = fields.String()
    timezone = fields.String()
    slots = fields.List(fields.Nested(SlotSchema))


class PlacedCallbackSchema(Schema):
    """The answer to a start; `start_time` null: now; `replaced` only where it replaces one."""

    id = fields.String()
    url = fields.String()
    start_time = fields.String()
    replaced = fields.Boolean()


class CallbackStatusSchema(Schema):
    """Where a call-back stands; `duration` in seconds."""

    id = fields.String()
    status = fields.String()
    final = fields.Boolean()
    start_time = fields.String()
    duration = fields.Integer()


class HealthSchema(Schema):
    """The answer of /healthz."""

    status = fields.String()


class ReadinessSchema(HealthSchema):
    """The answer of /readyz."""

    configuration = fields.String()
    store = fields.String()
    reason = fields.String()


class FieldErrorSchema(Schema):
    """One fault of a body."""

    pointer = fields.String()
    code = fields.String()
    detail = fields.String()


class ProblemSchema(Schema):
    """Problem details (RFC 9457), with our extension members."""

    type = fields.String()
    title = fields.String()
    status = fields.Integer()
    code = fields.String()
    detail = fields.String()
    request_id = fields.String()
    scope = fields.String()
    errors = fields.List(fields.Nested(FieldErrorSchema))
    slots = fields.List(fields.Nested(SlotSchema))


def slots_data(slots: Sequence[Slot], zone: tzinfo) -> list[dict[str, str]]:
    """Return the data of slots for `SlotSchema`, their times in the zone."""
    return [
        {
            "start_time": format_time(slot.start_time, zone),
            "end_time": format_time(slot.end_time, zone),
        }
        for slot in slots
    ]


def format_time(at: datetime, zone: tzinfo) -> str:
    """Write an instant in a zone, RFC 3339 with offset."""
    return at.astimezone(zone).isoformat(timespec="seconds")
