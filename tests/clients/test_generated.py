"""Every client that the guide generates: without a complaint, complete, and fit to be read."""

from __future__ import annotations

import re

import pytest

from tests.clients.conftest import COMMANDS, generated
from tests.contract.description import DOCUMENT, operations

each_client = pytest.mark.parametrize("name", COMMANDS)
SCHEMAS = DOCUMENT["components"]["schemas"]


def test_the_guide_generates_for_phones_browsers_and_servers() -> None:
    assert set(COMMANDS) == {"swift6", "kotlin", "typescript-fetch", "python"}


@each_client
def test_it_is_generated_without_a_complaint(name: str) -> None:
    assert generated(name).complaints == []


@each_client
def test_every_operation_is_a_function_of_it(name: str) -> None:
    sources = generated(name).sources()
    for operation in operations():
        wanted = _snake(operation) if name == "python" else operation
        assert re.search(rf"\b{wanted}\b\(", sources), operation


@each_client
def test_every_schema_is_a_type_of_it_with_all_its_members(name: str) -> None:
    sources = generated(name).sources()
    for schema, said in SCHEMAS.items():
        declared = rf"\b(?:struct|class|enum|interface|type|const) (?:class )?{schema}\b"
        assert re.search(declared, sources), schema
        for member in said.get("properties", {}):
            named = (member, member.replace("_", ""), _camel(member))
            assert any(re.search(rf"\b_?{each}\b", sources) for each in named), member


@each_client
def test_it_has_no_name_that_the_generator_made_up(name: str) -> None:
    folder = generated(name).folder
    types = {each.stem for each in folder.rglob("*") if each.parent.name.lower() == "models"}
    files = {_pascal(each).removesuffix("Test") for each in types} - {"Init", "Index"}
    assert files == set(SCHEMAS)
    assert not re.search(
        r"\bInline\w+|ModelType|_200_response|_request_1", generated(name).sources()
    )


@pytest.mark.parametrize("name", ["swift6", "kotlin"])
def test_a_code_of_later_days_is_told_apart_instead_of_failing(name: str) -> None:
    assert re.search(r"unknown_?default_?open_?api", generated(name).sources(), re.IGNORECASE)


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(each.title() for each in rest)


def _pascal(name: str) -> str:
    return "".join(each[:1].upper() + each[1:] for each in name.split("_"))


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()
