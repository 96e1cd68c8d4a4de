"""The account that is simulated: profiles, options, questions, scheduling settings.

Field names, their order and their types are the document's: `asdict` of `ProfileDetails`,
`Option`, `Question` and `Scheduling` is what goes over the wire. Everything here is immutable.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

CLIENT_NUMBER_MACRO = "{{$client_number}}"


@dataclass(frozen=True)
class Option:
    """A queue that Fonolo calls into (document: "Get a Single Call-Back Option")."""

    sid: str
    name: str
    status: str = "active"
    position: int = 0
    extension: int | None = None
    phone_number: str | None = None
    client_cid_override: bool = False
    client_cid_number: str | None = ""
    client_cid_name: str | None = ""
    agent_cid_override: bool = False
    agent_cid_number: str | None = CLIENT_NUMBER_MACRO
    agent_cid_name: str | None = "Fonolo"
    default_country_override: bool = False
    default_country: str | None = None


@dataclass(frozen=True)
class Question:
    """A pre-call question (document: "Get a Single Pre-Call Question")."""

    sid: str
    name: str
    key: str
    type: str = "text_input"
    position: int = 0
    default_value: str | None = None
    confirmation_menu: bool = False
    min_length: int | None = 0
    max_length: int | None = 0
    required: bool = False
    visible: bool = True
    editable: bool = True
    store_data: bool = True
    whisper: bool = True
    use_sip_header: bool = False
    sip_header_name: str | None = None


@dataclass(frozen=True)
class Entry:
    """Weekdays (0 is Sunday) and the ranges of local time in which slots are offered."""

    day_of_week: tuple[int, ...]
    start_time: tuple[str, ...]
    end_time: tuple[str, ...]
    status: str = "active"


@dataclass(frozen=True)
class Scheduling:
    """Scheduling settings of one profile (document: "Get Scheduling Settings")."""

    offer_interval: str = "00:30:00"
    max_scheduled: int = 10
    max_options: int = 5
    daily_overflow: str = "today_only"
    entries: tuple[Entry, ...] = ()


@dataclass(frozen=True)
class ProfileDetails:
    """What the profile endpoints say (document: "Get a Single Call-Back Profile")."""

    sid: str
    name: str
    status: str = "active"
    channel: str = "web_rescue"
    language: str = "english"
    client_cid_number: str = ""
    client_cid_name: str = ""
    agent_cid_number: str = CLIENT_NUMBER_MACRO
    agent_cid_name: str = "Fonolo"
    total_options: int = 0
    default_country: str = "1"
    sms_enabled: bool = False
    questions_enabled: bool = False
    scheduling_enabled: bool = False


@dataclass(frozen=True)
class Profile:
    """A profile with all that hangs on it; `borrowed` are SIDs of options it shares."""

    details: ProfileDetails
    options: tuple[Option, ...] = ()
    borrowed: frozenset[str] = frozenset()
    questions: tuple[Question, ...] = ()
    scheduling: Scheduling = field(default_factory=Scheduling)

    @property
    def sid(self) -> str:
        """Its SID, as in its details."""
        return self.details.sid

    def option(self, sid: str) -> Option | None:
        """Find one of its options."""
        return next((option for option in self.options if option.sid == sid), None)

    def question(self, sid: str) -> Question | None:
        """Find one of its questions."""
        return next((question for question in self.questions if question.sid == sid), None)


@dataclass(frozen=True)
class Account:
    """One Fonolo account: its credentials, its zone, its profiles and its finished calls."""

    sid: str
    token: str = field(repr=False)
    zone: ZoneInfo
    profiles: tuple[Profile, ...]
    calls: tuple[Mapping[str, Any], ...] = ()

    @cached_property
    def by_sid(self) -> dict[str, Profile]:
        """Its profiles, by SID."""
        return {profile.sid: profile for profile in self.profiles}

    def holders(self, option_sid: str) -> list[Profile]:
        """List the profiles that have this option, the one it is defined in first."""
        holding = [profile for profile in self.profiles if profile.option(option_sid)]
        return sorted(holding, key=lambda profile: option_sid in profile.borrowed)
