"""What kubernetes-validate has no schema for: the shapes, by the CRDs' documentation.

Prometheus Operator `api-reference/api.md`, Gateway API `v1` HTTPRoute. Only an API server with the
CRDs shows more: the chart's README has the command.
"""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from tests.deploy.chart import (
    CHART,
    LEAST,
    Manifest,
    find,
    gateway_pod,
    merged,
    render,
    render_file,
    run,
)

MONITORING = CHART / "ci/monitoring-values.yaml"
POD_MONITORING = CHART / "ci/pod-monitor-values.yaml"
#: The job under which Prometheus knows the release.
JOB = "gateway-callback-gateway-metrics"


def closed(required: str, **properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "additionalProperties": False,
        "required": required.split(),
        "properties": properties,
    }


TEXT = {"type": "string", "minLength": 1}
TEXTS = {"type": "object", "additionalProperties": {"type": "string"}}
DURATION = {"type": "string", "pattern": "^([0-9]+(ms|[smhdwy]))+$"}
RELABELINGS = {
    "type": "array",
    "items": closed(
        "",
        action=TEXT,
        regex=TEXT,
        replacement=TEXT,
        sourceLabels={"type": "array", "items": TEXT},
        targetLabel=TEXT,
    ),
}
NAMESPACES = closed("matchNames", matchNames={"type": "array", "items": TEXT})
ENDPOINTS = {
    "type": "array",
    "minItems": 1,
    "items": closed(
        "port",
        port=TEXT,
        interval=DURATION,
        scrapeTimeout=DURATION,
        relabelings=RELABELINGS,
        metricRelabelings=RELABELINGS,
    ),
}
SERVICE_MONITOR = closed(
    "selector endpoints",
    namespaceSelector=NAMESPACES,
    selector=closed("matchLabels", matchLabels=TEXTS),
    endpoints=ENDPOINTS,
)
POD_MONITOR = closed(
    "selector podMetricsEndpoints",
    namespaceSelector=NAMESPACES,
    selector=closed("matchLabels", matchLabels=TEXTS),
    podMetricsEndpoints=ENDPOINTS,
)
RULE = {
    "type": "object",
    "additionalProperties": False,
    "required": ["expr"],
    "oneOf": [{"required": ["alert"]}, {"required": ["record"]}],
    "properties": {
        "alert": TEXT,
        "record": TEXT,
        "expr": {"type": ["string", "integer"]},
        "for": DURATION,
        "keep_firing_for": DURATION,
        "labels": TEXTS,
        "annotations": TEXTS,
    },
}
PROMETHEUS_RULE = closed(
    "groups",
    groups={
        "type": "array",
        "items": closed(
            "name rules", name=TEXT, interval=DURATION, rules={"type": "array", "items": RULE}
        ),
    },
)
HTTP_ROUTE = closed(
    "parentRefs rules",
    parentRefs={
        "type": "array",
        "minItems": 1,
        "items": closed("name", name=TEXT, namespace=TEXT, sectionName=TEXT),
    },
    hostnames={"type": "array", "items": TEXT},
    rules={
        "type": "array",
        "minItems": 1,
        "items": closed(
            "backendRefs",
            matches={
                "type": "array",
                "items": closed(
                    "path", path=closed("type value", type={"const": "PathPrefix"}, value=TEXT)
                ),
            },
            filters={"type": "array", "items": {"type": "object", "required": ["type"]}},
            timeouts=closed("", request={"type": "string", "pattern": "^[0-9]+s$"}),
            backendRefs={
                "type": "array",
                "items": closed("name port", name=TEXT, port={"type": "integer"}),
            },
        ),
    },
)


def held_against(schema: dict[str, Any], manifest: Manifest, api: str) -> Manifest:
    assert manifest["apiVersion"] == api
    assert set(manifest) == {"apiVersion", "kind", "metadata", "spec"}
    jsonschema.validate(manifest["spec"], schema)
    spec: Manifest = manifest["spec"]
    return spec


def test_the_service_monitor_finds_the_metrics_service_and_its_port() -> None:
    manifests = render_file(MONITORING)
    monitor = find(manifests, "ServiceMonitor")
    spec = held_against(SERVICE_MONITOR, monitor, "monitoring.coreos.com/v1")
    service = find(manifests, "Service", "metrics")
    assert spec["selector"]["matchLabels"].items() <= service["metadata"]["labels"].items()
    assert spec["endpoints"][0]["port"] in {each["name"] for each in service["spec"]["ports"]}
    assert monitor["metadata"]["labels"]["release"] == "kube-prometheus-stack"


def test_no_other_service_is_scraped() -> None:
    manifests = render_file(MONITORING)
    selector = find(manifests, "ServiceMonitor")["spec"]["selector"]["matchLabels"].items()
    found = [
        each["metadata"]["name"]
        for each in manifests
        if each["kind"] == "Service" and selector <= each["metadata"]["labels"].items()
    ]
    assert found == ["gateway-callback-gateway-metrics"]


def test_a_pod_monitor_finds_the_pods_from_another_namespace_under_the_same_job() -> None:
    manifests = render_file(POD_MONITORING)
    monitor = find(manifests, "PodMonitor")
    spec = held_against(POD_MONITOR, monitor, "monitoring.coreos.com/v1")
    assert monitor["metadata"]["namespace"] == "monitoring"
    assert spec["namespaceSelector"]["matchNames"] == ["callbacks"]
    pod = gateway_pod(manifests)
    assert spec["selector"]["matchLabels"].items() <= pod["metadata"]["labels"].items()
    [endpoint] = spec["podMetricsEndpoints"]
    assert endpoint["port"] in {each["name"] for each in pod["spec"]["containers"][0]["ports"]}
    job, node = endpoint["relabelings"]
    assert job == {"targetLabel": "job", "replacement": JOB}
    assert node["targetLabel"] == "node"


def test_the_rules_are_those_of_the_file_but_for_the_release() -> None:
    rule = find(render_file(MONITORING), "PrometheusRule")
    spec = held_against(PROMETHEUS_RULE, rule, "monitoring.coreos.com/v1")
    text = (CHART / "files/alerts.yaml").read_text("utf-8")
    ours = f'namespace="callbacks", job="{JOB}"'
    assert spec == yaml.safe_load(text.replace('job="callback-gateway"', ours))
    assert rule["metadata"]["labels"]["release"] == "kube-prometheus-stack"


def test_every_alert_leads_to_the_runbook_where_your_people_read_it() -> None:
    rule = find(render_file(POD_MONITORING), "PrometheusRule")
    assert rule["metadata"]["namespace"] == "monitoring"
    for alert in rule["spec"]["groups"][0]["rules"]:
        place = f"runbooks#{alert['alert'].lower()}"
        assert alert["annotations"]["runbook_url"] == (
            f"https://wiki.example.com/callback-gateway/{place}"
        )
        assert "runbook" not in alert["annotations"]


def test_two_releases_ask_for_their_own_series_alone() -> None:
    more = merged(LEAST, {"prometheusRule": {"enabled": True}})
    for release in ("one", "two"):
        rules = find(render(more, release=release), "PrometheusRule")["spec"]["groups"][0]["rules"]
        for rule in rules:
            selectors = re.findall(r"callback_gateway_\w+(\{[^}]*\})?", rule["expr"])
            for selector in selectors:
                assert (
                    f'namespace="callbacks", job="{release}-callback-gateway-metrics"' in selector
                )


@pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool is in Debian's prometheus")
def test_prometheus_pages_for_the_one_of_two_gateways_that_is_down(tmp_path: Path) -> None:
    more = merged(LEAST, {"prometheusRule": {"enabled": True}})
    for release in ("one", "two"):
        rule = find(render(more, release=release), "PrometheusRule")
        (tmp_path / f"{release}.yaml").write_text(yaml.safe_dump(rule["spec"]))
    up = 'callback_gateway_workers{namespace="callbacks", job="one-callback-gateway-metrics"}'
    down = {"severity": "page", "namespace": "callbacks", "job": "two-callback-gateway-metrics"}
    text = yaml.safe_load((CHART / "files/alerts.yaml").read_text("utf-8"))
    notes = dict(text["groups"][0]["rules"][0]["annotations"])
    notes["description"] = notes["description"].replace("{{ $labels.job }}", down["job"])
    played = {
        "rule_files": ["one.yaml", "two.yaml"],
        "tests": [
            {
                "interval": "1m",
                "input_series": [{"series": up, "values": "2x30"}],
                "alert_rule_test": [
                    {
                        "eval_time": "20m",
                        "alertname": "CallbackGatewayDown",
                        "exp_alerts": [{"exp_labels": down, "exp_annotations": notes}],
                    }
                ],
            }
        ],
    }
    (tmp_path / "played.yaml").write_text(yaml.safe_dump(played))
    done = run("promtool", "test", "rules", tmp_path / "played.yaml")
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_dashboard_is_that_of_the_file_word_for_word() -> None:
    config = find(render_file(MONITORING), "ConfigMap", "dashboard")
    [(name, text)] = config["data"].items()
    assert name.endswith(".json")
    assert json.loads(text) == json.loads((CHART / "files/dashboard.json").read_text("utf-8"))
    assert config["metadata"]["labels"]["grafana_dashboard"] == "1"
    assert config["metadata"]["annotations"] == {"grafana_folder": "Contact centre"}


def test_the_route_has_the_gateway_apis_shape() -> None:
    route = find(render_file(CHART / "ci/http-route-values.yaml"), "HTTPRoute")
    held_against(HTTP_ROUTE, route, "gateway.networking.k8s.io/v1")
