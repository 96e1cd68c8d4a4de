"""The outermost layer: what every request passes on its way in and on its way out.

It names the request and its client, matches its rule, and counts it where the rule is limited.
A request over its limit, and one whose response is cached, is answered here; Flask answers all
others. Every answer gets its headers here, and is observed.
docs/decisions/0011-middleware.md says what that saves.
"""

from __future__ import annotations

import itertools
import re
import secrets
from collections.abc import Callable, Iterable
from typing import Any, Protocol

from flask import Flask

from service.http.admission import Admission
from service.http.headers import SECURITY_HEADERS, Cors
from service.http.problems import ProblemRenderer
from service.http.rate_limits import limit_headers
from service.http.request_context import CONTEXT_KEY, REFUSED_KEY, Client, RequestContext
from service.http.response_cache import Headers, ResponseCache, WsgiResponse
from service.http.routing import MatchedAdapter, match_request

Environ = dict[str, Any]
StartResponse = Callable[..., Any]

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)


class RequestObserver(Protocol):
    """Whoever wants to see requests: for logs, metrics and traces."""

    def begin(self, method: str, path: str, traceparent: str | None) -> None:
        """See a request come, before it is answered."""
        ...

    def answered(self, context: RequestContext, status: int, *, replayed: bool) -> None:
        """See the status of its answer; `replayed`: the outcome of an earlier request."""
        ...

    def end(self) -> None:
        """See it gone, whatever came of it."""
        ...


class GatewayMiddleware:
    """A WSGI application around Flask's; `client_of(peer, forwarded_for)` says who asks."""

    def __init__(
        self,
        app: Flask,
        *,
        client_of: Callable[[str, str], Client],
        admission: Admission,
        problems: ProblemRenderer,
        cors: Cors,
        observer: RequestObserver,
    ) -> None:
        self._flask = app.wsgi_app
        self._url_map = app.url_map
        self._client_of = client_of
        self._admission = admission
        self._problems = problems
        self._cors = cors
        self._observer = observer
        self._responses = ResponseCache()
        self._ids = map(f"{secrets.token_hex(12)}{{:08x}}".format, itertools.count())

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        context = environ[CONTEXT_KEY] = self._context(environ)
        self._observer.begin(context.method, environ["PATH_INFO"], environ.get("HTTP_TRACEPARENT"))
        try:
            return self._respond(context, environ, start_response)
        finally:
            self._observer.end()

    def _context(self, environ: Environ) -> RequestContext:
        sent_id = environ.get("HTTP_X_REQUEST_ID", "")
        peer, hops = environ.get("REMOTE_ADDR", ""), environ.get("HTTP_X_FORWARDED_FOR", "")
        return RequestContext(
            sent_id if _REQUEST_ID.fullmatch(sent_id) else next(self._ids),
            self._client_of(peer, hops),
            environ["REQUEST_METHOD"],
        )

    def _respond(
        self, context: RequestContext, environ: Environ, start_response: StartResponse
    ) -> Iterable[bytes]:
        match = context.url_adapter = match_request(self._url_map, environ)
        path = f"/{environ['PATH_INFO'].lstrip('/')}"

        def start(status: str, headers: Headers, *exc_info: Any) -> Any:
            if context.cacheable and not context.code and match:
                self._responses.set(_resource(match), context.cacheable)
            self._observer.answered(
                context, int(status[:3]), replayed=("Idempotency-Replayed", "true") in headers
            )
            return start_response(
                status, self._complete(context, environ, path, headers), *exc_info
            )

        early = self._refusal(context, environ)
        if early is None and match and match.rule:
            early = self._early_response(context, match, environ)
        if early is None:
            return self._flask(environ, start)
        start(early.status, early.headers)
        return [early.body]

    def _refusal(self, context: RequestContext, environ: Environ) -> WsgiResponse | None:
        """Return the answer to what the server refused before it was a request."""
        refused = environ.get(REFUSED_KEY)
        return self._problems.render_problem(refused, context) if refused else None

    def _early_response(
        self, context: RequestContext, match: MatchedAdapter, environ: Environ
    ) -> WsgiResponse | None:
        """Count a limited request; return its answer where Flask need not be asked."""
        context.route = match.rule.rule if match.rule else None
        if match.limit_group is None:
            return None
        try:
            self._admission.admit(match, context, environ)
            cached = self._responses.get(_resource(match)) if context.method == "GET" else None
        except Exception as error:
            if match.shows_refusals:
                context.refusal = error
                return None
            return self._problems.render_problem(error, context)
        return cached.respond(environ.get("HTTP_IF_NONE_MATCH", "")) if cached else None

    def _complete(
        self, context: RequestContext, environ: Environ, path: str, headers: Headers
    ) -> Headers:
        """Add the headers that do not depend on the view."""
        names = {name for name, _ in headers}
        return [
            *headers,
            *limit_headers(context.limits),
            *self._cors.headers(environ, path),
            ("X-Request-ID", context.id),
            *[header for header in SECURITY_HEADERS if header[0] not in names],
        ]


def _resource(match: MatchedAdapter) -> tuple[Any, ...]:
    """Name what a request is for, however its path is spelled."""
    return (match.rule and match.rule.endpoint, *match.arguments.values())
