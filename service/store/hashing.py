"""Keyed hashes: store keys for numbers, idempotency keys and clients."""

from __future__ import annotations

import hashlib


class KeyedHasher:
    """Hash parts under a secret, by keyed BLAKE2 (RFC 7693).

    Without the secret nobody can tell the parts from the result. It is a `ports.KeyHasher`.
    """

    def __init__(self, secret: str) -> None:
        self._key = hashlib.sha256(secret.encode()).digest()

    def __call__(self, kind: str, *parts: str) -> str:
        text = "\0".join((kind, *parts)).encode("utf-8", "surrogatepass")
        return f"{kind}:{hashlib.blake2b(text, digest_size=16, key=self._key).hexdigest()}"
