"""The pod's end agrees with the server's: no accepted start is cut off, no request is lost."""

from __future__ import annotations

from typing import Any

import pytest

from service.server.options import gunicorn_options
from service.settings import Settings
from tests.deploy.chart import LEAST, find, gateway_pod, merged, render

OLD, NEW = "1.29.0", "1.30.0"


def drain_seconds(timeout: str) -> int:
    """Return how long gunicorn lets a draining worker go on."""
    settings = Settings.read(
        {
            "FONOLO_ACCOUNT_SID": "AC" + "1" * 32,
            "FONOLO_AUTH_TOKEN": "token",
            "CALLBACK_PROFILES": LEAST["profiles"]["default"],
            "HANDLE_SECRET": "h" * 32,
            "FONOLO_TIMEOUT": timeout,
        }
    )
    seconds: int = gunicorn_options(settings)["graceful_timeout"]
    return seconds


@pytest.mark.parametrize("timeout", ["", "3.05,10", "2,20.5", " 5 , 5 ", "0.5,59.5"])
def test_a_pod_has_as_long_as_it_waits_and_drains_and_a_little_more(timeout: str) -> None:
    more = {"env": {"FONOLO_TIMEOUT": timeout}} if timeout else {}
    spec = gateway_pod(render(merged(LEAST, more)))["spec"]
    waits = spec["containers"][0]["lifecycle"]["preStop"]["sleep"]["seconds"]
    assert spec["terminationGracePeriodSeconds"] == waits + drain_seconds(timeout) + 3


def test_without_a_wait_there_is_no_hook() -> None:
    spec = gateway_pod(render(merged(LEAST, {"preStopSeconds": 0})))["spec"]
    assert "lifecycle" not in spec["containers"][0]
    assert spec["terminationGracePeriodSeconds"] == drain_seconds("") + 3


@pytest.mark.parametrize(("version", "kind"), [(OLD, "exec"), (NEW, "sleep")])
def test_the_wait_is_one_that_the_cluster_knows(version: str, kind: str) -> None:
    spec = gateway_pod(render(LEAST, "--kube-version", version))["spec"]
    [hook] = spec["containers"][0]["lifecycle"]["preStop"].items()
    assert hook[0] == kind
    if kind == "exec":
        assert hook[1]["command"] == ["python3", "-c", "import time; time.sleep(10)"]


def test_an_upgrade_takes_no_pod_away_before_its_successor_is_ready() -> None:
    spec = find(render(), "Deployment")["spec"]
    assert spec["strategy"]["rollingUpdate"] == {"maxUnavailable": 0, "maxSurge": 1}
    assert spec["minReadySeconds"] > 0


def test_a_route_lets_the_longest_start_end() -> None:
    more = {"httpRoute": {"enabled": True, "parentRefs": [{"name": "public"}]}}
    [rule] = find(render(merged(LEAST, more)), "HTTPRoute")["spec"]["rules"]
    assert int(rule["timeouts"]["request"].removesuffix("s")) >= drain_seconds("")
    off = merged(more, {"httpRoute": {"timeouts": False}})
    assert "timeouts" not in find(render(merged(LEAST, off)), "HTTPRoute")["spec"]["rules"][0]


def test_the_probes_ask_the_right_questions() -> None:
    container = gateway_pod(render())["spec"]["containers"][0]
    asked = {name: container[name]["httpGet"]["path"] for name in container if "Probe" in name}
    assert asked == {
        "startupProbe": "/healthz",
        "livenessProbe": "/healthz",
        "readinessProbe": "/readyz",
    }
    ports = {container[name]["httpGet"]["port"] for name in asked}
    assert ports == {"metrics"}  # customers cannot keep it busy
    # /readyz may ask Fonolo for 3 s before it says no: service/readiness.py
    assert container["readinessProbe"]["timeoutSeconds"] > 3


def test_an_autoscaler_is_not_fought_over_by_the_deployment() -> None:
    more: dict[str, Any] = {"redis": {"existingSecret": "r"}, "autoscaling": {"enabled": True}}
    assert "replicas" not in find(render(merged(LEAST, more)), "Deployment")["spec"]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({}, {"maxUnavailable": 1}),
        ({"maxUnavailable": "50%"}, {"maxUnavailable": "50%"}),
        ({"minAvailable": 2}, {"minAvailable": 2}),
    ],
)
def test_a_budget_lets_nodes_be_drained(more: dict[str, Any], said: dict[str, Any]) -> None:
    values = {"replicaCount": 3, "redis": {"existingSecret": "r"}, "podDisruptionBudget": more}
    spec = dict(find(render(merged(LEAST, values)), "PodDisruptionBudget")["spec"])
    assert spec.pop("unhealthyPodEvictionPolicy") == "AlwaysAllow"
    del spec["selector"]
    assert spec == said
