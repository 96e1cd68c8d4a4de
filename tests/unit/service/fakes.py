"""Hand-written stand-ins that unit tests pass in: a clock, a catalogue, a phone, builders."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from service.callbacks.ports import Progress
from service.callbacks.profile import Option, Profile, Question
from service.callbacks.slots import Slot

PROFILE_SID = "CP" + "1" * 32
OPTION_ID = "CO" + "2b" * 16
OTHER_OPTION_ID = "CO" + "3c" * 16
CALL_SID = "CA" + "4" * 32
#: Monday, 2017-08-07 21:05 UTC: the document's own moment.
NOW = datetime(2017, 8, 7, 21, 5, tzinfo=UTC).timestamp()
SLOT_START = datetime(2017, 8, 7, 21, 30, tzinfo=UTC)


class Clock:
    """Seconds since the epoch that pass only when told to."""

    def __init__(self, now: float = NOW) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now

    def pass_(self, seconds: float) -> None:
        self.now += seconds


def option(**changes: Any) -> Option:
    fields: dict[str, Any] = {
        "id": OPTION_ID,
        "name": "Customer Service",
        "status": "active",
        "position": 0,
        "default_country": "1",
    }
    return Option(**{**fields, **changes})


def question(key: str, **changes: Any) -> Question:
    fields: dict[str, Any] = {
        "key": key,
        "name": key.title(),
        "type": "text_input",
        "position": 1,
        "required": False,
        "visible": True,
        "editable": True,
        "min_length": 0,
        "max_length": 0,
        "default": None,
    }
    return Question(**{**fields, **changes})


def profile(**changes: Any) -> Profile:
    fields: dict[str, Any] = {
        "sid": PROFILE_SID,
        "name": "Web Profile",
        "status": "active",
        "language": "en",
        "default_country": "1",
        "scheduling": True,
        "sms": True,
        "options": (option(),),
        "questions": (),
    }
    return Profile(**{**fields, **changes})


def slot(start_time: datetime = SLOT_START, minutes: int = 30) -> Slot:
    return Slot(start_time, start_time + timedelta(minutes=minutes))


def key_hasher(kind: str, *parts: str) -> str:
    """Stand for the keyed hash, readably: a kind, a colon and 32 hexadecimal digits."""
    return f"{kind}:{'|'.join(parts).encode().hex():0>32}"


@dataclass
class FakeCatalog:
    """A catalogue of one profile; `offers` are answered in turn, the last one for ever.

    An offer is a tuple of slots, or an error to raise. `asked` lists what was asked for.
    """

    profile_: Profile | Exception = field(default_factory=profile)
    offers: list[tuple[Slot, ...] | Exception] = field(default_factory=lambda: [(slot(),)])
    asked: list[Any] = field(default_factory=list)

    def profile(self, sid: str, within: float) -> Profile:
        self.asked.append(("profile", sid))
        if isinstance(self.profile_, Exception):
            raise self.profile_
        return self.profile_

    def slots(
        self, profile_sid: str, option_id: str, within: float, *, refresh: bool = False
    ) -> tuple[Slot, ...]:
        self.asked.append(("slots", option_id, refresh))
        offer = self.offers.pop(0) if len(self.offers) > 1 else self.offers[0]
        if isinstance(offer, Exception):
            raise offer
        return offer


@dataclass
class FakeCallService:
    """A phone that notes every ring; `answers` are given in turn, then new SIDs for ever.

    An answer is a call's SID, or an error to raise. An error in `silent` raises without a ring.
    `before` runs while the start is under way.
    """

    answers: list[str | BaseException] = field(default_factory=list)
    rings: list[dict[str, Any]] = field(default_factory=list)
    before: Callable[[], None] = lambda: None
    status: Progress | Exception = field(default_factory=lambda: Progress("Holding", None, 22))
    cancelled: list[str] = field(default_factory=list)
    cancel_error: Exception | None = None
    clients: list[str] = field(default_factory=list)

    def start(
        self,
        number: str,
        option_id: str,
        *,
        start_time: datetime | None,
        sms_optin: bool | None,
        answers: Mapping[str, str],
        within: float,
        client: str = "",
    ) -> str:
        self.clients.append(client)
        self.rings.append(
            {
                "number": number,
                "option_id": option_id,
                "start_time": start_time,
                "sms_optin": sms_optin,
                "answers": dict(answers),
                "within": within,
            }
        )
        self.before()
        answer = self.answers.pop(0) if self.answers else f"CA{len(self.rings):032x}"
        if isinstance(answer, BaseException):
            raise answer
        return answer

    def progress(self, call_sid: str, *, within: float | None = None) -> Progress:
        if isinstance(self.status, Exception):
            raise self.status
        return self.status

    def cancel(self, call_sid: str, *, within: float | None = None) -> None:
        self.cancelled.append(call_sid)
        if self.cancel_error:
            raise self.cancel_error
