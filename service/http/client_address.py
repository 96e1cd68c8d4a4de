"""Who is asking: the client's address, through proxies that are trusted and no others."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def client_address(peer: str, forwarded_for: str, trusted: Sequence[Network]) -> str:
    """Return the client as an IPv4 address or an IPv6 /64, in canonical form.

    It is the right-most hop of X-Forwarded-For that is not trusted; the peer itself where the
    peer is not; the nearest readable hop where one cannot be read; the left-most where all are
    trusted. A peer without an address (a Unix socket) counts as one client, "local".
    """
    client = _read(peer)
    if client is None:
        return "local"
    for hop in reversed(forwarded_for.split(",")):
        before = _read(hop) if _is_trusted(client, trusted) else None
        if before is None:
            break
        client = before
    if isinstance(client, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((client, 64), strict=False))
    return str(client)


def _is_trusted(address: Address, trusted: Sequence[Network]) -> bool:
    return any(address.version == network.version and address in network for network in trusted)


def _read(hop: str) -> Address | None:
    """Read a hop, with or without a port; IPv4 mapped into IPv6 is IPv4."""
    found = re.fullmatch(r"\s*\"?(?:\[([^\]]+)\](?::\d+)?|([\d.]+)(?::\d+)?|(\S+?))\"?\s*", hop)
    if not found:
        return None
    try:
        address = ipaddress.ip_address(found[1] or found[2] or found[3])
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address):
        if address.scope_id:
            return None
        return address.ipv4_mapped or address
    return address
