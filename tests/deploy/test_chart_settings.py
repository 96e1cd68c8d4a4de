"""Every setting of the gateway can be given through the chart, and secrets only as files."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from service.settings import Settings
from tests.deploy.chart import (
    CHART,
    CI_VALUES,
    LEAST,
    Manifest,
    find,
    gateway_pod,
    merged,
    pod_specs,
    render,
    render_file,
)

FIELDS = {each.name.upper(): each for each in dataclasses.fields(Settings)}
#: name -> the value of the chart that gives it
WHERE: dict[str, str] = yaml.safe_load((CHART / "files/settings.yaml").read_text("utf-8"))
SECRET = {name for name, each in FIELDS.items() if each.metadata["secret"]}
FULL = CHART / "ci/settings-values.yaml"
INLINE: dict[str, Any] = {
    "profiles": LEAST["profiles"],
    "fonolo": {
        "accountSid": "AC" + "1" * 32,
        "authToken": "inline-auth-token",
        "handleSecret": "inline-handle-secret-0123456789abcdef",
    },
    "redis": {"url": "redis://:inline-redis-password@redis:6379/0"},
    "storeSecret": {"value": "inline-store-secret-0123456789abcdef"},
    "captcha": {"secret": "inline-captcha-secret"},
    "env": {"CAPTCHA_PROVIDER": "turnstile", "CAPTCHA_SITE_KEY": "site-key"},
}


def environment(manifests: list[Manifest]) -> dict[str, str]:
    """Return the gateway's environment, the ConfigMap's included."""
    container = gateway_pod(manifests)["spec"]["containers"][0]
    [source] = container["envFrom"]
    config = find(manifests, "ConfigMap")
    assert source == {"configMapRef": {"name": config["metadata"]["name"]}}
    own = {each["name"]: each.get("value", "") for each in container["env"]}
    return {**config["data"], **own}


def test_the_chart_knows_exactly_the_gateways_settings() -> None:
    assert set(WHERE) == set(FIELDS)


def test_the_schema_knows_exactly_the_settings_that_are_given_under_env() -> None:
    schema = json.loads((CHART / "values.schema.json").read_text("utf-8"))
    under_env = {name for name, where in WHERE.items() if where == "env"}
    assert set(schema["properties"]["env"]["properties"]) == under_env
    assert under_env.isdisjoint(SECRET)


@pytest.mark.parametrize("name", FIELDS)
def test_a_setting_reaches_the_pod(name: str) -> None:
    given = environment(render_file(FULL))
    assert (name in given) != (f"{name}_FILE" in given)


def test_the_gateway_reads_every_setting_as_it_was_meant() -> None:
    """YAML makes a boolean of `off` and a float of 60480000; the gateway must not see that."""
    values = yaml.safe_load(FULL.read_text("utf-8"))
    given = {name: text for name, text in environment(render_file(FULL)).items() if name in FIELDS}
    secrets = {
        "FONOLO_ACCOUNT_SID": "AC" + "1" * 32,
        "FONOLO_AUTH_TOKEN": "token",
        "HANDLE_SECRET": "h" * 32,
        "STORE_SECRET": "s" * 32,
        "CAPTCHA_SECRET": "c",
        "REDIS_URL": values["redis"]["url"],
    }
    read = Settings.read({**given, **secrets})
    assert (read.starts, read.handle_ttl, read.web_concurrency) == ("off", 60480000, 2)
    assert read.fonolo_allow_http is True
    assert (read.port, read.metrics_port) == (8080, 9100)
    for name, text in given.items():
        value = getattr(read, name.lower())
        assert value == FIELDS[name].metadata["parse"](text)
    untouched = [
        name
        for name, each in FIELDS.items()
        if name not in secrets and given[name] == each.metadata["default"]
    ]
    assert untouched == ["FONOLO_TIMEZONE"]


def test_the_ports_follow_their_settings() -> None:
    manifests = render_file(FULL)
    ports = gateway_pod(manifests)["spec"]["containers"][0]["ports"]
    assert [(each["name"], each["containerPort"]) for each in ports] == [
        ("http", 8080),
        ("metrics", 9100),
    ]


@pytest.mark.parametrize("given", [True, "on"])
def test_the_switch_for_starts_may_be_a_boolean_of_yaml(given: Any) -> None:
    manifests = render(merged(LEAST, {"env": {"STARTS": given}}))
    assert find(manifests, "ConfigMap")["data"]["STARTS"] == "on"


def test_an_inline_secret_is_in_the_charts_secret_and_nowhere_else() -> None:
    manifests = render(INLINE)
    secret = find(manifests, "Secret")
    assert secret["stringData"] == {
        "account-sid": INLINE["fonolo"]["accountSid"],
        "auth-token": INLINE["fonolo"]["authToken"],
        "handle-secret": INLINE["fonolo"]["handleSecret"],
        "redis-url": INLINE["redis"]["url"],
        "store-secret": INLINE["storeSecret"]["value"],
        "captcha-secret": INLINE["captcha"]["secret"],
    }
    rest = yaml.safe_dump([each for each in manifests if each is not secret])
    for value in (*secret["stringData"].values(), "inline-redis-password"):
        assert value not in rest


@pytest.mark.parametrize("path", CI_VALUES, ids=lambda path: path.stem)
def test_no_pod_has_a_secret_in_its_environment(path: Path) -> None:
    manifests = render_file(path)
    for name in SECRET:
        assert name not in environment(manifests)
        for spec in pod_specs(manifests):
            for container in spec["containers"]:
                assert name not in {each["name"] for each in container.get("env", [])}


def test_every_named_file_is_mounted_from_the_contracts_key() -> None:
    manifests = render_file(CHART / "ci/existing-secrets-values.yaml")
    assert [each for each in manifests if each["kind"] == "Secret"] == []
    assert mounted(manifests) == {
        "FONOLO_ACCOUNT_SID_FILE": ("fonolo", "account-sid"),
        "FONOLO_AUTH_TOKEN_FILE": ("fonolo", "auth-token"),
        "HANDLE_SECRET_FILE": ("fonolo", "handle-secret"),
        "REDIS_URL_FILE": ("redis", "url"),
        "STORE_SECRET_FILE": ("fonolo", "store-secret"),
        "CAPTCHA_SECRET_FILE": ("turnstile", "secret"),
    }


def mounted(manifests: list[Manifest]) -> dict[str, tuple[str, str]]:
    """Return, for each variable that names a file, the Secret and the key that the file is."""
    spec = gateway_pod(manifests)["spec"]
    container = spec["containers"][0]
    [mount] = [each for each in container["volumeMounts"] if each["name"] == "secrets"]
    [volume] = [each for each in spec["volumes"] if each["name"] == "secrets"]
    assert mount["readOnly"] is True
    keys = {
        f"{mount['mountPath']}/{item['path']}": (source["secret"]["name"], item["key"])
        for source in volume["projected"]["sources"]
        for item in source["secret"]["items"]
    }
    named = {
        each["name"]: each["value"] for each in container["env"] if each["name"].endswith("_FILE")
    }
    assert set(named.values()) == set(keys)
    return {name: keys[path] for name, path in named.items()}


@pytest.mark.parametrize(
    "change",
    [
        {"env": {"LIMIT_START": "1/minute"}},
        {"profiles": {"other": "CP88a839f2f6f1427879fc33ee4acf4f66"}},
        {"fonolo": {"timezone": "America/Toronto"}},
        {"fonolo": {"authToken": "another-token"}},
        {"fonolo": {"handleSecret": "n" * 32 + "," + "o" * 32}},
        {"redis": {"url": "redis://other"}},
        {"storeSecret": {"value": "n" * 32}},
        {"captcha": {"secret": "another"}},
    ],
    ids=str,
)
def test_a_changed_setting_or_secret_makes_new_pods(change: dict[str, Any]) -> None:
    before, after = (gateway_pod(render(each)) for each in (INLINE, merged(INLINE, change)))
    assert before["metadata"]["annotations"] != after["metadata"]["annotations"]


@pytest.mark.parametrize(
    "change",
    [{"replicaCount": 5}, {"service": {"port": 8080}}, {"podDisruptionBudget": {"enabled": False}}],
    ids=str,
)
def test_what_the_pods_do_not_read_leaves_them_alone(change: dict[str, Any]) -> None:
    assert gateway_pod(render(INLINE)) == gateway_pod(render(merged(INLINE, change)))


def test_a_rendering_is_the_same_each_time() -> None:
    simulator = {"simulator": {"enabled": True}}
    assert render(simulator) == render(simulator)
