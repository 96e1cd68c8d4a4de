"""values.schema.json: what it does not know is refused, and it knows all that there is."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest
import yaml

from tests.deploy import chart_readme
from tests.deploy.chart import CHART, CI_VALUES, LEAST, merged, refusal

SCHEMA = json.loads((CHART / "values.schema.json").read_text("utf-8"))
DEFAULTS = yaml.safe_load((CHART / "values.yaml").read_text("utf-8"))

#: Contract section 7.
CONTRACT: dict[str, Any] = {
    "image": {"repository", "tag"},
    "fonolo": {"existingSecret", "accountSid", "authToken", "handleSecret", "baseUrl", "timezone"},
    "redis": {"url", "existingSecret"},
    "captcha": {"existingSecret"},
    "autoscaling": {"enabled"},
    "podDisruptionBudget": {"enabled"},
    "networkPolicy": {"enabled"},
    "serviceMonitor": {"enabled"},
    "ingress": {"enabled"},
    **{name: set() for name in ("replicaCount", "profiles", "env", "resources")},
}


def objects(schema: Any, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every object of the schema, with where it is."""
    if isinstance(schema, dict):
        if schema.get("type") == "object":
            yield path, schema
        for name, each in schema.items():
            yield from objects(each, f"{path}/{name}")


@pytest.mark.parametrize(
    "more",
    [
        {"replicas": 2},
        {"image": {"name": "x"}},
        {"fonolo": {"token": "x"}},
        {"ingress": {"host": "x"}},
        {"ingress": {"hosts": [{"host": "x", "port": 1}]}},
        {"resources": {"request": {}}},
        {"simulator": {"enable": True}},
        {"extraEnv": [{"name": "X", "from": "y"}]},
    ],
    ids=str,
)
def test_a_value_that_it_does_not_know_is_refused(more: dict[str, Any]) -> None:
    assert "additional properties" in refusal(merged(LEAST, more))


@pytest.mark.parametrize(
    ("more", "where"),
    [
        ({"profiles": {"default": "7d119e82"}}, "/profiles/default"),
        ({"profiles": {"with blank": "CP7d119e82f008db77bb97f9ace2d7de96"}}, "/profiles"),
        ({"env": {"NUMBER_COUNTRIES": False}}, "/env/NUMBER_COUNTRIES"),  # YAML's reading of NO
        ({"fonolo": {"timezone": "America/"}}, "/fonolo/timezone"),
        ({"fonolo": {"baseUrl": "https://u:p@fonolo/"}}, "/fonolo/baseUrl"),
        ({"numbersBlocked": {"numbers": ["+1900"]}}, "/numbersBlocked/numbers/0"),
        ({"egress": {"proxy": {"url": "socks5://x"}}}, "/egress/proxy/url"),
        ({"egress": {"ca": {"pem": "x"}}}, "/egress/ca/pem"),
        ({"ingress": {"hosts": [{"host": "http://x"}]}}, "/ingress/hosts/0/host"),
        ({"service": {"ipFamilies": ["IPv5"]}}, "/service/ipFamilies/0"),
        ({"prometheusRule": {"runbookUrl": "docs/runbooks.md"}}, "/prometheusRule/runbookUrl"),
        ({"fonolo": {"existingSecret": "Fonolo"}}, "/fonolo/existingSecret"),
        ({"redis": {"url": "http://redis"}}, "/redis/url"),
        ({"image": {"digest": "latest"}}, "/image/digest"),
        ({"service": {"type": "ExternalName"}}, "/service/type"),
    ],
    ids=str,
)
def test_a_value_that_cannot_be_is_refused_by_its_place(more: dict[str, Any], where: str) -> None:
    assert f"'{where}'" in refusal(merged(LEAST, more))


def test_every_object_is_closed_but_the_free_maps() -> None:
    open_ones = {
        path for path, each in objects(SCHEMA) if each.get("additionalProperties") is not False
    }
    assert open_ones == {
        "/properties/global",  # Helm gives it to every part of a larger chart
        "/$defs/containers/items",  # Kubernetes checks them
        "/properties/env",  # held against files/settings.yaml, with a sentence
        "/$defs/labels",
        "/$defs/free",
        "/$defs/list/items",
    }


def test_it_knows_exactly_the_values_of_values_yaml() -> None:
    def names(schema: dict[str, Any], defaults: dict[str, Any], path: str) -> Iterator[str]:
        if "$ref" in schema:
            schema = SCHEMA["$defs"][schema["$ref"].rpartition("/")[2]]
        if path == "/global":
            return
        if schema.get("additionalProperties") is not False:
            return
        known = set(schema.get("properties", {})) - {"claims"}
        yield from (f"{path}/{name}" for name in known.symmetric_difference(defaults))
        for name in known & set(defaults):
            if isinstance(defaults[name], dict):
                yield from names(schema["properties"][name], defaults[name], f"{path}/{name}")

    assert list(names(SCHEMA, DEFAULTS, "")) == []


def test_the_defaults_and_every_feature_are_valid_by_a_second_reader() -> None:
    for path in CI_VALUES:
        values = merged(DEFAULTS, yaml.safe_load(path.read_text("utf-8")))
        jsonschema.validate(values, SCHEMA)


def test_the_contracts_names_are_there() -> None:
    """Changing one is a decision of its own."""
    for name, within in CONTRACT.items():
        assert name in DEFAULTS
        assert within <= set(DEFAULTS[name] if within else ())


def test_the_readmes_table_is_that_of_values_yaml() -> None:
    assert (CHART / "README.md").read_text("utf-8") == chart_readme.current(), (
        "write it anew: .venv/bin/python -m tests.deploy.chart_readme"
    )


def test_every_value_is_described() -> None:
    def leaves(values: dict[str, Any], path: str = "") -> Iterator[str]:
        described = {name for name, _, _ in chart_readme.rows()}
        for name, value in values.items():
            where = f"{path}{name}"
            if where in described:
                continue
            if isinstance(value, dict) and value:
                yield from leaves(value, f"{where}.")
            else:
                yield where

    assert list(leaves(DEFAULTS)) == []
