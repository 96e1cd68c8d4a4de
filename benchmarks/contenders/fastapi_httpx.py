"""The same by hand with FastAPI, pydantic and one pooled httpx client, under uvicorn and uvloop."""
# mypy: allow-untyped-decorators, allow-subclassing-any

from __future__ import annotations

import os
import time
from typing import Any

import httpx
from fastapi import FastAPI
from pydantic import BaseModel

KEPT = 60.0


class CallbackRequest(BaseModel):
    number: str
    option: str
    questions: dict[str, str] = {}


app = FastAPI()
_PROFILE = os.environ["CALLBACK_PROFILES"].split(",")[0].partition("=")[2]
_CLIENT = httpx.AsyncClient(
    base_url=os.environ["FONOLO_BASE_URL"],
    auth=(os.environ["FONOLO_ACCOUNT_SID"], os.environ["FONOLO_AUTH_TOKEN"]),
    timeout=httpx.Timeout(10, connect=3.05),
    limits=httpx.Limits(max_connections=256, max_keepalive_connections=256),
)
_cache: dict[str, tuple[float, Any]] = {}


async def read(path: str) -> Any:
    """Read from Fonolo; the answer's `data`."""
    return (await _CLIENT.get(path)).json()["data"]


async def cached(path: str) -> Any:
    """Read from Fonolo, or from the last minute."""
    until, data = _cache.get(path, (0.0, None))
    if until < time.monotonic():
        data = await read(path)
        _cache[path] = (time.monotonic() + KEPT, data)
    return data


@app.get("/v1/profiles/{alias}")
async def show_profile(alias: str) -> dict[str, Any]:
    profile = await cached(f"profile/{_PROFILE}.json")
    options = (await cached(f"profile/{_PROFILE}/options.json"))["option"]
    questions = (await cached(f"profile/{_PROFILE}/questions.json"))["question"]
    return {"profile": profile, "options": options, "questions": questions}


@app.get("/v1/profiles/{alias}/options/{option}/slots")
async def show_slots(alias: str, option: str) -> dict[str, Any]:
    found = await cached(f"profile/{_PROFILE}/option/{option}/schedule.json")
    return {"option": option, "slots": found["schedule"]}


@app.post("/v1/profiles/{alias}/callbacks", status_code=201)
async def start_callback(alias: str, wish: CallbackRequest) -> dict[str, Any]:
    form = wish.questions | {"fc_number": wish.number, "fc_option": wish.option}
    answer = (await _CLIENT.post("callback.json", data=form)).json()
    sid = answer["data"]["sid"]
    return {"id": sid, "url": f"/v1/callbacks/{sid}", "start_time": None}


@app.get("/v1/callbacks/{sid}")
async def show_callback(sid: str) -> dict[str, Any]:
    status = await read(f"callback/{sid}/status.json")
    return {"id": sid, "status": status["status"], "duration": status["duration"]}
