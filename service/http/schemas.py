"""The bodies of the API, in and out: a marshmallow schema for each, in step with openapi.yaml."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields

from service.callbacks.identity import Identity
from service.callbacks.profile import Option, Profile
from service.callbacks.questions import pointer
from service.callbacks.request import CallbackRequest
from service.callbacks.slots import Slot
from service.errors import FieldError

_DETAILS = {
    "required": "This field is required.",
    "unknown_field": "No such field; leave it out.",
    "invalid": "This is not of the field's type.",
}


class _Text(fields.String):
    default_error_messages = {"invalid": "invalid", "required": "required"}


class _Flag(fields.Boolean):
    """`true` or `false`; marshmallow's own also takes "yes", 1 and so on."""

    default_error_messages = {"invalid": "invalid"}

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> Any:
        if not isinstance(value, bool):
            raise self.make_error("invalid")
        return value


class _Answers(fields.Dict):
    default_error_messages = {"invalid": "invalid"}


class CallbackRequestSchema(Schema):
    """The body of a start; form only, its meaning is checked by the rules."""

    class Meta:
        unknown = RAISE

    error_messages = {"unknown": "unknown_field", "type": "invalid"}

    number = _Text(required=True)  # but where the host has signed one
    option = _Text()
    start_time = _Text()
    sms_optin = _Flag()
    questions = _Answers(keys=_Text(), values=_Text())
    captcha_token = _Text()
    country = _Text()
    replaces = _Text()


_REQUEST_SCHEMA = CallbackRequestSchema()
_SIGNED_SCHEMA = CallbackRequestSchema(partial=("number",))


def load_callback_request(body: Any, identity: Identity | None = None) -> CallbackRequest:
    """Load the body of a start; faults of its form are in the request's `field_errors`."""
    if not isinstance(body, dict):
        return CallbackRequest(field_errors=(FieldError("", "invalid", "Send a JSON object."),))
    has_number = identity and identity.number is not None
    schema = _SIGNED_SCHEMA if has_number else _REQUEST_SCHEMA
    try:
        return CallbackRequest(**schema.load(body), identity=identity)
    except ValidationError as error:
        valid: Any = error.valid_data
        known = {name: value for name, value in valid.items() if name in schema.fields}
        faults = tuple(_field_errors(error.messages_dict, ()))
        return CallbackRequest(**known, identity=identity, field_errors=faults)


def _field_errors(messages: Any, path: tuple[str, ...]) -> Iterator[FieldError]:
    """Turn marshmallow's messages, our codes nested by field, into field errors."""
    if isinstance(messages, dict):
        for name, inner in messages.items():
            is_answer = path == ("questions",) and isinstance(inner, dict)
            yield from _field_errors(inner.get("value", []) if is_answer else inner, (*path, name))
    else:
        for code in messages[:1]:
            yield FieldError(pointer(*path), code, _DETAILS[code])


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
