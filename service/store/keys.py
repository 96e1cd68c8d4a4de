"""Keyed hashes: what stands for a number, a key or a client in a ledger."""

from __future__ import annotations

import hashlib
import hmac


class KeyedHash:
    """Hash parts under a secret; without it nothing can be told from the result."""

    def __init__(self, secret: str) -> None:
        self._secret = secret.encode()

    def __call__(self, kind: str, *parts: str) -> str:
        text = "\0".join((kind, *parts)).encode("utf-8", "surrogatepass")
        return f"{kind}:{hmac.digest(self._secret, text, 'sha256')[:16].hex()}"


def random_like(secret: str, purpose: str) -> str:
    """Derive a secret for another purpose, so that no secret serves two."""
    return hashlib.sha256(f"{purpose}\0{secret}".encode()).hexdigest()
