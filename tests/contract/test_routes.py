"""Every route of the application ⇔ openapi.yaml ⇔ limited, or not limited, as the contract says."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from service.app import create_app
from service.settings import Settings
from service.settings.addresses import OWN_PATHS
from tests.contract.calling import NOWHERE, Caller
from tests.contract.description import Operation, hold, operations
from tests.running import gateway_env

#: The viewer's own files: part of the page /docs, not of the API.
VIEWER = re.compile(r"/docs/.+")
#: The contract: what is limited, and by which budget. All else is not limited at all.
BUDGETS = {
    "startCallback": "LIMIT_START",
    "validateCallback": "LIMIT_READ",
    "getProfile": "LIMIT_READ",
    "listSlots": "LIMIT_READ",
    "getCallback": "LIMIT_READ",
    "cancelCallback": "LIMIT_READ",
    "showCallbackPage": "LIMIT_READ",
    "cancelOnCallbackPage": "LIMIT_READ",
}


def build(**settings: str) -> Flask:
    return create_app(Settings.read(gateway_env(NOWHERE, **settings)))


def test_every_route_is_described_and_every_described_route_exists() -> None:
    routed = {
        (method, _generalised(rule.rule))
        for rule in build().url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if not VIEWER.fullmatch(rule.rule)
    }
    described = {(each.method, _generalised(each.path)) for each in operations().values()}
    assert routed == described


def test_every_route_under_v1_and_every_callbacks_page_has_a_budget() -> None:
    assert {
        each.id for each in operations().values() if each.path.startswith(("/v1/", "/c/"))
    } == set(BUDGETS)


@pytest.mark.parametrize("budget", ["LIMIT_START", "LIMIT_READ"])
@pytest.mark.parametrize("operation", operations().values(), ids=lambda each: each.id)
def test_a_route_counts_under_its_budget_and_under_no_other(
    operation: Operation, budget: str
) -> None:
    caller = Caller(build(**{budget: "1/minute"}).test_client())
    ask = {"alias": "nobody"} if "{alias}" in operation.path else {}

    first, second = (caller.ask(operation.id, **ask) for _ in range(2))

    if BUDGETS.get(operation.id) == budget:
        assert first.headers["X-RateLimit-Remaining"] == "0"
        assert second.status_code == 429
        refused = hold(operation.id, second)
        assert (
            "rate_limited" in refused if isinstance(refused, str) else refused["scope"] == "client"
        )
    else:
        assert "RateLimit" not in second.headers
        assert second.status_code == first.status_code != 429


def test_reads_share_one_budget_which_starts_leave_alone() -> None:
    caller = Caller(build(LIMIT_READ="1/minute", LIMIT_START="1/minute").test_client())

    assert caller.ask("getProfile", alias="nobody").status_code == 404
    assert caller.ask("cancelCallback").status_code == 429
    assert caller.ask("startCallback", alias="nobody").status_code == 404


def _generalised(path: str) -> str:
    return re.sub(r"<[^>]+>|\{[^}]+\}", "{}", path)


def test_no_base_path_can_be_taken_for_a_route() -> None:
    rules = {rule.rule for rule in build().url_map.iter_rules()} | {"/demo"}
    assert {rule.split("/")[1] for rule in rules} <= OWN_PATHS
