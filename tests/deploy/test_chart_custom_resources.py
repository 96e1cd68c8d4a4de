"""What kubernetes-validate has no schema for: the shapes, by the CRDs' documentation.

Prometheus Operator `api-reference/api.md`, Gateway API `v1` HTTPRoute. Only an API server with the
CRDs shows more: the chart's README has the command.
"""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import yaml

from tests.deploy.chart import CHART, Manifest, find, render_file

MONITORING = CHART / "ci/monitoring-values.yaml"


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
SERVICE_MONITOR = closed(
    "selector endpoints",
    selector=closed("matchLabels", matchLabels=TEXTS),
    endpoints={
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
    },
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


def test_the_rules_are_those_of_the_file_word_for_word() -> None:
    rule = find(render_file(MONITORING), "PrometheusRule")
    spec = held_against(PROMETHEUS_RULE, rule, "monitoring.coreos.com/v1")
    assert spec == yaml.safe_load((CHART / "files/alerts.yaml").read_text("utf-8"))
    assert rule["metadata"]["labels"]["release"] == "kube-prometheus-stack"


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
