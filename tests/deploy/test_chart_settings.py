"""Every setting can be given through the chart, and reaches the gateway as it was meant."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from service.settings import Settings
from tests.deploy.chart import CHART, LEAST, gateway_pod, merged, render, render_file
from tests.deploy.chart_pods import environment, with_files

FIELDS = {each.name.upper(): each for each in dataclasses.fields(Settings)}
#: name -> the value of the chart that gives it
WHERE: dict[str, str] = yaml.safe_load((CHART / "files/settings.yaml").read_text("utf-8"))
SECRET = {name for name, each in FIELDS.items() if each.metadata["secret"]}
FULL = CHART / "ci/settings-values.yaml"


def test_the_chart_knows_the_gateways_settings() -> None:
    """And more: those of the version that comes."""
    assert set(FIELDS) <= set(WHERE)


def test_the_schema_knows_exactly_the_settings_that_are_given_under_env() -> None:
    schema = json.loads((CHART / "values.schema.json").read_text("utf-8"))
    under_env = {name for name, where in WHERE.items() if where == "env"}
    assert set(schema["properties"]["env"]["properties"]) == under_env
    assert under_env.isdisjoint(SECRET)


@pytest.mark.parametrize("name", WHERE)
def test_a_setting_reaches_the_pod(name: str) -> None:
    given = environment(render_file(FULL))
    assert (name in given) != (f"{name}_FILE" in given)


@pytest.mark.parametrize("name", WHERE)
def test_a_setting_that_is_not_set_is_not_rendered(name: str) -> None:
    """So the chart goes with images of a version before and after the setting."""
    given = environment(render())
    required = {"FONOLO_ACCOUNT_SID_FILE", "FONOLO_AUTH_TOKEN_FILE", "HANDLE_SECRET_FILE"}
    assert {name, f"{name}_FILE"} & set(given) <= required | {"CALLBACK_PROFILES"}


def test_the_gateway_reads_every_setting_as_it_was_meant(tmp_path: Path) -> None:
    """YAML makes a boolean of `off` and a float of 60480000; the gateway must not see that."""
    manifests = render_file(FULL)
    yours = {
        ("fonolo", "account-sid"): "AC" + "1" * 32,
        ("fonolo", "auth-token"): "token",
        ("fonolo", "handle-secret"): "h" * 32,
    }
    given = with_files(manifests, tmp_path, more=yours)
    read = Settings.read(given)
    assert (read.starts, read.handle_ttl, read.web_concurrency) == ("off", 60480000, 2)
    assert read.fonolo_allow_http is True
    assert (read.port, read.metrics_port) == (8080, 9100)
    untouched = [
        name
        for name, each in FIELDS.items()
        if given.get(name, object()) == each.metadata["default"]
    ]
    assert untouched == ["FONOLO_TIMEZONE"]


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("STARTS", True, "on"),
        ("STARTS", "on", "on"),
        ("PUBLIC_PAGE", False, "off"),
        ("WAIT_ESTIMATE", False, "off"),
        ("FONOLO_ALLOW_HTTP", True, "true"),
        ("REDIS_TIMEOUT", 0.05, "0.05"),
        ("HANDLE_TTL", 60480000, "60480000"),
        ("CAPTCHA_SITE_KEY", "$(HOME)", "$$(HOME)"),  # as the kubelet's escape
        ("CORS_ORIGINS", "https://{{ .Release.Name }}.example.com", "https://gateway.example.com"),
    ],
)
def test_a_value_is_the_text_that_the_gateway_reads(name: str, value: Any, text: str) -> None:
    assert environment(render(merged(LEAST, {"env": {name: value}})))[name] == text


def test_the_ports_follow_their_settings() -> None:
    ports = gateway_pod(render_file(FULL))["spec"]["containers"][0]["ports"]
    assert [(each["name"], each["containerPort"]) for each in ports] == [
        ("http", 8080),
        ("metrics", 9100),
    ]


@pytest.mark.parametrize(
    "change",
    [{"replicaCount": 0}, {"service": {"port": 8080}}, {"podDisruptionBudget": {"enabled": False}}],
    ids=str,
)
def test_what_the_pods_do_not_read_leaves_them_alone(change: dict[str, Any]) -> None:
    assert gateway_pod(render()) == gateway_pod(render(merged(LEAST, change)))


def test_a_new_chart_with_the_same_image_leaves_the_pods_alone() -> None:
    assert "helm.sh/chart" not in gateway_pod(render())["metadata"]["labels"]


def test_a_rendering_is_the_same_each_time() -> None:
    simulator = {"simulator": {"enabled": True}}
    assert render(simulator) == render(simulator)
