"""Who asks: the client's address, through proxies that are trusted and no others."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence
from functools import lru_cache

from service.callbacks.ports import KeyHasher
from service.http.request_context import Client

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

#: NAT64's well-known prefix (RFC 6052): the last 32 bits are the IPv4 address that is meant.
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")

#: So many peers and clients are remembered, not parsed and hashed anew.
_REMEMBERED = 4096
#: Of X-Forwarded-For so many characters are read, from the right; some 40 hops.
_MAX_FORWARDED_FOR = 2048


class ClientResolver:
    """Find who asks; proxies in `trusted` are believed.

    What is remembered is keyed by addresses, never by a header: anyone may write any header.
    """

    def __init__(self, trusted: Sequence[Network], hasher: KeyHasher) -> None:
        self._trusted = trusted
        self._hasher = hasher
        self._by_peer = lru_cache(_REMEMBERED)(self._peer)
        self._by_address = lru_cache(_REMEMBERED)(self._client)

    def __call__(self, peer: str, forwarded_for: str) -> Client:
        """Return the client of a request; `peer` is the other end of its connection."""
        client, is_proxy = self._by_peer(peer)
        if not (is_proxy and forwarded_for):
            return client
        return self._by_address(client_address(peer, forwarded_for, self._trusted))

    def _peer(self, peer: str) -> tuple[Client, bool]:
        address = _read_peer(peer)
        is_proxy = address is not None and _is_trusted(address, self._trusted)
        return self._client(client_address(peer, "", ())), is_proxy

    def _client(self, address: str) -> Client:
        return Client(address, self._hasher("client", address))


def client_address(peer: str, forwarded_for: str, trusted: Sequence[Network]) -> str:
    """Return the client as an IPv4 address or an IPv6 /64, in canonical form.

    It is the right-most hop of X-Forwarded-For that is not trusted; the peer itself where the
    peer is not; the nearest readable hop where one cannot be read; the left-most where all are
    trusted. A peer without an address (a Unix socket) counts as one client, "local".
    """
    client = _read_peer(peer)
    if client is None:
        return "local"
    for hop in _hops(forwarded_for):
        before = _read(hop) if _is_trusted(client, trusted) else None
        if before is None:
            break
        client = before
    if isinstance(client, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((client, 64), strict=False))
    return str(client)


def _hops(forwarded_for: str) -> list[str]:
    """List the hops, the nearest first; one that is cut off by the bound on the left is none."""
    hops = forwarded_for[-_MAX_FORWARDED_FOR:].split(",")
    is_cut = len(forwarded_for) > _MAX_FORWARDED_FOR
    return hops[: 0 if is_cut else None : -1]


def _is_trusted(address: Address, trusted: Sequence[Network]) -> bool:
    return any(address.version == network.version and address in network for network in trusted)


def _read_peer(peer: str) -> Address | None:
    """Read the other end of a connection; a link-local one names its interface (`fe80::1%eth0`)."""
    return _read(peer.partition("%")[0])


def _read(hop: str) -> Address | None:
    """Read a hop, with or without a port; IPv4 within IPv6 (mapped, or NAT64's) is IPv4."""
    match = re.fullmatch(r"\s*\"?(?:\[([^\]]+)\](?::\d+)?|([\d.]+)(?::\d+)?|(\S+?))\"?\s*", hop)
    if not match:
        return None
    try:
        address = ipaddress.ip_address(match[1] or match[2] or match[3])
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address):
        if address.scope_id:
            return None
        if address in _NAT64:
            return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        return address.ipv4_mapped or address
    return address
