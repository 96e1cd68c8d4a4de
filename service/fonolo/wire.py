"""Fonolo's JSON answers -> dataclasses, surviving what the document leaves open.

Every reader raises `ValueError` (or a `KeyError`, `TypeError`) for what it cannot read; the
client turns that into `Unintelligible`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any, TypeVar

from service.fonolo import models

Json = Mapping[str, Any]
T = TypeVar("T")

_SID = re.compile(r"(CA|CO|CP|QQ)[0-9a-f]{32}")
_TIME = re.compile(r"(\d{4})-(\d\d)-(\d\d) (\d{1,2}):(\d\d):(\d\d)", re.ASCII)
SUCCESS, FAILURE = 200, 500
WIRE_TIME = "%Y-%m-%d %H:%M:%S"


def check_sid(sid: str, prefix: str) -> str:
    """Return `sid` if it is a SID of that kind (CA, CO, CP or QQ); ValueError else."""
    if not (isinstance(sid, str) and sid.startswith(prefix) and _SID.fullmatch(sid)):
        raise ValueError(f"not a SID: {prefix} and 32 hexadecimal digits are wanted")
    return sid


def status_of(body: bytes) -> tuple[int, str, Json]:
    """Read the envelope: status, message and the whole answer.

    The status stands in `head.status` or at the top level, as a number or as digits. It is 200 or
    500 (section "Response Codes"): anything else is somebody else's, a proxy's say.
    """
    answer = json.loads(body)
    if not isinstance(answer, dict):
        raise ValueError("not an object")
    head = answer.get("head")
    said = head if isinstance(head, dict) and "status" in head else answer
    status = said["status"]
    if isinstance(status, bool) or not isinstance(status, (int, str)):
        raise ValueError("no status")
    if int(status) not in (SUCCESS, FAILURE):
        raise ValueError("not a status of the document")
    return int(status), str(said.get("message") or ""), answer


def wire_time(at: datetime, zone: tzinfo) -> str:
    """Write an aware datetime as Fonolo takes it: local in `zone`, no zone said."""
    return at.astimezone(zone).strftime(WIRE_TIME)


def local_time(text: str, zone: tzinfo) -> datetime:
    """Read a Fonolo time in `zone`.

    Hours need no padding and may be 24 (the end of the day). An hour that exists twice is the
    earlier one; one that does not exist is moved on by the hour that is missing.
    """
    return _naive(text).replace(tzinfo=zone).astimezone(UTC).astimezone(zone)


def exists(text: str, zone: tzinfo) -> bool:
    """Tell whether the local time happens at all: not so in the hour that spring skips."""
    return local_time(text, zone).replace(tzinfo=None) == _naive(text)


def _naive(text: str) -> datetime:
    match = _TIME.fullmatch(text)
    if not match:
        raise ValueError("not a time of Fonolo's")
    year, month, day, hour, minute, second = map(int, match.groups())
    midnight = datetime(year, month, day)  # noqa: DTZ001 - its zone comes with the caller
    if hour > 24 or minute > 59 or second > 59 or (hour == 24 and (minute or second)):
        raise ValueError("not a time of day")
    return midnight + timedelta(hours=hour, minutes=minute, seconds=second)


def seconds(text: Any) -> int | None:
    """Read a timer, `MM:SS` or `H:MM:SS`, as seconds; None for `--` or none."""
    if not isinstance(text, str) or not re.fullmatch(r"\d+(:\d\d){1,2}", text, re.ASCII):
        return None
    total = 0
    for part in text.split(":"):
        total = total * 60 + int(part)
    return total


def flag(value: Any) -> bool:
    """Read a boolean that may come as a word or a digit."""
    return value is True or str(value).lower() in {"true", "1", "yes"}


def text(value: Any) -> str | None:
    """Read a string that may come as a number; None for null and for an empty one."""
    return None if value is None or value == "" else str(value)


def number(value: Any) -> int:
    """Read a count that may come as digits or as null (0)."""
    return int(value or 0)


def items(data: Any, name: str, read: Callable[[Json], T]) -> tuple[T, ...]:
    """Read a list under `data[name]`; a lone object counts as a list of one."""
    values = data.get(name) if isinstance(data, dict) else data
    if isinstance(values, dict):
        values = [values]
    return tuple(read(value) for value in values or [])


def profile(data: Json) -> models.Profile:
    return models.Profile(
        sid=check_sid(data["sid"], "CP"),
        name=str(data["name"]),
        status=str(data["status"]),
        channel=str(data.get("channel") or ""),
        language=str(data.get("language") or ""),
        client_cid_number=str(data.get("client_cid_number") or ""),
        client_cid_name=str(data.get("client_cid_name") or ""),
        agent_cid_number=str(data.get("agent_cid_number") or ""),
        agent_cid_name=str(data.get("agent_cid_name") or ""),
        total_options=number(data.get("total_options")),
        default_country=text(data.get("default_country")),
        sms_enabled=flag(data.get("sms_enabled")),
        questions_enabled=flag(data.get("questions_enabled")),
        scheduling_enabled=flag(data.get("scheduling_enabled")),
    )


def option(data: Json) -> models.Option:
    extension = data.get("extension")
    return models.Option(
        sid=check_sid(data["sid"], "CO"),
        name=str(data["name"]),
        status=str(data["status"]),
        position=number(data.get("position")),
        extension=None if extension in (None, "") else int(extension),
        phone_number=text(data.get("phone_number")),
        client_cid_override=flag(data.get("client_cid_override")),
        client_cid_number=str(data.get("client_cid_number") or ""),
        client_cid_name=str(data.get("client_cid_name") or ""),
        agent_cid_override=flag(data.get("agent_cid_override")),
        agent_cid_number=str(data.get("agent_cid_number") or ""),
        agent_cid_name=str(data.get("agent_cid_name") or ""),
        default_country_override=flag(data.get("default_country_override")),
        default_country=text(data.get("default_country")),
    )


def question(data: Json) -> models.Question:
    return models.Question(
        sid=check_sid(data["sid"], "QQ"),
        name=str(data["name"]),
        key=str(data["key"]),
        type=str(data["type"]),
        position=number(data.get("position")),
        default_value=text(data.get("default_value")),
        confirmation_menu=flag(data.get("confirmation_menu")),
        min_length=number(data.get("min_length")),
        max_length=number(data.get("max_length")),
        required=flag(data.get("required")),
        visible=flag(data.get("visible")),
        editable=flag(data.get("editable")),
        store_data=flag(data.get("store_data")),
        whisper=flag(data.get("whisper")),
        use_sip_header=flag(data.get("use_sip_header")),
        sip_header_name=text(data.get("sip_header_name")),
    )


def scheduling(data: Json) -> models.Scheduling:
    return models.Scheduling(
        profile_sid=text(data.get("profile_sid")),
        offer_interval=str(data["offer_interval"]),
        max_scheduled=number(data.get("max_scheduled")),
        max_options=number(data.get("max_options")),
        daily_overflow=str(data["daily_overflow"]),
        entries=items(data, "entries", _entry),
    )


def _entry(data: Json) -> models.SchedulingEntry:
    return models.SchedulingEntry(
        status=str(data["status"]),
        day_of_week=tuple(int(day) for day in data["day_of_week"]),
        start_time=tuple(str(time) for time in data["start_time"]),
        end_time=tuple(str(time) for time in data["end_time"]),
    )


def slots(data: Json, zone: tzinfo) -> tuple[models.Slot, ...]:
    """Read a schedule; a start that does not exist in `zone` cannot be named, so is left out."""
    entries = items(data, "schedule", lambda entry: _slot(entry, zone))
    return tuple(dict.fromkeys(entry for entry in entries if entry is not None))


def _slot(data: Json, zone: tzinfo) -> models.Slot | None:
    if not exists(data["start_time"], zone):
        return None
    start, end = local_time(data["start_time"], zone), local_time(data["end_time"], zone)
    if end.astimezone(UTC) <= start.astimezone(UTC):  # it ends in the second of two equal hours
        end = end.replace(fold=1)
    return models.Slot(start, end)


def started_call(data: Json) -> models.StartedCall:
    return models.StartedCall(check_sid(data["sid"], "CA"), text(data.get("status")))


def call_status(data: Json, zone: tzinfo) -> models.CallStatus:
    if data["status"] not in models.STATUSES:
        raise ValueError("not one of the twelve statuses")
    return models.CallStatus(
        sid=check_sid(data["sid"], "CA"),
        status=data["status"],
        start_date=_time_or_none(data.get("start_date"), zone),
        duration=seconds(data.get("duration")),
    )


def call_report(data: Json, zone: tzinfo) -> models.CallReport:
    return models.CallReport(
        sid=check_sid(data["sid"], "CA"),
        status=text(data.get("status")),
        started=_time_or_none(data.get("datetime") or _date_and_time(data), zone),
        fields={name: "" if value is None else str(value) for name, value in data.items()},
    )


def _date_and_time(data: Json) -> str:
    """Join the two fields that say what `datetime` does, for reports that have only them."""
    return f"{data.get('date') or ''} {data.get('time') or ''}".strip()


def report_page(answer: Json, zone: tzinfo) -> models.ReportPage:
    head = answer["head"]
    return models.ReportPage(
        calls=items(answer.get("data"), "call", lambda row: call_report(row, zone)),
        page=number(head["page"]),
        total_pages=number(head["total_pages"]),
        total_calls=number(head["total_calls"]),
    )


def _time_or_none(value: Any, zone: tzinfo) -> datetime | None:
    return local_time(value, zone) if isinstance(value, str) and value.strip("- ") else None
