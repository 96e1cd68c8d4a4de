"""Who asks, as a host that knows its customer has signed it; and a token that counts once."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from service.callbacks.calls import PlacedCallback
from service.callbacks.idempotency import Attempt
from service.callbacks.ports import KeyHasher, Store
from service.errors import OutcomeUnknown, Problem


@dataclass(frozen=True, slots=True)
class Identity:
    """What a good token says.

    `number` is the only number that may be called; None: the body's. `answers` win over the
    body's. A `profile` is the only alias that the token is good for. `token_id` is its `jti`; it
    is accepted for `valid_for` more seconds.
    """

    subject: str
    valid_for: float
    number: str | None = None
    answers: Mapping[str, str] = field(default_factory=dict)
    profile: str | None = None
    token_id: str | None = None


@dataclass(frozen=True, slots=True)
class TokenUses:
    """Let a token that has an id place one call-back.

    It may come again with the Idempotency-Key of its first use, which replays the outcome.
    """

    store: Store
    hasher: KeyHasher

    def check(self, identity: Identity, scope: str, key: str | None) -> None:
        """Raise `identity_invalid` where the token was used, or is being used, by another start.

        `scope` is the profile, `key` the Idempotency-Key.
        """
        if identity.token_id is not None:
            user = self.store.get(self._name(identity.token_id))
            if user is not None and (key is None or user != self._user(scope, key)):
                raise identity_invalid()

    def once(
        self,
        identity: Identity | None,
        attempt: Attempt | None,
        place: Callable[[], PlacedCallback],
    ) -> PlacedCallback:
        """Place the call and use up the token, unless surely no call was placed.

        Raises `identity_invalid` where another start has the token, or what placing raises.
        `Idempotency` sees to it that starts with the same key do not get here at once.
        """
        if identity is None or identity.token_id is None:
            return place()
        name = self._name(identity.token_id)
        user = self._user(attempt.scope, attempt.key) if attempt else secrets.token_hex(16)
        if self.store.set_if_absent(name, user, max(identity.valid_for, 1)) not in {None, user}:
            raise identity_invalid()
        try:
            return place()
        except OutcomeUnknown:
            raise
        except Exception:
            self.store.delete_if_equal(name, user)
            raise

    def _name(self, token_id: str) -> str:
        return self.hasher("token", token_id)

    def _user(self, scope: str, key: str) -> str:
        return self.hasher("use", scope, key)


def identity_invalid() -> Problem:
    """The one answer for every token that is not good, which does not say why."""
    return Problem("identity_invalid", "The token is not good here; ask the host for a new one.")


def identity_required() -> Problem:
    """The answer where only customers whom a host vouches for may ask."""
    return Problem("identity_required", "Send a token of the host's: Authorization: Bearer …")
