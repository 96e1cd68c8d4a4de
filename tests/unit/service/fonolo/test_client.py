"""The client against a server of raw bytes: four kinds of failure, and no start is sent twice."""

from __future__ import annotations

import gzip
import inspect
import json
import os
import socket
import ssl
import threading
import tracemalloc
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
import requests

from service.egress import open_session
from service.fonolo import (
    FonoloClient,
    FonoloError,
    Refused,
    TimedOut,
    Unintelligible,
    Unknown,
    Unreachable,
)
from tests.unit.service.raw_server import (
    RawServer,
    Script,
    ServedRequest,
    answers,
    body,
    drips,
    hangs,
    head,
    sends,
)

FIXTURES = Path(__file__).parents[3] / "fixtures" / "fonolo"
ACCOUNT, TOKEN = "AC" + "a" * 32, "s3cret-t0ken-" + "b" * 50
CALL, OPTION, PROFILE, QUESTION = (kind + "0a" * 16 for kind in ("CA", "CO", "CP", "QQ"))
NUMBER = "14163662500"
STARTED = body({"sid": CALL, "status": f"/3.0/call/{CALL}/status.json"})
STATUS = body(
    {"sid": CALL, "start_date": "2017-08-07 21:39:46", "status": "Holding", "duration": "00:22"}
)
TIMEOUT = (0.5, 0.3)
Ask = Callable[[FonoloClient], Any]


def client(url: str, **options: Any) -> FonoloClient:
    given = {"timeout": TIMEOUT, "session": open_session(), **options}
    return FonoloClient(ACCOUNT, TOKEN, base_url=url, **given)


def start(fonolo: FonoloClient) -> Any:
    return fonolo.start(NUMBER, OPTION)


def status(fonolo: FonoloClient) -> Any:
    return fonolo.status(CALL)


def cancel(fonolo: FonoloClient) -> Any:
    return fonolo.cancel(CALL)


def failure(ask: Ask, *scripts: Script, **options: Any) -> tuple[FonoloError, RawServer]:
    """Return what asking raises, and the server with what it was sent."""
    with RawServer(*scripts) as server, client(server.url, **options) as fonolo:
        with pytest.raises(FonoloError) as raised:
            ask(fonolo)
        return raised.value, server


class TestStart:
    def test_it_posts_exactly_the_documents_fields(self) -> None:
        with RawServer(answers(STARTED)) as server, client(server.url) as fonolo:
            call = fonolo.start(
                NUMBER,
                OPTION,
                start_date=datetime(2017, 8, 7, 21, 30, tzinfo=UTC),
                sms_optin=False,
                answers={"reason": "é & = {", "account_number": "0012"},
            )
        (request,) = server.requests
        assert call.sid == CALL
        assert (request.method, request.target) == ("POST", "/3.0/callback.json")
        assert request.headers["content-type"] == "application/x-www-form-urlencoded"
        assert request.form == {
            "fc_number": NUMBER,
            "fc_option": OPTION,
            "fc_sms_optin": "false",
            "fc_start_date": "2017-08-07 21:30:00",
            "reason": "é & = {",
            "account_number": "0012",
        }

    def test_without_options_two_fields_are_posted(self) -> None:
        with RawServer(answers(STARTED)) as server, client(server.url) as fonolo:
            start(fonolo)
        assert server.requests[0].form == {"fc_number": NUMBER, "fc_option": OPTION}

    def test_answers_never_replace_fonolos_own_fields(self) -> None:
        with RawServer(answers(STARTED)) as server, client(server.url) as fonolo:
            fonolo.start(NUMBER, OPTION, answers={"fc_number": "19005551234"})
        assert server.requests[0].form["fc_number"] == NUMBER

    def test_a_scheduled_one_is_written_in_the_clients_zone(self) -> None:
        with (
            RawServer(answers(STARTED)) as server,
            client(server.url, timezone="America/Toronto") as fonolo,
        ):
            fonolo.start(NUMBER, OPTION, start_date=datetime(2017, 11, 5, 5, 30, tzinfo=UTC))
        assert server.requests[0].form["fc_start_date"] == "2017-11-05 01:30:00"

    def test_the_credentials_go_as_basic_auth(self) -> None:
        with RawServer(answers(STARTED)) as server, client(server.url) as fonolo:
            start(fonolo)
        assert server.requests[0].credentials == f"{ACCOUNT}:{TOKEN}"


class TestRefused:
    @pytest.mark.parametrize("http", ["200 OK", "500 Internal Server Error"])
    @pytest.mark.parametrize(
        "payload",
        [
            body(status=500, message="No."),
            body(status="500", message="No."),
            b'{"status": 500, "message": "No."}',
        ],
    )
    @pytest.mark.parametrize("ask", [start, status, cancel])
    def test_a_failure_status_is_a_refusal_however_it_comes(
        self, http: str, payload: bytes, ask: Ask
    ) -> None:
        error, server = failure(ask, answers(payload, http))
        assert isinstance(error, Refused)
        assert (error.status, error.message) == (500, "No.")
        assert len(server.requests) == 1

    @pytest.mark.parametrize(
        "payload",
        [
            b'{"type": "about:blank", "title": "Gateway Timeout", "status": 504}',
            b'{"status": 502, "message": "upstream request failed"}',
            b'{"status": 503, "message": "backend write error"}',
        ],
    )
    def test_what_a_proxy_says_of_a_start_is_no_refusal_of_fonolos(self, payload: bytes) -> None:
        # The document: the status "will always be either 200 on success, or 500 on failure".
        error, _ = failure(start, answers(payload, "504 Gateway Timeout"))
        assert isinstance(error, (Unknown, Unintelligible)), error

    @pytest.mark.parametrize("status", ["502 Bad Gateway", "404 Not Found", "201 Created"])
    @pytest.mark.parametrize("payload", [body(status=500, message="No."), STARTED])
    def test_the_body_of_another_http_status_is_not_read_as_fonolos(
        self, status: str, payload: bytes
    ) -> None:
        error, server = failure(start, answers(payload, status), retries=3)
        assert isinstance(error, Unintelligible)
        assert status[:3] in error.message
        assert len(server.requests) == 1


class TestUnintelligible:
    @pytest.mark.parametrize(
        "script",
        [
            answers(b"<html><h1>502 Bad Gateway</h1></html>", "502 Bad Gateway"),
            answers(b"<html></html>"),
            answers(b""),
            answers(b"", "500 Internal Server Error"),
            sends(b"HTTP/1.1 204 No Content\r\n\r\n"),
            answers(STARTED[:-10]),
            answers(b"[" * 100_000),
            answers(b'{"head": {"status": 200}}'),
            answers(b'{"head": {"status": 200}, "data": null}'),
            answers(b'{"head": {"status": 200}, "data": {"sid": null}}'),
            answers(body({"sid": "CA1", "status": "Holding"})),
            answers(body({"sid": CALL.upper(), "status": "Holding"})),
            answers(b"", "302 Found", "Location: https://elsewhere.example/3.0/callback.json"),
            answers(b"\xff" * 100),
            answers(b"not gzip", "200 OK", "Content-Encoding: gzip"),
            answers(b" " * (1 << 20) + STARTED),
            answers(b"9" * 5000),
        ],
    )
    @pytest.mark.parametrize(("ask", "times"), [(start, 1), (status, 2)])
    def test_an_answer_that_cannot_be_read_says_so(
        self, script: Script, ask: Ask, times: int
    ) -> None:
        error, server = failure(ask, script, retries=1)
        assert isinstance(error, (Unintelligible, Unknown)), error
        assert not isinstance(error, TimedOut)
        assert len(server.requests) == times

    def test_a_redirect_is_not_followed(self) -> None:
        with RawServer(answers(STATUS)) as elsewhere:
            location = f"Location: {elsewhere.url}callback.json"
            error, _ = failure(start, answers(b"", "307 Temporary Redirect", location))
            assert isinstance(error, Unintelligible)
            assert elsewhere.requests == []

    def test_an_answer_of_just_a_mebibyte_is_read(self) -> None:
        padded = b" " * ((1 << 20) - len(STATUS)) + STATUS
        with RawServer(answers(padded)) as server, client(server.url) as fonolo:
            assert status(fonolo).status == "Holding"

    def test_a_compressed_answer_is_read(self) -> None:
        zipped = answers(gzip.compress(STATUS), "200 OK", "Content-Encoding: gzip")
        with RawServer(zipped) as server, client(server.url) as fonolo:
            assert status(fonolo).status == "Holding"

    def test_a_gzip_bomb_is_not_unpacked(self) -> None:
        bomb = gzip.compress(b" " * (200 << 20))
        script = answers(bomb, "200 OK", "Content-Encoding: gzip")
        with RawServer(script) as server, client(server.url, timeout=(1, 10)) as fonolo:
            tracemalloc.start()
            try:
                with pytest.raises(Unintelligible):
                    start(fonolo)
                _, peak = tracemalloc.get_traced_memory()
            finally:
                tracemalloc.stop()
        assert peak < 32 << 20

    def test_the_next_call_is_answered_after_an_answer_that_was_not_read_to_its_end(self) -> None:
        long = answers(b" " * (3 << 20))
        with (
            RawServer(long, answers(STARTED)) as server,
            client(server.url, timeout=(1, 5)) as fonolo,
        ):
            with pytest.raises(Unintelligible):
                start(fonolo)
            assert start(fonolo).sid == CALL


class TestUnknown:
    @pytest.mark.parametrize(
        "script",
        [
            sends(b""),
            sends(b"HTT"),
            sends(b"HTTP/1.1 200 OK\r\nContent-Le"),
            sends(head(len(STARTED))),
            sends(head(len(STARTED)) + STARTED[:20]),
            sends(head(len(STARTED) + 100) + STARTED),
            sends(head(None, "200 OK", "Transfer-Encoding: chunked") + b"1f4\r\n{"),
        ],
    )
    @pytest.mark.parametrize("ask", [start, cancel])
    def test_a_connection_that_is_cut_leaves_it_unknown_and_is_not_tried_again(
        self, script: Script, ask: Ask
    ) -> None:
        error, server = failure(ask, script, retries=3)
        assert isinstance(error, (Unknown, Unintelligible)), error
        assert not isinstance(error, TimedOut)
        assert len(server.requests) == 1

    @pytest.mark.parametrize(
        "script",
        [hangs(), hangs(b"HTTP/1.1 200 OK\r\n"), hangs(head(100)), hangs(head(100) + b"{")],
    )
    @pytest.mark.parametrize("ask", [start, cancel, status])
    def test_silence_is_a_time_out_and_is_not_tried_again(self, script: Script, ask: Ask) -> None:
        error, server = failure(ask, script, retries=3)
        assert isinstance(error, TimedOut)
        assert len(server.requests) == 1

    @pytest.mark.parametrize(
        "script",
        [
            drips(b"", head(len(STARTED)) + STARTED),
            drips(b"HTTP/1.1 200 OK\r\n", b"X-Filler: 1\r\n" * 1000),
            drips(head(len(STARTED)), STARTED),
            drips(head(10_000), b" " * 10_000),
            drips(head(None, "200 OK", "Transfer-Encoding: chunked"), b"1\r\n \r\n" * 1000),
            drips(head(None, "200 OK", "Connection: close"), b" " * 1000),
            drips(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 1000),
        ],
    )
    def test_an_answer_fed_drop_by_drop_is_a_time_out(self, script: Script) -> None:
        error, server = failure(lambda f: f.start(NUMBER, OPTION, within=10.0), script)
        assert isinstance(error, TimedOut), error
        assert len(server.requests) == 1

    def test_within_holds_where_it_is_shorter_than_the_time_outs(self) -> None:
        error, _ = failure(
            lambda f: f.start(NUMBER, OPTION, within=0.2),
            drips(b"HTTP/1.1 200 OK\r\nX-Filler: ", b"x" * 999),
            timeout=(9, 9),
        )
        assert isinstance(error, TimedOut)

    def test_without_time_left_nothing_is_sent(self) -> None:
        for within in (0.0, -1.0):
            error, server = failure(
                lambda f, within=within: f.start(NUMBER, OPTION, within=within),  # type: ignore[misc]
                answers(STARTED),
            )
            assert isinstance(error, Unreachable)
            assert server.requests == []


def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as sock:
        return int(sock.getsockname()[1])


@pytest.fixture
def black_hole() -> Iterator[int]:
    """A port whose connections are never made: its queue is full."""
    server = socket.socket()
    server.bind(("127.0.0.1", 0))
    server.listen(0)
    queued = []
    for _ in range(4):
        waiting = socket.socket()
        waiting.setblocking(False)
        waiting.connect_ex(server.getsockname())
        queued.append(waiting)
    yield server.getsockname()[1]
    for each in (*queued, server):
        each.close()


class TestUnreachable:
    @pytest.mark.parametrize("ask", [start, status, cancel])
    def test_a_refused_connection(self, ask: Ask) -> None:
        with client(f"http://127.0.0.1:{closed_port()}/3.0/", retries=1) as fonolo:
            with pytest.raises(Unreachable):
                ask(fonolo)

    def test_a_name_that_is_not_known(self) -> None:
        with client("http://fonolo.invalid/3.0/", retries=0) as fonolo:
            with pytest.raises(Unreachable):
                start(fonolo)

    def test_a_connection_that_is_not_made_in_time(self, black_hole: int) -> None:
        with client(f"http://127.0.0.1:{black_hole}/3.0/", retries=0) as fonolo:
            with pytest.raises(Unreachable):
                start(fonolo)

    def test_within_bounds_all_tries_together(self, black_hole: int) -> None:
        with client(f"http://127.0.0.1:{black_hole}/3.0/", retries=9) as fonolo:
            with pytest.raises(FonoloError):
                fonolo.start(NUMBER, OPTION, within=1.0)

    def test_a_certificate_that_is_not_trusted(self, certificate: Path) -> None:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(certificate)
        with (
            RawServer(answers(STARTED), tls=tls) as server,
            client(server.url, retries=1) as fonolo,
        ):
            with pytest.raises(Unreachable):
                start(fonolo)
            assert server.connections == 2
        assert server.requests == []

    def test_a_server_that_does_not_speak_tls(self) -> None:
        with RawServer(answers(STARTED)) as server:
            with client(server.url.replace("http:", "https:"), retries=0) as fonolo:
                with pytest.raises(Unreachable):
                    start(fonolo)

    def test_a_tls_handshake_that_is_never_finished(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as silent:
            url = f"https://127.0.0.1:{silent.getsockname()[1]}/3.0/"
            with client(url, retries=0) as fonolo:
                with pytest.raises(Unreachable):
                    start(fonolo)


class TestTrying:
    @pytest.mark.parametrize(
        "bad",
        [sends(b""), answers(b"<html>"), sends(head(50) + b"{")],
        ids=["cut", "html", "short"],
    )
    def test_a_read_is_tried_again(self, bad: Script) -> None:
        with RawServer(bad, bad, answers(STATUS)) as server, client(server.url) as fonolo:
            assert status(fonolo).status == "Holding"
        assert len(server.requests) == 3

    def test_a_read_is_tried_as_often_as_was_said(self) -> None:
        _, server = failure(status, sends(b""), retries=2)
        assert len(server.requests) == 3

    def test_a_refusal_is_an_answer_and_not_tried_again(self) -> None:
        _, server = failure(status, answers(body(status=500)), retries=2)
        assert len(server.requests) == 1

    def test_a_start_that_was_never_sent_is_tried_again(self) -> None:
        port = closed_port()
        tries: list[str] = []
        fonolo = client(
            f"http://127.0.0.1:{port}/3.0/",
            retries=2,
            observer=lambda endpoint, outcome, seconds: tries.append(outcome),
        )
        with fonolo, pytest.raises(Unreachable):
            start(fonolo)
        assert tries == ["Unreachable"] * 3

    def test_every_attempt_is_told_to_the_observer(self) -> None:
        told: list[tuple[str, str]] = []

        def observer(endpoint: str, outcome: str, seconds: float) -> None:
            assert 0 <= seconds < 5
            told.append((endpoint, outcome))

        script = [sends(b""), answers(STATUS), answers(body(status=500)), answers(STARTED)]
        with RawServer(*script) as server, client(server.url, observer=observer) as fonolo:
            status(fonolo)
            with pytest.raises(Refused):
                cancel(fonolo)
            start(fonolo)
        assert told == [
            ("status", "Unknown"),
            ("status", "ok"),
            ("cancel", "Refused"),
            ("callback", "ok"),
        ]

    def test_every_attempt_is_a_span_of_the_tracers_whose_headers_are_sent(self) -> None:
        ended: list[tuple[str, str, str]] = []

        class Span:
            def __init__(self, method: str, endpoint: str) -> None:
                self._call = (method, endpoint)
                self.headers = {"traceparent": f"attempt at {endpoint}"}

            def end(self, outcome: str) -> None:
                ended.append((*self._call, outcome))

        script = [sends(b""), answers(STATUS), answers(STARTED)]
        with RawServer(*script) as server, client(server.url, tracer=Span) as fonolo:
            status(fonolo)
            start(fonolo)
        assert ended == [
            ("GET", "status", "Unknown"),
            ("GET", "status", "ok"),
            ("POST", "callback", "ok"),
        ]
        sent = [request.headers["traceparent"] for request in server.requests]
        assert sent == ["attempt at status", "attempt at status", "attempt at callback"]


class TestConnections:
    def test_one_is_kept_for_the_calls_that_follow(self) -> None:
        with RawServer(answers(STATUS)) as server, client(server.url) as fonolo:
            for _ in range(5):
                status(fonolo)
        assert server.connections == 1

    def test_one_that_the_server_has_closed_meanwhile_is_not_used_for_a_start(self) -> None:
        closed = threading.Event()

        def answer_then_close(exchange: ServedRequest) -> None:
            answers(STATUS)(exchange)
            exchange.keep_alive = False

        class Closing(RawServer):
            def _serve(self, sock: socket.socket, connection: int) -> None:
                super()._serve(sock, connection)
                closed.set()

        with (
            Closing(answer_then_close, answers(STARTED)) as server,
            client(server.url) as fonolo,
        ):
            status(fonolo)
            assert closed.wait(5)
            assert start(fonolo).sid == CALL
        assert len(server.requests) == 2

    def test_a_time_out_does_not_spoil_the_next_call(self) -> None:
        with RawServer(hangs(head(10)), answers(STARTED)) as server, client(server.url) as fonolo:
            with pytest.raises(TimedOut):
                start(fonolo)
            assert start(fonolo).sid == CALL
        assert server.connections == 2

    def test_a_kept_connection_has_the_whole_time_for_each_call(self) -> None:
        def after_a_while(exchange: ServedRequest) -> None:
            threading.Event().wait(0.2)
            answers(STATUS)(exchange)

        with RawServer(after_a_while) as server, client(server.url) as fonolo:
            for _ in range(4):
                status(fonolo)
        assert server.connections == 1

    def test_many_threads_share_it(self) -> None:
        def echo(exchange: ServedRequest) -> None:
            sid = exchange.request.target.split("/")[3]
            answers(body({"sid": sid, "status": "Holding"}))(exchange)

        wrong = []
        with RawServer(echo) as server, client(server.url, timeout=(5, 5)) as fonolo:

            def ask(number: int) -> None:
                for turn in range(5):
                    sid = f"CA{number:016x}{turn:016x}"
                    if fonolo.status(sid).sid != sid:
                        wrong.append(sid)

            threads = [threading.Thread(target=ask, args=(number,)) for number in range(16)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        assert wrong == []
        assert len(server.requests) == 80


class TestSurroundings:
    def test_proxies_and_netrc_of_the_environment_are_ignored(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        netrc = tmp_path / "netrc"
        netrc.write_text("machine 127.0.0.1 login eve password eve\n")
        netrc.chmod(0o600)
        nowhere = f"http://127.0.0.1:{closed_port()}"
        for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, nowhere)
        monkeypatch.setenv("NETRC", str(netrc))
        monkeypatch.setenv("NO_PROXY", "")
        monkeypatch.setenv("no_proxy", "")
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(netrc))
        with RawServer(answers(STARTED)) as server, client(server.url) as fonolo:
            start(fonolo)
        assert server.requests[0].credentials == f"{ACCOUNT}:{TOKEN}"

    def test_cookies_are_not_carried_from_one_call_to_the_next(self) -> None:
        script = answers(STATUS, "200 OK", "Set-Cookie: who=me")
        with RawServer(script) as server, client(server.url) as fonolo:
            status(fonolo)
            status(fonolo)
        assert "cookie" not in server.requests[1].headers


class TestSecrets:
    @pytest.mark.parametrize(
        "script",
        [
            answers(body(status=500, message="No.")),
            answers(b"<html>"),
            sends(b""),
            hangs(),
            answers(b" " * (2 << 20)),
        ],
    )
    def test_credentials_and_numbers_stand_in_no_error(self, script: Script) -> None:
        error, _ = failure(start, script, timeout=(0.5, 0.2))
        seen: BaseException | None = error
        while seen is not None:
            shown = f"{seen!s} {seen!r} {getattr(seen, '__notes__', '')}"
            for secret in (TOKEN, ACCOUNT, NUMBER):
                assert secret not in shown
            seen = seen.__cause__

    def test_credentials_stand_in_no_repr(self) -> None:
        with client("http://127.0.0.1:9/3.0/") as fonolo:
            for each in (fonolo, *vars(fonolo).values()):
                assert TOKEN not in f"{each!r} {each!s}"


class TestSids:
    BAD = ["", "CA", "../../evil", CALL + "/cancel", CALL.upper(), "CA" + "0" * 31 + "\n", "CA%2e"]

    @pytest.mark.parametrize("bad", BAD)
    def test_a_malformed_one_is_refused_before_anything_is_sent(self, bad: str) -> None:
        with RawServer(answers(STATUS)) as server, client(server.url) as fonolo:
            asks: list[Callable[[], Any]] = [
                lambda: fonolo.start(NUMBER, bad),
                lambda: fonolo.cancel(bad),
                lambda: fonolo.status(bad),
                lambda: fonolo.call(bad),
                lambda: fonolo.profile(bad),
                lambda: fonolo.options(bad),
                lambda: fonolo.option(PROFILE, bad),
                lambda: fonolo.option(bad, OPTION),
                lambda: fonolo.questions(bad),
                lambda: fonolo.question(PROFILE, bad),
                lambda: fonolo.scheduling(bad),
                lambda: fonolo.schedule(PROFILE, bad),
                lambda: fonolo.schedule(bad, OPTION),
            ]
            for ask in asks:
                with pytest.raises(ValueError, match="not a SID"):
                    ask()
            assert server.requests == []


def example(name: str) -> Script:
    return answers((FIXTURES / f"{name}.json").read_bytes())


class TestEndpoints:
    """Every call of the document, with the document's own answer."""

    @pytest.mark.parametrize(
        ("name", "ask", "target"),
        [
            ("callback", start, "/callback.json"),
            ("cancel", cancel, f"/callback/{CALL}/cancel.json"),
            ("status", status, f"/callback/{CALL}/status.json"),
            ("call", lambda f: f.call(CALL), f"/call/{CALL}.json"),
            ("calls", lambda f: f.calls_page(), "/calls.json?page=1"),
            ("profile", lambda f: f.profile(PROFILE), f"/profile/{PROFILE}.json"),
            ("profiles", lambda f: f.profiles(), "/profiles.json"),
            (
                "option",
                lambda f: f.option(PROFILE, OPTION),
                f"/profile/{PROFILE}/option/{OPTION}.json",
            ),
            ("options", lambda f: f.options(PROFILE), f"/profile/{PROFILE}/options.json"),
            (
                "question",
                lambda f: f.question(PROFILE, QUESTION),
                f"/profile/{PROFILE}/question/{QUESTION}.json",
            ),
            ("questions", lambda f: f.questions(PROFILE), f"/profile/{PROFILE}/questions.json"),
            ("scheduling", lambda f: f.scheduling(PROFILE), f"/profile/{PROFILE}/scheduling.json"),
            (
                "schedule",
                lambda f: f.schedule(PROFILE, OPTION),
                f"/profile/{PROFILE}/option/{OPTION}/schedule.json",
            ),
        ],
    )
    def test_it_is_asked_where_the_document_says(self, name: str, ask: Ask, target: str) -> None:
        with RawServer(example(name)) as server, client(server.url) as fonolo:
            assert (ask(fonolo) is None) == (name == "cancel")
        (request,) = server.requests
        posted = name in {"callback", "cancel"}
        assert (request.method, request.target) == ("POST" if posted else "GET", "/3.0" + target)
        assert posted or request.body == b""

    def test_every_one_of_the_thirteen_has_its_method(self) -> None:
        public = {
            name
            for name, _ in inspect.getmembers(FonoloClient, inspect.isfunction)
            if not name.startswith("_")
        }
        assert public - {"close", "calls"} >= {
            *("start", "cancel", "status", "call", "calls_page", "profile", "profiles"),
            *("option", "options", "question", "questions", "scheduling", "schedule"),
        }

    @pytest.mark.parametrize("base", ["/3.0/", "/3.0"])
    def test_the_base_url_may_end_with_a_slash_or_not(self, base: str) -> None:
        with RawServer(answers(STATUS)) as server:
            with client(f"http://127.0.0.1:{server.port}{base}") as fonolo:
                status(fonolo)
        assert server.requests[0].target == f"/3.0/callback/{CALL}/status.json"


def page(number: int, total: int) -> bytes:
    call = {"sid": f"CA{number:032x}", "status": "Success", "datetime": "2017-08-04 19:19:05"}
    fields = {"page": number, "total_pages": total, "total_calls": total}
    return json.dumps(
        {"head": {"status": 200, "message": "Call List", **fields}, "data": {"call": [call]}}
    ).encode()


class TestReports:
    def test_the_filters_are_the_documents(self) -> None:
        with RawServer(answers(page(1, 1))) as server, client(server.url) as fonolo:
            fonolo.calls_page(
                start_date=date(2017, 8, 3),
                end_date=date(2017, 8, 4),
                status="Success",
                profile_sid=PROFILE,
                page=2,
            )
        target = server.requests[0].target
        assert target == (
            "/3.0/calls.json?start_date=2017-08-03&end_date=2017-08-04"
            f"&status=Success&profile={PROFILE}&page=2"
        )

    def test_a_page_is_fetched_only_when_it_is_reached(self) -> None:
        script = [answers(page(number, 3)) for number in (1, 2, 3)]
        with RawServer(*script) as server, client(server.url) as fonolo:
            calls = fonolo.calls()
            assert server.requests == []
            assert [each.sid for each in islice(calls, 1)] == [f"CA{1:032x}"]
            assert len(server.requests) == 1
            assert [each.sid for each in calls] == [f"CA{2:032x}", f"CA{3:032x}"]
        assert len(server.requests) == 3

    def test_no_calls_are_no_calls(self) -> None:
        empty = body({"call": []}, page=1, total_pages=0, total_calls=0)
        with RawServer(answers(empty)) as server, client(server.url) as fonolo:
            assert list(fonolo.calls()) == []


def test_leaving_the_with_block_closes_its_connections() -> None:
    gone = threading.Event()

    class Watching(RawServer):
        def _serve(self, sock: socket.socket, connection: int) -> None:
            super()._serve(sock, connection)
            gone.set()

    with Watching(answers(STATUS)) as server:
        with client(server.url) as fonolo:
            status(fonolo)
            assert not gone.is_set()
        assert gone.wait(5)


def test_a_client_forks_no_state_into_the_environment() -> None:
    before = dict(os.environ)
    with client("http://127.0.0.1:9/3.0/"):
        assert dict(os.environ) == before


class TestStockSession:
    """The client alone, over whatever session of `requests` it is given."""

    @pytest.fixture(params=["its own", "a stock session"])
    def fonolo(self, request: pytest.FixtureRequest) -> Callable[[str], FonoloClient]:
        def opened(url: str) -> FonoloClient:
            session = None if request.param == "its own" else requests.Session()
            return client(url, session=session, retries=3, timeout=(1, 1))

        return opened

    @pytest.mark.parametrize(
        ("script", "kind"),
        [
            (answers(body(status=500, message="No.")), Refused),
            (answers(body(status=500), "502 Bad Gateway"), Unintelligible),
            (answers(b"<html>"), Unintelligible),
            (answers(b" " * (2 << 20)), Unintelligible),
            (answers(b"not gzip", "200 OK", "Content-Encoding: gzip"), Unintelligible),
            (answers(b"", "302 Found", "Location: /elsewhere"), Unintelligible),
            (answers(b"", "302 Found", "Location: http://[::1"), (Unintelligible, Unknown)),
            (sends(b""), Unknown),
            (sends(head(len(STARTED)) + STARTED[:20]), Unknown),
            (hangs(), TimedOut),
            (hangs(head(100) + b"{"), TimedOut),
        ],
    )
    def test_a_start_that_was_sent_comes_to_the_same(
        self, fonolo: Callable[[str], FonoloClient], script: Script, kind: Any
    ) -> None:
        with RawServer(script) as server, fonolo(server.url) as asking:
            with pytest.raises(kind):
                start(asking)
        assert len(server.requests) == 1

    @pytest.mark.parametrize(
        ("url", "reason"),
        [
            ("http://fonolo.invalid/3.0/", "name not found"),
            ("http://127.0.0.1:1/3.0/", "connection refused"),
        ],
    )
    def test_what_was_not_sent_says_why(
        self, fonolo: Callable[[str], FonoloClient], url: str, reason: str
    ) -> None:
        with fonolo(url) as asking, pytest.raises(Unreachable) as raised:
            start(asking)
        assert raised.value.message == reason

    def test_a_certificate_that_is_not_trusted_is_unreachable(
        self, fonolo: Callable[[str], FonoloClient], certificate: Path
    ) -> None:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(certificate)
        with RawServer(answers(STARTED), tls=tls) as server, fonolo(server.url) as asking:
            with pytest.raises(Unreachable, match="certificate"):
                start(asking)

    def test_a_start_is_answered(self, fonolo: Callable[[str], FonoloClient]) -> None:
        with RawServer(answers(STARTED)) as server, fonolo(server.url) as asking:
            assert start(asking).sid == CALL
        assert server.requests[0].credentials == f"{ACCOUNT}:{TOKEN}"


def test_the_log_says_why_a_call_failed_and_nothing_secret(
    caplog: pytest.LogCaptureFixture,
) -> None:
    failure(start, sends(b""))
    failure(start, answers(body(status=500, message=f"{NUMBER} is no number.")))
    with client("http://127.0.0.1:1/3.0/", retries=0) as fonolo:
        with pytest.raises(Unreachable):
            start(fonolo)
    assert caplog.messages == [
        "Unknown: callback: the connection ended before a whole answer came",
        "Unreachable: callback: connection refused",
    ]
