"""Handles: signed, expiring names for one call on one account; nothing is stored for them."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Sequence
from typing import Any

from itsdangerous import BadData, TimestampSigner
from itsdangerous.encoding import base64_decode, base64_encode

from service.callbacks.ring_budgets import DUPLICATE
from service.callbacks.start import CallReference
from service.callbacks.tracking import unknown_callback

#: A handle is some 120 characters long; longer ones are not looked at.
_LONGEST = 300
#: How far ahead another replica's clock may be, in seconds.
_CLOCK_SKEW = 60


class _ClockedSigner(TimestampSigner):
    clock: Callable[[], float] = staticmethod(time.time)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._derived: dict[str | bytes | None, bytes] = {}

    def derive_key(self, secret_key: str | bytes | None = None) -> bytes:
        """Derive each key once: it is half the work of a signature."""
        if secret_key not in self._derived:
            self._derived[secret_key] = super().derive_key(secret_key)
        return self._derived[secret_key]

    def get_timestamp(self) -> int:
        return int(self.clock())


class Handles:
    """Write and read handles.

    `secrets` come newest first: the first signs, all verify. `ttl` is in seconds. The account
    is part of the salt, so a handle is good on its own account only.
    """

    def __init__(
        self,
        secrets: Sequence[str],
        account_sid: str,
        ttl: int,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._ttl = ttl
        self._signer = _ClockedSigner(
            list(reversed(secrets)),  # itsdangerous takes the newest last
            salt=f"callback-gateway.handle.{account_sid}",
            key_derivation="hmac",
            digest_method=hashlib.sha256,
        )
        self._signer.clock = clock

    def sign(self, call: CallReference) -> str:
        """Write a handle for the call."""
        payload = bytes.fromhex(call.call_sid.removeprefix("CA"))
        if call.duplicate_key:
            payload += bytes.fromhex(call.ring_id + call.duplicate_key.partition(":")[2])
        return self._signer.sign(base64_encode(payload)).decode()

    def read(self, handle: str) -> CallReference:
        """Return what the handle stands for; `unknown_callback` for any that was not issued so."""
        if len(handle) > _LONGEST or not handle.isascii():
            raise unknown_callback()
        try:
            signed, at = self._signer.unsign(handle, return_timestamp=True)
            payload = base64_decode(signed)
            if not -_CLOCK_SKEW <= self._signer.clock() - at.timestamp() <= self._ttl:
                raise unknown_callback()
            signature = handle.rpartition(".")[2].encode()
            if base64_encode(base64_decode(signature)) != signature:  # another spelling of it
                raise unknown_callback()
        except BadData:
            raise unknown_callback() from None
        duplicate = f"{DUPLICATE}:{payload[24:].hex()}" if payload[16:] else None
        return CallReference(f"CA{payload[:16].hex()}", duplicate, payload[16:24].hex())
