"""axe-core finds nothing in any state, light and dark; small screens, other directions, zoom."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.browser.form import Form, expect
from tests.browser.states import STATES
from tests.running import Gateway

OpenForm = Callable[..., Form]


def findings(form: Form) -> list[str]:
    """What axe-core finds wrong in the whole page, and what it cannot decide about the widget."""
    results = Axe().run(form.page).response
    return [
        f"{rule['id']}: {node['html']}" for rule in results["violations"] for node in rule["nodes"]
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_any_state(open_form: OpenForm, scheme: str) -> None:
    form = open_form("en", color_scheme=scheme)
    found = {}
    for name, reach in STATES.items():
        reach(form)
        found[name] = findings(form)
    assert found == {name: [] for name in STATES}


@pytest.mark.parametrize("profile", ["fr", "es"])
def test_axe_finds_nothing_in_other_languages(open_form: OpenForm, profile: str) -> None:
    form = open_form(profile)
    form.widget.get_by_role("button").first.click()
    form.times()
    assert findings(form) == []
    expect(form.widget.locator(".card")).to_have_attribute("lang", profile)


def test_nothing_is_cut_off_at_320_pixels(open_form: OpenForm) -> None:
    form = open_form("en", viewport={"width": 320, "height": 640})
    for name, reach in STATES.items():
        reach(form)
        width = form.page.evaluate("document.documentElement.scrollWidth")
        assert width == 320, name


def test_targets_are_large_enough(open_form: OpenForm) -> None:
    form = open_form("en")
    for reach in STATES.values():
        reach(form)
        for target in form.widget.locator("button, input, select").all():
            box = target.bounding_box()
            assert box
            assert min(box["width"], box["height"]) >= 24


def test_it_stands_in_a_page_that_reads_from_right_to_left(open_form: OpenForm) -> None:
    words = {"about": "ما هو الموضوع؟", "title": "سنعاود الاتصال بك"}
    form = open_form("en", attributes={"lang": "ar"})
    form.page.evaluate(
        "words => { document.querySelector('callback-widget').strings = words; }", words
    )
    expect(form.heading).to_have_text(words["about"])
    expect(form.widget.locator(".card")).to_have_attribute("dir", "rtl")
    first = form.widget.get_by_role("button").first
    text = first.locator("b")
    button, name = first.bounding_box(), text.bounding_box()
    assert button
    assert name
    assert name["x"] + name["width"] > button["x"] + button["width"] * 0.9


def test_what_happens_is_announced(open_form: OpenForm) -> None:
    form = open_form("en").to_details()
    expect(form.alert).to_have_role("alert")
    expect(form.widget.locator(".sr[role=status]")).to_be_attached()
    form.answer("Phone number", "4165550996")
    form.send()
    expect(form.status).to_have_role("status")


def test_nothing_moves_where_motion_is_unwelcome(open_form: OpenForm) -> None:
    form = open_form("en", reduced_motion="reduce")
    form.heading.wait_for()
    moving = "[...document.querySelector('callback-widget').shadowRoot.getAnimations()].length"
    assert form.page.evaluate(moving) == 0


def test_the_theme_follows_the_page_unless_it_is_told(
    open_form: OpenForm, gateway: Gateway
) -> None:
    def background(**more: Any) -> str:
        form = open_form("now", **more)
        form.number.wait_for()
        found: str = form.widget.locator(".card").evaluate(
            "element => getComputedStyle(element).backgroundColor"
        )
        return found

    light, dark = background(color_scheme="light"), background(color_scheme="dark")
    assert light != dark
    assert background(color_scheme="dark", attributes={"theme": "light"}) == light
    assert background(color_scheme="light", attributes={"theme": "dark"}) == dark
