"""Texts of settings -> values; a `ValueError` says what is wanted and never what was given."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar
from zoneinfo import ZoneInfo

import limits
import phonenumbers
from phonenumbers import PhoneNumberType

from service.callbacks.ports import Rate
from service.callbacks.questions import NAMEABLE_TYPES

if TYPE_CHECKING:
    from service.identity import Keys

T = TypeVar("T")


def names(text: str) -> tuple[str, ...]:
    """Split at commas; blanks around a name and empty names do not count."""
    return tuple(name.strip() for name in text.split(",") if name.strip())


def text(value: str) -> str:
    return value


def one_of(*choices: str) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if text not in choices:
            raise ValueError(f"one of {', '.join(filter(None, choices))} is wanted")
        return text

    return parse


def whole(least: int, most: int | None = None) -> Callable[[str], int]:
    """Parse a whole number from `least` to `most`."""

    def parse(text: str) -> int:
        limit = f"of at least {least}" if most is None else f"from {least} to {most}"
        if not re.fullmatch(r"[0-9]{1,12}", text):
            raise ValueError(f"a whole number {limit} is wanted")
        number = int(text)
        if number < least or (most is not None and number > most):
            raise ValueError(f"a whole number {limit} is wanted")
        return number

    return parse


def switch(text: str) -> bool:
    return {"true": True, "false": False}[one_of("true", "false")(text.lower())]


def matching(pattern: str, wanted: str) -> Callable[[str], str]:
    """Parse a text that matches `pattern` whole; `wanted` says it in words."""

    def parse(text: str) -> str:
        if not re.fullmatch(pattern, text, re.ASCII):
            raise ValueError(f"{wanted} is wanted")
        return text

    return parse


def seconds(most: float) -> Callable[[str], float]:
    """Parse seconds above 0 and at most `most`."""

    def parse(text: str) -> float:
        if (
            not re.fullmatch(r"[0-9]{1,4}(\.[0-9]{1,6})?|\.[0-9]{1,6}", text)
            or not 0 < float(text) <= most
        ):
            raise ValueError(f"seconds above 0, at most {most:g}, are wanted")
        return float(text)

    return parse


#: Files beside the IANA's zones that browsers do not know: a machine's own, with leap seconds.
_NO_ZONES = re.compile(r"localtime|posixrules|Factory|(posix|right)/.*")


def zone(text: str) -> ZoneInfo:
    try:
        if not _NO_ZONES.fullmatch(text):
            return ZoneInfo(text)
    except (ValueError, KeyError, OSError):
        pass
    raise ValueError("an IANA time zone such as America/Toronto is wanted")


#: Somebody waits for it; more is mostly milliseconds.
_LONGEST_TIMEOUT = 120


def timeouts(text: str) -> tuple[float, float]:
    """Parse `connect,read` seconds."""
    parts = names(text)
    if len(parts) != 2 or not all(re.fullmatch(r"[0-9]{1,4}(\.[0-9]+)?", part) for part in parts):
        raise ValueError("connect and read seconds such as 3.05,10 are wanted")
    connect, read = (float(part) for part in parts)
    if not (0 < connect <= _LONGEST_TIMEOUT and 0 < read <= _LONGEST_TIMEOUT):
        raise ValueError(f"seconds above 0, at most {_LONGEST_TIMEOUT} each, are wanted")
    return connect, read


def profiles(text: str) -> dict[str, str]:
    """Parse `alias=CP…` pairs; a lone `CP…` is alias `default`."""
    sids: dict[str, str] = {}
    for pair in names(text):
        alias, equals, sid = pair.rpartition("=")
        alias = alias.strip() if equals else "default"
        if not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", alias, re.ASCII):
            raise ValueError("each alias is 1 to 64 letters, digits, - and _")
        if not re.fullmatch(r"CP[0-9a-f]{32}", sid.strip()):
            raise ValueError("each profile is alias=CP and 32 hexadecimal digits")
        if alias in sids:
            raise ValueError("each alias may stand once")
        sids[alias] = sid.strip()
    if not sids:
        raise ValueError("at least one alias=CP… is wanted")
    return sids


def secrets(text: str) -> tuple[str, ...]:
    """Parse comma-separated secrets, each of at least 32 characters; none is none."""
    secrets = names(text)
    if any(len(secret) < 32 for secret in secrets):
        raise ValueError("each secret needs at least 32 characters")
    return secrets


def identity_secrets(text: str) -> Keys:
    """Parse comma-separated secrets into the keys by which a host signs who asks; none is none."""
    if not (parsed := secrets(text)):
        return ()
    from service.identity import secret_keys  # cryptography loads only where a host signs

    return secret_keys(parsed)


def jwk_set(text: str) -> Keys:
    """Parse a JWK set into the public keys by which a host signs who asks; none is none."""
    if not text:
        return ()
    from service.identity import read_jwk_set  # as above

    return read_jwk_set(text)


def rates(text: str) -> tuple[Rate, ...]:
    """Parse Flask-Limiter's notation (`3/10 minutes;10/day`), or `none`."""
    if text.strip() == "none":
        return ()
    try:
        items = limits.parse_many(text)
    except ValueError:
        items = []
    # `limits` reads `5/0 minutes` as if no number stood there
    if not items or re.search(r"(/|per)\s*0+\s", text) or any(item.amount < 1 for item in items):
        raise ValueError("limits such as 5/minute;30/hour, or none, are wanted")
    return tuple(dict.fromkeys(Rate(item.amount, item.get_expiry()) for item in items))


def countries(text: str) -> frozenset[str] | None:
    """Parse ISO codes; empty: `default`, those of the default country; None: `*`, all."""
    codes = names(text)
    if codes in {("*",), ("default",)}:
        return None if codes == ("*",) else frozenset()
    if not codes or not set(codes) <= phonenumbers.SUPPORTED_REGIONS:
        raise ValueError("ISO codes such as US,CA, or default, or *, are wanted")
    return frozenset(codes)


def number_types(text: str) -> frozenset[str]:
    known = {PhoneNumberType.to_string(kind).lower() for kind in PhoneNumberType.values()}
    return _subset(text, known - {"unknown"})


def question_types(text: str) -> frozenset[str]:
    return _subset(text, NAMEABLE_TYPES)


def _subset(text: str, known: set[str] | frozenset[str]) -> frozenset[str]:
    chosen = frozenset() if names(text) == ("none",) else frozenset(names(text))
    if not chosen <= known:
        raise ValueError(f"names out of {', '.join(sorted(known))}, or none, are wanted")
    return chosen
