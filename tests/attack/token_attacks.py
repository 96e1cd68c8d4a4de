"""Attacks with tokens by which a host signs who asks: forged, replayed, stolen, many."""

from __future__ import annotations

import uuid

from tests.attack.attack import Attack, number
from tests.attack.world import World
from tests.running import DOCUMENT_PROFILE, WEB_PROFILE
from tests.unit.service.identity.hosts import (
    ES256,
    RS256,
    SECRET,
    SHARED,
    STRANGER,
    Host,
    bearer,
    jwk_set,
)

#: Hosts that sign who asks.
SIGNED = {
    "IDENTITY_SECRET": SECRET,
    "IDENTITY_JWKS": jwk_set(ES256, RS256),
    "CALLBACK_PROFILES": f"default={WEB_PROFILE},other={DOCUMENT_PROFILE}",
}


def forged_tokens(world: World) -> tuple[int, int]:
    """Every token that a host did not sign for this start, each of them many times at once."""
    bad = [
        STRANGER.token(),
        SHARED.token(exp=-3600),
        SHARED.token(exp=3600),
        SHARED.token(nbf=250),
        SHARED.token(aud="elsewhere"),
        SHARED.token(profile="other"),
        Host("HS512", SECRET * 2).token(),
        Host("RS512", RS256.key, "rsa").token(),
        Host("HS256", "".join(map(str, RS256.jwk or {})) * 9, "rsa").token(),
        "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0." + SHARED.token().split(".")[1] + ".",
        SHARED.token().rpartition(".")[0] + ".",
        "guess",
    ]
    guessed = [bearer(token) for token in bad] + [{"Authorization": "Basic dTpw"}]
    world.many(lambda n: world.start(number(n), headers=guessed[n % len(guessed)]), 300)
    return 0, 0


def replayed_tokens(world: World) -> tuple[int, int]:
    """One stolen token that counts once: for other numbers, and with keys of the thief's own."""
    token = bearer(SHARED.token(jti=str(uuid.uuid4())))

    def replay(n: int) -> None:
        world.start(number(n), headers=token, key=str(uuid.uuid4()) if n % 2 else None)

    world.many(replay, 200)
    return 1, 1


def stolen_tokens(world: World) -> tuple[int, int]:
    """A stolen token that may come often: it calls its own number, as often as its person may."""
    token = bearer(SHARED.token(number=number(0)))
    world.many(lambda n: world.start(number(n), headers=token), 200)
    world.many(lambda n: world.start(number(0), headers=token), 200)
    return 0, 1


def many_people(world: World) -> tuple[int, int]:
    """A host's own customers together: each has a budget, their one phone has its own."""

    def ring(n: int) -> None:
        token = SHARED.token(sub=f"customer-{n}", number=number(0))
        world.start(number(0), headers=bearer(token))

    world.many(ring, 200)
    return 3, 3


TOKEN_ATTACKS = [
    Attack("forged, expired and swapped tokens", forged_tokens, SIGNED),
    Attack("a token replayed", replayed_tokens, SIGNED),
    Attack("a token stolen", stolen_tokens, SIGNED),
    Attack(
        "one phone for 200 known customers",
        many_people,
        SIGNED | {"LIMIT_NUMBER": "3/hour", "DUPLICATE_WINDOW": "0"},
    ),
]
