"""Fonolo's objects, typed and frozen, in the document's own words (Fonolo API 3.0).

Times are aware datetimes in the zone the client was given; durations are seconds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

#: The twelve call-back statuses (section "Get Call-Back Status").
STATUSES = (
    "Initialization",
    "Scheduled",
    "Pending",
    "Calling Target",
    "Holding",
    "Calling Client",
    "Call In Progress",
    "Error Callback",
    "Success",
    "Canceled",
    "Failed",
    "Deleted",
)


@dataclass(frozen=True, slots=True)
class Profile:
    """A call-back profile (section "Get a Single Call-Back Profile")."""

    sid: str
    name: str
    status: str
    channel: str
    language: str
    client_cid_number: str
    client_cid_name: str
    agent_cid_number: str
    agent_cid_name: str
    total_options: int
    default_country: str | None
    sms_enabled: bool
    questions_enabled: bool
    scheduling_enabled: bool


@dataclass(frozen=True, slots=True)
class Option:
    """A call-back option: a queue behind a profile ("Get a Single Call-Back Option")."""

    sid: str
    name: str
    status: str
    position: int
    extension: int | None
    phone_number: str | None
    client_cid_override: bool
    client_cid_number: str
    client_cid_name: str
    agent_cid_override: bool
    agent_cid_number: str
    agent_cid_name: str
    default_country_override: bool
    default_country: str | None


@dataclass(frozen=True, slots=True)
class Question:
    """A pre-call question ("Get a Single Pre-Call Question"); lengths in characters."""

    sid: str
    name: str
    key: str
    type: str
    position: int
    default_value: str | None
    confirmation_menu: bool
    min_length: int
    max_length: int
    required: bool
    visible: bool
    editable: bool
    store_data: bool
    whisper: bool
    use_sip_header: bool
    sip_header_name: str | None


@dataclass(frozen=True, slots=True)
class SchedulingEntry:
    """Days (0 is Sunday) and times of day ("8:00", "24:00") in which slots are offered."""

    status: str
    day_of_week: tuple[int, ...]
    start_time: tuple[str, ...]
    end_time: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Scheduling:
    """Scheduling settings of a profile ("Get Scheduling Settings")."""

    profile_sid: str | None
    offer_interval: str
    max_scheduled: int
    max_options: int
    daily_overflow: str
    entries: tuple[SchedulingEntry, ...]


@dataclass(frozen=True, slots=True)
class Slot:
    """A window in which a call-back can be scheduled ("Get Call-Back Schedule")."""

    start_time: datetime
    end_time: datetime


@dataclass(frozen=True, slots=True)
class StartedCall:
    """A call-back that Fonolo has accepted ("Start a New Call-Back")."""

    sid: str
    status_url: str | None


@dataclass(frozen=True, slots=True)
class CallStatus:
    """Where a call-back stands ("Get Call-Back Status"); `duration` in seconds."""

    sid: str
    status: str
    start_date: datetime | None
    duration: int | None


@dataclass(frozen=True, slots=True)
class CallReport:
    """A call in the reports ("Get a Single Call-Back").

    Which fields come is configured in Fonolo's portal, so all of them stand, as Fonolo wrote
    them, in `fields`; `sid`, `status` and `started` are read out of them.
    """

    sid: str
    status: str | None
    started: datetime | None
    fields: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ReportPage:
    """One page of reports ("Get a List of Call-Backs"), 250 calls at the most."""

    calls: tuple[CallReport, ...]
    page: int
    total_pages: int
    total_calls: int
