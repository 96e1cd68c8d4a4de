"""The API's shapes: marshmallow schemas in and out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, tzinfo
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields

from service.callbacks.questions import pointer
from service.callbacks.request import Submission
from service.callbacks.slots import Slot
from service.errors import Fault

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

    number = _Text(required=True)
    option = _Text()
    start_time = _Text()
    sms_optin = _Flag()
    questions = _Answers(keys=_Text(), values=_Text())
    captcha_token = _Text()


_CALLBACK_REQUEST = CallbackRequestSchema()


def read_submission(body: Any) -> Submission:
    """Load a body; what is wrong with its form stands in the submission's `faults`."""
    if not isinstance(body, dict):
        return Submission(faults=(Fault("", "invalid", "Send a JSON object."),))
    try:
        return Submission(**_CALLBACK_REQUEST.load(body))
    except ValidationError as error:
        valid: Any = error.valid_data
        known = {name: each for name, each in valid.items() if name in _CALLBACK_REQUEST.fields}
        return Submission(**known, faults=tuple(_faults(error.messages_dict, ())))


def _faults(messages: Any, path: tuple[str, ...]) -> Iterator[Fault]:
    """Turn marshmallow's messages, our codes nested by field, into faults."""
    if isinstance(messages, dict):
        for name, inner in messages.items():
            is_answer = path == ("questions",) and isinstance(inner, dict)
            yield from _faults(inner.get("value", []) if is_answer else inner, (*path, name))
    else:
        for code in messages[:1]:
            yield Fault(pointer(*path), code, _DETAILS[code])


class OptionSchema(Schema):
    id = fields.String()
    name = fields.String()
    status = fields.String()
    position = fields.Integer()
    default_country = fields.String()


class QuestionSchema(Schema):
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


class ProfileSchema(Schema):
    name = fields.String()
    status = fields.String()
    language = fields.String()
    default_country = fields.String()
    scheduling = fields.Boolean()
    sms = fields.Boolean()
    options = fields.List(fields.Nested(OptionSchema))
    questions = fields.List(fields.Nested(QuestionSchema))


class CallbackSchema(Schema):
    id = fields.String()
    start_time = fields.String()


def slots_as_json(slots: Sequence[Slot], zone: tzinfo) -> list[dict[str, str]]:
    """Write slots in the centre's zone, RFC 3339 with offset."""
    return [
        {
            "start_time": present_time(slot.start_time, zone),
            "end_time": present_time(slot.end_time, zone),
        }
        for slot in slots
    ]


def present_time(at: datetime, zone: tzinfo) -> str:
    """Write an instant in a zone, RFC 3339 with offset."""
    return at.astimezone(zone).isoformat(timespec="seconds")
