"""Tokens: a good one says who asks; every other is refused, and never says why."""

from __future__ import annotations

import base64
import hmac
import json
import time
from contextlib import suppress
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from hypothesis import given
from hypothesis import strategies as st

from service.callbacks.identity import Identity
from service.errors import Problem
from service.identity import TokenReader, read_jwk_set, secret_keys, sign_token
from tests.unit.service.identity.hosts import (
    EDDSA,
    ES256,
    NAMELESS,
    RS256,
    SECRET,
    SHARED,
    STRANGER,
    Host,
    jwk_set,
)

OLD_SECRET = "an-older-secret-of-the-same-host-" + "0" * 8
SOURCES = (secret_keys([SECRET, OLD_SECRET]), read_jwk_set(jwk_set(ES256, RS256, EDDSA, NAMELESS)))
HOSTS = [SHARED, Host("HS256", OLD_SECRET), ES256, RS256, EDDSA, NAMELESS]
READER = TokenReader(SOURCES)


def segment(value: Any) -> str:
    text = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(text).rstrip(b"=").decode()


def unsigned(header: dict[str, Any], signature: str = "") -> str:
    claims = {"aud": "callback-gateway", "sub": "customer-1", "exp": int(time.time()) + 300}
    return f"{segment(header)}.{segment(claims)}.{signature}"


def refuses(token: str) -> bool:
    with pytest.raises(Problem) as raised:
        READER.read(token)
    return (raised.value.code, "customer" in raised.value.detail) == ("identity_invalid", False)


@pytest.mark.parametrize("host", HOSTS, ids=lambda host: f"{host.algorithm} {host.kid}")
def test_a_token_that_a_configured_key_has_signed_is_good(host: Host) -> None:
    identity = READER.read(host.token())
    assert (identity.subject, identity.number, identity.answers) == ("customer-1", None, {})
    assert identity.valid_for == pytest.approx(360, abs=5)


def test_a_token_says_who_asks_for_what() -> None:
    found = READER.read(
        ES256.token(number="14163662500", answers={"account": "1"}, profile="web", jti="once")
    )
    assert found == Identity(
        "customer-1", found.valid_for, "14163662500", {"account": "1"}, "web", "once"
    )


GOOD = {
    "a clock 50 s ahead of ours": {"nbf": 50},
    "a clock 50 s behind ours": {"exp": -50},
    "the longest life": {"exp": 15 * 60},
    "several audiences": {"aud": ["elsewhere", "callback-gateway"]},
    "a time with fractions": {"exp": time.time() + 300.5},
    "claims of the host's own": {"iat": 0, "iss": "https://bank.example", "role": ["x"]},
    "an issue in what is our future": {"iat": int(time.time()) + 300},
}


@pytest.mark.parametrize("claims", GOOD.values(), ids=GOOD)
def test_a_token_is_good_with(claims: dict[str, Any]) -> None:
    assert READER.read(SHARED.token(**claims)).subject == "customer-1"


BAD_CLAIMS = {
    "expired": {"exp": -70},
    "expires too far ahead": {"exp": 15 * 60 + 70},
    "expires never": {"without": "exp"},
    "expires at a text": {"exp": "soon"},
    "expires at a number in a text": {"exp": str(int(time.time()) + 300)},
    "expires at infinity": {"exp": float("inf")},
    "expires at no number": {"exp": float("nan")},
    "expires truly": {"exp": True},
    "too early": {"nbf": 70},
    "early at a text": {"nbf": "later"},
    "another audience": {"aud": "elsewhere"},
    "an audience alike": {"aud": "callback-gateway2"},
    "no audience": {"without": "aud"},
    "nobody": {"without": "sub"},
    "an empty person": {"sub": ""},
    "a number as number": {"number": 14163662500},
    "a number that is null": {"number": None},
    "a profile that is null": {"profile": None},
    "profiles": {"profile": ["web"]},
    "an id as number": {"jti": 1},
    "answers as a list": {"answers": ["1"]},
    "answers that are null": {"answers": None},
    "an answer as number": {"answers": {"account": 1}},
}


@pytest.mark.parametrize("claims", BAD_CLAIMS.values(), ids=BAD_CLAIMS)
@pytest.mark.parametrize("host", [SHARED, ES256], ids=lambda host: host.algorithm)
def test_a_token_is_refused_that_is(host: Host, claims: dict[str, Any]) -> None:
    assert refuses(host.token(**claims))


@pytest.mark.parametrize("subject", [7, None, ["customer-1"]])
def test_a_person_is_a_text(subject: Any) -> None:
    claims = {"aud": "callback-gateway", "exp": int(time.time()) + 300, "sub": subject}
    payload = json.dumps(claims).encode()
    assert refuses(jwt.PyJWS().encode(payload, SECRET, "HS256"))


BAD_SIGNATURES = {
    "a stranger's key under our kid": STRANGER.token(),
    "a stranger's secret": Host("HS256", "x" * 40).token(),
    "no algorithm": unsigned({"alg": "none", "typ": "JWT"}),
    "no algorithm, otherwise spelled": unsigned({"alg": "nOnE"}),
    "no algorithm, with our kid": unsigned({"alg": "none", "kid": "ec"}),
    "no algorithm named": unsigned({"typ": "JWT"}),
    "an algorithm as list": unsigned({"alg": ["HS256"]}),
    "a longer hash of the same secret": Host("HS512", SECRET * 2).token(),
    "the secret under another algorithm": Host("HS384", SECRET + "0" * 8).token(),
    "RSA under another algorithm": Host("RS512", RS256.key, "rsa").token(),
    "RSA with other padding": Host("PS256", RS256.key, "rsa").token(),
    "an unknown kid": Host("ES256", ES256.key, "unknown").token(),
    "a kid for a secret, which has none": Host("HS256", SECRET, "secret").token(),
    "another key's kid": Host("ES256", ES256.key, "rsa").token(),
    "a kid that is no text": unsigned({"alg": "ES256", "kid": 1}, "c2ln"),
    "a kid that is null": unsigned({"alg": "ES256", "kid": None}, "c2ln"),
    "a path as kid": Host("ES256", ES256.key, "../../dev/null").token(),
    "a key of its own": Host("ES256", STRANGER.key).token(header={"jwk": STRANGER.jwk}),
    "a key to be fetched": Host("ES256", STRANGER.key).token(header={"jku": "http://127.0.0.1/"}),
    "something critical": SHARED.token(header={"crit": ["unheard-of"], "unheard-of": 1}),
    "claims changed": SHARED.token().replace(".", ".e", 1),
    "no signature": SHARED.token().rpartition(".")[0] + ".",
    "two parts": SHARED.token().rpartition(".")[0],
    "four parts": SHARED.token() + ".",
    "encrypted": "a.b.c.d.e",
    "a text": "token",
    "nothing": "",
    "no ASCII": "é.é.é",
    "half of a character": "\ud800.\ud800.\ud800",
    "deep": f"{segment(b'[' * 5000)}.e30.e30",
    "claims that are a list": f"{segment({'alg': 'HS256'})}.{segment([])}.c2ln",
}


@pytest.mark.parametrize("token", BAD_SIGNATURES.values(), ids=BAD_SIGNATURES)
def test_a_token_is_refused_with(token: str) -> None:
    assert refuses(token)


@pytest.mark.parametrize("spelling", ["PEM", "JWK"])
def test_a_public_key_as_anyone_has_it_is_no_secret(spelling: str) -> None:
    pem = RS256.key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    public = pem if spelling == "PEM" else json.dumps(RS256.jwk).encode()
    for header in ({"alg": "HS256"}, {"alg": "HS256", "kid": "rsa"}):
        signed = unsigned(header).removesuffix(".")
        signature = hmac.digest(public, signed.encode(), "sha256")
        assert refuses(f"{signed}.{segment(signature)}")


@given(st.text(max_size=60) | st.from_regex(r"[A-Za-z0-9_=-]*\.[A-Za-z0-9_=-]*\.[A-Za-z0-9_=-]*"))
def test_whatever_is_sent_is_refused_alike(token: str) -> None:
    assert refuses(token)


@given(st.recursive(st.none() | st.booleans() | st.floats() | st.text(), st.lists, max_leaves=5))
def test_whatever_a_host_signs_is_read_or_refused(value: Any) -> None:
    for name in ("exp", "nbf", "aud", "number", "answers", "profile", "jti"):
        claims = {"aud": "callback-gateway", "sub": "me", "exp": int(time.time()) + 300}
        payload = json.dumps({**claims, name: value}).encode()
        with suppress(Problem):
            READER.read(jwt.PyJWS().encode(payload, SECRET, "HS256"))


def test_a_change_of_keys_holds_for_the_next_token() -> None:
    keys = list(secret_keys([SECRET]))
    reader = TokenReader([keys])
    reader.read(SHARED.token())
    keys[:] = secret_keys([OLD_SECRET])
    with pytest.raises(Problem):
        reader.read(SHARED.token())


def test_a_token_for_trying_is_a_good_one() -> None:
    identity = READER.read(sign_token(SOURCES[0][0], "me", number="14163662500"))
    assert (identity.subject, identity.number) == ("me", "14163662500")
