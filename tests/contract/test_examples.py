"""What openapi.yaml shows as an example works on the demo: simulator and gateway, nothing set."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract.description import Operation, hold, operations
from tests.running import Gateway, Simulator

FORMS = [each for each in operations().values() if each.method == "GET"]
BODIES = [
    pytest.param(each, example["value"], id=f"{each.id}-{name}")
    for each in operations().values()
    if each.body
    for name, example in each.body["content"]["application/json"]["examples"].items()
]


def example_path(operation: Operation) -> str:
    """Fill the path's parameters with their examples."""
    given = {each["name"]: each.get("example") for each in operation.parameters}
    return operation.path.format_map(given)


@pytest.mark.parametrize(
    "operation", [each for each in FORMS if "{id}" not in each.path], ids=lambda each: each.id
)
def test_an_example_of_a_path_is_answered(gateway: Gateway, operation: Operation) -> None:
    answer = gateway.get(example_path(operation))
    assert answer.status_code == 200
    hold(operation.id, answer)


@pytest.mark.parametrize(("operation", "body"), BODIES)
def test_an_example_of_a_body_is_accepted(
    gateway: Gateway, operation: Operation, body: Any
) -> None:
    answer = gateway.post(example_path(operation), json=body)
    assert answer.status_code in {201, 204}, answer.text
    hold(operation.id, answer)


def test_the_example_of_a_profile_is_the_demos_own(gateway: Gateway) -> None:
    operation = operations()["getProfile"]
    shown = operation.responses[200]["content"]["application/json"]["examples"]
    example, answer = shown["webProfile"]["value"], gateway.get(example_path(operation)).json()
    assert answer["options"][0].pop("estimated_wait") is None  # nobody calls in the demo's 2017
    assert example["options"][0].pop("estimated_wait") % 60 == 0
    assert example == answer


def test_the_examples_of_slots_are_those_of_fonolos_document(
    gateway: Gateway, simulator: Simulator
) -> None:
    operation = operations()["listSlots"]
    shown = operation.responses[200]["content"]["application/json"]["examples"]["evening"]["value"]
    found = gateway.get(example_path(operation)).json()
    assert shown["slots"] == found["slots"][:2]
    assert {**shown, "slots": []} == {**found, "slots": []}


def test_the_example_of_an_id_is_of_the_length_that_ids_have(gateway: Gateway) -> None:
    shown = next(
        each["example"] for each in operations()["getCallback"].parameters if each["name"] == "id"
    )
    start = example_path(operations()["startCallback"])
    issued = gateway.post(start, json={"number": "14163662599"}).json()["id"]
    assert [len(part) for part in issued.split(".")] == [len(part) for part in shown.split(".")]
