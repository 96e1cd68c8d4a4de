"""axe-core finds nothing in any state, light, dark and small; other directions, colours, zoom.

A picture of each state is kept in artifacts/browser; with SCREENSHOTS=1 those of the guide are
renewed in docs/images.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.browser.conftest import picture
from tests.browser.form import Form, expect, shape
from tests.browser.states import SHOWN, STATES
from tests.browser.test_recovery import RUNNING, Line
from tests.running import Gateway

OpenForm = Callable[..., Form]
#: As many pixels as 1280 have at a zoom of 400 %.
NARROW = 320
LOOKS: dict[str, dict[str, Any]] = {
    "light": {"viewport": {"width": 460, "height": 760}},
    "dark": {"viewport": {"width": 460, "height": 760}, "color_scheme": "dark"},
    "phone": {"viewport": {"width": NARROW, "height": 640}},
    "zoomed": {"viewport": {"width": NARROW, "height": 256}, "device_scale_factor": 4},
    "forced": {"viewport": {"width": 460, "height": 760}, "forced_colors": "active"},
}


def findings(form: Form) -> list[str]:
    """What axe-core finds wrong in the whole page."""
    results = Axe().run(form.page).response
    return [
        f"{rule['id']}: {node['html']}" for rule in results["violations"] for node in rule["nodes"]
    ]


def overflow(form: Form) -> int:
    """By how many pixels the page is wider than the screen, less its scrollbar."""
    found: int = form.page.evaluate(
        "(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth)(document.documentElement)"
    )
    return found


def small_targets(form: Form) -> list[str]:
    """What can be pressed and is smaller than 24 pixels (WCAG 2.2, 2.5.8)."""
    found: list[str] = form.widget.locator("button, input, select").evaluate_all(
        """targets => targets
             .filter(each => Math.min(...["width", "height"].map(
                 side => each.getBoundingClientRect()[side])) < 24)
             .map(each => each.outerHTML)"""
    )
    return found


@pytest.mark.parametrize("look", LOOKS)
def test_every_state_is_accessible_and_fits(open_form: OpenForm, look: str) -> None:
    form = open_form("en", **LOOKS[look])
    found = {}
    for name, reach in STATES.items():
        reach(form)
        found[name] = small_targets(form)
        if look != "phone":  # the same elements in the same colours as "light"
            found[name] += findings(form)
        assert overflow(form) == 0, name
        is_shown = name in SHOWN and look in {"light", "dark", "phone"}
        picture(form.page, f"widget-{name}-{look}", is_shown=is_shown, full_page=True)
    assert found == {name: [] for name in STATES}


def test_every_status_is_accessible(open_form: OpenForm) -> None:
    form = open_form("now")
    line = Line(form)
    form.number.fill("4163662500")
    form.send()
    announced = ""
    for status in [*RUNNING, "Success"]:
        line.status = status
        expect(form.status).not_to_have_text(announced)
        announced = form.status.inner_text()
        assert findings(form) == []


def test_what_is_loading_or_empty_is_accessible(open_form: OpenForm) -> None:
    form = open_form("fr", setup=lambda page: page.route("**/profiles/fr", lambda route: None))
    form.widget.locator(".view [role=status]").wait_for()
    assert findings(form) == []

    no_times = shape(lambda answer: answer.update(slots=[]), "**/slots")
    form = open_form("es", setup=no_times)
    form.press("Facturación")
    expect(form.widget.locator(".view [role=status]")).to_contain_text("No hay horas")
    assert findings(form) == []


@pytest.mark.parametrize("profile", ["fr", "es"])
def test_axe_finds_nothing_in_other_languages(open_form: OpenForm, profile: str) -> None:
    form = open_form(profile, viewport={"width": NARROW, "height": 640})
    form.widget.get_by_role("button").first.click()
    form.times()
    assert findings(form) == []
    expect(form.widget.locator(".card")).to_have_attribute("lang", profile)
    form.widget.locator("button.choice").click()
    form.send()
    expect(form.error("number")).not_to_be_empty()
    assert findings(form) == []
    assert overflow(form) == 0


def test_text_of_twice_the_size_fits(open_form: OpenForm) -> None:
    form = open_form("en", viewport={"width": 2 * NARROW, "height": 800})
    form.page.evaluate("() => { document.documentElement.style.fontSize = '200%'; }")
    for name in ("about", "when", "when-missing", "details", "faults"):
        STATES[name](form)
        assert overflow(form) == 0, name


def test_what_is_chosen_is_seen_where_colours_are_forced(open_form: OpenForm) -> None:
    form = open_form("en", forced_colors="active")
    form.press("Billing")
    form.widget.locator("[role=radiogroup] label").nth(1).click()
    outline = "element => getComputedStyle(element).outlineStyle"
    faces = form.widget.locator("[role=radiogroup] .face")
    assert [faces.nth(n).evaluate(outline) for n in range(2)] == ["none", "solid"]


def test_what_has_the_focus_can_be_seen(open_form: OpenForm) -> None:
    form = open_form("en", viewport={"width": NARROW, "height": 320})
    form.press("Billing")
    form.times()
    form.widget.get_by_role("radiogroup").get_by_role("radio").first.focus()
    in_sight = """() => {
      const face = document.querySelector("callback-widget").shadowRoot.activeElement.nextSibling;
      const { left, top, width, height } = face.getBoundingClientRect();
      const found = face.getRootNode().elementFromPoint(left + width / 2, top + height / 2);
      return found?.parentNode === face.parentNode;
    }"""
    for _ in range(12):
        form.page.keyboard.press("ArrowDown")
        assert form.page.evaluate(in_sight)


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
