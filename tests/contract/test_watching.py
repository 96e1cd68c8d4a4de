"""Alerts ⇔ dashboard ⇔ runbooks ⇔ the metrics of a gateway that runs."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from prometheus_client.samples import Sample

from service.fonolo import errors
from tests import running
from tests.contract import watching
from tests.contract.watching import ADDED, RUNBOOKS, Matcher, alerts, dashboard, queries
from tests.running import Simulator
from tests.scraping import scrape

START = "/v1/profiles/default/callbacks"
MATCHERS = sorted({each for query in queries() for each in watching.matchers_of(query)}, key=str)
each_query = pytest.mark.parametrize("query", sorted(set(queries())))
each_alert = pytest.mark.parametrize("alert", alerts(), ids=lambda alert: alert["alert"])


@pytest.fixture(scope="module")
def samples(module_simulator: Simulator) -> Iterator[list[Sample]]:
    """What a gateway with a store shows once it has succeeded, failed and refused."""
    with (
        running.redis_server() as (url, _),
        running.gateway(module_simulator, REDIS_URL=url, CACHE_PROFILE_TTL="0") as gateway,
    ):
        gateway.get("/v1/profiles/default")
        gateway.post(START, json={"number": "14163662500"})
        gateway.post(START, json={"number": "14163662500"})
        for endpoint, mode in (("callback", "html"), ("profile", "refuse")):
            module_simulator.fault(endpoint, mode=mode)
            gateway.post(START, json={"number": "14163662501"})
            module_simulator.heal()
        yield scrape(gateway)


@each_query
def test_every_metric_of_a_query_is_shown(query: str, samples: list[Sample]) -> None:
    assert watching.metrics_of(query) <= {sample.name for sample in samples}


@each_query
def test_a_query_groups_by_labels_that_its_metrics_have(query: str, samples: list[Sample]) -> None:
    metrics = watching.metrics_of(query)
    labels = {label for each in samples if each.name in metrics for label in each.labels}
    assert watching.labels_of(query) <= labels


@pytest.mark.parametrize("matcher", MATCHERS, ids=str)
def test_a_query_asks_for_values_that_there_are(matcher: Matcher, samples: list[Sample]) -> None:
    shown = {
        sample.labels.get(matcher.label) for sample in samples if sample.name == matcher.metric
    }
    if matcher.operator in ("=", "!="):
        assert matcher.wanted in shown
    else:
        assert [value for value in shown if value and re.fullmatch(matcher.wanted, value)]


def test_fonolos_failures_are_all_its_errors_but_refusals() -> None:
    kinds = {name for name, each in vars(errors).items() if isinstance(each, type)}
    named = {
        name
        for matcher in MATCHERS
        if matcher.metric == "callback_gateway_upstream_seconds_count"
        and matcher.label == "outcome"
        for name in matcher.wanted.split("|")
    }
    assert named == kinds - {"FonoloError"}


def test_an_alert_wakes_someone_or_is_a_ticket() -> None:
    severities = {alert["alert"]: alert["labels"]["severity"] for alert in alerts()}
    assert set(severities.values()) == {"page", "ticket"}
    assert len(severities) == len(alerts())


@each_alert
def test_an_alert_says_what_is_wrong_and_what_to_read(alert: dict[str, dict[str, str]]) -> None:
    notes = alert["annotations"]
    assert set(notes) == {"summary", "description", "runbook"}
    assert "\n" not in notes["description"]
    assert notes["runbook"] == f"docs/runbooks.md#{str(alert['alert']).lower()}"


def test_each_alert_has_its_runbook_and_each_runbook_its_alert() -> None:
    sections = re.findall(r"^## (CallbackGateway\w+)$", RUNBOOKS.read_text("utf-8"), re.MULTILINE)
    assert sections == [alert["alert"] for alert in alerts()]


def test_a_runbook_names_metrics_that_are_shown(samples: list[Sample]) -> None:
    named = watching.metrics_of(RUNBOOKS.read_text("utf-8"))
    assert named
    assert named <= {sample.name for sample in samples}


def test_the_dashboard_can_be_put_into_any_grafana() -> None:
    board = dashboard()
    assert "id" not in board
    assert {each["name"] for each in board["templating"]["list"]} == {"datasource", *ADDED} - {
        "instance"
    }
    for panel in board["panels"]:
        if panel["type"] != "row":
            assert panel["datasource"]["uid"] == "${datasource}"
            assert {target["datasource"]["uid"] for target in panel["targets"]} == {"${datasource}"}


def test_the_panels_of_the_dashboard_do_not_overlap() -> None:
    places: set[tuple[int, int]] = set()
    for panel in dashboard()["panels"]:
        at = panel["gridPos"]
        assert at["x"] + at["w"] <= 24
        place = {
            (x, y)
            for x in range(at["x"], at["x"] + at["w"])
            for y in range(at["y"], at["y"] + at["h"])
        }
        assert not place & places, panel["title"]
        places |= place
