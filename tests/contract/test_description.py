"""openapi.yaml by itself: valid, complete, and all its examples are true to its schemas."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from tests.contract.description import (
    DOCUMENT,
    ROOT,
    ROUTING_CODES,
    Json,
    Operation,
    nodes,
    operations,
    problem_examples,
    resolve,
    schema_faults,
)

RATE_LIMIT_HEADERS = {
    "RateLimit-Policy",
    "RateLimit",
    "X-RateLimit-Limit",
    "X-RateLimit-Remaining",
    "X-RateLimit-Reset",
}
each_operation = pytest.mark.parametrize(
    "operation", operations().values(), ids=lambda each: each.id
)


def examples() -> Iterator[tuple[str, Json, Json]]:
    """Yield every example with its schema: of bodies, headers, parameters and schemas."""
    for path, node in nodes(DOCUMENT):
        if "/examples/" in path:
            continue
        whole = {name: each for name, each in node.items() if name != "headers"}
        if isinstance(node.get("schema"), dict):
            said = resolve(whole)
            if "example" in said:
                yield f"{path}/example", said["schema"], said["example"]
            for name, each in said.get("examples", {}).items():
                yield f"{path}/examples/{name}", said["schema"], each["value"]
        elif isinstance(node.get("examples"), list):
            for each in node["examples"]:
                yield f"{path}/examples", node, each


def test_the_description_is_valid_openapi() -> None:
    OpenAPIV31SpecValidator(DOCUMENT).validate()


def test_the_description_is_of_this_version() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert DOCUMENT["info"]["version"] == project["version"]


@pytest.mark.parametrize(
    ("schema", "example"), [pytest.param(*each, id=path) for path, *each in examples()]
)
def test_an_example_fits_its_schema(schema: Json, example: Json) -> None:
    assert not schema_faults(schema, example, strict=True)


@each_operation
def test_an_operation_is_described_in_words(operation: Operation) -> None:
    said = DOCUMENT["paths"][operation.path][operation.method.lower()]
    assert said["summary"]
    assert said["tags"]
    assert all(answer["description"] for answer in operation.responses.values())
    assert all(each["description"] for each in operation.parameters)


def test_parameters_stand_with_their_operation() -> None:
    # Swagger UI shows those of a path without name and example, until a second one is opened.
    assert not [path for path, item in DOCUMENT["paths"].items() if "parameters" in item]


def test_every_object_in_a_body_has_a_name_of_its_own() -> None:
    # A generator makes up a name for one without, "GetWidgetIntegrity200Response".
    nameless = [
        path
        for path, node in nodes(DOCUMENT)
        if path.endswith("/schema") and node.get("type") == "object"
    ]
    assert not nameless


@each_operation
def test_every_answer_names_its_request(operation: Operation) -> None:
    for answer in operation.responses.values():
        assert answer["headers"]["X-Request-ID"]["required"]
    assert "X-Request-ID" in {each["name"] for each in operation.parameters}


@each_operation
def test_answers_under_v1_and_no_others_tell_the_budgets(operation: Operation) -> None:
    for answer in operation.responses.values():
        described = RATE_LIMIT_HEADERS & set(answer["headers"])
        assert described == (
            RATE_LIMIT_HEADERS if operation.path.startswith(("/v1/", "/c/")) else set()
        )


@each_operation
def test_an_error_shows_examples_of_its_own_status(operation: Operation) -> None:
    for status, answer in operation.responses.items():
        examples = problem_examples(answer)
        is_page = "text/html" in answer.get("content", {})
        has_problems = status >= 400 and operation.id != "getReadiness" and not is_page
        assert bool(examples) == has_problems
        for example in examples:
            assert example["status"] == status
            assert example["type"] == f"/problems/{example['code']}"


def test_every_problem_code_is_answered_by_some_route_or_by_none_being_there() -> None:
    answered = set().union(*(each.codes() for each in operations().values()))
    known = set(DOCUMENT["components"]["schemas"]["ProblemCode"]["enum"])
    assert answered | ROUTING_CODES == known
    assert not answered & ROUTING_CODES
