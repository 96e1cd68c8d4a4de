"""Handles: signed, expiring names for one call on one account; nothing is stored for them."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from itsdangerous import BadData, TimestampSigner
from itsdangerous.encoding import base64_decode, base64_encode

from service.callbacks.calls import CallReference
from service.callbacks.ring_budgets import duplicate_digits, duplicate_key
from service.callbacks.tracking import unknown_callback

#: Stands for the duplicate entry of a call that has none.
_NO_DUPLICATE = "0" * 32
#: A handle is some 130 characters long; longer ones are not looked at.
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

    `secrets` come newest first: the first signs, all verify. A handle is good for `ttl` seconds
    from its issue or from the scheduled start, whichever is later. The account is part of the
    salt, so a handle is good on its own account only.
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
        duplicate = duplicate_digits(call.duplicate_key) if call.duplicate_key else _NO_DUPLICATE
        profile = (call.profile_sid or "").removeprefix("CP")
        start = f"{int(call.start_time.timestamp()):08x}" if profile and call.start_time else ""
        payload = bytes.fromhex(
            call.call_sid.removeprefix("CA") + call.ring_id + duplicate + profile + start
        )
        return self._signer.sign(base64_encode(payload)).decode()

    def read(self, handle: str) -> CallReference:
        """Return what the handle stands for; `unknown_callback` for any that was not issued so."""
        if len(handle) > _LONGEST or not handle.isascii():
            raise unknown_callback()
        try:
            signed, at = self._signer.unsign(handle, return_timestamp=True)
            payload = base64_decode(signed)
            signature = handle.rpartition(".")[2].encode()
            if base64_encode(base64_decode(signature)) != signature:  # another spelling of it
                raise unknown_callback()
        except BadData:
            raise unknown_callback() from None
        call = _call_reference(payload)
        issued, now = at.timestamp(), self._signer.clock()
        begins = max(issued, call.start_time.timestamp() if call.start_time else 0)
        if issued > now + _CLOCK_SKEW or now > begins + self._ttl:
            raise unknown_callback()
        return call


def _call_reference(payload: bytes) -> CallReference:
    """Return what the payload names; earlier versions wrote less of it."""
    call, ring, duplicate, profile = (
        payload[begin:end].hex() for begin, end in ((0, 16), (16, 24), (24, 40), (40, 56))
    )
    start = int.from_bytes(payload[56:60], "big")
    has_duplicate = duplicate not in {"", _NO_DUPLICATE}
    return CallReference(
        f"CA{call}",
        duplicate_key(duplicate) if has_duplicate else None,
        ring,
        f"CP{profile}" if profile else None,
        datetime.fromtimestamp(start, UTC) if start else None,
    )
