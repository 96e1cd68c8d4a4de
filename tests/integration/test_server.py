"""The server on its port, spoken to in bytes: what it reads, what it refuses, when it closes."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPResponse
from urllib.parse import urlsplit

import pytest

from tests import running
from tests.running import Gateway, Simulator, poll
from tests.scraping import value

VALIDATE = "/v1/profiles/default/callbacks/validate"
HEALTH = b"GET /healthz HTTP/1.1\r\nHost: gateway\r\n"
BODY = b'{"number": "14163662500"}'
POST = f"POST {VALIDATE} HTTP/1.1\r\nHost: g\r\nContent-Type: application/json\r\n".encode()
WITH_LENGTH = POST + b"Content-Length: %d\r\n\r\n" % len(BODY)
IN_CHUNKS = POST + b"Transfer-Encoding: chunked\r\n\r\n"
CHUNKED = b"".join(b"1\r\n%c\r\n" % byte for byte in BODY) + b"0\r\n\r\n"


@contextmanager
def connection(gateway: Gateway) -> Iterator[socket.socket]:
    at = urlsplit(gateway.origin)
    with socket.create_connection((at.hostname, at.port), timeout=45) as opened:
        yield opened


def answer(opened: socket.socket, method: str = "GET") -> tuple[int, dict[str, str], bytes]:
    """Read one answer, and not a byte more."""
    with opened.makefile("rb", buffering=0) as stream:
        response = HTTPResponse(_Unbuffered(stream), method=method)  # type: ignore[arg-type]
        response.begin()
        headers = {name.lower(): text for name, text in response.getheaders()}
        return response.status, headers, response.read()


class _Unbuffered:
    def __init__(self, stream: object) -> None:
        self._stream = stream

    def makefile(self, mode: str) -> object:
        return self._stream


@pytest.mark.parametrize(
    ("request_", "pieces"),
    [
        pytest.param(HEALTH + b"\r\n", 1, id="a head byte by byte"),
        pytest.param(WITH_LENGTH + BODY, 1, id="a body byte by byte"),
        pytest.param(IN_CHUNKS + CHUNKED, 1, id="chunks byte by byte"),
        pytest.param(IN_CHUNKS + CHUNKED, 7, id="chunks in sevens"),
        pytest.param(IN_CHUNKS + CHUNKED, 9999, id="chunks at once"),
        pytest.param(IN_CHUNKS + CHUNKED[:-2] + b"X-Trailer: a\r\n\r\n", 5, id="a trailer"),
        pytest.param(HEALTH.replace(b"1.1", b"1.0") + b"\r\n", 9999, id="HTTP/1.0"),
    ],
)
def test_a_request_is_read_however_it_comes(gateway: Gateway, request_: bytes, pieces: int) -> None:
    with connection(gateway) as opened:
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for at in range(0, len(request_), pieces):
            opened.sendall(request_[at : at + pieces])
        assert answer(opened)[0] in (200, 204)


@pytest.mark.parametrize(
    "requests",
    [
        [HEALTH + b"\r\n"] * 5,
        [WITH_LENGTH + BODY] * 3,
        [IN_CHUNKS + CHUNKED, HEALTH + b"\r\n", WITH_LENGTH + BODY],
    ],
)
def test_pipelined_requests_are_answered_in_their_order(
    gateway: Gateway, requests: list[bytes]
) -> None:
    with connection(gateway) as opened:
        sent = b"".join(requests)
        opened.sendall(sent[:-3])
        expected = [200 if each.startswith(b"GET") else 204 for each in requests]
        assert [answer(opened)[0] for _ in expected[1:]] == expected[:-1]
        opened.sendall(sent[-3:])
        assert answer(opened)[0] == expected[-1]


def test_the_answer_to_head_has_no_body_and_keeps_the_connection(gateway: Gateway) -> None:
    with connection(gateway) as opened:
        opened.sendall(HEALTH.replace(b"GET", b"HEAD") + b"\r\n")
        assert answer(opened, "HEAD")[::2] == (200, b"")
        opened.sendall(HEALTH + b"\r\n")
        assert answer(opened)[0] == 200


@pytest.mark.parametrize("head", [WITH_LENGTH, IN_CHUNKS])
def test_who_waits_for_100_before_its_body_is_told_to_go_on(gateway: Gateway, head: bytes) -> None:
    body = BODY if head == WITH_LENGTH else CHUNKED
    with connection(gateway) as opened:
        opened.sendall(head[:-2] + b"Expect: 100-continue\r\n\r\n")
        assert opened.recv(25, socket.MSG_WAITALL) == b"HTTP/1.1 100 Continue\r\n\r\n"
        opened.sendall(body)
        assert answer(opened)[0] == 204


def test_a_body_that_is_declared_too_large_is_refused_unread(gateway: Gateway) -> None:
    with connection(gateway) as opened:
        opened.sendall(POST + b"Content-Length: 1000000\r\nExpect: 100-continue\r\n\r\n")
        status, headers, body = answer(opened)
        assert (status, headers["connection"]) == (413, "close")
        assert json.loads(body)["code"] == "body_too_large"
        assert opened.recv(1) == b""


def test_a_body_that_ends_early_is_malformed(gateway: Gateway) -> None:
    for head, body in ((WITH_LENGTH, BODY[:-1]), (IN_CHUNKS, CHUNKED[:-5])):
        with connection(gateway) as opened:
            opened.sendall(head + body)
            opened.shutdown(socket.SHUT_WR)
            status, _, problem = answer(opened)
            assert (status, json.loads(problem)["code"]) == (400, "malformed_json")


@pytest.mark.parametrize(
    ("request_", "status", "code"),
    [
        (b"nonsense\r\n\r\n", 400, "bad_request"),
        (b"GET /healthz HTTP/9.9\r\n\r\n", 400, "bad_request"),
        (b"GET /healthz HTTP/1.1\nHost: g\n\n", 400, "bad_request"),
        (HEALTH + b"Host: another\r\n\r\n", 400, "bad_request"),
        (HEALTH + b"No-Colon\r\n\r\n", 400, "bad_request"),
        (POST + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n", 400, "bad_request"),
        (POST + b"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400, "bad_request"),
        (b"GET /" + b"a" * 5000 + b" HTTP/1.1\r\n\r\n", 414, "uri_too_long"),
        (b"GET /" + b"a" * 5000, 414, "uri_too_long"),
        (HEALTH + b"Expect: wonders\r\n\r\n", 417, "expectation_failed"),
        (HEALTH + b"X: " + b"a" * 9000 + b"\r\n\r\n", 431, "headers_too_large"),
        (HEALTH + b"X: a\r\n" * 101 + b"\r\n", 431, "headers_too_large"),
        (HEALTH + b"X: " + b"a" * 40_000, 431, "headers_too_large"),
        (POST + b"Transfer-Encoding: strange\r\n\r\n", 501, "not_implemented"),
        (POST + b"Transfer-Encoding: gzip, chunked\r\n\r\n", 501, "not_implemented"),
        (
            POST + b"Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n",
            501,
            "not_implemented",
        ),
        (b"GET /healthz HTTP/1.1\r\n\r\n", 400, "bad_request"),
        (b"GET /healthz HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400, "bad_request"),
    ],
    ids=lambda given: given[:40] if isinstance(given, bytes) else None,
)
def test_what_is_no_request_is_a_problem_counted_and_logged(
    gateway: Gateway, request_: bytes, status: int, code: str
) -> None:
    before = value(gateway, "problems_total", code=code)
    with connection(gateway) as opened:
        opened.sendall(request_)
        found, headers, body = answer(opened)
        assert opened.recv(1) == b""
    problem = json.loads(body)
    assert (found, problem["status"], problem["code"]) == (status, status, code)
    assert headers["content-type"] == "application/problem+json"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-request-id"] == problem["request_id"]
    assert value(gateway, "problems_total", code=code) == before + 1
    gateway.process.wait_for(f'"code": ?"{code}".*"{problem["request_id"]}"')


@pytest.mark.long
def test_a_head_that_does_not_come_closes_the_connection_and_is_counted(
    module_simulator: Simulator,
) -> None:
    half = {"head": HEALTH, "body": WITH_LENGTH + BODY[:-1], "nothing": b""}
    with running.gateway(module_simulator) as gateway:
        opened = {name: socket.create_connection(_at(gateway), timeout=45) for name in half}
        for name, sent in half.items():
            opened[name].sendall(sent)
        for each in opened.values():
            assert each.recv(1) == b""
            each.close()
        assert value(gateway, "connections_closed_total", reason="head") == 2
        assert value(gateway, "connections_closed_total", reason="body") == 1


@pytest.mark.long
def test_an_answer_that_is_not_taken_closes_the_connection(module_simulator: Simulator) -> None:
    with running.gateway(module_simulator) as gateway:
        with socket.socket() as unread:
            unread.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            unread.connect(_at(gateway))
            unread.sendall(b"GET /docs/swagger-ui-bundle.js HTTP/1.1\r\nHost: g\r\n\r\n" * 6)
            closed = ("connections_closed_total", "answer")
            poll(lambda: value(gateway, closed[0], reason=closed[1]) == 1, within=45)


def _at(gateway: Gateway) -> tuple[str, int]:
    at = urlsplit(gateway.origin)
    assert at.hostname
    assert at.port
    return at.hostname, at.port
