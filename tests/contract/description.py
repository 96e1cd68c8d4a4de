"""openapi.yaml as the tests use it: its operations, and answers held against them strictly."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import requests
import yaml
from jsonschema import Draft202012Validator
from werkzeug.test import TestResponse

Json = Any
Response = requests.Response | TestResponse

ROOT = Path(__file__).parents[2]
DOCUMENT: dict[str, Any] = yaml.safe_load((ROOT / "openapi.yaml").read_text("utf-8"))
PROBLEM = "application/problem+json"
#: The problems that no route answers: there is none for the method, or no request was read.
ROUTING_CODES = {
    "method_not_allowed",
    "bad_request",
    "uri_too_long",
    "expectation_failed",
    "headers_too_large",
    "not_implemented",
}
#: The members that stand with one code, and with no other.
EXTRAS = {"validation_failed": "errors", "slot_unavailable": "slots", "rate_limited": "scope"}
#: Headers of HTTP itself, which a description leaves out.
_PLAIN_HEADERS = {
    "accept-ranges",
    "connection",
    "content-disposition",
    "content-encoding",
    "content-length",
    "content-security-policy",
    "content-type",
    "date",
    "expires",
    "last-modified",
    "referrer-policy",
    "server",
    "vary",
    "x-content-type-options",
}


@dataclass(frozen=True)
class Operation:
    """One operation; `responses` by status, with their references resolved."""

    id: str
    method: str
    path: str
    parameters: list[Json]
    body: Json | None
    responses: Mapping[int, Json]

    def codes(self) -> set[str]:
        """List the problem codes of all responses."""
        return {code for answer in self.responses.values() for code in problem_codes(answer)}


def operations() -> dict[str, Operation]:
    """Return every operation by its id."""
    found = [
        _operation(path, method, item)
        for path, item in DOCUMENT["paths"].items()
        for method in item
        if method != "parameters"
    ]
    assert len({each.id for each in found}) == len(found), "an operationId stands twice"
    return {each.id: each for each in found}


def problem_examples(answer: Json) -> list[Json]:
    """List the example problems of a response: at least one for each code it can carry."""
    examples = answer.get("content", {}).get(PROBLEM, {}).get("examples", {})
    return [each["value"] for each in examples.values()]


def problem_codes(answer: Json) -> set[str]:
    """List the codes that a response can carry."""
    return {each["code"] for each in problem_examples(answer)}


def resolve(node: Json) -> Json:
    """Replace every reference in the node, but for those to schemas."""
    if isinstance(node, list):
        return [resolve(each) for each in node]
    if not isinstance(node, dict):
        return node
    target = node.get("$ref", "")
    if target and not target.startswith("#/components/schemas/"):
        found = DOCUMENT
        for name in target.removeprefix("#/").split("/"):
            found = found[name]
        return resolve(found)
    return {name: resolve(each) for name, each in node.items()}


def schema_faults(schema: Json, value: Json, *, strict: bool = False) -> list[str]:
    """List what the schema says against the value; `strict` also refuses undescribed members."""
    components = _strict_components() if strict else DOCUMENT["components"]
    if strict:
        schema = _closed(schema)
    validator = Draft202012Validator(
        {**schema, "components": components}, format_checker=Draft202012Validator.FORMAT_CHECKER
    )
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(value)]


def hold(operation_id: str, response: Response) -> Json:
    """Hold an answer against what its operation promises; return the body, parsed if it is JSON."""
    operation = operations()[operation_id]
    status = response.status_code
    assert status in operation.responses, f"{operation_id} never answers {status}: {text(response)}"
    promised = operation.responses[status]
    _hold_headers(promised.get("headers", {}), response)
    body = _hold_body(promised.get("content", {}), response)
    if _media_type(response) == PROBLEM:
        hold_problem(response)
        codes = problem_codes(promised)
        assert body["code"] in codes, f"{operation_id} never answers {status} {body['code']}"
    else:
        follows = operation_id == "getCallback" and status == 200 and not body["final"]
        assert ("Retry-After" in response.headers) == (follows or status in {429, 503})
    return body


def hold_problem(response: Response) -> Json:
    """Hold any error, of a route or of none, against the rules for all; return its body."""
    status, headers = response.status_code, response.headers
    assert _media_type(response) == PROBLEM, f"{status} {headers.get('Content-Type')}"
    body = json.loads(text(response))
    assert not schema_faults({"$ref": "#/components/schemas/Problem"}, body, strict=True)
    assert body["status"] == status
    assert body["type"] == f"/problems/{body['code']}"
    assert body["request_id"] == headers["X-Request-ID"]
    for code, member in EXTRAS.items():
        assert (member in body) == (body["code"] == code), f"{member} with {body['code']}"
    waits = status in {429, 503} or body["code"] == "idempotency_in_progress"
    assert ("Retry-After" in headers) == waits
    assert headers["Cache-Control"] == "no-store"
    return body


def text(response: Response) -> str:
    """Return the body as text."""
    content = response.content if isinstance(response, requests.Response) else response.data
    return content.decode()


def nodes(node: Json, path: str = "#") -> Iterator[tuple[str, Json]]:
    """Walk over every object of the document, with the path to it."""
    if isinstance(node, dict):
        yield path, node
        for name, each in node.items():
            yield from nodes(each, f"{path}/{name}")
    elif isinstance(node, list):
        for index, each in enumerate(node):
            yield from nodes(each, f"{path}/{index}")


def _operation(path: str, method: str, item: Json) -> Operation:
    said = resolve(item[method])
    return Operation(
        id=said["operationId"],
        method=method.upper(),
        path=path,
        parameters=resolve(item.get("parameters", [])) + said.get("parameters", []),
        body=said.get("requestBody"),
        responses={int(status): answer for status, answer in said["responses"].items()},
    )


def _hold_headers(promised: Json, response: Response) -> None:
    for name, header in promised.items():
        value = response.headers.get(name)
        if value is None:
            assert not header.get("required"), f"{name} is missing"
            continue
        is_number = header["schema"]["type"] == "integer"
        assert not is_number or value.isdecimal(), f"{name}: {value}"
        faults = schema_faults(header["schema"], int(value) if is_number else value)
        assert not faults, f"{name}: {faults}"
    known = _PLAIN_HEADERS | {name.lower() for name in promised}
    extra = {name for name in response.headers.keys() if name.lower() not in known}  # noqa: SIM118
    assert not extra, f"not described: {extra}"


def _hold_body(promised: Json, response: Response) -> Json:
    if not promised:
        assert not text(response)
        return None
    media_type = _media_type(response)
    assert media_type in promised, f"{media_type}, not one of {set(promised)}"
    is_json = media_type.endswith("json")
    body = json.loads(text(response)) if is_json else text(response)
    faults = schema_faults(promised[media_type].get("schema", {}), body, strict=True)
    assert not faults, faults
    return body


def _media_type(response: Response) -> str:
    return str(response.headers.get("Content-Type", "")).partition(";")[0]


@cache
def _strict_components() -> Json:
    return _closed(DOCUMENT["components"])


def _closed(node: Json) -> Json:
    """Copy schemas so that an object has no members but those described."""
    closed = copy.deepcopy(node)
    for _, each in nodes(closed):
        if isinstance(each.get("properties"), dict) and "type" in each:
            each.setdefault("additionalProperties", False)
    return closed
