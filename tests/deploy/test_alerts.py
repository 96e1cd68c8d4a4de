"""The alerts and the dashboard, as Prometheus itself reads them (`make alerts`; needs promtool)."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import yaml

from tests.contract.watching import ALERTS, ROOT, dashboard_queries

PLAYED = ROOT / "tests" / "deploy" / "alerts_test.yaml"


def promtool(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = ["promtool", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, cwd=PLAYED.parent)


def test_the_rules_are_prometheus_rules() -> None:
    done = promtool("check", "rules", ALERTS)
    assert done.returncode == 0, done.stdout + done.stderr


def test_each_alert_fires_and_keeps_still_where_it_should() -> None:
    done = promtool("test", "rules", PLAYED)
    assert done.returncode == 0, done.stdout + done.stderr


def test_each_alert_is_played_both_ways() -> None:
    cases = [
        case
        for played in yaml.safe_load(PLAYED.read_text("utf-8"))["tests"]
        for case in played["alert_rule_test"]
    ]
    names = {
        rule["alert"] for rule in yaml.safe_load(ALERTS.read_text("utf-8"))["groups"][0]["rules"]
    }
    assert {case["alertname"] for case in cases if case.get("exp_alerts")} == names
    assert {case["alertname"] for case in cases if not case.get("exp_alerts")} >= names


def test_each_query_of_the_dashboard_parses(tmp_path: Path) -> None:
    rules = [
        {"record": f"query_{number}", "expr": query}
        for number, query in enumerate(dashboard_queries())
    ]
    file = tmp_path / "queries.yaml"
    file.write_text(json.dumps({"groups": [{"name": "dashboard", "rules": rules}]}), "utf-8")
    done = promtool("check", "rules", file)
    assert done.returncode == 0, done.stdout + done.stderr
