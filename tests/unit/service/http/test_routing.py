"""Routing: one match a request, which the limits and Flask share."""

from __future__ import annotations

from typing import Any

import pytest
from flask import request, url_for
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.exceptions import HTTPException
from werkzeug.test import create_environ

from service.http.request_context import CONTEXT_KEY, Client, RequestContext
from service.http.routing import Application, MatchedAdapter, match_request

PARTS = st.sampled_from(
    ["v1", "profiles", "callbacks", "cancel", "free", "", ".", "..", "a b", "é", "\n", "%2F", "V1"]
)
PATHS = st.lists(PARTS, max_size=6).map(lambda parts: "/" + "/".join(parts))
METHODS = st.sampled_from(["GET", "HEAD", "POST", "PUT", "OPTIONS", "BREW"])


def application() -> Application:
    app = Application("routes", static_folder=None)
    app.url_map.merge_slashes = False

    @app.get("/v1/profiles/<alias>", limit_group="read")
    def form(alias: str) -> str:
        return url_for("start", alias=alias)

    @app.post("/v1/profiles/<alias>/callbacks", limit_group="start")
    async def start(alias: str) -> str:
        return f"{alias} by {request.url_rule}"

    @app.get("/v1/free")
    def free() -> str:
        return url_for("free", _external=True)

    return app


APP = application()


def environ_of(method: str, path: str, **more: Any) -> dict[str, Any]:
    environ = create_environ("/", method=method, **more)
    environ["PATH_INFO"] = path.encode().decode("latin-1")  # as WSGI has it
    return environ


def matched(method: str, path: str) -> MatchedAdapter:
    found = match_request(APP.url_map, environ_of(method, path))
    assert found
    return found


@given(METHODS, PATHS)
def test_the_outcome_is_the_one_that_werkzeug_alone_comes_to(method: str, path: str) -> None:
    ours, alone = matched(method, path), APP.url_map.bind("localhost")
    try:
        expected = alone.match(path, method, return_rule=True)
    except HTTPException as failure:
        with pytest.raises(type(failure)):
            ours.match(return_rule=True)
        assert ours.limit_group is None
    else:
        assert ours.match(return_rule=True) == expected


@pytest.mark.parametrize(
    ("method", "path", "group"),
    [
        ("GET", "/v1/profiles/default", "read"),
        ("HEAD", "/v1/profiles/default", "read"),
        ("POST", "/v1/profiles/default/callbacks", "start"),
        ("POST", "//v1/profiles/default/callbacks", "start"),
        ("POST", "///v1/profiles/default/callbacks", "start"),
        ("OPTIONS", "/v1/profiles/default", None),
        ("GET", "/v1/free", None),
        ("PUT", "/v1/profiles/default", None),
        ("GET", "/V1/profiles/default", None),
    ],
)
def test_a_request_has_the_limit_group_of_the_rule_that_serves_it(
    method: str, path: str, group: str | None
) -> None:
    assert matched(method, path).limit_group == group


def respond(environ: dict[str, Any]) -> tuple[str, bytes]:
    """Let Flask answer a request that was matched before."""
    context = RequestContext("id", Client("local", "client:local"), environ["REQUEST_METHOD"])
    context.url_adapter = match_request(APP.url_map, environ)
    environ[CONTEXT_KEY] = context
    statuses: list[str] = []
    body = b"".join(APP.wsgi_app(environ, lambda status, headers, *_: statuses.append(status)))  # type: ignore[arg-type,func-returns-value,return-value]
    return statuses[0], body


@pytest.mark.parametrize(
    ("method", "path", "script_name", "body"),
    [
        ("GET", "/v1/profiles/web", "", b"/v1/profiles/web/callbacks"),
        ("GET", "/v1/profiles/web", "/under", b"/under/v1/profiles/web/callbacks"),
        ("GET", "/v1/free", "", b"http://localhost/v1/free"),
        ("POST", "/v1/profiles/web/callbacks", "", b"web by /v1/profiles/<alias>/callbacks"),
    ],
)
def test_url_for_and_async_views_work_behind_it(
    method: str, path: str, script_name: str, body: bytes
) -> None:
    environ = environ_of(method, path)
    environ["SCRIPT_NAME"] = script_name
    assert respond(environ) == ("200 OK", body)


def test_flask_works_without_the_middleware() -> None:
    with APP.test_request_context("/v1/profiles/web"):
        assert url_for("free") == "/v1/free"
        assert APP.full_dispatch_request().get_data() == b"/v1/profiles/web/callbacks"


def test_a_host_that_cannot_be_read_is_left_to_flask() -> None:
    environ = environ_of("GET", "/v1/free")
    environ["HTTP_HOST"] = "a" * 70 + ".example"
    assert match_request(APP.url_map, environ) is None
    assert respond(environ)[0].startswith("4")
