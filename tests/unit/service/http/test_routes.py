"""The limited routes: the edge finds those that Flask will take, and no others."""

from __future__ import annotations

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.exceptions import HTTPException

from service.http.routes import LimitedRoutes, counted

PARTS = st.sampled_from(
    [
        "v1",
        "profiles",
        "callbacks",
        "validate",
        "cancel",
        "default",
        "",
        ".",
        "a b",
        "é",
        "\n",
        "%2F",
    ]
)
PATHS = st.lists(PARTS, max_size=5).map(lambda parts: "/" + "/".join(parts))
METHODS = st.sampled_from(["GET", "HEAD", "POST", "PUT", "DELETE", "BREW"])


def application() -> Flask:
    app = Flask("routes", static_folder=None)
    app.url_map.merge_slashes = False

    @app.get("/v1/profiles/<alias>")
    @counted("read")
    def form(alias: str) -> str:
        return alias

    @app.post("/v1/profiles/<alias>/callbacks")
    @counted("start")
    def start(alias: str) -> str:
        return alias

    @app.post("/v1/callbacks/<handle>/cancel")
    @counted("read")
    def cancel(handle: str) -> str:
        return handle

    @app.get("/v1/free")
    def free() -> str:
        return ""

    return app


APP = application()
ROUTES = LimitedRoutes(APP)


@given(METHODS, PATHS)
def test_a_route_is_found_where_flask_takes_it(method: str, path: str) -> None:
    found = ROUTES.find(method, path.encode().decode("latin-1"))  # as WSGI gives it
    try:
        rule, arguments = APP.url_map.bind("").match(path, method, return_rule=True)
    except HTTPException:
        assert found is None
    else:
        limited = rule.rule != "/v1/free"
        assert (found and found[:2]) == ((rule, arguments) if limited else None)


@pytest.mark.parametrize(
    ("method", "path", "budget"),
    [
        ("GET", "/v1/profiles/default", "read"),
        ("HEAD", "/v1/profiles/default", "read"),
        ("POST", "/v1/profiles/default/callbacks", "start"),
        ("POST", "/v1/callbacks/abc.def/cancel", "read"),
    ],
)
def test_it_draws_on_the_budget_that_its_view_is_marked_with(
    method: str, path: str, budget: str
) -> None:
    found = ROUTES.find(method, path)
    assert found
    assert found.budget == budget


def test_what_a_browser_asks_beforehand_is_not_limited() -> None:
    assert ROUTES.find("OPTIONS", "/v1/profiles/default") is None


def test_a_rule_that_cannot_be_told_apart_is_refused_at_the_start() -> None:
    app = Flask("routes")
    app.add_url_rule("/v1/<int:number>", view_func=counted("read")(lambda number: ""), endpoint="n")
    with pytest.raises(ValueError, match="plain variables"):
        LimitedRoutes(app)
