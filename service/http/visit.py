"""A request under way: what the edge knows of it, and what is learnt while it is answered."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from flask import has_request_context, request

from service.callbacks.ports import Window
from service.http.routes import Route

#: Under this key it stands in the request's WSGI environment.
VISIT = "callback_gateway.visit"


class Client(NamedTuple):
    """Who asks: an address (`client_address`), and what stands for it in the ledger."""

    address: str
    key: str


class Repeatable(NamedTuple):
    """An answer's body, and whether it would be the same now."""

    body: bytes
    is_current: Callable[[], bool]


@dataclass(slots=True)
class Visit:
    """One request.

    `began` is on `time.perf_counter`. `found` is its route where that is limited, and `route` what
    every route is called in logs and metrics; `code` and `scope` are those of the problem that it
    is answered with. `windows` are the client's limits, as far
    as they were counted; where a CAPTCHA can step in, `budget_used_up` says that one was full.
    `upstream_seconds` were spent at Fonolo. `repeatable` is set where the same question gets the
    same answer, see `repeats`. `span` is the trace's.
    """

    id: str
    client: Client
    method: str
    began: float
    found: Route | None = None
    route: str | None = None
    code: str | None = None
    scope: str | None = None
    windows: list[tuple[Any, Window]] = field(default_factory=list)
    budget_used_up: bool = False
    upstream_seconds: float | None = None
    repeatable: Repeatable | None = None
    span: Any = None


def visit_of(environ: Mapping[str, Any]) -> Visit | None:
    """Return the one that stands in a request's WSGI environment; None where the edge is not."""
    return environ.get(VISIT)


def this_visit() -> Visit:
    """Return that of the request at hand."""
    found: Visit = request.environ[VISIT]
    return found


def visit_or_none() -> Visit | None:
    """Return that of the request at hand; None outside of any."""
    return this_visit() if has_request_context() else None
