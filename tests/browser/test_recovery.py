"""Lost answers, reloads, the network gone: honest words, and never a second ring."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Route

from tests.browser.form import Form, expect, focused
from tests.browser.test_flow import placed
from tests.running import Gateway, Simulator, poll

OpenForm = Callable[..., Form]
#: The statuses of a call that goes on, and the mark of the progress that each is at.
RUNNING = {
    "Initialization": "Requested",
    "Scheduled": "Requested",
    "Pending": "Requested",
    "Calling Target": "Waiting in the queue",
    "Holding": "Waiting in the queue",
    "Calling Client": "Calling you",
    "Call In Progress": "Connected",
    "Error Callback": "Waiting in the queue",
}
ENDS = {
    "Success": "Your call back is complete. Thank you!",
    "Canceled": "Your call back is cancelled. We won’t call.",
    "Failed": "Sorry, we couldn’t connect your call.",
    "Deleted": "Your call back was removed. We won’t call.",
}


class Line:
    """Stands in for the call centre: takes every start, tells the status that it is given."""

    def __init__(self, form: Form) -> None:
        self.status = "Initialization"
        self.retry_after = "0.1"
        self.refuse: tuple[int, str] | None = None
        self.asked = 0
        form.page.route("**/callbacks", self._answer)
        form.page.route("**/v1/callbacks/*", self._answer)

    def _answer(self, route: Route) -> None:
        self.asked += 1
        headers = {
            "Access-Control-Allow-Origin": "*",
            "Access-Control-Allow-Headers": "*",
            "Access-Control-Expose-Headers": "Retry-After",
            "Retry-After": self.retry_after,
        }
        status, code = self.refuse or (200, None)
        final = self.status in ENDS
        body = {"id": "x", "status": self.status, "final": final, "duration": 83, "code": code}
        route.fulfill(status=status, json=body, headers=headers)


def lose_the_answer(form: Form) -> None:
    """Let the next start arrive, and its answer not."""

    def lose(route: Route) -> None:
        route.fetch()
        route.abort()

    form.page.route("**/callbacks", lose, times=1)


def test_a_retry_after_a_lost_answer_rings_once(
    open_form: OpenForm, simulator: Simulator, number: str
) -> None:
    form = open_form("now")
    form.number.fill(number)
    lose_the_answer(form)
    form.send()
    expect(form.heading).to_have_text("Did your request arrive?")
    expect(form.alert).to_have_text("We didn’t get a reply.")
    assert "It’s safe to try again: we’ll only call once." in form.text()
    assert len(placed(simulator, number)) == 1
    form.press("Try again")
    form.status.wait_for()
    assert len(placed(simulator, number)) == 1


@pytest.mark.parametrize(
    "body", [{"code": 14, "message": "upstream connect error"}, {"code": "GatewayTimeout"}, {}]
)
def test_an_error_of_a_proxys_own_is_a_lost_answer(
    open_form: OpenForm, simulator: Simulator, number: str, body: dict[str, Any]
) -> None:
    def answer_instead(route: Route) -> None:
        route.fetch()
        route.fulfill(status=503, json=body, headers={"Access-Control-Allow-Origin": "*"})

    form = open_form("now")
    form.number.fill(number)
    form.page.route("**/callbacks", answer_instead, times=1)
    form.send()
    expect(form.heading).to_have_text("Did your request arrive?")
    form.press("Try again")
    form.status.wait_for()
    assert len(placed(simulator, number)) == 1


def test_another_request_after_a_lost_answer_needs_a_second_thought(
    open_form: OpenForm, simulator: Simulator, number: str
) -> None:
    form = open_form("now")
    form.number.fill(number)
    lose_the_answer(form)
    form.send()
    form.press("Change the request")
    expect(form.widget.get_by_role("alert").last).to_contain_text("may still go through")
    assert focused(form.page) == "Back"
    form.press("Back", exact=True)
    expect(form.heading).to_have_text("Did your request arrive?")
    form.press("Change the request")
    form.press("Ask for another call back")
    assert focused(form.page) == "Where should we call you?"
    assert form.number.input_value().endswith(number[-4:])
    other = f"647{number[3:]}"
    form.number.fill(other)
    form.send()
    form.status.wait_for()
    assert len(placed(simulator, number)) == len(placed(simulator, other)) == 1


def test_a_reload_while_sending_takes_the_request_up_and_rings_once(
    open_form: OpenForm, simulator: Simulator, number: str
) -> None:
    form = open_form("en").to_details()
    form.answer("Phone number", number)
    lose_the_answer(form)
    form.send()
    expect(form.alert).not_to_be_empty()
    form.page.reload()
    form.status.wait_for()
    assert len(placed(simulator, number)) == 1


def test_a_reload_keeps_the_step_and_what_was_typed_but_no_consent(open_form: OpenForm) -> None:
    form = open_form("en").to_details()
    form.answer("Phone number", "4163662500")
    form.answer("How can we help?", "A question")
    form.widget.get_by_label("Send me text messages").check()
    form.page.reload()
    expect(form.number).to_have_value("(416) 366-2500")
    expect(form.widget.get_by_label("Account Number")).to_have_value("12345")
    expect(form.widget.get_by_label("How can we help?")).to_have_value("A question")
    expect(form.widget.get_by_label("Send me text messages")).not_to_be_checked()
    expect(form.alert).to_be_empty()
    form.press("Back", exact=True)
    expect(form.heading).to_have_text("When should we call?")


def test_what_was_typed_is_forgotten_where_the_page_wants_no_memory(open_form: OpenForm) -> None:
    form = open_form("now", attributes={"memory": "none"})
    form.number.fill("4163662500")
    assert form.page.evaluate("sessionStorage.length") == 0
    form.page.reload()
    expect(form.number).to_have_value("")


def test_a_request_cut_off_long_ago_is_not_sent_by_itself(
    open_form: OpenForm, simulator: Simulator, number: str
) -> None:
    form = open_form("now")
    form.number.fill(number)
    form.page.route("**/callbacks", lambda route: route.abort(), times=1)
    form.send()
    expect(form.alert).not_to_be_empty()
    form.page.clock.set_system_time("2030-01-01")
    form.page.reload()
    form.number.wait_for()
    expect(form.number).to_have_value("")
    assert placed(simulator, number) == []


def test_a_reload_goes_on_following_the_call_back(
    open_form: OpenForm, simulator: Simulator, number: str
) -> None:
    form = open_form("en")
    form.press("Billing")
    form.choose_time()
    form.answer("Phone number", number)
    form.answer("Account Number", "12345")
    form.send()
    expect(form.status).to_have_text("Your call back is booked.")
    booked = form.text()
    form.page.reload()
    expect(form.status).to_have_text("Your call back is booked.")
    assert form.text() == booked
    assert f"To the number ending in {number[-4:]}" in booked
    form.press("Cancel the call back")
    form.press("Yes, cancel it")
    expect(form.status).to_have_text("Your call back is cancelled. We won’t call.")
    form.page.reload()
    expect(form.heading).to_have_text("What do you need help with?")


def test_an_unknown_outcome_says_that_the_call_may_still_come(
    open_form: OpenForm, simulator: Simulator
) -> None:
    form = open_form("now")
    form.number.fill("4163660005")  # the line is cut while the call centre answers
    form.send()
    expect(form.heading).to_have_text("Your call may still come")
    assert "we won’t call twice" in form.text()
    form.page.reload()
    expect(form.heading).to_have_text("Your call may still come")
    assert len(placed(simulator, "4163660005")) == 1
    form.press("Ask for another call back")
    expect(form.widget.get_by_role("alert").last).to_contain_text("may still go through")
    form.press("Ask for another call back")
    expect(form.number).to_have_value("(416) 366-0005")


def test_without_a_network_it_says_so_and_a_retry_goes_through(
    open_form: OpenForm, simulator: Simulator, number: str
) -> None:
    form = open_form("now")
    form.number.fill(number)
    form.page.context.set_offline(True)
    form.send()
    expect(form.alert).to_contain_text("You seem to be offline.")
    form.page.context.set_offline(False)
    form.send()
    form.status.wait_for()
    assert len(placed(simulator, number)) == 1


def test_two_clicks_send_one_request(
    open_form: OpenForm, simulator: Simulator, number: str
) -> None:
    form = open_form("now")
    form.number.fill(number)
    form.send_button.dblclick()
    form.status.wait_for()
    assert len(placed(simulator, number)) == 1


def test_a_request_still_under_way_is_waited_for(open_form: OpenForm, number: str) -> None:
    form = open_form("now")
    form.number.fill(number)
    form.refuse(409, "idempotency_in_progress", retry_after=1)
    form.send()
    form.status.wait_for()


def test_each_status_of_a_call_that_goes_on_is_told_in_human_words(open_form: OpenForm) -> None:
    form = open_form("now")
    line = Line(form)
    form.number.fill("4163662500")
    form.send()
    announced = [""]
    for status, mark in RUNNING.items():
        line.status = status
        expect(form.status).not_to_have_text(announced[-1])
        expect(form.widget.locator("[aria-current=step]")).to_contain_text(mark)
        announced.append(form.status.inner_text())
        assert status not in announced[-1]
    assert len(set(announced)) == len(announced)


def test_each_end_of_a_call_is_told_in_human_words(open_form: OpenForm) -> None:
    form = open_form("now")
    line = Line(form)
    for status, text in ENDS.items():
        line.status = status
        form.number.fill("4163662500")
        form.send()
        expect(form.status).to_have_text(text)
        expect(form.widget.locator(".marks")).to_be_visible(visible=status == "Success")
        form.press("Ask for another call back")


def test_a_call_back_that_is_unknown_by_now_ends(open_form: OpenForm, number: str) -> None:
    form = open_form("now")
    form.number.fill(number)
    form.refuse(404, "unknown_callback", "**/v1/callbacks/*")
    form.send()
    expect(form.status).to_have_text("We can’t find this call back.")


def test_a_server_out_of_reach_does_not_end_the_following(open_form: OpenForm, number: str) -> None:
    form = open_form("now")
    form.number.fill(number)
    form.page.route("**/v1/callbacks/*", lambda route: route.abort(), times=1)
    form.send()
    expect(form.alert).to_contain_text("Your call back stands; we keep checking.")
    expect(form.status).to_have_text("Your call back is complete. Thank you!")
    expect(form.alert).to_be_empty()


def test_a_cancel_that_comes_too_late_shows_how_the_call_ended(
    open_form: OpenForm, number: str
) -> None:
    form = open_form("now")
    form.number.fill(number)
    form.page.route("**/v1/callbacks/*", lambda route: route.abort(), times=1)
    form.refuse(409, "callback_final", "**/cancel")
    form.send()
    form.press("Cancel the call back")
    form.press("Yes, cancel it")
    expect(form.status).to_have_text("Your call back is complete. Thank you!")


def test_a_cancel_that_fails_can_be_tried_again(
    open_form: OpenForm, gateway: Gateway, simulator: Simulator
) -> None:
    form = open_form("en")
    form.press("Billing")
    form.choose_time()
    form.answer("Phone number", "4165550997")
    form.answer("Account Number", "12345")
    form.send()
    form.refuse(503, "upstream_unavailable", "**/cancel", retry_after=5)
    form.press("Cancel the call back")
    form.press("Yes, cancel it")
    expect(form.alert).to_have_text("Our phone system isn’t answering right now.")
    form.press("Cancel the call back")
    form.press("Yes, cancel it")
    expect(form.status).to_have_text("Your call back is cancelled. We won’t call.")


def test_without_storage_all_works_but_a_reload_begins_anew(
    open_form: OpenForm, simulator: Simulator, number: str
) -> None:
    def deny(page: Any) -> None:
        page.add_init_script(
            "Object.defineProperty(window, 'sessionStorage', { get() { throw new Error(); } })"
        )

    form = open_form("now", setup=deny)
    form.number.fill(number)
    form.send()
    form.status.wait_for()
    assert poll(lambda: placed(simulator, number))
