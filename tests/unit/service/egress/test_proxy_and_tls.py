"""The way out through a real forward proxy, and over TLS with a real private authority."""

from __future__ import annotations

import gc
import re
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import pytest
import requests

from service.egress import open_session
from service.egress.failures import NotSent, ProxyFailed, TlsFailed
from tests.unit.service.authority import Authority
from tests.unit.service.proxy_server import ProxyServer
from tests.unit.service.raw_server import RawServer, answers

BODY = b'{"head": {"status": 200}}'
LOCAL = "DNS:localhost,IP:127.0.0.1"
CREDENTIALS = "user:p%40ss-w0rd"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def tls(authority: Authority) -> ssl.SSLContext:
    return authority.serve(LOCAL)


def failure(url: str, *, proxy: str = "", ca: str = "") -> NotSent:
    """Return why a start that nobody should see was not sent."""
    with open_session(proxy=proxy, ca=ca) as session, pytest.raises(NotSent) as raised:
        session.post(url, data={"a": "b"}, timeout=5)
    return raised.value


class TestAuthorities:
    def test_a_private_one_is_trusted_when_it_is_given(
        self, authority: Authority, tls: ssl.SSLContext
    ) -> None:
        with RawServer(answers(BODY), tls=tls) as server, open_session(ca=authority.pem) as session:
            for _ in range(3):
                assert session.get(server.url, timeout=5).content == BODY
        assert server.connections == 1

    def test_the_file_with_it_goes_with_the_session(
        self, authority: Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
        session = open_session(ca=authority.pem)
        (written,) = tmp_path.iterdir()
        assert authority.pem.strip() in written.read_text()
        del session
        gc.collect()
        assert not written.exists()

    @pytest.mark.parametrize(
        ("names", "host", "trusted", "reason"),
        [
            (LOCAL, "127.0.0.1", False, "certificate signed by an authority that is not known"),
            ("DNS:other.example", "127.0.0.1", True, "certificate of another name"),
            ("IP:127.0.0.1", "localhost", True, "certificate of another name"),
        ],
    )
    def test_a_certificate_that_is_not_good_says_why(
        self, authority: Authority, names: str, host: str, trusted: bool, reason: str
    ) -> None:
        with RawServer(answers(BODY), tls=authority.serve(names)) as server:
            url = server.url.replace("127.0.0.1", host)
            error = failure(url, ca=authority.pem if trusted else "")
        assert isinstance(error, TlsFailed)
        assert isinstance(error, requests.exceptions.SSLError)
        assert error.reason == reason
        assert server.requests == []

    def test_one_that_is_not_valid_any_more_says_so(self, authority: Authority) -> None:
        with RawServer(answers(BODY), tls=authority.serve(LOCAL, days=-1)) as server:
            error = failure(server.url, ca=authority.pem)
        assert error.reason == "certificate expired or not yet valid"

    def test_a_server_without_tls_says_so(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as server:
            url = f"https://127.0.0.1:{server.getsockname()[1]}/"
            answering = threading.Thread(target=_answer_in_plain_text, args=(server,))
            answering.start()
            error = failure(url)
            answering.join()
        assert error.reason == "TLS handshake failed"


def _answer_in_plain_text(server: socket.socket) -> None:
    with server.accept()[0] as sock:
        sock.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        sock.recv(65536)


def test_a_resolver_that_says_nothing_is_not_waited_for(tmp_path: Path) -> None:
    settings = tmp_path / "resolv.conf"
    settings.write_text("nameserver 127.0.0.1\noptions timeout:5 attempts:3\n")
    program = Path(__file__).with_name("silent_resolver.py")
    inside = f"mount --bind {settings} /etc/resolv.conf && exec {sys.executable} {program}"
    apart = ["unshare", "--map-root-user", "--mount", "--net"]
    if (
        not shutil.which("unshare")
        or subprocess.run([*apart, "true"], capture_output=True).returncode
    ):
        pytest.skip("namespaces of its own are not allowed here")
    run = subprocess.run([*apart, "sh", "-c", inside], capture_output=True, text=True, timeout=60)
    reason = "name look-up without an answer in time"
    assert run.stdout.splitlines() == [reason] * 3 + ["in time"], run.stderr


class TestProxy:
    @pytest.mark.parametrize("proxy_tls", [False, True])
    @pytest.mark.parametrize("origin_tls", [False, True])
    @pytest.mark.parametrize("credentials", ["", CREDENTIALS])
    def test_requests_go_through_it(
        self,
        authority: Authority,
        tls: ssl.SSLContext,
        monkeypatch: pytest.MonkeyPatch,
        proxy_tls: bool,
        origin_tls: bool,
        credentials: str,
    ) -> None:
        monkeypatch.setenv("NO_PROXY", "*")
        monkeypatch.setenv("no_proxy", "127.0.0.1")
        with (
            RawServer(answers(BODY), tls=tls if origin_tls else None) as server,
            ProxyServer(credentials.replace("%40", "@"), tls=tls if proxy_tls else None) as proxy,
            open_session(proxy=proxy.url(credentials), ca=authority.pem) as session,
        ):
            for _ in range(2):
                answer = session.post(server.url, data={"a": "b"}, timeout=5)
            assert proxy.targets == [f"CONNECT 127.0.0.1:{server.port}"]
        assert answer.content == BODY
        assert "X-Proxy" not in answer.headers
        assert "proxy-authorization" not in server.requests[0].headers

    @pytest.mark.parametrize("scheme", ["http", "https"])
    @pytest.mark.parametrize(
        ("proxy", "credentials", "reason"),
        [
            (lambda: ProxyServer("user:right"), "", "asked for credentials"),
            (lambda: ProxyServer("user:right"), "user:wr0ng", "asked for credentials"),
            (lambda: ProxyServer(refusal="403 Forbidden"), "", "refused to connect (403)"),
            (lambda: ProxyServer(refusal="502 Bad Gateway"), "", "refused to connect (502)"),
            (lambda: ProxyServer(refusal="302 Found"), "", "refused to connect (302)"),
        ],
    )
    def test_one_that_refuses_says_so_and_its_page_is_no_answer(
        self, scheme: str, proxy: type, credentials: str, reason: str
    ) -> None:
        with proxy() as refusing:
            error = failure(f"{scheme}://fonolo.example/3.0/", proxy=refusing.url(credentials))
        assert isinstance(error, ProxyFailed)
        assert reason in error.reason
        assert "wr0ng" not in repr(error)

    @pytest.mark.parametrize(
        ("proxy", "reason"),
        [
            ("http://127.0.0.1:1", "the proxy: connection refused"),
            ("http://proxy.invalid:3128", "the proxy: name not found"),
        ],
    )
    def test_one_that_is_not_there_says_so(self, proxy: str, reason: str) -> None:
        assert failure("http://fonolo.example/", proxy=proxy).reason == reason

    def test_one_whose_certificate_is_not_trusted_says_so(self, tls: ssl.SSLContext) -> None:
        with ProxyServer(tls=tls) as proxy:
            error = failure("http://fonolo.example/", proxy=proxy.url())
        assert error.reason == "the proxy: certificate signed by an authority that is not known"

    def test_a_certificate_behind_it_that_is_not_trusted_is_not_the_proxys(
        self, tls: ssl.SSLContext
    ) -> None:
        with RawServer(answers(BODY), tls=tls) as server, ProxyServer() as proxy:
            error = failure(server.url, proxy=proxy.url())
        assert error.reason == "certificate signed by an authority that is not known"

    def test_no_reason_shows_where_the_proxy_is_or_its_credentials(self) -> None:
        with ProxyServer("user:right") as proxy:
            error = failure("https://fonolo.example/", proxy=proxy.url("user:wr0ng"))
        assert not re.search(r"wr0ng|user:|127\.0\.0\.1|fonolo\.example", f"{error!r} {error}")
