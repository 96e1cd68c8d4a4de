"""What is on the page stays: nothing that happens rebuilds a field in use."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.browser.form import Form, expect

OpenForm = Callable[..., Form]
_MARK = "element => { element.isOld = true; }"
_IS_OLD = "element => element.isOld === true"


@pytest.mark.parametrize(
    "happens",
    [
        "widget.strings = { number: 'Your number' }",
        "widget.lang = 'fr'",
        "widget.setAttribute('heading', 'Skip the queue')",
        "widget.prefill({ questions: { account_number: '12345' } })",
    ],
)
def test_a_field_in_use_keeps_its_caret_and_its_text(open_form: OpenForm, happens: str) -> None:
    form = open_form("en").to_details()
    form.number.press_sequentially("4163662500")
    for key in ("Home", "ArrowRight", "ArrowRight"):
        form.number.press(key)
    form.number.evaluate(_MARK)
    form.widget.evaluate(f"widget => {{ {happens}; }}")
    expect(form.number).to_be_focused()
    assert form.number.evaluate(_IS_OLD)
    assert form.number.evaluate("element => element.selectionEnd") == 2
    expect(form.number).to_have_value("(416) 366-2500")


def test_a_countdown_leaves_a_field_in_use_alone(open_form: OpenForm) -> None:
    form = open_form("now")
    form.number.fill("4163662500")
    form.refuse(429, "rate_limited", scope="client", retry_after=60)
    form.send()
    expect(form.send_button).to_have_text("Try again in 1:00")
    form.number.evaluate(_MARK)
    form.number.press("Home")
    expect(form.send_button).to_have_text("Try again in 0:58")
    expect(form.number).to_be_focused()
    assert form.number.evaluate(_IS_OLD)
    assert form.number.evaluate("element => element.selectionEnd") == 0


def test_alert_and_status_regions_are_the_same_ones_from_start_to_end(
    open_form: OpenForm, number: str
) -> None:
    form = open_form("en")
    regions = [form.alert, form.widget.locator(".sr[role=status]").first]
    for region in regions:
        region.evaluate(_MARK)
    form.to_details()
    form.answer("Phone number", number)
    form.send()
    form.status.wait_for()
    for region in regions:
        assert region.evaluate(_IS_OLD)
        expect(region).to_have_count(1)


def test_a_language_that_is_being_composed_is_not_interrupted(open_form: OpenForm) -> None:
    form = open_form("now")
    form.number.wait_for()
    form.number.evaluate(
        """input => {
          input.focus();
          input.value = "４１６";
          input.dispatchEvent(new InputEvent("input", { bubbles: true, isComposing: true }));
        }"""
    )
    expect(form.number).to_have_value("４１６")
    form.number.blur()
    form.number.evaluate("input => input.dispatchEvent(new Event('change'))")
    expect(form.number).to_have_value("(416")
