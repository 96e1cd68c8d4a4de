"""The outermost layer: what every request passes, on its way in and on its way out.

It is named, and its client found. Where its route is limited it is counted; one that is over its
limit, and one whose answer is known (`repeats`), is answered here and costs no more than it must.
All others are Flask's. Every answer is completed with headers, and watched.
docs/decisions/0011-edge.md says what that saves.
"""

from __future__ import annotations

import itertools
import re
import secrets
import time
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from http import HTTPStatus
from typing import Any

from flask import has_request_context, request

from service.callbacks.ports import Hashed
from service.http import problems
from service.http.client_address import Network, client_address
from service.http.headers import SECURITY, Cors
from service.http.limits import ClientLimits, limit_headers
from service.http.repeats import Answer, Repeats
from service.http.routes import LimitedRoutes
from service.http.visit import VISIT, Client, Visit
from service.observability.watch import Watch

Environ = dict[str, Any]
Headers = list[tuple[str, str]]
StartResponse = Callable[..., Any]
Wsgi = Callable[[Environ, StartResponse], Iterable[bytes]]

_FITTING_ID = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)
#: Clients whose address is not worked out anew.
_KNOWN = 4096


class Edge:
    """A WSGI application around Flask's; proxies in `trusted` are believed."""

    def __init__(
        self,
        application: Wsgi,
        routes: LimitedRoutes,
        limits: ClientLimits,
        watch: Watch,
        hashed: Hashed,
        *,
        trusted: Sequence[Network],
        cors_origins: Sequence[str],
    ) -> None:
        self._application = application
        self._routes = routes
        self._limits = limits
        self._watch = watch
        self._cors = Cors(cors_origins)
        self._repeats = Repeats()
        self._ids = map(f"{secrets.token_hex(12)}{{:08x}}".format, itertools.count())

        @lru_cache(_KNOWN)
        def client(peer: str, forwarded_for: str) -> Client:
            address = client_address(peer, forwarded_for, trusted)
            return Client(address, hashed("client", address))

        self._client = client

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        visit = environ[VISIT] = self._visit(environ)
        self._watch.begin(visit, environ)
        try:
            return self._answer(visit, environ, self._completing(visit, environ, start_response))
        finally:
            self._watch.left()

    def _visit(self, environ: Environ) -> Visit:
        given = environ.get("HTTP_X_REQUEST_ID", "")
        peer, hops = environ.get("REMOTE_ADDR", ""), environ.get("HTTP_X_FORWARDED_FOR", "")
        return Visit(
            given if _FITTING_ID.fullmatch(given) else next(self._ids),
            self._client(peer, hops),
            environ["REQUEST_METHOD"],
            time.perf_counter(),
        )

    def _answer(self, visit: Visit, environ: Environ, start: StartResponse) -> Iterable[bytes]:
        if refused := environ.get(problems.REFUSED):
            return _shown(_refusal(refused, visit), start)
        route = self._routes.find(visit.method, environ["PATH_INFO"])
        if route is None:
            return self._application(environ, start)
        visit.found, visit.route = route, route.rule.rule
        try:
            self._limits.count(route.budget, visit)
            known = self._repeats.find(environ)
        except Exception as error:
            known = _refusal(error, visit)
        if known is None:
            return self._application(environ, start)
        return _shown(known, start)

    def _completing(
        self, visit: Visit, environ: Environ, start_response: StartResponse
    ) -> StartResponse:
        def start(status: str, headers: Headers, *error: Any) -> Any:
            if visit.repeatable and not visit.code:
                body, is_current = visit.repeatable
                self._repeats.keep(environ, Answer(status, tuple(headers), body), is_current)
            if visit.route is None and has_request_context() and request.url_rule:
                visit.route = request.url_rule.rule
            self._watch.end(visit, status, headers)
            set_already = {name for name, _ in headers}
            headers += limit_headers(visit.windows)
            headers += self._cors.headers(environ)
            headers.append(("X-Request-ID", visit.id))
            headers += [each for each in SECURITY if each[0] not in set_already]
            return start_response(status, headers, *error)

        return start


def _shown(answer: Answer, start: StartResponse) -> Iterable[bytes]:
    start(answer.status, list(answer.headers))
    return [answer.body]


def _refusal(error: Exception, visit: Visit) -> Answer:
    """Write what has gone wrong before Flask was asked."""
    status, headers, body = problems.written(problems.problem_of(error), visit)
    headers.append(("Content-Length", str(len(body))))
    return Answer(f"{status} {HTTPStatus(status).phrase}", tuple(headers), body)
