"""An answer, read out of the pieces that a connection gives."""

from __future__ import annotations

import itertools

import pytest

from service.fonolo.answer import Answer

WHOLE = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-Kind: test\r\n\r\nhello"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n"
OPEN_ENDED = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhello"
CONTINUE = b"HTTP/1.1 100 Continue\r\nX-Early: yes\r\n\r\n"


def read(*pieces: bytes, most: int = 1000) -> Answer:
    """Read an answer out of these pieces, after which the connection ends."""
    answer, left = Answer(most), iter(pieces)
    answer.read(lambda: next(left, b""))
    return answer


@pytest.mark.parametrize("sent", [WHOLE, CHUNKED], ids=["length", "chunks"])
@pytest.mark.parametrize("size", [1, 7, 1000])
def test_it_is_the_same_in_whatever_pieces_it_comes(sent: bytes, size: int) -> None:
    answer = read(*(sent[at : at + size] for at in range(0, len(sent), size)))
    assert (answer.status, answer.content(), answer.can_follow) == (200, b"hello", True)


def test_nothing_is_read_beyond_it() -> None:
    answer, left = Answer(1000), iter([WHOLE, AssertionError("it was whole already")])
    answer.read(lambda: next(left))  # type: ignore[arg-type, return-value]
    assert answer.headers["x-kind"] == "test"


def test_one_without_a_length_ends_with_its_connection() -> None:
    answer = read(OPEN_ENDED[:-2], OPEN_ENDED[-2:])
    assert (answer.content(), answer.is_whole, answer.can_follow) == (b"hello", True, False)


def test_what_comes_before_the_answer_is_passed_over() -> None:
    answer = read(CONTINUE, CONTINUE + WHOLE)
    assert (answer.status, answer.content()) == (200, b"hello")
    assert "X-Early" not in answer.headers


@pytest.mark.parametrize("more", [b"HTTP/1.1 500 Late\r\nContent-Length: 0\r\n\r\n", b"xx"])
def test_what_follows_unasked_is_not_heeded_and_no_other_answer_is_awaited_there(
    more: bytes,
) -> None:
    answer = read(WHOLE + more)
    assert (answer.status, answer.content(), answer.can_follow) == (200, b"hello", False)


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        WHOLE[:9],
        WHOLE[:-1],
        CHUNKED[:-1],
        CONTINUE,
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nhi",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n",
    ],
)
def test_one_that_is_cut_or_none_is_told(sent: bytes) -> None:
    with pytest.raises(ConnectionError):
        read(sent)


def test_of_a_long_body_little_more_than_what_is_wanted_is_read() -> None:
    answer = read(b"HTTP/1.1 200 OK\r\nContent-Length: 9000\r\n\r\n", *[b"x" * 50] * 9, most=100)
    assert answer.content() == b"x" * 101
    assert not answer.is_whole


def test_headers_without_end_are_not_read_to_their_end() -> None:
    endless = itertools.chain([b"HTTP/1.1 200 OK\r\n"], itertools.repeat(b"X-Kind: more\r\n" * 9))
    with pytest.raises(ConnectionError, match="around"):
        Answer(1000).read(lambda: next(endless))
