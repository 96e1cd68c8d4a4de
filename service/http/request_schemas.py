"""The bodies that come in: a marshmallow schema for each, in step with openapi.yaml."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields

from service.callbacks.identity import Identity
from service.callbacks.questions import pointer
from service.callbacks.request import CallbackRequest
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
