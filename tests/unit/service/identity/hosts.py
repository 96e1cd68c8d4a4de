"""Hosts of the tests: each signs with a key of its own; only the public half leaves them."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

SECRET = "a-secret-that-only-these-tests-know-" + "0" * 8


@dataclass(frozen=True)
class Host:
    """A host that signs by `algorithm`; `jwk` is its public key, None for a shared secret."""

    algorithm: str
    key: Any
    kid: str | None = None
    jwk: dict[str, Any] | None = None

    def token(
        self, *, without: str = "", header: dict[str, Any] | None = None, **claims: Any
    ) -> str:
        """Sign a token that is good but for what is given; an `exp` below 10^6 is from now."""
        whole = {"aud": "callback-gateway", "sub": "customer-1", "exp": 300, **claims}
        whole.pop(without, None)
        for name in {"exp", "nbf"} & whole.keys():
            if type(whole[name]) is int and abs(whole[name]) < 1e6:
                whole[name] += int(time.time())
        kid = {"kid": self.kid} if self.kid else {}
        return jwt.encode(whole, self.key, self.algorithm, headers={**kid, **(header or {})})


def _host(kid: str | None, algorithm: str, key: Any, of: Any) -> Host:
    jwk = json.loads(of.to_jwk(key.public_key()))
    return Host(algorithm, key, kid, {**jwk, **({"kid": kid} if kid else {})})


SHARED = Host("HS256", SECRET)
ES256 = _host("ec", "ES256", ec.generate_private_key(ec.SECP256R1()), ECAlgorithm)
RS256 = _host("rsa", "RS256", rsa.generate_private_key(65537, 2048), RSAAlgorithm)
EDDSA = _host("ed", "EdDSA", ed25519.Ed25519PrivateKey.generate(), OKPAlgorithm)
NAMELESS = _host(None, "ES256", ec.generate_private_key(ec.SECP256R1()), ECAlgorithm)
STRANGER = _host("ec", "ES256", ec.generate_private_key(ec.SECP256R1()), ECAlgorithm)


def bearer(token: str) -> dict[str, str]:
    """Return the header that carries a token."""
    return {"Authorization": f"Bearer {token}"}


def jwk_set(*hosts: Host) -> str:
    return json.dumps({"keys": [host.jwk for host in hosts]})
