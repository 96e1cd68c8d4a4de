"""BASE_PATH: requests come with it or without it, and are one request."""

from __future__ import annotations

from typing import Any

import pytest

from service.http.base_path import under_base_path


def seen(base_path: str, path: str) -> tuple[str, str]:
    """Return SCRIPT_NAME and PATH_INFO as the application sees them."""
    found: dict[str, Any] = {"SCRIPT_NAME": "", "PATH_INFO": path}

    def application(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        assert environ is found
        return []

    under_base_path(application, base_path)(found, None)
    return found["SCRIPT_NAME"], found["PATH_INFO"]


@pytest.mark.parametrize(
    ("path", "inner"),
    [
        ("/callbacks/v1/profiles/web", "/v1/profiles/web"),  # a proxy that does not strip
        ("/v1/profiles/web", "/v1/profiles/web"),  # one that does
        ("/callbacks", "/"),
        ("/callbacks/", "/"),
        ("/", "/"),
        ("", ""),
        ("/callbacksv1", "/callbacksv1"),
        ("/callbacks/callbacks/v1", "/callbacks/v1"),
        ("/callbacks//v1", "//v1"),
        ("//callbacks/v1", "//callbacks/v1"),
        ("/Callbacks/v1", "/Callbacks/v1"),
    ],
)
def test_the_base_path_goes_once_and_only_whole(path: str, inner: str) -> None:
    assert seen("/callbacks", path) == ("/callbacks", inner)


def test_it_may_have_several_parts() -> None:
    assert seen("/eu/callbacks", "/eu/callbacks/docs") == ("/eu/callbacks", "/docs")
    assert seen("/eu/callbacks", "/eu/docs") == ("/eu/callbacks", "/eu/docs")


def test_without_one_nothing_is_touched() -> None:
    assert seen("", "/callbacks/v1") == ("", "/callbacks/v1")
