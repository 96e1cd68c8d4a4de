"""Request bodies: read whole or refused, parsed strictly."""

from __future__ import annotations

import json
import re
from typing import IO, Any

from flask import request

from service.callbacks.identity import Identity
from service.errors import Problem

#: The largest body taken, in bytes.
MAX_BODY = 16 * 1024
#: The deepest nesting taken: an object in an object is two.
MAX_DEPTH = 8
_JSON = "application/json"


def read_body() -> bytes:
    """Read the request's body; raise `body_too_large` over MAX_BODY, chunked or not."""
    length = request.content_length
    if (length or 0) > MAX_BODY:
        raise _too_large()
    body, stream = b"", request.stream
    while len(body) != length and (chunk := _read(stream, MAX_BODY + 1 - len(body))):
        body += chunk
        if len(body) > MAX_BODY:
            raise _too_large()
    return body


def _read(stream: IO[bytes], most: int) -> bytes:
    try:
        return stream.read(most)
    except Exception:  # each server has errors of its own for chunks that are none, and quotes them
        raise Problem("malformed_json", "The body ended early, or its chunks are broken.") from None


def read_json() -> Any:
    """Read and parse the request's JSON body: size, then type, then content.

    Members that are `null` are left out: absent and null are the same.
    """
    body, environ = read_body(), request.environ
    is_json = environ.get("CONTENT_TYPE") == _JSON or request.mimetype == _JSON
    is_encoded = environ.get("HTTP_CONTENT_ENCODING", "").strip().lower() not in ("", "identity")
    if not is_json or is_encoded:
        raise Problem(
            "unsupported_media_type", "Send JSON, uncompressed, with Content-Type application/json."
        )
    return parse_json(body)


def parse_json(body: bytes) -> Any:
    """Parse strict JSON: UTF-8, no duplicate names, no NaN, nesting of at most MAX_DEPTH.

    A byte order mark before it is passed over.
    """
    try:
        value = json.loads(
            body.decode("utf-8-sig"), object_pairs_hook=_object, parse_constant=_no_constant
        )
    except (ValueError, RecursionError):
        raise Problem(
            "malformed_json", "The body is not valid JSON in UTF-8, or has a name twice."
        ) from None
    openings = body.count(b"{") + body.count(b"[")  # it cannot nest deeper than it has of them
    if openings > MAX_DEPTH and _depth(value) > MAX_DEPTH:
        raise Problem("malformed_json", f"The body nests deeper than {MAX_DEPTH} levels.")
    return value


def fingerprint(value: Any, identity: Identity | None = None) -> str:
    """Write the body so that equal bodies are equal texts; the CAPTCHA token aside.

    What is signed of who asks counts as part of it.
    """
    if isinstance(value, dict):
        value = {name: member for name, member in value.items() if name != "captcha_token"}
    if identity:
        value = [value, identity.subject, identity.number, identity.answers]
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


def idempotency_key() -> str | None:
    """Return the request's Idempotency-Key; raise `invalid_idempotency_key` for a bad one."""
    key: str | None = request.environ.get("HTTP_IDEMPOTENCY_KEY")
    if key is not None and not re.fullmatch(r"[!-~]{16,255}", key):
        raise Problem(
            "invalid_idempotency_key",
            "An Idempotency-Key is 16 to 255 visible ASCII characters, such as a UUID.",
        )
    return key


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        raise ValueError("a name stands twice")
    return {name: value for name, value in members.items() if value is not None}


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _depth(value: Any) -> int:
    level, depth = [value], 0
    while level := [item for item in level if isinstance(item, (dict, list))]:
        depth += 1
        level = [
            inner for item in level for inner in (item.values() if isinstance(item, dict) else item)
        ]
    return depth


def _too_large() -> Problem:
    return Problem("body_too_large", f"A body has at most {MAX_BODY} bytes.")
