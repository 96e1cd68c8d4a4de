"""The whole flow by keyboard alone: the focus goes where the visitor is."""

from __future__ import annotations

from collections.abc import Callable

from tests.browser.form import Form, expect, focused


def test_the_whole_flow_needs_no_pointer(open_form: Callable[..., Form], number: str) -> None:
    form = open_form("en")
    form.widget.get_by_role("button").first.wait_for()
    keyboard = form.page.keyboard

    keyboard.press("Tab")
    assert focused(form.page) == "Billing"
    keyboard.press("Enter")
    expect(form.heading).to_have_text("When should we call?")
    assert focused(form.page) == "When should we call?"

    form.times()
    for _ in range(3):  # now, the days, the times
        keyboard.press("Tab")
    keyboard.press("ArrowDown")
    keyboard.press("Enter")
    expect(form.heading).to_have_text("Where should we call you?")
    assert focused(form.page) == "Where should we call you?"

    for _ in range(2):  # the country, the number
        keyboard.press("Tab")
    assert focused(form.page) == "number"
    keyboard.press("Enter")
    expect(form.error("number")).to_have_text("Please enter your phone number.")
    assert focused(form.page) == "number"
    keyboard.type(number)
    keyboard.press("Tab")
    keyboard.press("Space")
    keyboard.press("Tab")
    assert focused(form.page) == "q0"
    keyboard.type("12345")
    keyboard.press("Enter")
    expect(form.status).to_have_text("Your call back is booked.")
    assert focused(form.page) == "Your call back"

    keyboard.press("Tab")
    assert focused(form.page) == "Change the time"
    keyboard.press("Enter")
    expect(form.heading).to_have_text("When should we call?")
    form.press("Keep it as it is")
    assert focused(form.page) == "Your call back"

    for _ in range(2):  # past the change
        keyboard.press("Tab")
    keyboard.press("Enter")
    assert focused(form.page) == "No, keep it"
    keyboard.press("Shift+Tab")
    keyboard.press("Enter")
    expect(form.status).to_have_text("Your call back is cancelled. We won’t call.")
    assert focused(form.page) == "Your call back"
    keyboard.press("Tab")
    keyboard.press("Enter")
    expect(form.heading).to_have_text("What do you need help with?")
    assert focused(form.page) == "What do you need help with?"


def test_the_page_keeps_its_focus_while_the_form_loads(open_form: Callable[..., Form]) -> None:
    form = open_form("en")
    form.widget.get_by_role("button").first.wait_for()
    assert form.page.evaluate("document.activeElement === document.body")


def test_going_back_keeps_what_was_entered(open_form: Callable[..., Form]) -> None:
    form = open_form("en").to_details()
    form.answer("Phone number", "4163662500")
    form.press("Back", exact=True)
    form.press("As soon as possible")
    assert form.number.input_value() == "(416) 366-2500"
    expect(form.widget.get_by_label("Account Number")).to_have_value("12345")
