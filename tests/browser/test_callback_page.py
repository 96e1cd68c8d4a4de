"""The page of a call-back, /c/{id}: the widget follows, changes and cancels it there too."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.form import Form, expect
from tests.browser.test_accessibility import findings
from tests.browser.test_changing import booked, statuses
from tests.running import Gateway, Simulator

OpenForm = Callable[..., Form]


@pytest.fixture
def address(open_form: OpenForm, gateway: Gateway, number: str) -> str:
    """The page of a call-back that is booked."""
    form = booked(open_form("en"), number)
    return f"{gateway.origin}/c/{form.widget.evaluate('widget => widget.callback.id')}"


@pytest.fixture
def page(open_page: Callable[..., Page], address: str) -> Form:
    page = open_page()
    page.goto(address)
    return Form(page)


def test_it_follows_and_cancels(page: Form, simulator: Simulator, number: str) -> None:
    expect(page.status).to_have_text("Your call back is booked.")
    page.press("Cancel the call back")
    page.press("Yes, cancel it")
    expect(page.status).to_have_text("Your call back is cancelled. We won’t call.")
    assert statuses(simulator, number) == ["Canceled"]


def test_it_changes_the_time(page: Form, simulator: Simulator, number: str) -> None:
    page.press("Change the time")
    page.press("Billing")
    page.times()
    page.choose_time(2)
    page.number.fill(number)
    page.answer("Account Number", "12345")
    page.send()
    expect(page.status).to_have_text("Your call back is booked.")
    assert statuses(simulator, number) == ["Canceled", "Scheduled"]


def test_it_is_sound_for_all(page: Form) -> None:
    expect(page.status).to_have_text("Your call back is booked.")
    assert findings(page) == []


def test_without_scripts_it_is_read_and_cancelled(
    browser: Browser, address: str, simulator: Simulator, number: str
) -> None:
    context = browser.new_context(java_script_enabled=False, locale="en-CA")
    page = context.new_page()
    page.goto(address)
    expect(page.get_by_text("Your call-back is booked.")).to_be_visible()
    page.get_by_role("button", name="Cancel the call-back").click()
    expect(page.get_by_text("Your call-back is cancelled.")).to_be_visible()
    context.close()
    assert statuses(simulator, number) == ["Canceled"]
