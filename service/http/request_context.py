"""What is known of a request while it is answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from flask import request
from werkzeug.routing import MapAdapter

from service.callbacks.calls import CallReference
from service.callbacks.identity import Identity

if TYPE_CHECKING:
    from service.http.rate_limits import LimitState
    from service.http.response_cache import CachedResponse

#: The key of the request context in the WSGI environment.
CONTEXT_KEY = "callback_gateway.request_context"
#: Under this one the problem of a request that the server could not read.
REFUSED_KEY = "callback_gateway.refused"


class Client(NamedTuple):
    """Who asks: its address (see `client_address`), and the hash of it that is its store key."""

    address: str
    key: str


@dataclass(slots=True)
class RequestContext:
    """One request.

    `url_adapter` is Werkzeug's, already matched; None where the Host header is unusable. `route`
    is the rule that serves the request, as logs and metrics name it. `code` and `scope` are those
    of the problem it is answered with. `identity` is what a token says of who asks; the key of
    `client` is then that of its subject. `call` is what a handle names whose reads are limited.
    `refusal` is the problem that kept it out, where a page of its own is to say so. `limits` are
    the client's limits, as far as they were counted; `limit_exceeded` says that one was used up and
    a CAPTCHA is asked for, before all else, instead of a 429. `cacheable` is set by a view whose
    response may be cached.
    """

    id: str
    client: Client
    method: str
    url_adapter: MapAdapter | None = None
    route: str | None = None
    code: str | None = None
    scope: str | None = None
    identity: Identity | None = None
    call: CallReference | None = None
    refusal: Exception | None = None
    limits: list[LimitState] = field(default_factory=list)
    limit_exceeded: bool = False
    cacheable: CachedResponse | None = None


def request_context_of(environ: Mapping[str, Any]) -> RequestContext | None:
    """Return the context in a WSGI environment; None where the middleware was not passed."""
    return environ.get(CONTEXT_KEY)


def current_request() -> RequestContext:
    """Return the context of Flask's current request.

    A request that did not pass the middleware, as in `app.test_request_context()`, gets a new one.
    """
    context = request_context_of(request.environ)
    if context is None:
        context = RequestContext("none", Client("local", "client:local"), request.method)
        request.environ[CONTEXT_KEY] = context
    return context
