"""Faults on demand: which endpoint misbehaves, how, how often.

One fault for each endpoint; a second replaces the first. An endpoint's own fault goes before
the one for `*`. `read_fault` is strict, because a switch that silently does nothing makes a
test lie.
"""

import random
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from threading import Lock
from typing import Any

ENDPOINTS = (
    "callback", "cancel", "status", "profile", "profiles", "option", "options",
    "question", "questions", "scheduling", "schedule", "call", "calls",
)  # fmt: skip
LONGEST_MS = 3_600_000


class Mode(StrEnum):
    """Ways to misbehave, beyond being slow."""

    REFUSE = "refuse"
    REFUSE_200 = "refuse_200"
    BARE = "bare"
    HANG = "hang"
    CUT = "cut"
    HTML = "html"
    TRUNCATED = "truncated"
    EMPTY = "empty"


REFUSALS = frozenset({Mode.REFUSE, Mode.REFUSE_200, Mode.BARE})


@dataclass(frozen=True)
class InjectedFault:
    """One switch: its fields are those of `POST /_simulator/faults`."""

    endpoint: str
    latency_ms: int = 0
    jitter_ms: int = 0
    rate: float = 1.0
    mode: Mode | None = None

    @property
    def refuses(self) -> bool:
        """Whether the request is refused instead of handled."""
        return self.mode in REFUSALS

    def delay(self, rng: random.Random) -> float:
        """Draw the seconds by which an answer is late."""
        return (self.latency_ms + rng.uniform(0, self.jitter_ms)) / 1000


class Faults:
    """The switches of one simulator; safe to use from many threads."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._by_endpoint: dict[str, InjectedFault] = {}
        self._lock = Lock()

    def put(self, fault: InjectedFault) -> None:
        """Switch a fault on, in place of the endpoint's former one."""
        with self._lock:
            self._by_endpoint[fault.endpoint] = fault

    def clear(self, endpoint: str | None = None) -> None:
        """Switch one endpoint's fault off, or all."""
        with self._lock:
            if endpoint is None:
                self._by_endpoint.clear()
            else:
                self._by_endpoint.pop(endpoint, None)

    def all(self) -> list[dict[str, Any]]:
        """List what is switched on, as it was posted."""
        with self._lock:
            return [asdict(fault) for fault in self._by_endpoint.values()]

    def draw(self, endpoint: str) -> InjectedFault | None:
        """Decide whether a request to this endpoint meets its fault."""
        with self._lock:
            fault = self._by_endpoint.get(endpoint) or self._by_endpoint.get("*")
        if fault is None or (fault.rate < 1 and self._rng.random() >= fault.rate):
            return None
        return fault


class BadFault(ValueError):
    """A fault that cannot be switched on; `problems` maps fields to what is wrong."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__("; ".join(f"{field} {why}" for field, why in problems.items()))
        self.problems = dict(problems)


def read_fault(body: object) -> InjectedFault:
    """Read the body of a POST; raises BadFault naming every field that is wrong."""
    if not isinstance(body, dict):
        raise BadFault({"": "the body must be a JSON object"})
    problems = {
        str(name): f"unknown field; known are {', '.join(_FIELDS)}"
        for name in body
        if name not in _FIELDS
    }
    if "endpoint" not in body:
        problems["endpoint"] = _FIELDS["endpoint"][1]
    for name, (accepts, expectation) in _FIELDS.items():
        if name in body and not accepts(body[name]):
            problems[name] = expectation
    if problems:
        raise BadFault(problems)
    mode = body.get("mode")
    return InjectedFault(**{**body, "mode": None if mode is None else Mode(mode)})


def _is_milliseconds(value: object) -> bool:
    return type(value) is int and 0 <= value <= LONGEST_MS


def _is_rate(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1


_FIELDS: Mapping[str, tuple[Callable[[object], bool], str]] = {
    "endpoint": (
        lambda value: isinstance(value, str) and value in (*ENDPOINTS, "*"),
        f"must be one of {', '.join(ENDPOINTS)} or *",
    ),
    "latency_ms": (_is_milliseconds, f"must be a whole number from 0 to {LONGEST_MS}"),
    "jitter_ms": (_is_milliseconds, f"must be a whole number from 0 to {LONGEST_MS}"),
    "rate": (_is_rate, "must be a number from 0 to 1"),
    "mode": (
        lambda value: value is None or (isinstance(value, str) and value in list(Mode)),
        f"must be null or one of {', '.join(Mode)}",
    ),
}
