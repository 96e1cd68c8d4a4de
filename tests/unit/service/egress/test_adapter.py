"""The adapter under `requests`: deadlines, bounds, and no request that is sent twice."""

from __future__ import annotations

import gzip
import socket
import struct
import threading
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from urllib3 import Timeout

from service.egress import MAX_ANSWER, open_session
from service.egress.failures import AnswerCut, NoAnswerInTime, NotSent, UnreadableAnswer
from service.egress.transfer import MAX_HEADS
from tests.unit.service.raw_server import (
    RawServer,
    Script,
    ServedRequest,
    answers,
    drips,
    hangs,
    sends,
)

BODY = b'{"head": {"status": 200}}'
WHOLE = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
CONTINUE = b"HTTP/1.1 100 Continue\r\nX-Early: yes\r\n\r\n"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n"
Ask = Callable[[requests.Session, str], requests.Response]


@pytest.fixture
def session() -> Iterator[requests.Session]:
    with open_session() as opened:
        yield opened


def get(session: requests.Session, url: str) -> requests.Response:
    return session.get(url, timeout=(2, 3))


def start(session: requests.Session, url: str) -> requests.Response:
    return session.post(url, data={"fc_number": "14163662500"}, timeout=(2, 3))


def cancel(session: requests.Session, url: str) -> requests.Response:
    return session.post(url, timeout=(2, 3))


each_method = pytest.mark.parametrize("ask", [get, start, cancel])


def failure(session: requests.Session, script: Script, timeout: Any = (2, 3)) -> Exception:
    with RawServer(script) as server:
        with pytest.raises(requests.RequestException) as raised:
            session.post(server.url, data={"a": "b"}, timeout=timeout)
    assert len(server.requests) == 1
    return raised.value


def test_it_serves_requests_as_its_own_adapter_does(session: requests.Session) -> None:
    with RawServer(answers(BODY, "201 Created", "X-Kind: test", "X-Kind: too")) as server:
        answer = session.post(
            server.url + "a/../b", data={"b": "é"}, params={"c": "d"}, auth=("u", "p"), timeout=5
        )
    assert (answer.status_code, answer.json()) == (201, {"head": {"status": 200}})
    assert (answer.headers["x-kind"], answer.encoding) == ("test, too", "utf-8")
    (request,) = server.requests
    assert (request.method, request.target) == ("POST", "/3.0/b?c=d")
    assert (request.form, request.credentials) == ({"b": "é"}, "u:p")
    assert {"expect", "transfer-encoding"}.isdisjoint(request.headers)


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
def test_the_method_is_the_requests_own(session: requests.Session, method: str) -> None:
    with RawServer(answers(BODY)) as server:
        session.request(method, server.url, data="x" if method != "GET" else None, timeout=5)
        session.get(server.url, timeout=5)
    assert [request.method for request in server.requests] == [method, "GET"]
    assert server.requests[1].body == b""


@pytest.mark.parametrize(
    ("sent", "body"),
    [
        (WHOLE, b"hello"),
        (CHUNKED, b"hello"),
        (b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhello", b"hello"),
        (CONTINUE + CONTINUE + WHOLE, b"hello"),
        (b"HTTP/1.1 204 No Content\r\n\r\n", b""),
    ],
)
def test_an_answer_ends_where_http_says(
    session: requests.Session, sent: bytes, body: bytes
) -> None:
    with RawServer(sends(sent)) as server:
        answer = get(session, server.url)
    assert answer.content == body
    assert "X-Early" not in answer.headers


@pytest.mark.parametrize("timeout", [0.3, (0.2, 0.1), (0.1, 0.2), Timeout(total=0.3)])
@pytest.mark.parametrize(
    "script",
    [
        hangs(),
        hangs(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"),
        drips(b"", b"HTTP/1.1 200 OK\r\nX-Filler: " + b"x" * 9000),
        drips(b"HTTP/1.1 200 OK\r\n", b"X-Filler: 1\r\n" * 1000),
        drips(b"HTTP/1.1 200 OK\r\nContent-Length: 9000\r\n\r\n", b" " * 9000),
        drips(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n" * 1000),
        drips(b"", CONTINUE * 1000),
    ],
)
def test_one_deadline_holds_for_the_whole_answer(
    session: requests.Session, script: Script, timeout: Any
) -> None:
    assert isinstance(failure(session, script, timeout), NoAnswerInTime)


@pytest.mark.parametrize(
    "timeout", [None, 5, 5.0, (5, 5), (None, None), Timeout(connect=5, read=5)]
)
def test_a_time_out_is_given_as_in_requests(session: requests.Session, timeout: Any) -> None:
    with RawServer(answers(BODY)) as server:
        assert session.get(server.url, timeout=timeout).content == BODY


@pytest.mark.parametrize("timeout", [0, -1, (0, 5)])
def test_a_time_out_of_nothing_is_refused(session: requests.Session, timeout: Any) -> None:
    with RawServer(answers(BODY)) as server:
        with pytest.raises(ValueError, match="more than 0"):
            session.get(server.url, timeout=timeout)
    assert server.requests == []


def cuts(exchange: ServedRequest) -> None:
    return


def resets(exchange: ServedRequest) -> None:
    exchange.set_option(socket.SO_LINGER, struct.pack("ii", 1, 0))


def half_closes(exchange: ServedRequest) -> None:
    exchange.half_close()
    exchange.hang()


#: What may happen to a request over a kept connection, none of which says whether it was served.
DEATHS: dict[str, Script] = {
    "cut": cuts,
    "reset": resets,
    "half closed": half_closes,
    "cut after a byte": sends(b"H"),
    "cut after 100": sends(CONTINUE),
    "cut after 1xx": sends(b"HTTP/1.1 103 Early Hints\r\n\r\n"),
    "no HTTP": sends(b"SSH-2.0-OpenSSH_9.2\r\n"),
}
#: Answers after which other clients would ask once more.
CALLS_TO_REPEAT = [
    "401 Unauthorized\r\nWWW-Authenticate: Basic realm=a",
    "407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=a",
    "408 Request Timeout\r\nConnection: close",
    "417 Expectation Failed",
    "421 Misdirected Request",
    "425 Too Early",
    "429 Too Many Requests\r\nRetry-After: 0",
    "503 Service Unavailable\r\nRetry-After: 0",
]


@each_method
@pytest.mark.parametrize("death", DEATHS.values(), ids=list(DEATHS))
@pytest.mark.parametrize("kept", [0, 1, 3])
def test_no_request_is_sent_twice_when_its_connection_dies(
    session: requests.Session, ask: Ask, death: Script, kept: int
) -> None:
    with RawServer(*[answers(BODY)] * kept, death, answers(BODY)) as server:
        for _ in range(kept):
            get(session, server.url)
        with pytest.raises((AnswerCut, UnreadableAnswer)):
            ask(session, server.url)
        assert len(server.requests) == kept + 1
        assert get(session, server.url).content == BODY


@each_method
@pytest.mark.parametrize("status", CALLS_TO_REPEAT)
def test_no_request_is_sent_twice_because_an_answer_asks_for_it(
    session: requests.Session, ask: Ask, status: str
) -> None:
    script = sends(f"HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n".encode())
    with RawServer(answers(BODY), script, answers(BODY)) as server:
        get(session, server.url)
        assert ask(session, server.url).status_code == int(status[:3])
    assert len(server.requests) == 2


@pytest.mark.parametrize(
    "location", ["http://127.0.0.1:9/", "//[", "http://[::1", "\\\\\x80", "/3.0/again", ""]
)
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("follow", [True, False])
def test_no_redirect_is_followed_nor_read(
    session: requests.Session, status: int, location: str, follow: bool
) -> None:
    with RawServer(answers(b"", f"{status} Away", f"Location: {location}")) as server:
        answer = session.post(server.url, data={"a": "b"}, timeout=5, allow_redirects=follow)
    assert (answer.status_code, len(server.requests)) == (status, 1)


def floods(piece: bytes, first: bytes = b"HTTP/1.1 200 OK\r\n") -> Script:
    def script(exchange: ServedRequest) -> None:
        exchange.send(first)
        while not exchange.is_stopping():
            exchange.send(piece * 100)

    return script


@pytest.mark.parametrize(
    "script",
    [
        floods(b"X-Kind: more\r\n"),
        floods(b"x" * 1000),
        floods(CONTINUE, b""),
        floods(b"HTTP/1.1 103 Early Hints\r\n\r\n", b""),
        answers(b"", "200 OK", "X-Long: " + "x" * MAX_HEADS),
        answers(b" " * (MAX_ANSWER + 1)),
        floods(b" " * 1000, b"HTTP/1.1 200 OK\r\n\r\n"),
        floods(
            b"400\r\n" + b" " * 1024 + b"\r\n",
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
        ),
        answers(b"not gzip", "200 OK", "Content-Encoding: gzip"),
        answers(gzip.compress(b" " * (MAX_ANSWER + 1)), "200 OK", "Content-Encoding: gzip"),
        sends(b"SSH-2.0-OpenSSH_9.2\r\n"),
    ],
)
def test_an_answer_without_bounds_or_sense_is_unreadable(
    session: requests.Session, script: Script
) -> None:
    error = failure(session, script, 30)
    assert isinstance(error, (UnreadableAnswer, AnswerCut)), error


def test_a_gzip_bomb_is_not_unpacked(session: requests.Session) -> None:
    bomb = gzip.compress(b" " * (200 << 20))
    with RawServer(answers(bomb, "200 OK", "Content-Encoding: gzip")) as server:
        tracemalloc.start()
        try:
            with pytest.raises(UnreadableAnswer):
                session.get(server.url, timeout=30)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert peak < 32 << 20


@pytest.mark.parametrize("plain", [b" " * MAX_ANSWER, BODY])
def test_an_answer_of_a_mebibyte_is_read_compressed_or_not(
    session: requests.Session, plain: bytes
) -> None:
    zipped = answers(gzip.compress(plain), "200 OK", "Content-Encoding: gzip")
    with RawServer(answers(plain), zipped) as server:
        assert [get(session, server.url).content for _ in range(2)] == [plain, plain]
    assert "gzip" in server.requests[0].headers["accept-encoding"]


@pytest.mark.parametrize("extra", [WHOLE, b"x", b"HTTP/1.1 500 Late\r\nContent-Length: 0\r\n\r\n"])
@pytest.mark.parametrize("later", [False, True])
def test_extra_bytes_after_an_answer_end_the_connection(
    session: requests.Session, extra: bytes, later: bool
) -> None:
    sent = threading.Event()

    def answer_and_more(exchange: ServedRequest) -> None:
        exchange.send(WHOLE if later else WHOLE + extra)
        if later:
            exchange.wait_for(asked)
            exchange.send(extra)
        sent.set()
        exchange.hang()

    asked = threading.Event()
    with RawServer(answer_and_more, answers(BODY)) as server:
        assert get(session, server.url).content == b"hello"
        asked.set()
        assert sent.wait(5)
        assert start(session, server.url).content == BODY
    assert server.connections == 2


def test_a_line_break_in_a_header_is_sent_nowhere(session: requests.Session) -> None:
    with RawServer(answers(BODY)) as server:
        for bad in ("a\r\nX-Other: b", "a\nb", "a\0b"):
            request = requests.Request("GET", server.url).prepare()
            request.headers["X-Kind"] = bad
            with pytest.raises(ValueError, match="line break"):
                session.send(request, timeout=5)
    assert server.requests == []


@pytest.mark.parametrize(
    "more", [{"verify": False}, {"proxies": {"http": "http://a"}}, {"cert": "a"}]
)
def test_what_a_caller_may_not_change_is_refused(
    session: requests.Session, more: dict[str, Any]
) -> None:
    with RawServer(answers(BODY)) as server:
        with pytest.raises(ValueError, match="adapter's own"):
            session.get(server.url, timeout=5, **more)
    assert server.requests == []


def test_the_environment_and_cookies_count_for_nothing(
    session: requests.Session, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login eve password eve\n")
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
        monkeypatch.setenv(name.lower(), "http://127.0.0.1:1")
    for name in ("NETRC", "SSL_CERT_FILE", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE"):
        monkeypatch.setenv(name, str(netrc))
    with RawServer(answers(BODY, "200 OK", "Set-Cookie: who=me")) as server:
        for _ in range(2):
            get(session, server.url)
    for request in server.requests:
        assert {"cookie", "authorization"}.isdisjoint(request.headers)


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://fonolo.invalid/", "name not found"),
        ("http://127.0.0.1:1/", "connection refused"),
        ("http://127.0.0.1:99999/", "the URL cannot be used"),
    ],
)
def test_what_cannot_be_reached_says_why(url: str, reason: str, session: requests.Session) -> None:
    request = requests.Request("GET", "http://127.0.0.1/").prepare()
    request.url = url
    with pytest.raises(NotSent) as raised:
        session.send(request, timeout=5)
    assert raised.value.reason == reason


class TestPool:
    def test_a_connection_is_kept_for_the_next_request(self, session: requests.Session) -> None:
        with RawServer(answers(BODY)) as server:
            for ask in (get, start, cancel, start):
                ask(session, server.url)
        assert server.connections == 1

    def test_no_more_connections_are_kept_than_the_pool_holds(self) -> None:
        everyone = threading.Barrier(6)

        def together(exchange: ServedRequest) -> None:
            everyone.wait(10)
            answers(BODY)(exchange)

        with RawServer(together) as server, open_session(pool_size=2) as session:
            for _ in range(2):
                threads = [
                    threading.Thread(target=get, args=(session, server.url)) for _ in range(6)
                ]
                for thread in threads:
                    thread.start()
                for thread in threads:
                    thread.join()
        assert server.connections == 6 + 4

    def test_a_failure_on_a_kept_connection_ends_all_that_are_as_old(
        self, session: requests.Session
    ) -> None:
        everyone = threading.Barrier(3)

        def together(exchange: ServedRequest) -> None:
            everyone.wait(10)
            answers(BODY)(exchange)

        with RawServer(*[together] * 3, cuts, answers(BODY)) as server:
            threads = [threading.Thread(target=get, args=(session, server.url)) for _ in range(3)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            with pytest.raises(AnswerCut):
                start(session, server.url)
            start(session, server.url)
            assert server.requests[-1].connection == 4

    def test_a_failure_on_a_new_connection_ends_no_other(self, session: requests.Session) -> None:
        with RawServer(answers(BODY)) as good, RawServer(cuts) as bad:
            get(session, good.url)
            with pytest.raises(AnswerCut):
                start(session, bad.url)
        assert good.connections == 1

    def test_a_closed_session_opens_a_new_connection(self, session: requests.Session) -> None:
        with RawServer(answers(BODY)) as server:
            for _ in range(2):
                get(session, server.url)
                session.close()
        assert server.connections == 2

    def test_an_idle_connection_is_too_old_in_the_end(self) -> None:
        with RawServer(answers(BODY)) as server, open_session(max_idle=1) as session:
            get(session, server.url)
            threading.Event().wait(2.1)  # libcurl counts whole seconds
            get(session, server.url)
        assert server.connections == 2

    def test_connections_that_are_too_old_are_closed_though_others_are_used(self) -> None:
        gone = threading.Event()
        everyone = threading.Barrier(2)

        def together(exchange: ServedRequest) -> None:
            everyone.wait(10)
            answers(BODY)(exchange)

        class Watching(RawServer):
            def _serve(self, sock: socket.socket, connection: int) -> None:
                super()._serve(sock, connection)
                gone.set()

        with (
            Watching(together, together, answers(BODY)) as server,
            open_session(max_idle=1) as session,
        ):
            threads = [threading.Thread(target=get, args=(session, server.url)) for _ in range(2)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            while not gone.wait(0.1):
                get(session, server.url)
        assert server.connections == 2
