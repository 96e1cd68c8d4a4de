"""Whether those that are called equals do the same: the same requests at each, before any is timed.

The gateway in memory is the reference. Compared are statuses and what a caller goes by: an error's
code and pointers, the names of an answer's members, a replay, that a phone rang.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.client import HTTPConnection
from typing import Any

from benchmarks.processes import Tree
from benchmarks.stub import OPTION, OPTIONS

_PROFILE = "/v1/profiles/default"
_STARTS = f"{_PROFILE}/callbacks"
_SLOTS = f"{_PROFILE}/options/{OPTION}/slots"
_SLOT = "2030-08-07T18:00:00Z"


class Differs(Exception):
    """An equal answers otherwise; the message says where, and how."""


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: Any

    def outline(self) -> dict[str, Any]:
        """Return what is compared: no value that is each one's own."""
        body = self.body if isinstance(self.body, dict) else {}
        errors = [(each["pointer"], each["code"]) for each in body.get("errors", [])]
        members = sorted(body) if self.status in {200, 201} and "options" not in body else []
        return {
            "status": self.status,
            "code": body.get("code"),
            "errors": sorted(errors),
            "members": members,
            "slots": body.get("slots"),
            "questions": body.get("questions"),
            "start_time": body.get("start_time") if self.status == 201 else None,
            "replayed": "idempotency-replayed" in self.headers,
            "location": "location" in self.headers,
            "retries": "retry-after" in self.headers,
            "tagged": self.status == 200
            and "etag" in self.headers
            and ("options" in body or "slots" in body),
            "kept": self.headers.get("cache-control") != "no-store",
        }


class Caller:
    """Asks one contender; numbers and keys are its own, so that runs do not meet in a store."""

    def __init__(self, tree: Tree) -> None:
        self._port = tree.port
        self._numbers = iter(range(2_000_000 + secrets.randbelow(7_000_000), 10**7))
        self.number = self.fresh_number()
        self.key = secrets.token_hex(12)

    def fresh_number(self) -> str:
        return f"1613{next(self._numbers)}"

    def get(self, path: str, **headers: str) -> Answer:
        return self._ask("GET", path, None, headers)

    def start(self, body: object, **headers: str) -> Answer:
        text = body if isinstance(body, str) else json.dumps(body)
        return self._ask("POST", _STARTS, text, {"Content-Type": "application/json", **headers})

    def _ask(self, method: str, path: str, body: str | None, headers: Mapping[str, str]) -> Answer:
        connection = HTTPConnection("127.0.0.1", self._port, timeout=30)
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, body, names)
        with connection.getresponse() as response:
            content = response.read()
            is_json = "json" in response.headers.get("Content-Type", "")
            answer = Answer(
                response.status,
                {name.lower(): value for name, value in response.headers.items()},
                json.loads(content) if is_json else None,
            )
        connection.close()
        return answer


def _body(caller: Caller, **more: Any) -> dict[str, Any]:
    answers = {"account_number": "12345"}
    return {"number": caller.fresh_number(), "option": OPTION, "questions": answers, **more}


def _wish(caller: Caller) -> dict[str, Any]:
    return {"number": caller.number, "option": OPTION}


def _started(caller: Caller) -> str:
    return str(caller.start(_body(caller)).body["id"])


def _tag(caller: Caller) -> str:
    return caller.get(_PROFILE).headers["etag"]


def _rung(caller: Caller, count: int) -> Answer:
    """Ring one number for each option, then for slots, until so many have been asked for."""
    number = caller.fresh_number()
    wishes = [{"number": number, "option": OPTION}]
    wishes += [{"number": number, "option": f"CO{each:032d}"} for each in range(1, OPTIONS)]
    wishes.append({"number": number, "option": OPTION, "start_time": _SLOT})
    return [caller.start(wish) for wish in wishes[:count]][-1]


#: Each request by what it is about, in this order: some need what others left.
REQUESTS: dict[str, Callable[[Caller], Answer]] = {
    "a form": lambda caller: caller.get(_PROFILE),
    "a form that has not changed": lambda caller: caller.get(_PROFILE, If_None_Match=_tag(caller)),
    "a profile that is none": lambda caller: caller.get("/v1/profiles/nobody"),
    "slots": lambda caller: caller.get(_SLOTS),
    "slots of no option": lambda caller: caller.get(_SLOTS.replace(OPTION, "CO0")),
    "a start": lambda caller: caller.start(_body(caller)),
    "a start for a slot": lambda caller: caller.start(_body(caller, start_time=_SLOT)),
    "a slot that is none": lambda caller: caller.start(
        _body(caller, start_time="2030-08-07T18:07:00Z")
    ),
    "a start with a key": lambda caller: caller.start(_wish(caller), Idempotency_Key=caller.key),
    "its key again": lambda caller: caller.start(_wish(caller), Idempotency_Key=caller.key),
    "its key for another body": lambda caller: caller.start(
        _body(caller), Idempotency_Key=caller.key
    ),
    "its wish again": lambda caller: caller.start(_wish(caller)),
    "a key too short": lambda caller: caller.start(_body(caller), Idempotency_Key="short"),
    "a national number": lambda caller: caller.start(
        _body(caller, number=caller.fresh_number()[1:])
    ),
    "an impossible number": lambda caller: caller.start(_body(caller, number="12")),
    "no digits": lambda caller: caller.start(_body(caller, number="+1 613")),
    "a country not allowed": lambda caller: caller.start(_body(caller, number="442079460000")),
    "a premium number": lambda caller: caller.start(_body(caller, number="19002345678")),
    "an unknown option": lambda caller: caller.start(_body(caller, option="CO0")),
    "an unknown question": lambda caller: caller.start(_body(caller, questions={"other": "1"})),
    "an answer too long": lambda caller: caller.start(
        _body(caller, questions={"account_number": "1" * 11})
    ),
    "an unknown field": lambda caller: caller.start(_body(caller, more=1)),
    "no number": lambda caller: caller.start({"option": OPTION}),
    "no JSON": lambda caller: caller.start("{"),
    "a number rung three times": lambda caller: _rung(caller, 3),
    "a number rung once more": lambda caller: _rung(caller, 4),
    "a status": lambda caller: caller.get(f"/v1/callbacks/{_started(caller)}"),
    "a forged handle": lambda caller: caller.get(f"/v1/callbacks/{_started(caller)}x"),
}


def check(reference: Tree, others: Mapping[str, Tree], starts: Callable[[], int]) -> None:
    """Raise `Differs` where another answers otherwise; `starts` counts the phones that rang."""
    callers = {"reference": Caller(reference)} | {
        name: Caller(tree) for name, tree in others.items()
    }
    for title, ask in REQUESTS.items():
        found = {}
        for name, caller in callers.items():
            before = starts()
            answer = ask(caller)
            found[name] = {**answer.outline(), "rings": starts() - before}
        for name, outline in found.items():
            faults = {
                member: (wanted, outline[member])
                for member, wanted in found["reference"].items()
                if outline[member] != wanted
            }
            if faults:
                raise Differs(f"{name}, {title}: (wanted, found) {faults}")
