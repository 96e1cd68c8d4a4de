"""Keyed hashes: what stands for a number, a key or a client in a ledger."""

from __future__ import annotations

import hashlib


class KeyedHash:
    """Hash parts under a secret, by keyed BLAKE2 (RFC 7693); without the secret nothing can be
    told from the result.
    """

    def __init__(self, secret: str) -> None:
        self._key = hashlib.sha256(secret.encode()).digest()

    def __call__(self, kind: str, *parts: str) -> str:
        text = "\0".join((kind, *parts)).encode("utf-8", "surrogatepass")
        return f"{kind}:{hashlib.blake2b(text, digest_size=16, key=self._key).hexdigest()}"


def random_like(secret: str, purpose: str) -> str:
    """Derive a secret for another purpose, so that no secret serves two."""
    return hashlib.sha256(f"{purpose}\0{secret}".encode()).hexdigest()
