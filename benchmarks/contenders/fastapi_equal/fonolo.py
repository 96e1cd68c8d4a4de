"""Fonolo: one pooled httpx client; what is read is kept a while, and read once for all who ask."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Awaitable
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import httpx

_ZONE = ZoneInfo(os.environ["CENTRE_TIMEZONE"])
_CLIENT = httpx.AsyncClient(
    base_url=os.environ["FONOLO_BASE_URL"],
    auth=(os.environ["FONOLO_ACCOUNT_SID"], os.environ["FONOLO_AUTH_TOKEN"]),
    timeout=httpx.Timeout(10, connect=3.05),
    limits=httpx.Limits(max_connections=256, max_keepalive_connections=256),
)
_cache: dict[str, tuple[float, asyncio.Task[Any]]] = {}


class Refused(Exception):
    """Fonolo answered no."""


async def _ask(method: str, path: str, form: dict[str, str] | None = None) -> Any:
    answer = await _CLIENT.request(method, path, data=form)
    body = answer.json()
    if answer.status_code != httpx.codes.OK or body["head"]["status"] != httpx.codes.OK:
        raise Refused
    return body["data"]


def _kept(path: str, seconds: int) -> Awaitable[Any]:
    until, task = _cache.get(path, (0.0, None))
    if task is None or until < time.monotonic() or (task.done() and task.exception()):
        task = asyncio.ensure_future(_ask("GET", path))
        _cache[path] = (time.monotonic() + seconds, task)
    return task


async def read_form(sid: str) -> tuple[Any, Any, Any]:
    """Read a profile, its options and its questions, side by side."""
    parts = ("", "/options", "/questions")
    profile, options, questions = await asyncio.gather(
        *(_kept(f"profile/{sid}{part}.json", 60) for part in parts)
    )
    return profile, options["option"], questions["question"]


async def read_slots(sid: str, option: str) -> list[dict[str, str]]:
    found = await _kept(f"profile/{sid}/option/{option}/schedule.json", 5)
    return [{name: _zoned(time) for name, time in slot.items()} for slot in found["schedule"]]


def _zoned(text: str) -> str:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).astimezone(_ZONE).isoformat()


async def start(form: dict[str, str]) -> str:
    return str((await _ask("POST", "callback.json", form))["sid"])


async def status(sid: str) -> Any:
    return await _ask("GET", f"callback/{sid}/status.json")
