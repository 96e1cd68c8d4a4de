"""Following a call-back is polite to the gateway, and ends with the element."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route

from tests.browser.form import Form, expect
from tests.browser.test_changing import booked
from tests.browser.test_recovery import Line
from tests.running import Gateway, poll

OpenForm = Callable[..., Form]
_HIDE = """(is) => {
  Object.defineProperty(document, "hidden", { value: is, configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
}"""


class Watched:
    """A call-back that is followed, by a clock that the test moves."""

    def __init__(self, open_form: OpenForm) -> None:
        self.form = open_form("now", setup=lambda page: page.clock.install())
        self.line = Line(self.form)
        self.form.number.fill("4163662500")
        self.form.send()
        self.form.status.wait_for()
        self.settle()

    @property
    def asked(self) -> int:
        return self.line.asked

    def settle(self) -> None:
        """Wait until an answer to all that was asked has come, and was read."""
        self.form.page.evaluate("() => fetch(document.scripts[0].src)")

    def move(self, seconds: int) -> None:
        self.form.page.clock.run_for(seconds * 1000)
        self.settle()


@pytest.fixture
def watched(open_form: OpenForm) -> Watched:
    return Watched(open_form)


def test_it_asks_as_often_as_the_gateway_wants(watched: Watched) -> None:
    watched.line.retry_after = "20"
    watched.move(1)
    asked = watched.asked
    watched.move(19)
    assert watched.asked == asked
    watched.move(10)
    assert watched.asked == asked + 1


def test_it_steps_back_quietly_when_others_use_up_the_budget(watched: Watched) -> None:
    watched.line.refuse = (429, "rate_limited")
    watched.line.retry_after = "10"
    watched.move(1)
    asked = watched.asked
    watched.move(19)
    assert watched.asked == asked  # the gateway said 10, but there are others behind this address
    watched.move(8)
    assert watched.asked == asked + 1
    expect(watched.form.alert).to_be_empty()
    watched.line.refuse = None
    watched.line.status = "Holding"
    watched.move(60)
    expect(watched.form.status).to_have_text("We’re waiting in the queue for you.")


def test_it_rests_while_the_page_is_hidden(watched: Watched) -> None:
    watched.form.page.evaluate(_HIDE, True)
    watched.move(1)
    asked = watched.asked
    watched.move(120)
    assert watched.asked == asked
    watched.line.status = "Calling Client"
    watched.form.page.evaluate(_HIDE, False)
    expect(watched.form.status).to_have_text("We’re calling you now. Please pick up.")


def test_it_ends_with_the_element_and_goes_on_with_it(watched: Watched) -> None:
    page = watched.form.page
    page.evaluate("() => (window.widget = document.querySelector('callback-widget')).remove()")
    watched.move(1)
    asked = watched.asked
    watched.move(60)
    assert watched.asked == asked
    watched.line.status = "Holding"
    page.evaluate("() => document.body.append(window.widget)")
    expect(watched.form.status).to_have_text("We’re waiting in the queue for you.")


def test_a_read_under_way_ends_with_the_element(open_form: OpenForm) -> None:
    held: list[Route] = []
    hold = "**/v1/profiles/*", lambda route: held.append(route)
    form = open_form("now", setup=lambda page: page.route(*hold))
    form.watch()
    poll(lambda: form.page.evaluate("1") and held)
    with form.page.expect_event("requestfailed"):
        form.widget.evaluate("widget => widget.remove()")
    assert form.heard() == []


def test_two_on_a_page_do_not_know_each_other(
    open_page: Callable[..., Page], open_form: OpenForm, number: str
) -> None:
    form = open_form("now", attributes={"id": "sales"})
    form.page.evaluate(
        """() => {
          const other = document.querySelector("callback-widget").cloneNode();
          other.id = "support";
          document.querySelector("main").append(other);
        }"""
    )
    sales, support = (Form(form.page, f"#{each}") for each in ("sales", "support"))
    sales.number.fill(number)
    sales.send()
    sales.status.wait_for()
    expect(support.number).to_have_value("")
    form.page.reload()
    sales.status.wait_for()
    assert form.page.locator("callback-widget").count() == 1


def test_words_may_change_at_any_step(open_form: OpenForm) -> None:
    form = open_form("en").to_details()
    form.number.fill("4163662500")
    form.widget.evaluate("widget => { widget.lang = 'fr'; }")
    expect(form.heading).to_have_text("À quel numéro vous appeler\u202f?")
    expect(form.number).to_have_value("(416) 366-2500")
    assert form.widget.locator("#q0").input_value() == "12345"


def test_another_profile_is_another_form(open_form: OpenForm, gateway: Gateway) -> None:
    form = open_form("en")
    form.press("Billing")
    form.widget.evaluate("widget => widget.setAttribute('profile', 'now')")
    form.number.wait_for()
    assert "Step" not in form.text()


@pytest.mark.parametrize("name", ["en_US", "?", "x"])
def test_a_language_of_an_odd_name_breaks_nothing(open_form: OpenForm, name: str) -> None:
    form = open_form("en", attributes={"lang": name})
    expect(form.heading).to_have_text("What do you need help with?")


MARKS = {
    "now": ["Requested", "Waiting in the queue", "Calling you", "Connected"],
    "later": ["Booked", "Calling you", "Connected"],
}


@pytest.mark.parametrize("when", MARKS)
def test_a_call_back_has_the_marks_of_what_was_asked_for(
    open_form: OpenForm, number: str, when: str
) -> None:
    form = open_form("en")
    if when == "now":
        form.to_details().number.fill(number)
        form.send()
        expect(form.status).to_have_text("Your call back is complete. Thank you!")
    else:
        with form.page.expect_response("**/v1/callbacks/*"):  # it was asked where it stands
            booked(form, number)
    expect(form.widget.locator(".marks li")).to_have_text(
        [re.compile(f"^{each}") for each in MARKS[when]]
    )
