"""Texts of settings about the network -> values: addresses, URLs, origins, authorities.

A `ValueError` says what is wanted and never what was given.
"""

from __future__ import annotations

import ipaddress
import re
import ssl
from urllib.parse import SplitResult, urlsplit

from service.settings.parsers import names

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_DEFAULT_PORTS = {"http": ":80", "https": ":443"}


def url(text: str) -> str:
    """Parse an http or https URL without credentials, query or fragment."""
    wanted = "an http or https URL without credentials, query or fragment is wanted"
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:
        raise ValueError(wanted) from None
    extra = parts.username or parts.password or parts.query or parts.fragment
    printable = re.fullmatch(r"[!-~]+", text)
    if parts.scheme not in {"http", "https"} or not parts.hostname or extra or not printable:
        raise ValueError(wanted)
    return text


def proxy(text: str) -> str:
    """Parse the URL of a proxy, with credentials or without; its port is filled in."""
    wanted = "http://host:port or https://host:port, with user:password@ if need be, is wanted"
    if not text:
        return ""
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise ValueError(wanted) from None
    extra = parts.path.strip("/") or parts.query or parts.fragment
    printable = re.fullmatch(r"[!-~]+", text)
    if parts.scheme not in {"http", "https"} or not parts.hostname or extra or not printable:
        raise ValueError(wanted)
    place = parts.netloc.removesuffix(":")
    return f"{parts.scheme}://{place}" + ("" if port else _DEFAULT_PORTS[parts.scheme])


def authorities(text: str) -> str:
    """Parse certificates in PEM, as many as there are; what stands around them is left out."""
    certificates = "\n".join(
        re.findall(r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", text, re.DOTALL)
    )
    try:
        if text:
            ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cadata=certificates)
    except (ssl.SSLError, ValueError):
        raise ValueError("certificates in PEM are wanted") from None
    return certificates


def is_plain_http(text: str) -> bool:
    """Tell whether the URL would carry secrets unencrypted over a network."""
    parts: SplitResult = urlsplit(text)
    return parts.scheme == "http" and not _is_loopback(parts.hostname or "")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def redis_url(text: str) -> str:
    """Parse a URL that `RedisURL` can read, or nothing."""
    if text:
        from service.redis_url import RedisURL  # redis loads only where one is named

        RedisURL.parse(text)
    return text


def networks(text: str) -> tuple[Network, ...]:
    try:
        return tuple(ipaddress.ip_network(name, strict=False) for name in names(text))
    except ValueError:
        raise ValueError("addresses or CIDRs such as 10.0.0.0/8 are wanted") from None


#: scheme://host[:port], the scheme an app's own, too; with https the host may begin with `*.`
_ORIGIN = r"(https://\*\.|[a-z][a-z0-9+.-]*://)([a-z0-9_-]+(\.[a-z0-9_-]+)*|\[[0-9a-f:.]+\])(:[0-9]{1,5})?"


def origins(text: str) -> tuple[str, ...]:
    """Parse origins, or `*`; letters are made small, as browsers send them."""
    origins = tuple(origin.lower() for origin in names(text))
    for origin in origins:
        if origin != "*" and not re.fullmatch(_ORIGIN, origin, re.ASCII):
            raise ValueError(
                "origins such as https://www.example.com, https://*.example.com or "
                "capacitor://localhost, or *, are wanted: no path, no slash at the end"
            )
        if re.fullmatch(r"http://.*:80|https://.*:443", origin):
            raise ValueError("leave out the port that a scheme has anyway: browsers send none")
    if "*" in origins and len(origins) > 1:
        raise ValueError("* stands alone")
    return origins
