"""A guard against losses: bytecode instructions a request, as multiples of bare Flask's echo.

Seconds depend on the machine and on what else it does; the bytecode instructions of one request
are the same each time, whatever runs beside it. Another version of Python or Flask compiles and
does things differently, but to both sides of a ratio: so each count is held as a multiple of what
the floor's JSON echo takes in the same process and the same run. Commands to Redis are counted as
they are. Work inside C (a bigger regular
expression, a longer answer to encode) it cannot see: that is what `make bench` is for.
"""

from __future__ import annotations

import gc
import itertools
import json
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

from werkzeug.test import EnvironBuilder

from benchmarks.contenders import floor
from benchmarks.lineup import account, contenders
from benchmarks.round_trips import round_trips
from benchmarks.stub import OPTION
from benchmarks.surroundings import stub_upstream, surroundings

BASELINE = Path(__file__).with_name("baseline.json")
#: How many times the baseline a request may take.
ALLOWED = 1.2
_WARMING, _COUNTED = 5, 5
_KEYS = itertools.count()

Wsgi = Callable[[Any, Any], Any]
_PROFILE = "/v1/profiles/default"


def check(*, update: bool) -> int:
    """Compare with the baseline, or renew it; return the exit code."""
    found = multiples() | commands()
    if update:
        BASELINE.write_text(json.dumps(found, indent=2) + "\n")
        return 0
    code = 0
    for name, allowed in json.loads(BASELINE.read_text()).items():
        lost = found[name] > allowed * ALLOWED
        code |= lost
        verdict = "LOST: more than a fifth above the baseline" if lost else "ok"
        unit = "commands" if name.startswith("Redis") else "x echo"
        print(f"{name:12} {found[name]:6.2f} {unit}, baseline {allowed:6.2f}: {verdict}")  # noqa: T201
    return code


def multiples() -> dict[str, float]:
    """Count each kind of request, in multiples of the floor's echo; 2 decimals."""
    with (
        tempfile.TemporaryDirectory() as folder,
        stub_upstream(Path(folder)) as stub,
    ):
        ours, strict = (_gateway(name, stub.origin) for name in ("memory", "strict"))
        echo = _count(floor.app, "/echo", 200, _wish)
        kinds = {
            "start": _count(ours, f"{_PROFILE}/callbacks", 201, _wish),
            "form": _count(ours, _PROFILE, 200),
            "slots": _count(ours, f"{_PROFILE}/options/{OPTION}/slots", 200),
            "304": _count(ours, _PROFILE, 304, etag=_etag(ours)),
            "422": _count(ours, f"{_PROFILE}/callbacks", 422, lambda n: {"number": "12"}),
            "429": _count(strict, f"{_PROFILE}/callbacks", 429, _wish),
            "status": _count(ours, _started(ours).__getitem__, 200),
        }
    return {name: round(count / echo, 2) for name, count in kinds.items()}


def commands() -> dict[str, float]:
    """Count the commands that reach Redis for a request of each kind."""
    with (
        tempfile.TemporaryDirectory() as folder,
        surroundings(Path(folder)) as around,
        around.start(contenders()["redis"]) as tree,
    ):
        counts = round_trips(tree, around.redis)
    return {f"Redis, {name}": float(count) for name, count in counts.items()}


def _started(app: Wsgi) -> list[str]:
    """Start a call-back for each status read; return their paths."""
    paths = []
    for number in range(100, 100 + _WARMING + _COUNTED):
        body = EnvironBuilder(f"{_PROFILE}/callbacks", json=_wish(number), method="POST")
        paths.append(dict(_answer(app, body.get_environ())[1])["Location"])
    return paths


def _gateway(name: str, upstream: str) -> Wsgi:
    from service.app import create_app
    from service.observability import logging
    from service.observability.log_writer import LogWriter
    from service.settings import Settings

    logging.configure("info", "json", LogWriter(len))  # written by a thread of its own, to nowhere
    return create_app(Settings.read(account(upstream, 8000) | dict(contenders()[name].env)))


def _wish(number: int) -> dict[str, Any]:
    phone = f"1416555{number:04d}"
    return {"number": phone, "option": OPTION, "questions": {"account_number": "12345"}}


def _count(
    app: Wsgi,
    path: str | Callable[[int], str],
    expected: int,
    body: Callable[[int], dict[str, Any]] | None = None,
    etag: str = "",
) -> float:
    """Return the median number of instructions of a warm request."""
    counts = []
    for number in range(_WARMING + _COUNTED):
        headers = [("Idempotency-Key", f"instructions-{next(_KEYS):08d}")]
        headers += [("If-None-Match", etag)] if etag else []
        environ = EnvironBuilder(
            path if isinstance(path, str) else path(number),
            json=body(number) if body else None,
            method="POST" if body else "GET",
            headers=headers,
        ).get_environ()
        status, _, count = _answer(app, environ)
        warm = number >= _WARMING
        if warm and status != expected:
            raise SystemExit(f"{path}: {status} instead of {expected}")
        counts += [count] if warm else []
    return statistics.median(counts)


def _etag(app: Wsgi) -> str:
    return dict(_answer(app, EnvironBuilder(_PROFILE).get_environ())[1])["ETag"]


def _answer(app: Wsgi, environ: Any) -> tuple[int, list[tuple[str, str]], int]:
    """Answer one request; return its status, its headers and how many instructions it took."""
    told: list[Any] = []
    with _counting() as count:
        answer = app(environ, lambda *start: told.extend(start))
        for _ in answer:
            pass
        getattr(answer, "close", int)()
    return int(told[0].split()[0]), told[1], count()


@contextmanager
def _counting() -> Iterator[Callable[[], int]]:
    """Count the bytecode instructions of all frames that this thread enters."""
    seen = 0

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        nonlocal seen
        if event == "call":
            frame.f_trace_opcodes, frame.f_trace_lines = True, False
        seen += event == "opcode"
        return trace

    gc.disable()  # what it finalises, and when, is no part of the request
    before = sys.gettrace()
    sys.settrace(trace)
    try:
        yield lambda: seen
    finally:
        sys.settrace(before)
        gc.enable()
