"""BASE_PATH: requests come with it or without it, and are one request."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml

from service.http.base_path import under_base_path
from service.http.views.files import description_under


def seen(base_path: str, path: str) -> tuple[str, str]:
    """Return SCRIPT_NAME and PATH_INFO as the application sees them."""
    found: dict[str, Any] = {"SCRIPT_NAME": "", "PATH_INFO": path}

    def application(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        assert environ is found
        return []

    under_base_path(application, base_path)(found, None)
    return found["SCRIPT_NAME"], found["PATH_INFO"]


@pytest.mark.parametrize(
    ("path", "inner"),
    [
        ("/callbacks/v1/profiles/web", "/v1/profiles/web"),  # a proxy that does not strip
        ("/v1/profiles/web", "/v1/profiles/web"),  # one that does
        ("/callbacks", "/"),
        ("/callbacks/", "/"),
        ("/", "/"),
        ("", ""),
        ("/callbacksv1", "/callbacksv1"),
        ("/callbacks/callbacks/v1", "/callbacks/v1"),
        ("/callbacks//v1", "//v1"),
        ("//callbacks/v1", "//callbacks/v1"),
        ("/Callbacks/v1", "/Callbacks/v1"),
    ],
)
def test_the_base_path_goes_once_and_only_whole(path: str, inner: str) -> None:
    assert seen("/callbacks", path) == ("/callbacks", inner)


def test_it_may_have_several_parts() -> None:
    assert seen("/eu/callbacks", "/eu/callbacks/docs") == ("/eu/callbacks", "/docs")
    assert seen("/eu/callbacks", "/eu/docs") == ("/eu/callbacks", "/eu/docs")


def test_without_one_nothing_is_touched() -> None:
    assert seen("", "/callbacks/v1") == ("", "/callbacks/v1")


@pytest.mark.parametrize("base_path", ["", "/callbacks", "/v1.2/phone"])
def test_what_the_description_says_of_paths_holds_under_it(base_path: str) -> None:
    description = yaml.safe_load(description_under(base_path))
    schemas = description["components"]["schemas"]
    values = [example["value"] for example in description["components"]["examples"].values()]
    types = [value["type"] for value in values if "type" in value]
    problem_type = schemas["Problem"]["properties"]["type"]["pattern"]

    assert [server["url"] for server in description["servers"]] == [base_path or "/"]
    assert types
    assert all(re.search(problem_type, each) for each in types)
    assert re.search(problem_type, f"{base_path}/problems/not_found")
    assert not re.search(problem_type, f"/x{base_path}/problems/not_found")
    assert re.search(
        schemas["Callback"]["properties"]["url"]["pattern"], f"{base_path}/v1/callbacks/a.b-c"
    )


def test_it_says_which_budget_a_read_draws_on() -> None:
    paths = yaml.safe_load(description_under(""))["paths"]
    limited = {
        operation["operationId"]: operation["responses"]["429"]["$ref"].rpartition("/")[2]
        for path in paths.values()
        for operation in path.values()
        if isinstance(operation, dict) and "$ref" in operation.get("responses", {}).get("429", {})
    }
    assert limited["getCallback"] == "StatusLimited"
    assert limited["validateCallback"] == limited["cancelCallback"] == "ClientLimited"
