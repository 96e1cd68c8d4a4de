"""The CAPTCHA check against a raw provider, over the same kind of session as Fonolo's."""

from __future__ import annotations

import json
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest

from service.captcha import SiteVerify, unavailable
from service.egress import open_session
from service.errors import Problem, ValidationFailed
from service.store.memory import MemoryStore
from service.upstream.bulkhead import Bulkhead
from tests.unit.service.authority import Authority
from tests.unit.service.proxy_server import ProxyServer
from tests.unit.service.raw_server import RawServer, Script, answers, drips, hangs, sends

GOOD = answers(b'{"success": true}')
TOKEN = "a-token"


def site_verify(url: str, *, proxy: str = "", ca: str = "", **options: Any) -> SiteVerify:
    return SiteVerify(
        open_session(proxy=proxy, ca=ca),
        url,
        "s3cret",
        MemoryStore(lambda: 0.0),
        lambda *parts: "/".join(parts),
        timeout=(0.3, 0.3),
        **options,
    )


def test_a_token_is_asked_for_with_the_secret_and_counts_once() -> None:
    with RawServer(GOOD) as server:
        captcha = site_verify(server.url)
        captcha.use_up(TOKEN)
        with pytest.raises(ValidationFailed):
            captcha.use_up(TOKEN)
    assert server.requests[0].form == {"secret": "s3cret", "response": TOKEN}


@pytest.mark.parametrize(
    "script",
    [
        hangs(),
        sends(b""),
        sends(b"HTTP/1.1 200 OK\r\nContent-Length: 90\r\n\r\n{"),
        drips(b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n", b" " * 900),
        answers(b"<html>", "502 Bad Gateway"),
        answers(b"[" * 100_000),
        answers(b" " * (2 << 20)),
        answers(b'{"success": "yes"}'),
        answers(b"", "302 Found", "Location: http://[::1"),
    ],
)
def test_a_provider_without_a_sensible_answer_is_unavailable(script: Script) -> None:
    with RawServer(script) as server, pytest.raises(Problem) as raised:
        site_verify(server.url).use_up(TOKEN)
    assert raised.value.code == "captcha_unavailable"
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("site", "hostname", "counts"),
    [
        ("www.example.com", "www.example.com", True),
        ("www.example.com", "WWW.Example.com", True),
        ("www.example.com", "example.com", False),
        ("www.example.com", "wwwXexample.com", False),
        ("*.example.com", "www.example.com", True),
        ("*.example.com", "a.b.example.com", True),
        ("*.example.com", "example.com", False),
        ("*.example.com", "www.example.com.evil.example", False),
        ("*.example.com", "evilexample.com", False),
    ],
)
def test_a_token_counts_of_the_sites_that_may_ask(site: str, hostname: str, counts: bool) -> None:
    answer = json.dumps({"success": True, "hostname": hostname}).encode()
    with RawServer(answers(answer)) as server:
        captcha = site_verify(server.url, hostnames=["shop.example", site])
        with nullcontext() if counts else pytest.raises(ValidationFailed):
            captcha.use_up(TOKEN)


@pytest.mark.parametrize("token", ["\ud800", "jeton-\u00e9", "a" * 4097])
def test_what_can_be_no_token_is_failed_and_the_provider_is_not_asked(token: str) -> None:
    with RawServer(GOOD) as server, pytest.raises(ValidationFailed) as raised:
        site_verify(server.url).use_up(token)
    assert [fault.code for fault in raised.value.field_errors] == ["captcha_failed"]
    assert not server.requests


def test_one_more_than_may_wait_for_the_provider_is_told_so_at_once() -> None:
    bulkhead = Bulkhead(1, unavailable)
    with RawServer(GOOD) as server:
        captcha = site_verify(server.url, acquire=bulkhead.acquire)
        with bulkhead.acquire(), pytest.raises(Problem) as raised:
            captcha.use_up(TOKEN)
        assert raised.value.code == "captcha_unavailable"
        captcha.use_up(TOKEN)


def test_it_goes_through_the_proxy_and_trusts_the_private_authority(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    tls = authority.serve("IP:127.0.0.1")
    with RawServer(GOOD, tls=tls) as server, ProxyServer("user:right") as proxy:
        site_verify(server.url, proxy=proxy.url("user:right"), ca=authority.pem).use_up(TOKEN)
        assert proxy.targets == [f"CONNECT 127.0.0.1:{server.port}"]


def test_a_proxy_that_refuses_makes_it_unavailable() -> None:
    with ProxyServer("user:right") as proxy, pytest.raises(Problem) as raised:
        site_verify("https://captcha.example/", proxy=proxy.url("user:wr0ng")).use_up(TOKEN)
    assert raised.value.code == "captcha_unavailable"
