"""Keys of hosts: public ones of three kinds, each for its one algorithm; all else is a fault."""

from __future__ import annotations

import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from service.identity import read_jwk_set, secret_keys
from tests.unit.service.identity.hosts import EDDSA, ES256, NAMELESS, RS256, SECRET, jwk_set

ENCRYPTING = {**(ES256.jwk or {}), "use": "enc", "kid": "enc"}


def test_the_algorithm_is_that_of_the_keys_kind() -> None:
    keys = read_jwk_set(jwk_set(ES256, RS256, EDDSA, NAMELESS))
    assert [(key.key_id, key.algorithm_name) for key in keys] == [
        ("ec", "ES256"), ("rsa", "RS256"), ("ed", "EdDSA"), (None, "ES256"),
    ]  # fmt: skip
    assert [key.algorithm_name for key in secret_keys([SECRET])] == ["HS256"]


def test_keys_for_encryption_are_passed_over() -> None:
    both = json.dumps({"keys": [ENCRYPTING, ES256.jwk]})
    assert [key.key_id for key in read_jwk_set(both)] == ["ec"]


def private(key: Any, of: Any) -> dict[str, Any]:
    return dict(json.loads(of.to_jwk(key)))


WEAK_KEY = rsa.generate_private_key(65537, 1024)  # noqa: S505
WEAK = json.loads(RSAAlgorithm.to_jwk(WEAK_KEY.public_key()))
P384 = json.loads(ECAlgorithm.to_jwk(ec.generate_private_key(ec.SECP384R1()).public_key()))
BAD = {
    "no JSON": ("{", "a JWK set is wanted"),
    "deep": ("[" * 100_000, "a JWK set is wanted"),
    "a list": ("[]", "a JWK set is wanted"),
    "a text": ('"keys"', "a JWK set is wanted"),
    "one key alone": (json.dumps(ES256.jwk), "a JWK set is wanted"),
    "keys that are none": ('{"keys": {}}', "a JWK set is wanted"),
    "no key": ('{"keys": []}', "at least one key"),
    "none for signatures": (json.dumps({"keys": [ENCRYPTING]}), "at least one key"),
    "a key that is a text": ('{"keys": ["x"]}', "key 1: "),
    "an empty key": ('{"keys": [{}]}', "key 1: "),
    "a secret": ('{"keys": [{"kty": "oct", "k": "c2VjcmV0"}]}', "key 1: "),
    "a kind unheard of": ('{"keys": [{"kty": ["EC"], "crv": {}}]}', "key 1: "),
    "a private key": (
        json.dumps({"keys": [ES256.jwk, private(ES256.key, ECAlgorithm)]}),
        "key 2: public keys only",
    ),
    "another curve": (json.dumps({"keys": [P384]}), "key 1: "),
    "a weak key": (json.dumps({"keys": [WEAK]}), "2048 bits"),
    "another algorithm": (json.dumps({"keys": [{**(RS256.jwk or {}), "alg": "PS256"}]}), "RS256"),
    "half a key": (json.dumps({"keys": [{"kty": "EC", "crv": "P-256", "x": "AA"}]}), "key 1: "),
    "a kid that is no text": (json.dumps({"keys": [{**(ES256.jwk or {}), "kid": 1}]}), "kid"),
}


@pytest.mark.parametrize(("text", "wanted"), BAD.values(), ids=BAD)
def test_a_set_is_a_fault_that_is(text: str, wanted: str) -> None:
    with pytest.raises(ValueError, match="wanted") as raised:
        read_jwk_set(text)
    assert wanted in str(raised.value)
    assert not any(part in str(raised.value) for part in ("c2VjcmV0", str((ES256.jwk or {})["x"])))
