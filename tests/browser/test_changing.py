"""Changing one's mind: another time for a call-back that is booked, in one step."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.form import Form, expect, shape
from tests.browser.test_flow import placed
from tests.browser.test_recovery import Line
from tests.running import Gateway, Simulator

OpenForm = Callable[..., Form]


def booked(form: Form, number: str) -> Form:
    """Book the second time of the first day."""
    form.press("Billing")
    form.times()
    form.choose_time()
    form.answer("Account Number", "12345")
    form.number.fill(number)
    form.send()
    expect(form.status).to_have_text("Your call back is booked.")
    return form


def statuses(simulator: Simulator, number: str) -> list[str]:
    calls = [call for call in simulator.calls() if number in call["form"]["fc_number"]]
    return [call["status"] for call in calls]


@pytest.mark.parametrize("reload", [False, True], ids=["at once", "after a reload"])
def test_another_time_takes_the_place_and_all_that_was_typed_is_there(
    open_form: OpenForm, simulator: Simulator, number: str, reload: bool
) -> None:
    form = booked(open_form("en"), number)
    if reload:
        form.page.reload()
    form.press("Change the time")
    expect(form.heading).to_have_text("When should we call?")
    form.times()
    form.choose_time(2)
    expect(form.number).to_have_value(re.compile(r"\d"))
    expect(form.widget.get_by_label("Account Number")).to_have_value("12345")
    form.watch()
    form.send()
    expect(form.status).to_have_text("Your call back is booked.")
    assert statuses(simulator, number) == ["Canceled", "Scheduled"]
    (started,) = [each for each in form.heard() if each["type"] == "callback-started"]
    assert started["replaced"] is True


def test_now_takes_the_place_of_later(
    open_form: OpenForm, simulator: Simulator, number: str
) -> None:
    form = booked(open_form("en"), number)
    form.press("Change the time")
    form.press("As soon as possible")
    form.send()
    expect(form.heading).to_have_text("Your call back")
    expect(form.status).not_to_have_text("Your call back is booked.")
    assert statuses(simulator, number)[0] == "Canceled"


def test_it_can_be_kept_as_it_is(open_form: OpenForm, simulator: Simulator, number: str) -> None:
    form = booked(open_form("en"), number)
    form.press("Change the time")
    form.press("Keep it as it is")
    expect(form.status).to_have_text("Your call back is booked.")
    assert statuses(simulator, number) == ["Scheduled"]


def test_an_earlier_one_that_stands_as_well_is_told_and_can_be_cancelled(
    open_form: OpenForm, simulator: Simulator, number: str
) -> None:
    form = booked(open_form("en"), number)
    simulator.fault("cancel", mode="refuse")
    form.press("Change the time")
    form.times()
    form.choose_time(2)
    form.send()
    expect(form.alert).to_have_text(
        "The earlier call back could not be cancelled: it stands as well."
    )
    assert statuses(simulator, number) == ["Scheduled", "Scheduled"]
    simulator.heal()
    form.press("Cancel the earlier one")
    expect(form.widget.get_by_role("button", name="Cancel the earlier one")).to_have_count(0)
    assert statuses(simulator, number) == ["Canceled", "Scheduled"]


def test_one_that_has_begun_meanwhile_is_followed_as_it_is(
    open_form: OpenForm, simulator: Simulator, number: str
) -> None:
    form = booked(open_form("en"), number)
    form.press("Change the time")
    form.times()
    form.choose_time(2)
    form.refuse(409, "callback_final", "**/callbacks")
    form.send()
    expect(form.alert).to_have_text("It’s too late to change this call back.")
    expect(form.heading).to_have_text("Your call back")
    assert len(placed(simulator, number)) == 1


def test_a_lost_answer_of_a_change_is_asked_for_again_and_rings_once(
    open_form: OpenForm, simulator: Simulator, number: str
) -> None:
    form = booked(open_form("en"), number)
    form.press("Change the time")
    form.times()
    form.choose_time(2)

    def lose(route: Any) -> None:
        route.fetch()
        route.abort()

    form.page.route("**/callbacks", lose, times=1)
    form.send()
    expect(form.heading).to_have_text("Did your request arrive?")
    form.page.reload()
    expect(form.status).to_have_text("Your call back is booked.")
    assert statuses(simulator, number) == ["Canceled", "Scheduled"]


def test_a_call_back_that_is_booked_goes_into_a_calendar(
    open_form: OpenForm, gateway: Gateway, number: str
) -> None:
    form = booked(open_form("en"), number)
    call = form.widget.evaluate("widget => widget.callback")
    with form.page.expect_download() as download:
        form.press("Add to calendar")
    assert download.value.suggested_filename == "callback.ics"
    raw = Path(download.value.path()).read_bytes().decode()
    assert all(len(line.encode()) <= 75 for line in raw.split("\r\n"))
    text = raw.replace("\r\n ", "")
    entries = dict(line.split(":", 1) for line in text.split("\r\n") if ":" in line)
    start = datetime.fromisoformat(call["start_time"])
    assert datetime.strptime(entries["DTSTART"], "%Y%m%dT%H%M%S%z") == start
    assert datetime.strptime(entries["DTEND"], "%Y%m%dT%H%M%S%z") > start
    assert entries["URL"] == f"{gateway.origin}/c/{call['id']}"
    assert entries["SUMMARY"] == "Your call back"
    assert number[-4:] not in entries["DESCRIPTION"].split("/c/")[0]


def waits(seconds: int | None) -> Callable[[Page], None]:
    """Return a setup: each option has this estimate."""

    def change(profile: dict[str, Any]) -> None:
        for option in profile["options"]:
            option["estimated_wait"] = seconds

    return shape(change)


@pytest.mark.parametrize(
    ("profile", "seconds", "words"),
    [
        ("en", 240, "Estimated wait: about 4 minutes."),
        ("en", 60, "Estimated wait: about 1 minute."),
        ("fr", 240, "Attente estimée\u00a0: environ 4\u00a0minutes."),
        ("es", 60, "Espera estimada: aproximadamente 1 minuto."),
    ],
)
def test_the_wait_is_told_in_words_before_one_chooses_now_or_later(
    open_form: OpenForm, profile: str, seconds: int, words: str
) -> None:
    form = open_form(profile, setup=waits(seconds))
    form.widget.locator("button.choice").first.click()
    expect(form.widget.locator("button.choice").first).to_contain_text(words)


def test_the_wait_is_told_while_one_waits(open_form: OpenForm, number: str) -> None:
    form = open_form("now", setup=waits(240))
    expect(form.widget.locator(".view")).to_contain_text("Estimated wait: about 4 minutes.")
    Line(form).status = "Holding"
    form.number.fill(number)
    form.send()
    expect(form.status).to_have_text("We’re waiting in the queue for you.")
    expect(form.widget.locator(".view")).to_contain_text("Estimated wait: about 4 minutes.")


def test_where_the_wait_is_not_known_nothing_is_said(open_form: OpenForm, number: str) -> None:
    form = open_form("now", setup=waits(None))
    form.number.wait_for()
    assert "Estimated" not in form.text()
