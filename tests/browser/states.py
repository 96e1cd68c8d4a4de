"""The states of the widget, in the order in which one visit of the English profile meets them."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count

from playwright.sync_api import Route

from tests.browser.form import Form, expect

_numbers = count(1000)


def _number() -> str:
    return f"416777{next(_numbers)}"


def _about(form: Form) -> None:
    expect(form.heading).to_have_text("What do you need help with?")


def _when(form: Form) -> None:
    form.press("Billing")
    form.times()


def _when_missing(form: Form) -> None:
    form.send()
    expect(form.error("slot")).to_have_text("Please choose a time.")


def _details(form: Form) -> None:
    form.choose_time()
    form.number.wait_for()


def _faults(form: Form) -> None:
    form.send()
    expect(form.error("number")).not_to_be_empty()


def _refused(form: Form) -> None:
    form.answer("Phone number", _number())
    form.answer("Account Number", "12345")
    form.refuse(503, "starts_disabled", retry_after=60)
    form.send()
    expect(form.send_button).to_have_text("Try again in 1:00")


def _taken(form: Form) -> None:
    form.press("Back", exact=True)
    form.choose_time(2)
    slot = {"start_time": "2030-01-07T10:00:00-05:00", "end_time": "2030-01-07T10:30:00-05:00"}
    form.refuse(409, "slot_unavailable", slots=[slot])
    form.send()
    expect(form.error("slot")).to_contain_text("That time has just been taken.")


def _slots_failed(form: Form) -> None:
    form.press("Back", exact=True)
    form.refuse(429, "rate_limited", "**/slots", scope="client", retry_after=30)
    form.press("Billing")
    expect(form.send_button).to_have_text("Try again in 0:30")


def _lost(form: Form) -> None:
    form.press("As soon as possible")
    form.page.route("**/callbacks", lambda route: route.abort(), times=1)
    form.send()
    expect(form.alert).to_have_text("We didn’t get a reply.")


def _second_thought(form: Form) -> None:
    form.press("Change the request")


def _progress(form: Form) -> None:
    form.press("Back", exact=True)
    form.press("Change the request")
    form.press("Ask for another call back")
    form.press("Back", exact=True)
    form.choose_time(2)
    form.answer("Phone number", _number())
    form.send()
    expect(form.status).to_have_text("Your call back is booked.")


def _changing(form: Form) -> None:
    form.press("Change the time")
    form.times()


def _stands_as_well(form: Form) -> None:
    form.page.route("**/callbacks", _not_cancelled, times=1)
    form.choose_time(3)
    form.send()
    expect(form.alert).to_contain_text("it stands as well")


def _not_cancelled(route: Route) -> None:
    """Let the start through, and say that the earlier call back could not be cancelled."""
    answer = route.fetch()
    route.fulfill(response=answer, json={**answer.json(), "replaced": False})


def _sure(form: Form) -> None:
    form.press("Cancel the call back")


def _ended(form: Form) -> None:
    form.press("Yes, cancel it")
    expect(form.status).to_have_text("Your call back is cancelled. We won’t call.")


def _unknown(form: Form) -> None:
    form.press("Ask for another call back")
    form.to_details()
    form.answer("Phone number", _number())
    form.refuse(504, "outcome_unknown")
    form.send()
    expect(form.heading).to_have_text("Your call may still come")


def _unreadable(form: Form) -> None:
    form.refuse(503, "upstream_unavailable", "**/v1/profiles/*", retry_after=5)
    form.widget.evaluate("widget => widget.reset()")
    expect(form.alert).to_have_text("Our phone system isn’t answering right now.")


def _paused(form: Form) -> None:
    form.widget.evaluate("widget => widget.setAttribute('profile', 'paused')")
    expect(form.heading).to_have_text("Call backs aren’t available right now.")


#: How each is reached from the one before.
STATES: dict[str, Callable[[Form], None]] = {
    "about": _about,
    "when": _when,
    "when-missing": _when_missing,
    "details": _details,
    "faults": _faults,
    "refused": _refused,
    "taken": _taken,
    "slots-failed": _slots_failed,
    "lost": _lost,
    "second-thought": _second_thought,
    "progress": _progress,
    "changing": _changing,
    "stands-as-well": _stands_as_well,
    "sure": _sure,
    "ended": _ended,
    "unknown": _unknown,
    "unreadable": _unreadable,
    "paused": _paused,
}
#: Those that the guide shows.
SHOWN = ("about", "when", "details", "faults", "lost", "progress", "ended", "unknown")
