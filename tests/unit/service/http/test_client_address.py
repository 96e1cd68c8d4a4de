"""Who is asking: the right-most hop that is not trusted, as an IPv4 address or an IPv6 /64."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.http.client_address import client_address

PROXIES = [ipaddress.ip_network(each) for each in ("10.0.0.0/8", "2001:db8:ffff::/48", "::1/128")]


@pytest.mark.parametrize(
    ("peer", "client"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:DB8:1:2::", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("::ffff:c000:201", "192.0.2.1"),
        ("64:ff9b::192.0.2.1", "192.0.2.1"),
        ("64:ff9b::c000:201", "192.0.2.1"),
        ("64:ff9b:0:1::c000:201", "64:ff9b:0:1::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", "local"),
        ("unix:", "local"),
    ],
)
def test_without_proxies_it_is_the_peer(peer: str, client: str) -> None:
    assert client_address(peer, "", []) == client


def test_addresses_of_one_64_are_one_client_and_of_two_are_two() -> None:
    first = client_address("2001:db8:1:2::1", "", [])
    assert first == client_address("2001:db8:1:2:ffff:ffff:ffff:ffff", "", [])
    assert first != client_address("2001:db8:1:3::1", "", [])


@pytest.mark.parametrize("trusted", [[], PROXIES])
def test_a_peer_that_is_not_trusted_is_the_client_whatever_it_says(
    trusted: list[ipaddress.IPv4Network],
) -> None:
    assert client_address("192.0.2.1", "198.51.100.7, 10.0.0.1", trusted) == "192.0.2.1"


@pytest.mark.parametrize(
    ("header", "client"),
    [
        ("198.51.100.7", "198.51.100.7"),
        ("198.51.100.7, 10.0.0.9", "198.51.100.7"),
        ("203.0.113.5, 198.51.100.7, 10.0.0.9", "198.51.100.7"),  # the left one is spoofed
        ("10.0.0.1, 198.51.100.7", "198.51.100.7"),
        (" 198.51.100.7 ,10.0.0.9 ", "198.51.100.7"),
        ("198.51.100.7:4711", "198.51.100.7"),
        ("::ffff:198.51.100.7", "198.51.100.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("[2001:db8:1:2::1]:4711", "2001:db8:1:2::/64"),
        ("[2001:db8:1:2::1]", "2001:db8:1:2::/64"),
        ("198.51.100.7, ::ffff:10.0.0.9", "198.51.100.7"),
        ("198.51.100.7, 64:ff9b::10.0.0.9", "198.51.100.7"),
        ("64:ff9b::198.51.100.7", "198.51.100.7"),
        ("[64:ff9b::c633:6407]:4711", "198.51.100.7"),
        ("198.51.100.7, 2001:db8:ffff::9", "198.51.100.7"),
    ],
)
def test_behind_a_trusted_peer_it_is_the_rightmost_hop_that_is_not_trusted(
    header: str, client: str
) -> None:
    assert client_address("10.0.0.2", header, PROXIES) == client


@pytest.mark.parametrize(
    "peer", ["10.0.0.2", "::ffff:10.0.0.2", "64:ff9b::10.0.0.2", "2001:db8:ffff::2", "::1"]
)
def test_a_peer_is_trusted_in_any_spelling(peer: str) -> None:
    assert client_address(peer, "198.51.100.7", PROXIES) == "198.51.100.7"


@pytest.mark.parametrize(
    ("header", "client"),
    [
        ("", "10.0.0.2"),
        ("unknown", "10.0.0.2"),
        ("_hidden", "10.0.0.2"),
        ("198.51.100.7, unknown", "10.0.0.2"),
        ("198.51.100.7, unknown, 10.0.0.9", "10.0.0.9"),
        ("198.51.100.7,, 10.0.0.9", "10.0.0.9"),
        ("198.51.100.7,", "10.0.0.2"),
        ("010.0.0.1", "10.0.0.2"),
        ("198.51.100.256", "10.0.0.2"),
        ("198.51.100.7/24", "10.0.0.2"),
        ("fe80::1%eth0", "10.0.0.2"),
        ("for=198.51.100.7", "10.0.0.2"),
        ("198.51.100.7 203.0.113.5", "10.0.0.2"),
        ("\u0661.2.3.4", "10.0.0.2"),
    ],
)
def test_where_a_hop_cannot_be_read_it_is_the_nearest_that_can(header: str, client: str) -> None:
    assert client_address("10.0.0.2", header, PROXIES) == client


def test_with_every_hop_trusted_it_is_the_leftmost() -> None:
    assert client_address("10.0.0.2", "10.0.0.5, 10.0.0.4, 10.0.0.3", PROXIES) == "10.0.0.5"


@given(peer=st.sampled_from(["192.0.2.1", "10.0.0.2", "::1", "local"]), header=st.text())
def test_it_is_always_an_address_a_64_or_local(peer: str, header: str) -> None:
    client = client_address(peer, header, PROXIES)
    assert client == "local" or ipaddress.ip_network(client).prefixlen in {32, 64}


@given(header=st.text())
def test_a_peer_that_is_not_trusted_cannot_choose_who_it_is(header: str) -> None:
    assert client_address("192.0.2.1", header, PROXIES) == "192.0.2.1"
