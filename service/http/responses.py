"""Answers as JSON, each written by a schema."""

from __future__ import annotations

import json
from typing import Any

from flask import Response
from marshmallow import Schema
from werkzeug.datastructures import Headers

from service.http.response_cache import no_store


def json_response(schema: Schema, data: Any, status: int = 200) -> Response:
    """Return the data as JSON, in the form of the schema; a line, for those who use curl."""
    return Response(dump_json(schema, data) + b"\n", status, content_type="application/json")


def dump_json(schema: Schema, data: Any) -> bytes:
    """Write the data as compact JSON; other characters than ASCII are escaped."""
    return json.dumps(schema.dump(data), separators=(",", ":")).encode()


def no_content() -> Response:
    """Return 204, without a type."""
    response = Response(status=204)
    del response.headers["Content-Type"]
    return no_store(response)


class _Created(Response):
    """A 201 whose Location goes out as it is: Werkzeug would quote again what is quoted."""

    def get_wsgi_headers(self, environ: Any) -> Headers:
        self.headers["Content-Length"] = str(self.calculate_content_length())
        return self.headers


def created(schema: Schema, data: Any, location: str, *, replayed: bool) -> Response:
    """Return 201; `replayed` says that it is the outcome of an earlier request."""
    response = _Created(dump_json(schema, data), 201, content_type="application/json")
    response.headers["Location"] = location
    if replayed:
        response.headers["Idempotency-Replayed"] = "true"
    return no_store(response)
