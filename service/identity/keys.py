"""Keys by which hosts sign: texts of settings -> PyJWT's keys, each bound to one algorithm.

A `ValueError` says what is wanted and never what was given.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from jwt import PyJWK, PyJWTError
from jwt.utils import base64url_encode

Keys = tuple[PyJWK, ...]

#: Key type and curve -> the algorithm of such a key; it is never taken from a token.
_ALGORITHMS = {("EC", "P-256"): "ES256", ("RSA", "None"): "RS256", ("OKP", "Ed25519"): "EdDSA"}
_LEAST_RSA_BITS = 2048


def secret_keys(secrets: Iterable[str]) -> Keys:
    """Return the HS256 keys of shared secrets."""
    return tuple(
        PyJWK({"kty": "oct", "k": base64url_encode(secret.encode()).decode()}, "HS256")
        for secret in secrets
    )


def read_jwk_set(text: str) -> Keys:
    """Read the public keys of a JWK set (RFC 7517); those for encryption are passed over."""
    try:
        jwks = json.loads(text)["keys"]
    except (ValueError, RecursionError, TypeError, KeyError):
        jwks = None
    if not isinstance(jwks, list):
        raise ValueError('a JWK set is wanted: {"keys": [...]}')
    keys = tuple(
        _read_jwk(jwk, position)
        for position, jwk in enumerate(jwks, 1)
        if not (isinstance(jwk, dict) and jwk.get("use", "sig") != "sig")
    )
    if not keys:
        raise ValueError("a JWK set with at least one key for signatures is wanted")
    return keys


def _read_jwk(jwk: Any, position: int) -> PyJWK:
    wanted = f"key {position}: an EC P-256, RSA (2048 bits or more) or Ed25519 key is wanted"
    if not isinstance(jwk, dict) or not isinstance(jwk.get("kid", ""), str):
        raise ValueError(f"key {position}: a JSON object is wanted, its kid a text")
    if "d" in jwk:
        raise ValueError(f"key {position}: public keys only are wanted; leave the private part out")
    algorithm = _ALGORITHMS.get((str(jwk.get("kty")), str(jwk.get("crv"))))
    if algorithm is None or jwk.get("alg", algorithm) != algorithm:
        raise ValueError(f"{wanted}, for ES256, RS256 or EdDSA")
    try:
        key = PyJWK(jwk, algorithm)
    except (PyJWTError, ValueError, TypeError, KeyError):
        raise ValueError(wanted) from None
    if isinstance(key.key, RSAPublicKey) and key.key.key_size < _LEAST_RSA_BITS:
        raise ValueError(wanted)
    return key
