"""Texts of settings -> values; a `ValueError` says what is wanted and never what was given."""

from __future__ import annotations

import ipaddress
import re
import ssl
from collections.abc import Callable
from typing import TypeVar
from urllib.parse import SplitResult, urlsplit
from zoneinfo import ZoneInfo

import limits
import phonenumbers
from phonenumbers import PhoneNumberType

from service.callbacks.ports import Rate
from service.callbacks.questions import NAMEABLE_TYPES
from service.identity import Keys, secret_keys
from service.redis_url import RedisURL

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
T = TypeVar("T")
_DEFAULT_PORTS = {"http": ":80", "https": ":443"}


def names(text: str) -> tuple[str, ...]:
    """Split at commas; blanks around a name and empty names do not count."""
    return tuple(name.strip() for name in text.split(",") if name.strip())


def text(given: str) -> str:
    return given


def one_of(*choices: str) -> Callable[[str], str]:
    def parse(given: str) -> str:
        if given not in choices:
            raise ValueError(f"one of {', '.join(filter(None, choices))} is wanted")
        return given

    return parse


def whole(least: int, most: int | None = None) -> Callable[[str], int]:
    """Parse a whole number from `least` to `most`."""

    def parse(given: str) -> int:
        limit = f"of at least {least}" if most is None else f"from {least} to {most}"
        if not re.fullmatch(r"[0-9]{1,12}", given):
            raise ValueError(f"a whole number {limit} is wanted")
        number = int(given)
        if number < least or (most is not None and number > most):
            raise ValueError(f"a whole number {limit} is wanted")
        return number

    return parse


def switch(given: str) -> bool:
    return {"true": True, "false": False}[one_of("true", "false")(given.lower())]


def matching(pattern: str, wanted: str) -> Callable[[str], str]:
    """Parse a text that matches `pattern` whole; `wanted` says it in words."""

    def parse(given: str) -> str:
        if not re.fullmatch(pattern, given, re.ASCII):
            raise ValueError(f"{wanted} is wanted")
        return given

    return parse


def url(given: str) -> str:
    """Parse an http or https URL without credentials, query or fragment."""
    wanted = "an http or https URL without credentials, query or fragment is wanted"
    try:
        parts = urlsplit(given)
        _ = parts.port
    except ValueError:
        raise ValueError(wanted) from None
    extra = parts.username or parts.password or parts.query or parts.fragment
    printable = re.fullmatch(r"[!-~]+", given)
    if parts.scheme not in {"http", "https"} or not parts.hostname or extra or not printable:
        raise ValueError(wanted)
    return given


def proxy(given: str) -> str:
    """Parse the URL of a proxy, with credentials or without; its port is filled in."""
    wanted = "http://host:port or https://host:port, with user:password@ if need be, is wanted"
    if not given:
        return ""
    try:
        parts = urlsplit(given)
        port = parts.port
    except ValueError:
        raise ValueError(wanted) from None
    extra = parts.path.strip("/") or parts.query or parts.fragment
    printable = re.fullmatch(r"[!-~]+", given)
    if parts.scheme not in {"http", "https"} or not parts.hostname or extra or not printable:
        raise ValueError(wanted)
    place = parts.netloc.removesuffix(":")
    return f"{parts.scheme}://{place}" + ("" if port else _DEFAULT_PORTS[parts.scheme])


def authorities(given: str) -> str:
    """Parse certificates in PEM, as many as there are; what stands around them is left out."""
    found = re.findall(r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", given, re.DOTALL)
    certificates = "\n".join(found)
    try:
        if given:
            ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cadata=certificates)
    except (ssl.SSLError, ValueError):
        raise ValueError("certificates in PEM are wanted") from None
    return certificates


def is_plain_http(given: str) -> bool:
    """Tell whether the URL would carry secrets unencrypted over a network."""
    parts: SplitResult = urlsplit(given)
    return parts.scheme == "http" and not _is_loopback(parts.hostname or "")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def redis_url(given: str) -> str:
    """Parse a URL that `RedisURL` can read, or nothing."""
    if given:
        RedisURL.parse(given)
    return given


def seconds(most: float) -> Callable[[str], float]:
    """Parse seconds above 0 and at most `most`."""

    def parse(given: str) -> float:
        if not re.fullmatch(r"[0-9]{1,4}(\.[0-9]{1,6})?", given) or not 0 < float(given) <= most:
            raise ValueError(f"seconds above 0, at most {most:g}, are wanted")
        return float(given)

    return parse


def zone(given: str) -> ZoneInfo:
    try:
        return ZoneInfo(given)
    except (ValueError, KeyError, OSError):
        raise ValueError("an IANA time zone such as America/Toronto is wanted") from None


def timeouts(given: str) -> tuple[float, float]:
    """Parse `connect,read` seconds."""
    parts = names(given)
    if len(parts) != 2 or not all(re.fullmatch(r"[0-9]{1,4}(\.[0-9]+)?", part) for part in parts):
        raise ValueError("connect and read seconds such as 3.05,10 are wanted")
    connect, read = (float(part) for part in parts)
    if not (connect and read):
        raise ValueError("connect and read seconds above 0 are wanted")
    return connect, read


def profiles(given: str) -> dict[str, str]:
    """Parse `alias=CP…` pairs; a lone `CP…` is alias `default`."""
    found: dict[str, str] = {}
    for pair in names(given):
        alias, equals, sid = pair.rpartition("=")
        alias = alias.strip() if equals else "default"
        if not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", alias, re.ASCII):
            raise ValueError("each alias is 1 to 64 letters, digits, - and _")
        if not re.fullmatch(r"CP[0-9a-f]{32}", sid.strip()):
            raise ValueError("each profile is alias=CP and 32 hexadecimal digits")
        if alias in found:
            raise ValueError("each alias may stand once")
        found[alias] = sid.strip()
    if not found:
        raise ValueError("at least one alias=CP… is wanted")
    return found


def secrets(given: str) -> tuple[str, ...]:
    """Parse comma-separated secrets, each of at least 32 characters; none is none."""
    found = names(given)
    if any(len(secret) < 32 for secret in found):
        raise ValueError("each secret needs at least 32 characters")
    return found


def identity_secrets(given: str) -> Keys:
    """Parse comma-separated secrets into the keys by which a host signs who asks."""
    return secret_keys(secrets(given))


def rates(given: str) -> tuple[Rate, ...]:
    """Parse Flask-Limiter's notation (`3/10 minutes;10/day`), or `none`."""
    if given.strip() == "none":
        return ()
    try:
        items = limits.parse_many(given)
    except ValueError:
        items = []
    if not items or any(item.amount < 1 or item.get_expiry() < 1 for item in items):
        raise ValueError("limits such as 5/minute;30/hour, or none, are wanted")
    return tuple(dict.fromkeys(Rate(item.amount, item.get_expiry()) for item in items))


def networks(given: str) -> tuple[Network, ...]:
    try:
        return tuple(ipaddress.ip_network(name, strict=False) for name in names(given))
    except ValueError:
        raise ValueError("addresses or CIDRs such as 10.0.0.0/8 are wanted") from None


#: scheme://host[:port], the scheme an app's own, too; with https the host may begin with `*.`
_ORIGIN = r"(https://\*\.|[a-z][a-z0-9+.-]*://)([a-z0-9_-]+(\.[a-z0-9_-]+)*|\[[0-9a-f:.]+\])(:[0-9]{1,5})?"


def origins(given: str) -> tuple[str, ...]:
    """Parse origins, or `*`; letters are made small, as browsers send them."""
    found = tuple(origin.lower() for origin in names(given))
    for origin in found:
        if origin != "*" and not re.fullmatch(_ORIGIN, origin, re.ASCII):
            raise ValueError(
                "origins such as https://www.example.com, https://*.example.com or "
                "capacitor://localhost, or *, are wanted: no path, no slash at the end"
            )
        if re.fullmatch(r"http://.*:80|https://.*:443", origin):
            raise ValueError("leave out the port that a scheme has anyway: browsers send none")
    if "*" in found and len(found) > 1:
        raise ValueError("* stands alone")
    return found


def countries(given: str) -> frozenset[str] | None:
    """Parse ISO codes; empty: `default`, those of the default country; None: `*`, all."""
    found = names(given)
    if found in {("*",), ("default",)}:
        return None if found == ("*",) else frozenset()
    if not found or not set(found) <= phonenumbers.SUPPORTED_REGIONS:
        raise ValueError("ISO codes such as US,CA, or default, or *, are wanted")
    return frozenset(found)


def number_types(given: str) -> frozenset[str]:
    known = {PhoneNumberType.to_string(each).lower() for each in PhoneNumberType.values()}
    return _subset(given, known - {"unknown"})


def question_types(given: str) -> frozenset[str]:
    return _subset(given, NAMEABLE_TYPES)


def _subset(given: str, known: set[str] | frozenset[str]) -> frozenset[str]:
    found = frozenset(names(given)) - {"none"}
    if not found <= known:
        raise ValueError(f"names out of {', '.join(sorted(known))}, or none, are wanted")
    return found
