"""Unusual but real values: what the schema takes the gateway takes, and what is text stays text."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from service.settings import ConfigurationError, Settings
from tests.deploy.chart import (
    CHART,
    KUBERNETES,
    LEAST,
    TOOLS,
    find,
    gateway_container,
    gateway_pod,
    merged,
    pod_specs,
    refusal,
    render,
    render_file,
    run,
)
from tests.deploy.chart_pods import environment, with_files
from tests.deploy.test_chart_settings import FIELDS

YOURS = {
    ("fonolo", "account-sid"): "AC" + "1" * 32,
    ("fonolo", "auth-token"): "token",
    ("fonolo", "handle-secret"): "h" * 32,
}
SID = LEAST["profiles"]["default"]
LIMITS = ("LIMIT_START", "LIMIT_READ", "LIMIT_STATUS", "LIMIT_NUMBER", "LIMIT_PREFIX")

#: What the schema refuses. The service refuses it too, where it knows the setting.
REFUSED: dict[str, list[Any]] = {
    "PORT": [0, 65536, "x", "0", "70000"],
    "METRICS_PORT": [0, "99999"],
    "WEB_CONCURRENCY": [0, 65, "0", "65", "two"],
    "BIND": ["localhost", "eth0"],
    "BASE_PATH": ["callbacks", "/callbacks/", "/a b", "/"],
    "FONOLO_ALLOW_HTTP": ["yes", 1],
    "CENTRE_TIMEZONE": ["Toronto!", "America/", "/etc"],
    "FONOLO_TIMEOUT": ["fast", "3", "0,10", "3,0.0", "3,10,20", "3;10", "3050,9", "3,120.5"],
    "HANDLE_TTL": [0, "0", -1, "1w", 1.5],
    "REDIS_TIMEOUT": [0, "0", "0.0", 6, "5.1", "fast"],
    **{name: ["ten", "0/minute", "10", "5/fortnight", ""] for name in LIMITS},
    "LIMIT_START_GLOBAL": ["600", "many"],
    "STARTS": ["yes", "ON", 1],
    "TRUSTED_PROXIES": ["10.0.0.0/33", "10.0.0", "ingress", "10.0.0.256", "fd00::/129"],
    "CORS_ORIGINS": ["www.example.com", "https://example.com/shop", "*,https://example.com"],
    "NUMBER_POLICY": ["strict"],
    "NUMBER_COUNTRIES": ["ca", "Canada", "", "US,*"],
    "NUMBER_BLOCKED_TYPES": ["premium"],
    "QUESTION_TYPES": ["text"],
    "CACHE_PROFILE_TTL": [-1, "a while"],
    "CACHE_SLOTS_TTL": [-1],
    "CACHE_STALE": ["1h"],
    "CAPTCHA_PROVIDER": ["homemade"],
    "CAPTCHA_MODE": ["never"],
    "CAPTCHA_VERIFY_URL": ["captcha.example.com", "https://u:p@captcha.example.com/"],
    "IDENTITY_MODE": ["always"],
    "PUBLIC_PAGE": ["yes"],
    "WAIT_ESTIMATE": ["0"],
    "DUPLICATE_WINDOW": [-1],
    "IDEMPOTENCY_TTL": [30, 0, "59", "0059"],
    "LOG_LEVEL": ["loud"],
    "LOG_FORMAT": ["xml"],
}
#: What both take.
TAKEN: dict[str, list[Any]] = {
    "PORT": [8080, "8080"],
    "WEB_CONCURRENCY": [1, "1"],
    "BIND": ["[::]", "::", "0.0.0.0", "10.1.2.3"],  # noqa: S104
    "BASE_PATH": ["/callbacks", "/a/b-c.d~e"],
    "CENTRE_TIMEZONE": ["America/Toronto", "UTC", "America/Argentina/Buenos_Aires", "Etc/GMT+5"],
    "FONOLO_TIMEOUT": ["3.05,10", " 5 , 5 ", "0.5,59.5", "10,20", "120,119.9"],
    "HANDLE_TTL": [1, "604800", 60480000],
    "REDIS_TIMEOUT": [0.05, 5, "0.5", "5.0", 1],
    **{
        name: ["none", "10/minute", "5 per minute", "3/10 minutes;10/day", "1/second,2/2hours"]
        for name in LIMITS
    },
    "STARTS": ["on", "off", True, False],
    "TRUSTED_PROXIES": ["", "10.0.0.0/8, fd00::/8", "192.0.2.1", "::1", "2001:db8::/32"],
    "CORS_ORIGINS": ["", "*", "https://a.example, https://b.example:8443", "http://localhost:3000"],
    "NUMBER_COUNTRIES": ["default", "*", "US,CA", " GB , IE"],
    "NUMBER_BLOCKED_TYPES": ["none", "premium_rate,pager", "mobile, voip"],
    "QUESTION_TYPES": ["none", "numeric_input, sip_header"],
    "CACHE_SLOTS_TTL": [0, "5"],
    "IDEMPOTENCY_TTL": [60, "0060", 86400],
    "DUPLICATE_WINDOW": [0],
}
#: What a pattern cannot say: the check before the rollout does.
ONLY_CHECKED: dict[str, dict[str, Any]] = {
    "CENTRE_TIMEZONE": {"env": {"CENTRE_TIMEZONE": "Atlantis/Capital"}},
    "FONOLO_TIMEZONE": {"fonolo": {"timezone": "Mars/Olympus"}},
    "NUMBER_COUNTRIES": {"env": {"NUMBER_COUNTRIES": "XX"}},
    "TRUSTED_PROXIES": {"env": {"TRUSTED_PROXIES": "fd00::1::2"}},
}


def pairs(table: dict[str, list[Any]]) -> list[Any]:
    return [
        pytest.param(name, value, id=f"{name}={value}")
        for name, values in table.items()
        for value in values
    ]


def checked(values: dict[str, Any], folder: Path) -> list[str]:
    """Return the faults that `callback-gateway check --offline` would tell of what is rendered."""
    given = with_files(render(merged(LEAST, values)), folder, "check", YOURS)
    try:
        Settings.read(given)
    except ConfigurationError as error:
        return error.faults
    return []


@pytest.mark.parametrize(("name", "value"), pairs(REFUSED))
def test_the_schema_refuses_what_the_service_would(name: str, value: Any) -> None:
    assert f"'/env/{name}'" in refusal(merged(LEAST, {"env": {name: value}}))
    field = FIELDS.get(name)
    if field and isinstance(value, str) and value:
        with pytest.raises(ValueError, match=r"wanted|alone"):
            field.metadata["parse"](value)


@pytest.mark.parametrize(("name", "value"), pairs(TAKEN))
def test_the_service_takes_what_the_schema_takes(name: str, value: Any, tmp_path: Path) -> None:
    assert checked({"env": {name: value}}, tmp_path) == []


@pytest.mark.parametrize(("name", "values"), ONLY_CHECKED.items())
def test_the_check_refuses_what_no_pattern_can_say(
    name: str, values: dict[str, Any], tmp_path: Path
) -> None:
    [fault] = checked(values, tmp_path)
    assert fault.startswith(f"{name}: ")


def test_the_check_says_which_secret_is_not_there(tmp_path: Path) -> None:
    given = with_files(render(LEAST), tmp_path, "check", {})
    with pytest.raises(ConfigurationError) as caught:
        Settings.read(given)
    names = {fault.partition(":")[0] for fault in caught.value.faults}
    assert names == {"FONOLO_ACCOUNT_SID", "FONOLO_AUTH_TOKEN", "HANDLE_SECRET"}


#: Texts that YAML would read as something else, wherever a text may stand.
TEXTS: dict[str, Any] = {
    "nameOverride": "123",
    "fullnameOverride": "gateway",
    "commonLabels": {"a": "1e3", "b": "no", "c": "0x1f"},
    "image": {"repository": "123", "tag": "1.10", "pullSecrets": [{"name": "123"}]},
    "profiles": dict.fromkeys(("no", "on", "123", "1e3", "null"), SID),
    "fonolo": {"existingSecret": "123", "keys": {"accountSid": "1", "authToken": "1e3"}},
    "redis": {"host": "123", "existingSecret": "1e3", "passwordKey": "no"},
    "egress": {"ca": {"existingConfigMap": "123", "key": "1.0"}},
    "env": {"CAPTCHA_SITE_KEY": "1e3", "NUMBER_COUNTRIES": "NO", "PORT": "8080"},
    "extraEnv": [{"name": "A", "value": "123"}, {"name": "B", "value": "no"}],
    "service": {"type": "LoadBalancer", "loadBalancerClass": "123", "annotations": {"a": "1"}},
    "ingress": {
        "enabled": True,
        "className": "123",
        "hosts": [{"host": "123", "paths": [{"path": "/1e3"}]}],
        "tls": [{"secretName": "1e3", "hosts": ["123"]}],
    },
    "podAnnotations": {"a": "true"},
    "podLabels": {"a": "off"},
    "priorityClassName": "123",
    "serviceAccount": {"name": "123"},
    "nodeSelector": {"a": "true"},
}


@pytest.mark.parametrize("version", KUBERNETES)
def test_a_text_that_looks_like_something_else_stays_a_text(version: str, tmp_path: Path) -> None:
    manifests = render(TEXTS, "--kube-version", version, release="1e3")
    (tmp_path / "all.yaml").write_text(yaml.safe_dump_all(manifests))
    tool = TOOLS / "kubernetes-validate"
    done = run(tool, "-k", version, "--strict", "--quiet", tmp_path / "all.yaml")
    assert (done.returncode, done.stdout + done.stderr) == (0, "")
    assert environment(manifests)["CALLBACK_PROFILES"].count("=") == 5
    [test] = find(manifests, "Pod", "test")["spec"]["containers"]
    assert {each["name"]: each["value"] for each in test["env"]}["PROFILE"] == "123"
    assert (
        find(manifests, "Deployment")["metadata"]["labels"]["app.kubernetes.io/instance"] == "1e3"
    )


def test_what_a_platform_adds_is_there_its_templates_carried_out() -> None:
    manifests = render_file(CHART / "ci/extended-values.yaml")
    spec = gateway_pod(manifests)["spec"]
    [init], [gateway, sidecar] = spec["initContainers"], spec["containers"]
    assert init["command"] == ["wait-for", "gateway-redis:6379"]
    assert (gateway["name"], sidecar["name"]) == ("gateway", "log-shipper")
    assert gateway["envFrom"] == [{"configMapRef": {"name": "opentelemetry"}}]
    given = environment(manifests)
    assert given["CORS_ORIGINS"] == "https://www.example.com"
    assert given["OTEL_RESOURCE_ATTRIBUTES"] == "k8s.namespace.name=callbacks"
    assert spec["hostAliases"] == [{"ip": "192.0.2.10", "hostnames": ["api.fonolo.com"]}]
    assert gateway["startupProbe"]["failureThreshold"] == 60
    assert gateway["startupProbe"]["httpGet"]["path"] == "/healthz"
    assert list(gateway["lifecycle"]["preStop"]) == ["exec"]
    rules = find(manifests, "Ingress")["spec"]
    assert rules["rules"][0]["host"] == "callbacks.example.com"
    assert rules["tls"][0]["secretName"] == "gateway-tls"
    sources = spec["volumes"][0]["projected"]["sources"]
    assert {each["secret"]["name"] for each in sources} == {"gateway-fonolo"}
    for pod in pod_specs(manifests):
        assert pod["imagePullSecrets"] == [{"name": "registry"}]
        for container in pod["containers"]:
            assert container["image"].startswith("registry.example.com/")


@pytest.mark.parametrize(
    ("repository", "image"),
    [
        ("callback-gateway", "mirror.example/callback-gateway:1"),
        ("team/callback-gateway", "mirror.example/team/callback-gateway:1"),
        ("registry.example.com/team/gateway", "mirror.example/team/gateway:1"),
        ("localhost:5000/gateway", "mirror.example/gateway:1"),
    ],
)
def test_a_global_registry_takes_the_place_of_an_images_own(repository: str, image: str) -> None:
    values = {
        "global": {"imageRegistry": "mirror.example"},
        "image": {"repository": repository, "tag": "1"},
    }
    assert gateway_container(render(merged(LEAST, values)))["image"] == image


def test_a_selector_of_your_own_takes_the_place_of_the_charts() -> None:
    constraint = {"maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "ScheduleAnyway"}
    yours = {"labelSelector": {"matchLabels": {"team": "a"}}, "matchLabelKeys": []}
    values = merged(LEAST, {"topologySpreadConstraints": [{**constraint, **yours}, constraint]})
    own, charts = gateway_pod(render(values))["spec"]["topologySpreadConstraints"]
    assert own == {**constraint, **yours}
    assert charts["labelSelector"]["matchLabels"].keys() > {"app.kubernetes.io/instance"}
    assert charts["matchLabelKeys"] == ["pod-template-hash"]


def test_no_sidecar_is_put_into_what_has_to_end() -> None:
    manifests = render()
    test = find(manifests, "Pod", "test")["metadata"]["annotations"]
    check = find(manifests, "Job", "check")["spec"]["template"]["metadata"]["annotations"]
    for notes in (test, check):
        assert notes["sidecar.istio.io/inject"] == "false"
        assert notes["linkerd.io/inject"] == "disabled"


def test_an_autoscaler_may_look_at_the_waiting_starts_alone() -> None:
    autoscaling = {
        "enabled": True,
        "targetCPUUtilizationPercentage": None,
        "targetRequestsInFlight": 100,
    }
    values = {
        "redis": {"existingSecret": "redis"},
        "autoscaling": autoscaling,
        "resources": {"requests": {"cpu": None}},
    }
    [metric] = find(render(merged(LEAST, values)), "HorizontalPodAutoscaler")["spec"]["metrics"]
    assert metric["pods"]["metric"]["name"] == "callback_gateway_requests_in_flight"
    assert metric["pods"]["target"] == {"type": "AverageValue", "averageValue": "100"}
