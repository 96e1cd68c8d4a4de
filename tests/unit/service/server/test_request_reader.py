"""Requests are read out of whatever has come, however it is cut, and nothing waits for more."""

from __future__ import annotations

import pytest
from gunicorn.config import Config
from gunicorn.http.errors import InvalidRequestLine, LimitRequestHeaders

from service.http.request_body import MAX_BODY
from service.server.phases import Phase
from service.server.request_reader import MAX_HEAD, RequestReader

HEAD = b"POST / HTTP/1.1\r\nHost: g\r\n"
TEN = HEAD + b"Content-Length: 10\r\n\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
EXPECTING = HEAD + b"Content-Length: 10\r\nExpect: 100-continue\r\n\r\n"


def fed(*pieces: bytes) -> tuple[RequestReader, Phase]:
    """Return a reader that got the pieces, and what it waits for then."""
    reader = RequestReader(Config(), ("192.0.2.1", 1))
    phase = reader.advance()
    for piece in pieces:
        reader.inbox.feed(piece)
        phase = reader.advance()
    return reader, phase


@pytest.mark.parametrize(
    ("pieces", "phase"),
    [
        ([], Phase.IDLE),
        ([b"P"], Phase.HEAD),
        ([HEAD], Phase.HEAD),
        ([HEAD, b"\r\n"], Phase.WHOLE),
        ([TEN], Phase.BODY),
        ([TEN, b"123456789"], Phase.BODY),
        ([TEN, b"123456789", b"0"], Phase.WHOLE),
        ([CHUNKED, b"a\r\n12345"], Phase.BODY),
        ([CHUNKED, b"a\r\n12345", b"67890\r\n0\r\n"], Phase.BODY),
        ([CHUNKED, b"a\r\n12345", b"67890\r\n0\r\n", b"\r\n"], Phase.WHOLE),
        ([CHUNKED, b"nonsense\r\n"], Phase.WHOLE),
        ([HEAD + b"Content-Length: %d\r\n\r\n" % (MAX_BODY + 1)], Phase.WHOLE),
        ([CHUNKED, b"fffff\r\n" + b"x" * (MAX_BODY + 1)], Phase.WHOLE),
        ([b"nonsense\r\n"], Phase.WHOLE),
        ([HEAD + b"X" * MAX_HEAD], Phase.WHOLE),
        ([b""], Phase.ENDED),
        ([HEAD, b""], Phase.ENDED),
        ([TEN, b"1", b""], Phase.WHOLE),
    ],
)
def test_it_says_what_it_waits_for(pieces: list[bytes], phase: Phase) -> None:
    assert fed(*pieces)[1] is phase


@pytest.mark.parametrize("size", [1, 2, 3, 7, 50, 1000])
@pytest.mark.parametrize(
    ("sent", "body"),
    [
        (TEN + b"1234567890", b"1234567890"),
        (CHUNKED + b"4\r\n1234\r\n6;name=value\r\n567890\r\n0\r\n\r\n", b"1234567890"),
        (CHUNKED + b"1\r\n1\r\n1\r\n2\r\n0\r\nX-Trailer: a\r\n\r\n", b"12"),
        (CHUNKED + b"0\r\n\r\n", b""),
        (HEAD + b"\r\n", b""),
    ],
)
def test_a_request_is_the_same_however_it_is_cut(sent: bytes, body: bytes, size: int) -> None:
    sent *= 2
    pieces = [sent[at : at + size] for at in range(0, len(sent), size)]
    reader, phase = fed()
    found = []
    for piece in pieces:
        reader.inbox.feed(piece)
        while (phase := reader.advance()) is Phase.WHOLE:
            found.append(next(reader).body.read())
            assert reader.finish_body()
    assert found == [body, body]
    assert phase is Phase.IDLE


def test_what_is_no_request_is_raised_to_whoever_answers_it() -> None:
    with pytest.raises(InvalidRequestLine):
        next(fed(b"nonsense\r\n")[0])
    with pytest.raises(LimitRequestHeaders):
        next(fed(HEAD + b"X" * MAX_HEAD)[0])


@pytest.mark.parametrize(
    ("pieces", "closes"),
    [
        ([TEN, b"1234567890"], False),
        ([CHUNKED, b"1\r\n1\r\n0\r\n\r\n"], False),
        ([HEAD + b"Content-Length: 99999\r\n\r\n"], True),
        ([CHUNKED, b"fffff\r\n" + b"x" * 17_000], True),
        ([CHUNKED, b"nonsense\r\n"], True),
    ],
)
def test_a_body_that_is_not_read_to_its_end_closes_the_connection(
    pieces: list[bytes], closes: bool
) -> None:
    reader, _ = fed(*pieces)
    assert next(reader).should_close() is closes
    assert reader.finish_body() is not closes


def test_broken_chunks_break_whoever_reads_the_body() -> None:
    request = next(fed(CHUNKED, b"1\r\n1\r\nnonsense\r\n")[0])
    with pytest.raises(Exception, match="chunk"):
        request.body.read()


@pytest.mark.parametrize(
    ("pieces", "told"),
    [([EXPECTING], True), ([TEN], False), ([EXPECTING[:-2]], False), ([], False)],
)
def test_who_expects_to_be_told_to_go_on_is_told_once(pieces: list[bytes], told: bool) -> None:
    reader, _ = fed(*pieces)
    assert [reader.take_expectation(), reader.take_expectation()] == [told, False]
