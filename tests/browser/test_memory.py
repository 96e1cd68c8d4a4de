"""A place to come back to: a call-back is found again, on a device of the visitor's own."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.form import Form, expect
from tests.browser.site import Site
from tests.browser.test_changing import booked, statuses
from tests.running import Gateway, Simulator

OpenForm = Callable[..., Form]


def on_device(page: Page) -> dict[str, Any]:
    """Return what is kept for every tab."""
    stored = page.evaluate("Object.values({ ...localStorage })")
    return {} if not stored else dict(json.loads(stored[0]))


@pytest.fixture
def other_tab(site: Site, gateway: Gateway) -> Callable[..., Form]:
    """Open the page once more, in another tab of the same visitor."""

    def open_one(form: Form, **attributes: str) -> Form:
        page = form.page.context.new_page()
        page.goto(site.page(gateway.origin, {"profile": "en", **attributes}))
        return Form(page)

    return open_one


def test_on_a_device_of_ones_own_every_tab_follows_changes_and_cancels(
    open_form: OpenForm, other_tab: Callable[..., Form], number: str
) -> None:
    device = {"memory": "device"}
    form = booked(open_form("en", attributes=device), number)
    other = other_tab(form, **device)
    expect(other.status).to_have_text("Your call back is booked.")
    expect(other.widget.get_by_role("button", name="Change the time")).to_be_visible()
    other.press("Cancel the call back")
    other.press("Yes, cancel it")
    expect(other.status).to_have_text("Your call back is cancelled. We won’t call.")
    assert on_device(other.page) == {}


def test_what_one_tab_changes_the_others_follow(
    open_form: OpenForm, other_tab: Callable[..., Form], simulator: Simulator, number: str
) -> None:
    device = {"memory": "device"}
    form = booked(open_form("en", attributes=device), number)
    other = other_tab(form, **device)
    other.press("Change the time")
    other.times()
    other.choose_time(2)
    other.number.fill(number)
    other.answer("Account Number", "12345")
    other.send()
    expect(other.status).to_have_text("Your call back is booked.")
    changed = other.widget.evaluate("widget => widget.callback.id")
    form.page.wait_for_function(
        "id => document.querySelector('callback-widget').callback.id === id", arg=changed
    )
    form.press("Cancel the call back")
    form.press("Yes, cancel it")
    expect(form.status).to_have_text("Your call back is cancelled. We won’t call.")
    assert statuses(simulator, number) == ["Canceled", "Canceled"]


def test_a_tab_that_slept_does_not_forget_what_another_has_booked(
    open_form: OpenForm, number: str
) -> None:
    form = booked(open_form("en", attributes={"memory": "device"}), number)
    younger = form.page.evaluate(
        """() => {
          const [[name, text]] = Object.entries({ ...localStorage });
          const { call } = JSON.parse(text);
          const younger = { call: { ...call, id: "another", at: call.at + 1000 } };
          localStorage.setItem(name, JSON.stringify(younger)); // this tab hears nothing of its own
          return younger;
        }"""
    )
    form.press("Cancel the call back")
    form.press("Yes, cancel it")
    expect(form.status).to_have_text("Your call back is cancelled. We won’t call.")
    assert on_device(form.page) == younger


def test_nothing_personal_is_kept_on_the_device(open_form: OpenForm, number: str) -> None:
    form = booked(open_form("en", attributes={"memory": "device"}), number)
    kept = on_device(form.page)["call"]
    assert set(kept) - {"duration"} == {
        "id",
        "status",
        "final",
        "booked",
        "start_time",
        "end_time",
        "option",
        "at",
    }
    assert number[-4:] not in json.dumps({**kept, "id": "", "option": "", "at": 0})


def test_it_can_be_forgotten_and_stands(
    open_form: OpenForm, simulator: Simulator, number: str
) -> None:
    form = booked(open_form("en", attributes={"memory": "device"}), number)
    form.press("Forget on this device")
    expect(form.heading).to_have_text("What do you need help with?")
    assert on_device(form.page) == {}
    (call,) = [each for each in simulator.calls() if number in each["form"]["fc_number"]]
    assert call["status"] == "Scheduled"


@pytest.mark.parametrize("attributes", [{}, {"memory": "tab"}, {"memory": "none"}])
def test_on_a_shared_device_another_tab_knows_nothing(
    open_form: OpenForm, other_tab: Callable[..., Form], number: str, attributes: dict[str, str]
) -> None:
    form = booked(open_form("en", attributes=attributes), number)
    assert "Forget on this device" not in form.text()
    assert on_device(form.page) == {}
    other = other_tab(form, **attributes)
    expect(other.heading).to_have_text("What do you need help with?")


def test_a_page_that_knows_its_customer_keeps_it_on_the_device(
    open_form: OpenForm, number: str
) -> None:
    def sign(page: Page) -> None:
        page.add_init_script(
            """addEventListener("DOMContentLoaded", () => {
              document.querySelector("callback-widget").identity = () => "a.b.c";
            });"""
        )

    form = booked(open_form("en", setup=sign), number)
    assert on_device(form.page)["call"]["status"] == "Scheduled"
    form.page.evaluate("sessionStorage.clear()")
    form.page.reload()
    expect(form.status).to_have_text("Your call back is booked.")


def test_an_hour_past_its_time_it_is_forgotten(open_form: OpenForm, number: str) -> None:
    form = booked(open_form("en", attributes={"memory": "device"}), number)
    form.page.evaluate(
        """() => {
          const [[name, text]] = Object.entries({ ...localStorage });
          const { call } = JSON.parse(text);
          const [start_time, end_time] = [4, 2].map((n) => new Date(Date.now() - n * 3.6e6).toISOString());
          localStorage.setItem(name, JSON.stringify({ call: { ...call, start_time, end_time } }));
          sessionStorage.clear();
        }"""
    )
    form.page.evaluate("document.querySelector('callback-widget').remove()")  # it would write anew
    form.page.reload()
    expect(form.heading).to_have_text("What do you need help with?")
    assert on_device(form.page) == {}
