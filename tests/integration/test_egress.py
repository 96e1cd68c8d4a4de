"""Out through a company's forward proxy, to a Fonolo with a private authority's certificate."""

from __future__ import annotations

import contextlib
import os
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests import running
from tests.running import Simulator, gateway_env
from tests.unit.service.authority import Authority
from tests.unit.service.proxy_server import ProxyServer, copy

CREDENTIALS = "gateway:s%40cret"


class TlsFront:
    """A server that speaks TLS and passes everything on to another port."""

    def __init__(self, context: ssl.SSLContext, to: tuple[str, int]) -> None:
        self._context = context
        self._to = to
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listener.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                plain, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(plain,), daemon=True).start()

    def _serve(self, plain: socket.socket) -> None:
        with contextlib.suppress(OSError):
            secure = self._context.wrap_socket(plain, server_side=True)
            with secure, socket.create_connection(self._to) as upstream:
                back = threading.Thread(target=copy, args=(upstream, secure), daemon=True)
                back.start()
                copy(secure, upstream)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def front(simulator: Simulator, authority: Authority) -> Iterator[TlsFront]:
    url = urlsplit(simulator.origin)
    context = authority.serve("DNS:fonolo.example,IP:127.0.0.1")
    server = TlsFront(context, (str(url.hostname), int(url.port or 0)))
    yield server
    server.close()


def settings(proxy: str, ca: Path | None, host: str = "fonolo.example") -> dict[str, str]:
    found = {"FONOLO_BASE_URL": f"https://{host}:8443/3.0/", "EGRESS_PROXY": proxy}
    return found | ({"EGRESS_CA_FILE": str(ca)} if ca else {})


@pytest.fixture
def ca(authority: Authority, tmp_path: Path) -> Path:
    path = tmp_path / "ca.pem"
    path.write_text(authority.pem)
    return path


def check(env: dict[str, str]) -> tuple[int, str]:
    program = str(Path(sys.executable).with_name("callback-gateway"))
    found = subprocess.run(
        [program, "check"],
        env={"PATH": os.environ["PATH"], **env},
        capture_output=True,
        text=True,
        timeout=60,
    )
    return found.returncode, found.stdout + found.stderr


def test_a_start_goes_through_the_proxy_and_rings_once(
    simulator: Simulator, front: TlsFront, ca: Path
) -> None:
    before = len(simulator.calls())
    with ProxyServer("gateway:s@cret", to=("127.0.0.1", front.port)) as proxy:
        out = settings(proxy.url(CREDENTIALS), ca)
        with running.gateway("unused", **out) as gateway:
            answer = gateway.post("/v1/profiles/default/callbacks", json={"number": "14163662500"})
            lines = "\n".join(gateway.process.lines)
        assert answer.status_code == 201, answer.text
        assert set(proxy.targets) == {"CONNECT fonolo.example:8443"}
    assert len(simulator.calls()) == before + 1
    assert "cret" not in lines


def test_check_goes_the_same_way_and_says_what_counts_for_nothing(
    front: TlsFront, ca: Path
) -> None:
    with ProxyServer(to=("127.0.0.1", front.port)) as proxy:
        env = gateway_env("unused", **settings(proxy.url(), ca))
        code, output = check(env | {"HTTPS_PROXY": "http://127.0.0.1:9"})
    assert code == 0, output
    assert "Web Profile" in output
    assert "HTTPS_PROXY" in output


@pytest.mark.parametrize(
    ("proxied", "trusted", "host", "said"),
    [
        ("407", True, "fonolo.example", "407"),
        ("403 Forbidden", True, "fonolo.example", "the proxy refused to connect (403)"),
        ("down", True, "fonolo.example", "connection refused"),
        ("", False, "fonolo.example", "EGRESS_CA_FILE"),
        ("", True, "other.example", "certificate of another name"),
    ],
)
def test_check_names_what_stands_in_the_way(
    front: TlsFront, ca: Path, proxied: str, trusted: bool, host: str, said: str
) -> None:
    wants = "gateway:other" if proxied == "407" else ""
    refusal = proxied if proxied[:1] == "4" and proxied != "407" else ""
    with ProxyServer(wants, refusal=refusal, to=("127.0.0.1", front.port)) as proxy:
        url = "http://127.0.0.1:9" if proxied == "down" else proxy.url()
        code, output = check(gateway_env("unused", **settings(url, ca if trusted else None, host)))
    assert code == 1
    assert said in output
    assert "Traceback" not in output
