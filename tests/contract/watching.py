"""What watches the gateway: the alerts, the dashboard, and what their queries name."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml

from tests.contract.description import ROOT

FILES = ROOT / "helm" / "callback-gateway" / "files"
ALERTS, DASHBOARD = FILES / "alerts.yaml", FILES / "dashboard.json"
RUNBOOKS = ROOT / "docs" / "runbooks.md"
#: What Prometheus adds to whatever it scrapes in a cluster.
ADDED = {"namespace", "job", "instance"}
#: What Grafana puts in the place of its variables.
_VARIABLES = {"$__rate_interval": "5m", "$__range": "6h", "$namespace": ".*", "$job": ".*"}

_SELECTOR = re.compile(r"(callback_gateway_\w+)(?:\{([^}]*)\})?")
_MATCHER = re.compile(r'(\w+)(=~|!~|!=|=)"([^"]*)"')
_GROUPING = re.compile(r"\b(?:by|on) \(([^)]*)\)")


@dataclass(frozen=True)
class Matcher:
    """A condition on a metric's label, as a query writes it."""

    metric: str
    label: str
    operator: str
    wanted: str


def alerts() -> list[dict[str, Any]]:
    """Return the alerting rules."""
    groups: list[Any] = yaml.safe_load(ALERTS.read_text("utf-8"))["groups"]
    return [rule for group in groups for rule in group["rules"]]


def dashboard() -> dict[str, Any]:
    """Return the dashboard as Grafana reads it."""
    found: dict[str, Any] = json.loads(DASHBOARD.read_text("utf-8"))
    return found


def dashboard_queries() -> list[str]:
    """Return the queries of the dashboard, its variables filled in."""
    panels = dashboard()["panels"]
    queries = [target["expr"] for panel in panels for target in panel.get("targets", [])]
    for variable, value in _VARIABLES.items():
        queries = [query.replace(variable, value) for query in queries]
    return queries


def queries() -> list[str]:
    """Return every query there is, of alerts and dashboard."""
    return [rule["expr"] for rule in alerts()] + dashboard_queries()


def metrics_of(query: str) -> set[str]:
    return {found[1] for found in _SELECTOR.finditer(query)}


def labels_of(query: str) -> set[str]:
    """Return the labels by which a query groups."""
    return {
        label.strip() for found in _GROUPING.finditer(query) for label in found[1].split(",")
    } - ADDED


def matchers_of(query: str) -> Iterator[Matcher]:
    for found in _SELECTOR.finditer(query):
        for label, operator, wanted in _MATCHER.findall(found[2] or ""):
            if label not in ADDED:
                yield Matcher(found[1], label, operator, wanted)
