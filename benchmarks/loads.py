"""What is sent: requests with their expected statuses, and how wrk is told to send them."""

from __future__ import annotations

import itertools
import json
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.processes import LOAD_CORE
from benchmarks.stub import OPTION

_SCRIPT = Path(__file__).with_name("load.lua")
#: Each run of wrk has numbers of its own: phone numbers and Idempotency-Keys never come twice.
_RUN = 100_000
_first_numbers = itertools.count(0, _RUN)


@dataclass(frozen=True)
class Request:
    """A template; load.lua says what {n}, {phone} and {n%K} become. Sent `weight` times in turn."""

    method: str
    path: str
    body: str = ""
    headers: tuple[str, ...] = ()  # "Name: value"
    weight: int = 1

    def arguments(self) -> list[str]:
        return [str(self.weight), self.method, self.path, "\n".join(self.headers), self.body]


@dataclass(frozen=True)
class Load:
    """Requests sent in turn over `connections`, the statuses they must have, upstream's delay."""

    title: str
    requests: tuple[Request, ...]
    expect: tuple[int, ...] = (200,)
    connections: int = 16
    delay: int = 0  # milliseconds

    def over(self, connections: int) -> Load:
        return replace(self, connections=connections)


@dataclass(frozen=True)
class Answers:
    """What wrk saw: `sent`, `good` and `bad` are counts, `p50` and `p99` milliseconds."""

    sent: int
    good: int
    bad: int
    first_bad: str
    broken: int
    seconds: float
    p50: float
    p99: float


def send(load: Load, origin: str, seconds: int) -> Answers:
    """Send the load for that many seconds, from a core of its own."""
    expected = ",".join(map(str, load.expect))
    requests = [part for request in load.requests for part in request.arguments()]
    script = [str(_SCRIPT), origin, "--", expected, str(next(_first_numbers)), *requests]
    connections = ["--threads", "1", "--connections", str(load.connections)]
    wrk = ["wrk", *connections, "--duration", f"{seconds}s", "--timeout", "30s", "--script"]
    command = ["taskset", "--cpu-list", str(LOAD_CORE), *wrk, *script]
    done = subprocess.run(  # noqa: S603 - our own command
        command, capture_output=True, text=True, check=True, timeout=seconds + 60
    )
    result = next(line for line in done.stdout.splitlines() if line.startswith("RESULT "))
    return Answers(**json.loads(result.removeprefix("RESULT ")))


def _start(alias: str = "default", path: str = "/v1/profiles/{}/callbacks") -> Request:
    body = {"number": "{phone}", "option": OPTION, "questions": {"account_number": "12345"}}
    headers = ("Content-Type: application/json", "Idempotency-Key: benchmark-{n}")
    return Request("POST", path.format(alias), json.dumps(body), headers)


def _form(alias: str = "default") -> Request:
    return Request("GET", f"/v1/profiles/{alias}")


def start(alias: str = "default", *, connections: int = 16, delay: int = 0) -> Load:
    """Start call-backs, each of another number under another key."""
    return Load("start", (_start(alias),), (201,), connections, delay)


def form(alias: str = "default") -> Load:
    """Read a form."""
    return Load("form", (_form(alias),))


HELLO = Load("hello", (Request("GET", "/hello"),))
ECHO = Load("JSON echo", (_start(path="/echo"),))
SLOTS = Load("slots", (Request("GET", f"/v1/profiles/default/options/{OPTION}/slots"),))
REFUSED = Load(
    "422",
    (replace(_start(), body=json.dumps({"number": "12", "questions": {"unknown": "1"}})),),
    (422,),
)
LIMITED = replace(start(), title="429", expect=(429,))


def unchanged(etag: str) -> Load:
    """Ask for a form by its ETag."""
    return Load("304", (replace(_form(), headers=(f"If-None-Match: {etag}",)),), (304,))


def status(paths: Sequence[str]) -> Load:
    """Read the status of these call-backs in turn."""
    return Load("status", tuple(Request("GET", path) for path in paths))


def mixed(status_path: str) -> Load:
    """One start, five forms, ten polls of a call-back's status."""
    polls = Request("GET", status_path, weight=10)
    return Load("mix", (_start(), replace(_form(), weight=5), polls), (200, 201))
