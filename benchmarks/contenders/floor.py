"""The floor: bare Flask, nothing upstream. It answers hello, and echoes JSON through a schema."""

from __future__ import annotations

from flask import Flask, Response, jsonify, request
from marshmallow import Schema, fields


class CallbackRequestSchema(Schema):
    number = fields.String(required=True)
    option = fields.String()
    questions = fields.Dict(keys=fields.String(), values=fields.String())


app = Flask(__name__, static_folder=None)
_SCHEMA = CallbackRequestSchema()


@app.get("/hello")
def hello() -> str:
    return "hello"


@app.post("/echo")
def echo() -> Response:
    return jsonify(_SCHEMA.dump(_SCHEMA.load(request.get_json())))
