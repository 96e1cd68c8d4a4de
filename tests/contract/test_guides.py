"""Every route, member, code and setting that a guide names ⇔ openapi.yaml and the settings."""

from __future__ import annotations

import re
from typing import Any

import pytest

from service.http.problem_catalogue import read_catalogue
from tests.contract.description import DOCUMENT, nodes, operations
from tests.contract.test_codes import CODES
from tests.contract.test_settings import SETTINGS
from tests.guides import DOCS, guide, rows

GUIDES = ["backend.md", "identity.md", "mobile.md", "website.md"]
#: Words of other systems, and of the guides' own code.
FOREIGN = {
    "proxy_http_version", "proxy_set_header", "proxy_connect_timeout", "proxy_read_timeout",
    "proxy_next_upstream", "proxy_pass", "proxy_add_x_forwarded_for", "remote_addr",
    "client_max_body_size", "openapi_generator_cli", "callback_gateway", "retry_after",
    "curl_setopt_array", "curl_setopt", "curl_exec", "curl_init", "curl_getinfo", "json_encode",
    "json_decode",
}  # fmt: skip
each_guide = pytest.mark.parametrize("name", GUIDES)


def vocabulary() -> set[str]:
    """List the names of all members, parameters and values that the description knows."""
    found: set[str] = set()
    for _, node in nodes(DOCUMENT["components"]):
        found |= set(node.get("properties", {}))
        found |= {each for each in node.get("enum", []) if isinstance(each, str)}
        found |= {node["name"]} if isinstance(node.get("name"), str) else set()
        found |= set(node["questions"]) if isinstance(node.get("questions"), dict) else set()
        found |= {node["key"]} if isinstance(node.get("key"), str) else set()
    return found


@each_guide
def test_a_name_with_an_underscore_is_one_of_the_api(name: str) -> None:
    words = set(re.findall(r"(?<![\w$/.-])[a-z]+(?:_[a-z]+)+(?![\w(=])", guide(name)))
    assert words - vocabulary() - FOREIGN - texts_of_the_widget() - widget_tests() == set()


def texts_of_the_widget() -> set[str]:
    """List the names under which a page may give the widget other texts."""
    words = DOCS.parent / "widget/words"
    text = "".join((words / name).read_text("utf-8") for name in ("first.js", "en.js"))
    return set(re.findall(r"^  (\w+):", text, re.M))


def widget_tests() -> set[str]:
    return {path.stem for path in (DOCS.parent / "tests/browser").glob("test_*.py")}


@each_guide
def test_a_route_is_one_of_the_api(name: str) -> None:
    paths = {_generalised(each.path) for each in operations().values()}
    for path in re.findall(r"/v1/(?:\\\(\w+\)|[^\s\"`'),])+", guide(name)):
        assert _generalised(path) in paths, path


@each_guide
def test_a_setting_is_one_that_is_read(name: str) -> None:
    found = set(re.findall(r"`([A-Z]+(?:_[A-Z]+)+)(?:=[^`]*)?`", guide(name)))
    assert {setting.removesuffix("_FILE") for setting in found} <= set(SETTINGS)


@each_guide
def test_a_link_leads_somewhere(name: str) -> None:
    for target, anchor in re.findall(r"\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)", guide(name)):
        page = (DOCS / target) if target else DOCS / name
        assert page.exists(), target
        if anchor:
            headings = re.findall(r"^#+ (.*)$", page.read_text("utf-8"), re.MULTILINE)
            assert anchor in {_anchor(each) for each in headings}


def test_the_table_of_limits_tells_the_defaults() -> None:
    shown = {
        row[0].strip("`"): row[2] for row in rows("backend.md") if row[0].startswith("`LIMIT_")
    }
    limits = {name: _in_words(default) for name, default in SETTINGS.items() if "LIMIT_" in name}
    assert shown == limits


def _in_words(limits: str) -> str:
    """Write `3/10 minutes;10/day` as `3 in 10 minutes, 10 a day`."""
    words = re.sub(r"/(?=\d)", " in ", limits.replace(";", ", "))
    return re.sub(r"/(?=hour)", " an ", words).replace("/", " a ")


def test_the_table_of_what_to_repeat_has_every_error_of_a_start_with_its_status() -> None:
    described: dict[str, set[str]] = {}
    for statuses, codes, *_ in (row for row in rows("backend.md") if row[0][:1].isdigit()):
        for code in re.findall(r"`(\w+)`", codes):
            described[code] = set(statuses.split(", "))
    assert set(described) == operations()["startCallback"].codes()
    assert all(str(CODES[code]) in statuses for code, statuses in described.items())


def test_the_table_of_what_to_repeat_agrees_with_the_pages_of_the_errors() -> None:
    pages = read_catalogue().problems
    for _, codes, again, *_ in (row for row in rows("backend.md") if row[0][:1].isdigit()):
        for code in re.findall(r"`(\w+)`", codes):
            waits = pages[code].retry == "wait" and code != "starts_disabled"
            assert ("after `Retry-After`" in again) == waits, code
            assert (again == "once") == (pages[code].retry == "once"), code


def test_the_guide_for_apps_has_words_for_every_status() -> None:
    described = {
        name for row in rows("mobile.md") for name in re.findall(r"`([A-Z][A-Za-z ]+)`", row[0])
    }
    assert described == set(DOCUMENT["components"]["schemas"]["CallbackStatus"]["enum"])


def _generalised(path: Any) -> str:
    """Write what stands for a part of a path in any language, or an example of it, as {}."""
    path = re.sub(r"\$\{\w+\}|\\\(\w+\)|\{\w+\}|\$\w+|…", "{}", path)
    return re.sub(r"(?<=profiles/)(default|app|web)(?=/|$)", "{}", path)


def _anchor(heading: str) -> str:
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")
