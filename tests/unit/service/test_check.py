"""`callback-gateway check` says why Fonolo cannot be reached, and what to look at."""

from __future__ import annotations

import pytest

from service.cli.check import run_check
from service.settings import Settings
from tests.unit.service.authority import Authority
from tests.unit.service.identity.hosts import ES256, NAMELESS, RS256, SECRET, jwk_set
from tests.unit.service.proxy_server import ProxyServer
from tests.unit.service.raw_server import RawServer, answers, hangs

PROFILE = "CP" + "0a" * 16
NAMES = ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy")


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)


def check(base_url: str, **more: str) -> int:
    environ = {
        "FONOLO_ACCOUNT_SID": "AC" + "0" * 32,
        "FONOLO_AUTH_TOKEN": "s3cret",
        "FONOLO_BASE_URL": base_url,
        "FONOLO_ALLOW_HTTP": "true",
        "FONOLO_TIMEOUT": "1,1",
        "CALLBACK_PROFILES": PROFILE,
    }
    return run_check(Settings.read({**environ, **more}, serving=False))


@pytest.mark.parametrize(
    ("url", "more", "said"),
    [
        ("http://fonolo.invalid/", {}, "name not found; check FONOLO_BASE_URL"),
        ("http://127.0.0.1:1/", {}, "connection refused; check FONOLO_BASE_URL"),
        (
            "http://fonolo.invalid/",
            {"EGRESS_PROXY": "http://127.0.0.1:1"},
            "the proxy: connection refused; check EGRESS_PROXY",
        ),
    ],
)
def test_what_is_not_there_is_named(
    url: str, more: dict[str, str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert check(url, **more) == 1
    assert f"Fonolo cannot be reached: {said}" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({}, "off: IDENTITY_SECRET and IDENTITY_JWKS are empty"),
        (
            {"IDENTITY_SECRET": f"{SECRET},{SECRET}-new", "IDENTITY_MODE": "required"},
            "required, signed with HS256 (2 shared)",
        ),
        (
            {"IDENTITY_SECRET": SECRET, "IDENTITY_JWKS": jwk_set(ES256, RS256, NAMELESS)},
            "optional, signed with HS256 (1 shared), ES256 ec, RS256 rsa, ES256 without kid",
        ),
    ],
)
def test_it_says_by_which_keys_hosts_sign(
    more: dict[str, str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    check("http://127.0.0.1:1/", **more)
    out = capsys.readouterr().out
    assert f"Identity     {said}\n" in out
    assert SECRET not in out


def test_a_proxy_that_wants_credentials_is_named_without_them(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with ProxyServer("user:right") as proxy:
        assert check("https://fonolo.example/", EGRESS_PROXY=proxy.url("user:wr0ng")) == 1
    said = capsys.readouterr()
    assert "(407); check EGRESS_PROXY" in said.err
    assert "wr0ng" not in said.err + said.out


@pytest.mark.parametrize(
    ("names", "trusted", "said"),
    [
        ("IP:127.0.0.1", False, "PEM in EGRESS_CA_FILE"),
        ("DNS:other.example", True, "certificate of another name; check FONOLO_BASE_URL"),
    ],
)
def test_a_certificate_that_is_not_good_is_named(
    tmp_path_factory: pytest.TempPathFactory,
    capsys: pytest.CaptureFixture[str],
    names: str,
    trusted: bool,
    said: str,
) -> None:
    authority = Authority(tmp_path_factory.mktemp("authority"))
    with RawServer(answers(b""), tls=authority.serve(names)) as server:
        assert check(server.url, EGRESS_CA=authority.pem if trusted else "") == 1
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    ("status", "said"),
    [
        ("401 Unauthorized", "does not accept the credentials (profile: HTTP status 401)"),
        ("403 Forbidden", "does not accept the credentials (profile: HTTP status 403)"),
        ("404 Not Found", "check FONOLO_BASE_URL"),
    ],
)
def test_a_status_that_is_none_of_the_documents_is_named(
    status: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with RawServer(answers(b"{}", status)) as server:
        assert check(server.url) == 1
    assert said in capsys.readouterr().err


def test_an_answer_that_does_not_come_in_time_is_named(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with RawServer(hangs()) as server:
        assert check(server.url) == 1
    assert "no whole answer came in time" in capsys.readouterr().err


def test_a_proxy_of_the_environment_is_said_to_count_for_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://user:s3cret@127.0.0.1:1")
    check("http://127.0.0.1:1/")
    said = capsys.readouterr().out
    assert "HTTPS_PROXY counts for nothing" in said
    assert "s3cret" not in said
