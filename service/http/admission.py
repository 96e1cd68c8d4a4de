"""Let a request in: find who asks, then count it under the limits that it belongs to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from service.callbacks.calls import CallReference
from service.callbacks.identity import (
    Identity,
    TokenUses,
    identity_invalid,
    identity_required,
)
from service.callbacks.ports import KeyHasher
from service.errors import Problem, RateLimited
from service.http.rate_limits import RateLimits
from service.http.request_context import RequestContext
from service.http.routing import MatchedAdapter


class Identification:
    """Find who asks by a request's Authorization header.

    `read_token` raises `identity_invalid` for a bad one. `profile_sids` are by their alias.
    `required`: nobody may ask without a token.
    """

    def __init__(
        self,
        read_token: Callable[[str], Identity],
        uses: TokenUses,
        profile_sids: Mapping[str, str],
        *,
        required: bool,
    ) -> None:
        self._read_token = read_token
        self._uses = uses
        self._profile_sids = profile_sids
        self._required = required

    def identify(self, match: MatchedAdapter, environ: Mapping[str, Any]) -> Identity | None:
        """Return who asks, None for nobody known; raise `identity_invalid` or `_required`."""
        authorization = environ.get("HTTP_AUTHORIZATION")
        if authorization is None:
            if self._required:
                raise identity_required()
            return None
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer":
            raise identity_invalid()
        identity, alias = self._read_token(token.strip(" ")), match.arguments["alias"]
        if identity.profile not in {None, alias}:
            raise identity_invalid()
        if match.limit_group == "start":
            scope = self._profile_sids.get(alias, "")
            self._uses.check(identity, scope, environ.get("HTTP_IDEMPOTENCY_KEY"))
        return identity


class Admission:
    """Count requests; those of a known person for the person, reads of a status for the call.

    `identification` None: nobody signs who asks. `read_handle` raises `unknown_callback`.
    """

    def __init__(
        self,
        limits: RateLimits,
        identification: Identification | None,
        read_handle: Callable[[str], CallReference],
        hasher: KeyHasher,
    ) -> None:
        self._limits = limits
        self._identification = identification
        self._read_handle = read_handle
        self._hasher = hasher

    def admit(
        self, match: MatchedAdapter, context: RequestContext, environ: Mapping[str, Any]
    ) -> None:
        """Count a limited request; raise the `Problem` that keeps it out."""
        group, key = match.limit_group, None
        if self._identification and match.takes_identity:
            self._identify(self._identification, match, context, environ)
        if group == "status":
            context.call = self._call(match.arguments["handle"])
            if context.call:
                key = self._hasher("callback", context.call.call_sid)
            else:
                group = "read"
        if group:
            self._limits.count(group, context, key)

    def _identify(
        self,
        identification: Identification,
        match: MatchedAdapter,
        context: RequestContext,
        environ: Mapping[str, Any],
    ) -> None:
        """Note who asks; one who is refused counts as a start from its address."""
        try:
            context.identity = identification.identify(match, environ)
        except Problem:
            with suppress(RateLimited):
                self._limits.count("start", context)
            raise
        if context.identity:
            key = self._hasher("subject", context.identity.subject)
            context.client = context.client._replace(key=key)

    def _call(self, handle: str) -> CallReference | None:
        """Return what a handle names; None for a bad one."""
        try:
            return self._read_handle(handle)
        except Problem:
            return None
