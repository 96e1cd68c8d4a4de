"""The gateway most teams write by hand: Flask, a schema, one pooled requests session.

It asks Fonolo and passes on what it says; forms and slots come from a dictionary for a minute. No
limits, no number rules, no handles, no idempotency, no metrics, no log.
"""

from __future__ import annotations

import os
import time
from typing import Any

import requests
from flask import Flask, Response, jsonify, request
from marshmallow import Schema, fields
from requests.adapters import HTTPAdapter

KEPT = 60.0
TIMEOUT = (3.05, 10)


class CallbackRequestSchema(Schema):
    number = fields.String(required=True)
    option = fields.String(required=True)
    questions = fields.Dict(keys=fields.String(), values=fields.String(), load_default=dict)


app = Flask(__name__, static_folder=None)
_SCHEMA = CallbackRequestSchema()
_BASE = os.environ["FONOLO_BASE_URL"]
_PROFILE = os.environ["CALLBACK_PROFILES"].split(",")[0].partition("=")[2]
_SESSION = requests.Session()
_SESSION.auth = (os.environ["FONOLO_ACCOUNT_SID"], os.environ["FONOLO_AUTH_TOKEN"])
_SESSION.mount("http://", HTTPAdapter(pool_connections=1, pool_maxsize=256))
_cache: dict[str, tuple[float, Any]] = {}


def read(path: str) -> Any:
    """Read from Fonolo; the answer's `data`."""
    return _SESSION.get(_BASE + path, timeout=TIMEOUT).json()["data"]


def cached(path: str) -> Any:
    """Read from Fonolo, or from the last minute."""
    until, data = _cache.get(path, (0.0, None))
    if until < time.monotonic():
        data = read(path)
        _cache[path] = (time.monotonic() + KEPT, data)
    return data


@app.get("/v1/profiles/<alias>")
def show_profile(alias: str) -> Response:
    profile = cached(f"profile/{_PROFILE}.json")
    options = cached(f"profile/{_PROFILE}/options.json")["option"]
    questions = cached(f"profile/{_PROFILE}/questions.json")["question"]
    return jsonify(profile=profile, options=options, questions=questions)


@app.get("/v1/profiles/<alias>/options/<option>/slots")
def show_slots(alias: str, option: str) -> Response:
    slots = cached(f"profile/{_PROFILE}/option/{option}/schedule.json")["schedule"]
    return jsonify(option=option, slots=slots)


@app.post("/v1/profiles/<alias>/callbacks")
def start_callback(alias: str) -> tuple[Response, int]:
    wish = _SCHEMA.load(request.get_json())
    form = wish["questions"] | {"fc_number": wish["number"], "fc_option": wish["option"]}
    answer = _SESSION.post(f"{_BASE}callback.json", data=form, timeout=TIMEOUT).json()
    sid = answer["data"]["sid"]
    return jsonify(id=sid, url=f"/v1/callbacks/{sid}", start_time=None), 201


@app.get("/v1/callbacks/<sid>")
def show_callback(sid: str) -> Response:
    status = read(f"callback/{sid}/status.json")
    return jsonify(id=sid, status=status["status"], duration=status["duration"])
