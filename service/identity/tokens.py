"""Tokens of hosts: verified by PyJWT, read into an `Identity`."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from itertools import chain
from typing import Any

import jwt
from jwt import InvalidAlgorithmError, InvalidSignatureError, InvalidTokenError, PyJWK, PyJWTError

from service.callbacks.identity import Identity, identity_invalid

AUDIENCE = "callback-gateway"
#: How far the host's clock and ours may differ, in seconds.
CLOCK_SKEW = 60
#: How far ahead a token may expire, in seconds.
LONGEST_LIFE = 15 * 60


class TokenReader:
    """Read tokens; the keys of each source are asked for anew, so that they can be changed."""

    def __init__(self, sources: Sequence[Iterable[PyJWK]]) -> None:
        self._sources = sources

    def read(self, token: str) -> Identity:
        """Return what a good token says; raise `identity_invalid` for any other."""
        try:
            return _identity(self._verify(token))
        except (PyJWTError, UnicodeError):
            raise identity_invalid() from None

    def _verify(self, token: str) -> dict[str, Any]:
        """Return the claims of a token that one of the keys has signed, by its own algorithm.

        A key is chosen by the token's `kid`; for a token without one, each is tried.
        """
        kid = jwt.get_unverified_header(token).get("kid")
        for key in chain.from_iterable(self._sources):
            if kid is None or key.key_id == kid:
                with suppress(InvalidSignatureError, InvalidAlgorithmError):
                    return jwt.decode(
                        token,
                        key,
                        algorithms=[key.algorithm_name],
                        audience=AUDIENCE,
                        leeway=CLOCK_SKEW,
                        options={"require": ["aud", "exp", "sub"], "verify_iat": False},
                    )
        raise InvalidTokenError("no key verifies it")


def sign_token(key: PyJWK, subject: str, **claims: str) -> str:
    """Write a token as a host does; it is good for as long as one may be."""
    expires_at = int(time.time()) + LONGEST_LIFE
    payload = {"aud": AUDIENCE, "sub": subject, "exp": expires_at, **claims}
    return jwt.encode(payload, key.key, algorithm=key.algorithm_name)


def _identity(claims: dict[str, Any]) -> Identity:
    """Read verified claims; a claim that is there and is not of its type is never passed over."""
    texts = {name: claims[name] for name in ("sub", "number", "profile", "jti") if name in claims}
    answers = claims.get("answers", {})
    expires_at = claims["exp"]
    if (
        not all(isinstance(value, str) for value in texts.values())
        or not texts["sub"]
        or not isinstance(answers, dict)
        or not all(isinstance(answer, str) for answer in answers.values())
        or not isinstance(expires_at, int | float)
        or expires_at > time.time() + LONGEST_LIFE + CLOCK_SKEW
    ):
        raise InvalidTokenError("a claim is not of its type, or it expires too late")
    return Identity(
        subject=texts["sub"],
        valid_for=expires_at + CLOCK_SKEW - time.time(),
        number=texts.get("number"),
        answers=answers,
        profile=texts.get("profile"),
        token_id=texts.get("jti"),
    )
