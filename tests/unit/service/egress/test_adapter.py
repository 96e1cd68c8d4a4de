"""The transport under `requests`: kept connections, over TLS too, and one deadline."""

from __future__ import annotations

import socket
import ssl
from pathlib import Path

import pytest
import requests

from service.fonolo.transport import PooledAdapter
from tests.unit.service.raw_server import RawServer, answers

BODY = b'{"head": {"status": 200}}'


def session(tls: ssl.SSLContext | None = None, *, max_answer: int = 1000) -> requests.Session:
    """A session that anybody might have, but for its adapter."""
    opened = requests.Session()
    adapter = PooledAdapter(4, max_answer, tls)
    opened.mount("http://", adapter)
    opened.mount("https://", adapter)
    return opened


def test_it_serves_requests_as_its_own_adapter_does() -> None:
    with RawServer(answers(BODY, "201 Created", "X-Kind: test")) as server, session() as asking:
        answer = asking.post(server.url + "a", data={"b": "é"}, params={"c": "d"}, timeout=(1, 2))
    assert (answer.status_code, answer.json()) == (201, {"head": {"status": 200}})
    assert answer.headers["x-kind"] == "test"
    assert server.requests[0].target == "/3.0/a?c=d"
    assert server.requests[0].form == {"b": "é"}


def test_a_connection_is_kept_over_tls(certificate: Path) -> None:
    served = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    served.load_cert_chain(certificate)
    trusting = ssl.create_default_context(cafile=certificate)
    with RawServer(answers(BODY), tls=served) as server, session(trusting) as asking:
        for _ in range(3):
            assert asking.get(server.url, timeout=(1, 2)).content == BODY
    assert server.connections == 1


def test_a_certificate_of_another_name_is_refused_before_anything_is_sent(
    certificate: Path,
) -> None:
    served = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    served.load_cert_chain(certificate)
    trusting = ssl.create_default_context(cafile=certificate)
    with RawServer(answers(BODY), tls=served) as server, session(trusting) as asking:
        with pytest.raises(requests.ConnectTimeout):
            asking.get(server.url.replace("127.0.0.1", "localhost"), timeout=(1, 2))
    assert server.requests == []


def test_a_line_break_in_a_header_is_sent_nowhere() -> None:
    with RawServer(answers(BODY)) as server:
        request = requests.Request("GET", server.url).prepare()
        request.headers["X-Kind"] = "a\r\nX-Other: b"
        with pytest.raises(ValueError, match="line break"):
            PooledAdapter(1, 1000).send(request, timeout=(1, 2))
    assert server.requests == []


def test_a_name_is_asked_for_at_each_of_its_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    def addresses(host: str, port: int, **_: object) -> list[tuple[object, ...]]:
        here = (socket.AF_INET, socket.SOCK_STREAM, 0, "", ("127.0.0.1", port))
        nowhere = (socket.AF_INET, socket.SOCK_STREAM, 0, "", ("127.0.0.1", 1))
        return [nowhere, here]

    monkeypatch.setattr(socket, "getaddrinfo", addresses)
    with RawServer(answers(BODY)) as server, session() as asking:
        url = server.url.replace("127.0.0.1", "fonolo.invalid")
        assert asking.get(url, timeout=(1, 2)).content == BODY


def test_what_a_closed_session_still_gets_is_not_kept() -> None:
    with RawServer(answers(BODY)) as server:
        asking = session()
        asking.close()
        for _ in range(2):
            asking.get(server.url, timeout=(1, 2))
    assert server.connections == 2
