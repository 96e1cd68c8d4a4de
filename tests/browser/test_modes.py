"""The form in the page, in a dialog, behind a floating button; what the page hears of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.browser.form import Form, expect, focused
from tests.browser.test_accessibility import findings, overflow

OpenForm = Callable[..., Form]
OPENER = "<p><a href='#call' data-callback-open>Call me</a></p>"
#: Keep all that the page hears, from the start.
HEAR = """window.heard = [];
for (const name of ["ready", "step", "unavailable", "abandon", "started", "status", "error"])
  addEventListener(`callback-${name}`, ({ detail }) => heard.push([name, detail]));"""


def heard(form: Form) -> list[tuple[str, dict[str, Any]]]:
    return [(name, detail) for name, detail in form.page.evaluate("window.heard")]


def test_a_floating_button_opens_the_form_in_a_dialog(open_form: OpenForm, number: str) -> None:
    asked: list[str] = []
    form = open_form(
        "now",
        attributes={"mode": "button"},
        setup=lambda page: page.on("request", lambda request: asked.append(request.url)),
    )
    form.widget.get_by_role("button", name="Get a call back").wait_for()
    assert not [url for url in asked if "/v1/" in url]  # nothing is asked of the gateway before
    assert findings(form) == []
    form.press("Get a call back")
    expect(form.widget.get_by_role("dialog")).to_have_accessible_name("Get a call back")
    form.number.fill(number)
    assert findings(form) == []
    form.send()
    form.status.wait_for()
    form.press("Close")
    expect(form.widget.get_by_role("dialog")).to_have_count(0)
    assert focused(form.page) == "Get a call back"


def test_anything_of_the_page_opens_the_dialog_and_gets_the_focus_back(
    open_form: OpenForm,
) -> None:
    form = open_form("now", attributes={"mode": "dialog", "after": OPENER})
    opener = form.page.get_by_role("link", name="Call me")
    form.widget.locator("dialog").wait_for(state="attached")
    expect(form.widget.get_by_role("button")).to_have_count(0)
    opener.focus()
    form.page.keyboard.press("Enter")
    form.number.wait_for()
    assert form.page.url.endswith("#call") is False
    form.page.keyboard.press("Escape")
    expect(form.number).not_to_be_visible()
    expect(opener).to_be_focused()


def test_the_dialog_keeps_what_was_typed_and_fits_a_phone(open_form: OpenForm) -> None:
    attributes = {"mode": "dialog", "after": OPENER}
    form = open_form("en", attributes=attributes, viewport={"width": 320, "height": 480})
    form.widget.locator("dialog").wait_for(state="attached")  # from now on it listens
    form.page.get_by_role("link", name="Call me").click()
    form.to_details()
    assert overflow(form) == 0
    form.page.keyboard.press("Escape")
    form.page.get_by_role("link", name="Call me").click()
    expect(form.widget.get_by_label("Account Number")).to_have_value("12345")


def test_the_page_hears_of_each_step_and_of_who_leaves(open_form: OpenForm, number: str) -> None:
    form = open_form("en", setup=lambda page: page.add_init_script(HEAR))
    form.press("Billing")
    form.press("As soon as possible")
    form.number.fill(number)
    form.page.evaluate("() => { dispatchEvent(new PageTransitionEvent('pagehide')); }")
    assert heard(form) == [
        ("ready", {"profile": "en", "status": "active"}),
        ("step", {"step": "about", "n": 1, "of": 3}),
        ("step", {"step": "when", "n": 2, "of": 3}),
        ("step", {"step": "details", "n": 3, "of": 3}),
        ("abandon", {"step": "details"}),
    ]


def test_who_has_asked_for_a_call_back_does_not_abandon_it(
    open_form: OpenForm, number: str
) -> None:
    form = open_form("now", setup=lambda page: page.add_init_script(HEAR))
    form.number.fill(number)
    form.send()
    form.status.wait_for()
    form.page.evaluate("() => { dispatchEvent(new PageTransitionEvent('pagehide')); }")
    assert "abandon" not in [name for name, _ in heard(form)]


@pytest.mark.parametrize("option", ["Billing", "CO3d2fc711143c2e5e1dcc4700baeb754c"])
def test_the_page_may_say_the_option_the_number_and_answers(
    open_form: OpenForm, option: str
) -> None:
    attributes = {"option": option, "number": "4163662500", "question-account_number": "12345"}
    form = open_form("en", attributes=attributes)
    form.press("As soon as possible")
    expect(form.number).to_have_value("(416) 366-2500")
    expect(form.widget.get_by_label("Account Number")).to_have_value("12345")


def test_privacy_and_legal_texts_of_the_page_stand_beside_the_button(open_form: OpenForm) -> None:
    attributes = {"privacy-href": "/privacy", "inside": "<p slot=legal>We record calls.</p>"}
    form = open_form("now", attributes=attributes)
    link = form.widget.get_by_role("link", name="Privacy notice")
    expect(link).to_have_attribute("href", "/privacy")
    expect(form.page.get_by_text("We record calls.")).to_be_visible()
    assert findings(form) == []
