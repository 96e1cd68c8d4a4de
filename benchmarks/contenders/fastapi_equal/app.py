"""The routes and their middleware."""
# mypy: allow-untyped-decorators, allow-subclassing-any

from __future__ import annotations

import hashlib
import hmac
import json
import os
import re
import time
import uuid
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Annotated, Any

import structlog
from fastapi import Depends, FastAPI, Header, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, Histogram, generate_latest
from starlette.exceptions import HTTPException

from fastapi_equal import fonolo
from fastapi_equal.limits_and_claims import (
    claim,
    consume,
    give_back,
    keyed_hash,
    put,
    read_limits,
    remove,
    reset_after,
)
from fastapi_equal.rules import CallbackRequest, check, shape_fault

_DAY = 86_400
_SECRET = os.environ["HANDLE_SECRET"].encode()
_ZONE = os.environ["CENTRE_TIMEZONE"]
_PROFILES = dict(each.split("=") for each in os.environ["CALLBACK_PROFILES"].split(","))
_STARTS, _READS, _EVERYBODY = (
    read_limits(os.environ[name]) for name in ("LIMIT_START", "LIMIT_READ", "LIMIT_START_GLOBAL")
)
_RINGS = read_limits("3/10 minutes;10/day")
_SECONDS = Histogram("request_seconds", "Requests.", ["route", "status"])
_log = structlog.get_logger()
structlog.configure(
    processors=[structlog.processors.TimeStamper("iso"), structlog.processors.JSONRenderer()],
    logger_factory=structlog.PrintLoggerFactory(),
    cache_logger_on_first_use=True,
)
app = FastAPI(default_response_class=JSONResponse)


class Problem(Exception):
    def __init__(self, status: int, code: str, *, wait: int = 0, **members: Any) -> None:
        self.status, self.code, self.wait, self.members = status, code, wait, members


# ---- Handles


def _signature(text: str) -> str:
    return urlsafe_b64encode(hmac.digest(_SECRET, text.encode(), "sha256")).decode()


def sign(sid: str) -> str:
    text = f"{urlsafe_b64encode(bytes.fromhex(sid[2:])).decode()}.{int(time.time())}"
    return f"{text}.{_signature(text)}"


def call_of(handle: str) -> str:
    text, _, given = handle.rpartition(".")
    if not hmac.compare_digest(_signature(text).encode(), given.encode()):
        raise Problem(404, "unknown_callback")
    sid, _, issued = text.partition(".")
    if time.time() - int(issued) > 7 * _DAY:
        raise Problem(404, "unknown_callback")
    return f"CA{urlsafe_b64decode(sid).hex()}"


# ---- Middleware


@app.middleware("http")
async def observe(
    request: Request, call_next: Callable[[Request], Awaitable[Response]]
) -> Response:
    began, sent = time.perf_counter(), request.headers.get("X-Request-ID", "")
    request.state.id = sent if re.fullmatch(r"[A-Za-z0-9._-]{1,64}", sent) else uuid.uuid4().hex
    request.state.code, request.state.limits = None, {}
    response = await call_next(request)
    took = time.perf_counter() - began
    route = getattr(request.scope.get("route"), "path", None)
    response.headers.update(request.state.limits)
    response.headers["X-Request-ID"] = request.state.id
    response.headers["X-Content-Type-Options"] = "nosniff"
    _SECONDS.labels(route, response.status_code).observe(took)
    _log.info(
        "request",
        request_id=request.state.id,
        method=request.method,
        route=route,
        status=response.status_code,
        code=request.state.code,
        client=request.client and request.client.host,
        milliseconds=round(took * 1000, 1),
    )
    return response


def limited(name: str, limits: list[Any]) -> Callable[[Request], Awaitable[None]]:
    async def count(request: Request) -> None:
        key = keyed_hash(request.client.host if request.client else "")
        refused = await consume(limits, name, key)
        left, ends = await reset_after(refused or limits[0], name, key)
        request.state.limits = {"X-RateLimit-Remaining": str(left), "X-RateLimit-Reset": str(ends)}
        if refused:
            wait = max(1, ends - int(time.time()))
            raise Problem(429, "rate_limited", wait=wait, scope="client")

    return count


def profile_sid(alias: str) -> str:
    if alias not in _PROFILES:
        raise Problem(404, "unknown_profile")
    return _PROFILES[alias]


Profile = Annotated[str, Depends(profile_sid)]


@app.exception_handler(Problem)
async def show_problem(request: Request, problem: Problem) -> Response:
    request.state.code = problem.code
    body = {
        "type": f"/problems/{problem.code}",
        "title": problem.code,
        "status": problem.status,
        "code": problem.code,
        "request_id": request.state.id,
        **problem.members,
    }
    headers = {"Cache-Control": "no-store"}
    if problem.wait:
        headers["Retry-After"] = str(problem.wait)
    return JSONResponse(body, problem.status, headers, media_type="application/problem+json")


@app.exception_handler(RequestValidationError)
async def show_faults(request: Request, error: RequestValidationError) -> Response:
    if any(each["type"] == "json_invalid" for each in error.errors()):
        return await show_problem(request, Problem(400, "malformed_json"))
    faults = [shape_fault(each) for each in error.errors()]
    return await show_problem(request, Problem(422, "validation_failed", errors=faults))


@app.exception_handler(HTTPException)
async def show_refusal(request: Request, error: HTTPException) -> Response:
    return await show_problem(request, Problem(error.status_code, "not_found"))


# ---- Routes


@app.get("/v1/profiles/{alias}", dependencies=[Depends(limited("read", _READS))])
async def show_profile(alias: str, sid: Profile, request: Request) -> Response:
    profile, options, questions = await fonolo.read_form(sid)
    body = {
        "profile": alias,
        "name": profile["name"],
        "status": profile["status"],
        "language": "en",
        "timezone": _ZONE,
        "default_country": profile["default_country"],
        "scheduling": profile["scheduling_enabled"],
        "sms": profile["sms_enabled"],
        "captcha": None,
        "options": [
            {"id": each["sid"], **{name: each[name] for name in ("name", "status", "position")}}
            for each in options
        ],
        "questions": [
            {
                **{
                    name: value
                    for name, value in each.items()
                    if name not in ("sid", "default_value")
                }
            }
            | {"default": each["default_value"]}
            for each in questions
        ],
    }
    return _cacheable(request, body, 60)


@app.get(
    "/v1/profiles/{alias}/options/{option}/slots", dependencies=[Depends(limited("read", _READS))]
)
async def show_slots(sid: Profile, option: str, request: Request) -> Response:
    _, options, _ = await fonolo.read_form(sid)
    if all(each["sid"] != option for each in options):
        raise Problem(404, "unknown_option")
    slots = await fonolo.read_slots(sid, option)
    return _cacheable(request, {"option": option, "timezone": _ZONE, "slots": slots}, 5)


def _cacheable(request: Request, body: dict[str, Any], seconds: int) -> Response:
    response = JSONResponse(body, headers={"Cache-Control": f"public, max-age={seconds}"})
    etag = f'"{hashlib.sha256(response.body).hexdigest()[:32]}"'
    if request.headers.get("If-None-Match") == etag:
        return Response(status_code=304, headers={"ETag": etag})
    response.headers["ETag"] = etag
    return response


@app.post("/v1/profiles/{alias}/callbacks", dependencies=[Depends(limited("start", _STARTS))])
async def start_callback(
    sid: Profile, body: CallbackRequest, idempotency_key: Annotated[str | None, Header()] = None
) -> Response:
    if idempotency_key is None:
        return _started(await place(sid, body))
    if not re.fullmatch(r"[!-~]{16,255}", idempotency_key):
        raise Problem(400, "invalid_idempotency_key")
    name = f"key:{keyed_hash(f'{sid} {idempotency_key}')}"
    digest = hashlib.sha256(body.model_dump_json(exclude_none=True).encode()).hexdigest()
    standing = await claim(name, json.dumps({"digest": digest}), 30)
    if standing:
        return _replayed(json.loads(standing), digest)
    try:
        outcome = await place(sid, body)
    except BaseException:
        await remove(name)
        raise
    await put(name, json.dumps({"digest": digest, "outcome": outcome}), _DAY)
    return _started(outcome)


def _replayed(standing: dict[str, Any], digest: str) -> Response:
    if standing["digest"] != digest:
        raise Problem(422, "idempotency_key_reused")
    if "outcome" not in standing:
        raise Problem(409, "idempotency_in_progress", wait=2)
    response = _started(standing["outcome"])
    response.headers["Idempotency-Replayed"] = "true"
    return response


def _started(outcome: dict[str, Any]) -> Response:
    url = f"/v1/callbacks/{outcome['id']}"
    headers = {"Location": url, "Cache-Control": "no-store"}
    return JSONResponse({**outcome, "url": url}, 201, headers)


async def place(sid: str, body: CallbackRequest) -> dict[str, Any]:
    """Check, reserve, ask Fonolo."""
    profile, options, questions = await fonolo.read_form(sid)
    faults, number, option = check(body, options, questions)
    if faults:
        raise Problem(422, "validation_failed", errors=faults)
    for name, status in (("profile", profile["status"]), ("option", option["status"])):
        if status != "active":
            raise Problem(409, f"{name}_{status}")
    slot = await _slot(sid, option["sid"], body.start_time) if body.start_time else None
    duplicate = f"duplicate:{keyed_hash(f'{sid} {number} {body.option} {slot}')}"
    if await claim(duplicate, "1", 30):
        raise Problem(409, "duplicate_callback")
    held: list[tuple[Any, str, str]] = []
    try:
        for scope, limits, key in (
            ("number", _RINGS, keyed_hash(number)),
            ("global", _EVERYBODY, "all"),
        ):
            if refused := await consume(limits, scope, key):
                _, ends = await reset_after(refused, scope, key)
                raise Problem(
                    429, "rate_limited", wait=max(1, ends - int(time.time())), scope=scope
                )
            held.append((limits, scope, key))
        form = {
            **body.questions,
            "fc_number": number,
            "fc_option": option["sid"],
            "fc_sms_optin": str(bool(body.sms_optin)).lower(),
        }
        if slot:
            form["fc_start_date"] = f"{slot.astimezone(UTC):%Y-%m-%d %H:%M:%S}"
        call = await fonolo.start(form)
    except (Problem, fonolo.Refused) as error:
        await remove(duplicate)
        for each in held:
            await give_back(*each)
        raise error if isinstance(error, Problem) else Problem(502, "upstream_error") from error
    return {"id": sign(call), "start_time": slot.isoformat() if slot else None}


async def _slot(sid: str, option: str, text: str) -> datetime:
    slots = await fonolo.read_slots(sid, option)
    wanted = datetime.fromisoformat(text)
    for each in slots:
        if datetime.fromisoformat(each["start_time"]) == wanted:
            return datetime.fromisoformat(each["start_time"])
    raise Problem(409, "slot_unavailable", slots=slots)


@app.get("/v1/callbacks/{id}", dependencies=[Depends(limited("read", _READS))])
async def show_callback(id: str) -> Response:
    found = await fonolo.status(call_of(id))
    final = found["status"] in ("Success", "Canceled", "Failed", "Deleted")
    minutes, seconds = found["duration"].split(":")
    body = {
        "id": id,
        "status": found["status"],
        "final": final,
        "start_time": found["start_date"],
        "duration": int(minutes) * 60 + int(seconds),
    }
    headers = {"Cache-Control": "no-store"} | ({} if final else {"Retry-After": "2"})
    return JSONResponse(body, headers=headers)


@app.get("/metrics")
async def metrics() -> Response:
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)
