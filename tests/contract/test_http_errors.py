"""Every error of HTTP ⇔ the problem schema, asked of the running gateway."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from http.client import HTTPResponse
from typing import Any, cast
from urllib.parse import urlsplit

import pytest

from service.fonolo import FonoloClient
from tests.contract.calling import GOOD, BrokenFonolo, World, fresh_number
from tests.contract.description import Operation, hold, hold_problem, operations
from tests.running import Gateway

VALIDATE = "/v1/profiles/default/callbacks/validate"
JSON = {"Content-Type": "application/json"}
MAX_BODY = 16 * 1024


def validate(gateway: Gateway, body: Any, **headers: str) -> Any:
    """Send a body to the route that checks and does nothing else; return what it says."""
    response = gateway.post(VALIDATE, data=body, headers={**JSON, **headers})
    return hold("validateCallback", response) or {"status": response.status_code}


def padded(size: int) -> bytes:
    """Return a good body of exactly that many bytes."""
    body = json.dumps({"number": fresh_number()}).encode()
    return body + b" " * (size - len(body))


def in_chunks(body: bytes) -> Iterator[bytes]:
    yield body[:1000]
    yield body[1000:]


def raw(gateway: Gateway, request: bytes) -> tuple[int, str, bytes]:
    """Send bytes as they are; return the answer's status, content type and body."""
    at = urlsplit(gateway.origin)
    with socket.create_connection((at.hostname, at.port), timeout=10) as connection:
        connection.sendall(request)
        response = HTTPResponse(connection)
        response.begin()
        try:
            return response.status, response.getheader("Content-Type", ""), response.read()
        finally:
            response.close()


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/v1",
        "/v1/profiles",
        "/v1/profiles/",
        "/v1/profiles/default/",
        "/v1//profiles/default",
        "/v1/profiles/a%2Fb",
        "/v1/profiles/default/options",
        "/metrics",
        "/problems/nothing",
        "/docs/../openapi.yaml%00",
        "/%ff",
    ],
)
def test_an_unknown_path_is_not_found(gateway: Gateway, path: str) -> None:
    response = gateway.get(path)
    assert response.status_code == 404
    assert hold_problem(response)["code"] == "not_found"


@pytest.mark.parametrize(
    ("operation", "method"),
    [
        pytest.param(operation, method, id=f"{method} {operation.path}")
        for operation in operations().values()
        for method in ("GET", "POST", "PUT", "PATCH", "DELETE", "TRACE", "QUERY")
        if method != operation.method
    ],
)
def test_a_method_that_is_not_described_is_not_allowed(
    gateway: Gateway, operation: Operation, method: str
) -> None:
    path = operation.path.format_map(GOOD)
    response = gateway.session.request(method, gateway.origin + path, timeout=10)
    assert response.status_code == 405
    assert hold_problem(response)["code"] == "method_not_allowed"
    assert operation.method in response.headers["Allow"].split(", ")
    assert method not in response.headers["Allow"].split(", ")


def test_a_body_of_exactly_16_kib_is_taken_whole_or_in_chunks(gateway: Gateway) -> None:
    assert validate(gateway, padded(MAX_BODY)) == {"status": 204}
    assert validate(gateway, in_chunks(padded(MAX_BODY))) == {"status": 204}


def test_a_body_one_byte_longer_is_too_large_whole_or_in_chunks(gateway: Gateway) -> None:
    assert validate(gateway, padded(MAX_BODY + 1))["code"] == "body_too_large"
    assert validate(gateway, in_chunks(padded(MAX_BODY + 1)))["code"] == "body_too_large"


def test_size_goes_before_type_and_type_before_content(gateway: Gateway) -> None:
    text = {"Content-Type": "text/plain"}
    assert validate(gateway, b"x" * (MAX_BODY + 1), **text)["code"] == "body_too_large"
    assert validate(gateway, b"x", **text)["code"] == "unsupported_media_type"
    assert validate(gateway, b"x")["code"] == "malformed_json"


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Type": "text/plain"},
        {"Content-Type": "application/x-www-form-urlencoded"},
        {"Content-Type": "application/jsonp"},
        {"Content-Type": ""},
        {"Content-Encoding": "gzip"},
    ],
)
def test_a_body_that_is_not_plain_json_is_of_an_unsupported_type(
    gateway: Gateway, headers: dict[str, str]
) -> None:
    assert validate(gateway, b"{}", **headers)["code"] == "unsupported_media_type"


@pytest.mark.parametrize("type_", ["application/json; charset=utf-8", "Application/JSON"])
def test_json_may_be_spelt_as_http_allows(gateway: Gateway, type_: str) -> None:
    body = json.dumps({"number": fresh_number()})
    assert validate(gateway, body, **{"Content-Type": type_}) == {"status": 204}


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"{", id="half an object"),
        pytest.param(b'{"number": "1",}', id="a comma too many"),
        pytest.param(b"{'number': '1'}", id="single quotes"),
        pytest.param(b'{"number": "\xff"}', id="not UTF-8"),
        pytest.param('{"number": "1"}'.encode("utf-16"), id="UTF-16"),
        pytest.param(b'{"number": "1"}\xef\xbb\xbf', id="a byte order mark at the end"),
        pytest.param(b'{"number": "1", "number": "2"}', id="a name twice"),
        pytest.param(b'{"number": "1", "questions": {"a": "1", "a": "1"}}', id="twice, deeper"),
        pytest.param(b'{"number": "1", "number": null}', id="a name twice, once null"),
        pytest.param(b'{"number": NaN}', id="NaN"),
        pytest.param(b'{"number": -Infinity}', id="Infinity"),
        pytest.param(b"[" * 9 + b"]" * 9, id="nesting of 9"),
        pytest.param(b'{"a":' * 9 + b"1" + b"}" * 9, id="nesting of 9 objects"),
        pytest.param(b"[" * 16_000, id="16,000 brackets"),
        pytest.param(b"[" * 8_000 + b"]" * 8_000, id="8,000 pairs of brackets"),
        pytest.param(b'{"number": "\x01"}', id="a control character"),
        pytest.param(b"9" * 16_000, id="a number of 16,000 digits"),
    ],
)
def test_a_body_that_cannot_be_read_is_malformed(gateway: Gateway, body: bytes) -> None:
    assert validate(gateway, body)["code"] == "malformed_json"


@pytest.mark.parametrize("host", [b"a..b", b".", b"a" * 64 + b".example"])
def test_a_host_that_is_none_is_a_bad_request(gateway: Gateway, host: bytes) -> None:
    head = b"GET /healthz HTTP/1.1\r\nConnection: close\r\nHost: " + host + b"\r\n\r\n"
    status, content_type, body = raw(gateway, head)
    assert (status, content_type) == (400, "application/problem+json")
    assert json.loads(body)["code"] == "bad_request"


def test_nesting_of_8_is_read(gateway: Gateway) -> None:
    assert validate(gateway, b"[" * 8 + b"]" * 8)["code"] == "validation_failed"


@pytest.mark.parametrize(
    "body",
    [
        rb'{"number": "14163662500", "\ud800": "x"}',
        rb'{"number": "14163662500", "questions": {"\udfff": "x"}}',
        rb'{"number": "14163662500", "questions": {"first_and_last_name": "\ud800"}}',
        rb'{"number": "\ud800"}',
        rb'{"number": "14163662500", "option": "\ud800"}',
        rb'{"number": "14163662500", "start_time": "\ud800"}',
        b'{"number": "14163662500", "\\u0000": "x"}',
        '{"number": "١٤١٦٣٦٦٢٥٠٠"}'.encode(),
        b'{"number": 14163662500}',
        b'{"number": {"a": 1}, "questions": ["a"]}',
        b'{"number": "14163662500", "questions": {"account_number": 5, "": "x", "a/b~": "x"}}',
    ],
)
def test_a_strange_text_is_a_fault_of_the_body_and_no_breakdown(
    gateway: Gateway, body: bytes
) -> None:
    assert validate(gateway, body)["code"] == "validation_failed"
    key = {**JSON, "Idempotency-Key": f"strange-text-{abs(hash(body))}"}
    start = gateway.post("/v1/profiles/default/callbacks", data=body, headers=key)
    assert hold("startCallback", start)["code"] == "validation_failed"


def test_at_most_50_faults_are_told(gateway: Gateway) -> None:
    body = json.dumps({f"field{n}": "x" for n in range(200)})
    assert len(validate(gateway, body)["errors"]) == 50


def test_a_route_that_breaks_says_nothing_of_why(world: World) -> None:
    caller = world.caller(fonolo=cast(FonoloClient, BrokenFonolo()))
    response = caller.ask("getProfile")
    assert response.status_code == 500
    assert hold("getProfile", response)["code"] == "internal_error"
    assert "nobody has thought" not in response.text


def test_a_range_that_a_file_does_not_have_is_no_breakdown(gateway: Gateway) -> None:
    for path in ("/openapi.yaml", "/widget.js"):
        response = gateway.get(path, headers={"Range": "bytes=99999999-"})
        assert response.status_code != 500, f"{path}: {response.text}"


def test_an_error_is_a_problem_whatever_conditions_a_request_has(gateway: Gateway) -> None:
    for path in ("/v1/profiles/default", "/openapi.yaml", "/widget.js"):
        response = gateway.get(path, headers={"If-Match": '"another"'})
        if response.status_code >= 400:
            hold_problem(response)


@pytest.mark.parametrize(
    "chunks",
    [
        pytest.param(b"zz\r\n{}\r\n0\r\n\r\n", id="a size in letters"),
        pytest.param(b"-1\r\n{}\r\n0\r\n\r\n", id="a size below nothing"),
        pytest.param(b'{"number": "14163662500"}\r\n\r\n', id="no size at all"),
        pytest.param(b"2\r\n{}zz0\r\n\r\n", id="no end of a chunk"),
    ],
)
def test_chunks_that_are_none_are_the_clients_fault(gateway: Gateway, chunks: bytes) -> None:
    head = (
        f"POST {VALIDATE} HTTP/1.1\r\nHost: gateway\r\nConnection: close\r\n"
        "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    status, content_type, body = raw(gateway, head.encode() + chunks)
    assert status == 400, body
    assert content_type == "application/problem+json"
    assert json.loads(body)["code"] == "malformed_json"
