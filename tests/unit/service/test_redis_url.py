"""The URL of the store: what each part means, and a sentence for what cannot be meant."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import certifi
import pytest

from service.redis_url import RedisURL


@pytest.mark.parametrize(
    ("text", "kind", "addresses"),
    [
        ("redis://h", "single", (("h", 6379),)),
        ("rediss://h:7000/2", "single", (("h", 7000),)),
        ("valkey://[::1]:7/0", "single", (("::1", 7),)),
        ("valkeys://h", "single", (("h", 6379),)),
        ("redis+sentinel://a,[::1]/x/3", "sentinel", (("a", 26379), ("::1", 26379))),
        ("rediss+cluster://a:1,b", "cluster", (("a", 1), ("b", 6379))),
        ("redis://u:p@h", "single", (("h", 6379),)),
    ],
)  # fmt: skip
def test_hosts_have_the_ports_that_are_usual(text: str, kind: str, addresses: Any) -> None:
    url = RedisURL.parse(text)
    assert (url.kind, url.addresses) == (kind, addresses)
    assert url.tls is text.startswith(("rediss", "valkeys"))


@pytest.mark.parametrize("scheme", ["redis", "redis+sentinel", "redis+cluster"])
def test_user_and_password_are_percent_decoded_once(scheme: str) -> None:
    url = RedisURL.parse(f"{scheme}://us%40er:p%2Fa%3As%2525@h")
    assert (url.options["username"], url.options["password"]) == ("us@er", "p/a:s%25")


@pytest.mark.parametrize("scheme", ["rediss", "rediss+sentinel", "rediss+cluster"])
def test_options_of_the_client_are_taken_from_the_query(scheme: str) -> None:
    ca = certifi.where()
    url = RedisURL.parse(f"{scheme}://h?ssl_ca_certs={ca}&socket_timeout=0.3&ssl_check_hostname=no")
    assert url.options["ssl_ca_certs"] == ca
    assert url.options["socket_timeout"] == 0.3
    assert url.options["ssl_check_hostname"] is False


def test_sentinels_have_a_user_and_password_of_their_own() -> None:
    url = RedisURL.parse("redis+sentinel://u:p@h/c?sentinel_username=s&sentinel_password=t%2Fu")
    assert url.sentinel_options == {"username": "s", "password": "t/u"}
    assert (url.options, url.service) == ({"username": "u", "password": "p"}, "c")


@pytest.mark.parametrize(
    ("text", "database", "service"),
    [
        ("redis://h/7", 7, ""),
        ("redis://h?db=7", 7, ""),
        ("redis+sentinel://h", 0, "mymaster"),
        ("redis+sentinel://h/centre", 0, "centre"),
        ("redis+sentinel://h/centre/7", 7, "centre"),
        ("redis+cluster://h/0", 0, ""),
    ],
)
def test_a_database_and_a_service_stand_after_the_hosts(
    text: str, database: int, service: str
) -> None:
    url = RedisURL.parse(text)
    assert (url.database, url.service) == (database, service)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("http://h", "redis://"),
        ("redis+other://h", "redis://"),
        ("redis://", "each host"),
        ("redis://h:0", "each host"),
        ("redis://h:70000", "each host"),
        ("redis://h h", "redis://"),
        ("redis+sentinel://u:s3/cret@h/centre", "%2F"),
        ("redis://u:s3/cret@h", "%2F"),
        ("redis://u:s3?cret@h", "%3F"),
        ("redis://u:s3#cret@h", "%23"),
        ("redis://a,b", "redis+sentinel:// or redis+cluster://"),
        ("redis://h/x", "number of the database"),
        ("redis+cluster://h/1", "no database but 0"),
        ("redis://h?no_such_option=s3cret", "not one of redis-py's"),
        ("redis://h?ssl_ca_certs=/etc/hosts", "not one of redis-py's"),
        ("rediss://h?ssl_ca_certs=/no/such/file", "no such file"),
        ("rediss://h?ssl_cert_reqs=s3cret", "cannot be used"),
        ("redis://h?socket_timeout=s3cret", "cannot be read"),
        ("redis://h?socket_timeout=6", "at most 5"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_the_remedy(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=re.escape(said)) as raised:
        RedisURL.parse(text)
    assert "cret" not in str(raised.value)


def test_nothing_secret_is_shown(tmp_path: Path) -> None:
    assert "s3cret" not in repr(
        RedisURL.parse("redis+sentinel://u:s3cret@h/c?sentinel_password=s3cret")
    )
