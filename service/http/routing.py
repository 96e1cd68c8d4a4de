"""Routing: Flask's own, asked once a request, before Flask is.

Werkzeug matches; the middleware keeps the adapter with its outcome, and Flask is handed the same
adapter. So there is one reading of a path, and a limit belongs to the rule that serves it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal

from flask import Flask, Request
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, MapAdapter, Rule

from service.http.request_context import request_context_of

#: Which limits a request counts under: a client's for starts and for reads, or a call-back's.
LimitGroup = Literal["start", "read", "status"]


class LimitedRule(Rule):
    """A Werkzeug rule that names the limit group of its requests; None: they are not limited.

    `takes_identity`: a token says who asks. `shows_refusals`: its view tells a person why a
    request is refused.
    """

    def __init__(
        self,
        string: str,
        *,
        limit_group: LimitGroup | None = None,
        takes_identity: bool = False,
        shows_refusals: bool = False,
        **options: Any,
    ):
        super().__init__(string, **options)
        self.limit_group = limit_group
        self.takes_identity = takes_identity
        self.shows_refusals = shows_refusals

    def get_empty_kwargs(self) -> dict[str, Any]:
        own = {
            "limit_group": self.limit_group,
            "takes_identity": self.takes_identity,
            "shows_refusals": self.shows_refusals,
        }
        return {**super().get_empty_kwargs(), **own}


class MatchedAdapter(MapAdapter):
    """Werkzeug's adapter for one request, which is matched once: `match()` repeats the outcome."""

    def __init__(self, bound: MapAdapter) -> None:
        super().__init__(
            bound.map,
            bound.server_name,
            bound.script_name,
            bound.subdomain,
            bound.url_scheme,
            bound.path_info,
            bound.default_method,
            bound.query_args,
        )
        self.rule: Rule | None = None
        self.arguments: Mapping[str, Any] = {}
        self._failure: HTTPException | None = None
        try:
            self.rule, self.arguments = super().match(return_rule=True)
        except HTTPException as failure:  # not found, wrong method, redirect
            self._failure = failure

    @property
    def limit_group(self) -> LimitGroup | None:
        """The limit group of the rule that serves the request; a preflight has none."""
        if isinstance(self.rule, LimitedRule) and self.default_method != "OPTIONS":
            return self.rule.limit_group
        return None

    @property
    def takes_identity(self) -> bool:
        """Whether a token says who asks."""
        return isinstance(self.rule, LimitedRule) and self.rule.takes_identity

    @property
    def shows_refusals(self) -> bool:
        """Whether the view tells a person why a request is refused."""
        return isinstance(self.rule, LimitedRule) and self.rule.shows_refusals

    def match(self, *args: Any, **options: Any) -> Any:
        """Return or raise the outcome; match anew where another path or method is asked for."""
        if args or options != {"return_rule": True}:
            return super().match(*args, **options)
        if self._failure:
            raise self._failure
        return self.rule, dict(self.arguments)


def match_request(url_map: Map, environ: dict[str, Any]) -> MatchedAdapter | None:
    """Match a request; return None where its Host header cannot be read."""
    try:
        return MatchedAdapter(url_map.bind_to_environ(environ, subdomain=url_map.default_subdomain))
    except HTTPException:
        return None


class Application(Flask):
    """Flask, whose rules have limit groups and whose requests are matched already."""

    url_rule_class: type[Rule] = LimitedRule
    #: Says whether to send requests here, and why; what /readyz answers.
    readiness: Callable[[], tuple[bool, dict[str, str]]]

    def create_url_adapter(self, request: Request | None) -> MapAdapter | None:
        context = request_context_of(request.environ) if request else None
        if context and context.url_adapter:
            return context.url_adapter
        return super().create_url_adapter(request)
