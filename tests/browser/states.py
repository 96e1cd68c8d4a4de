"""The states of the widget, in the order in which one visit of the English profile meets them."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count

from tests.browser.form import Form, expect

_numbers = count(1000)


def _about(form: Form) -> None:
    expect(form.heading).to_have_text("What is it about?")


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
    form.answer("Phone number", f"416777{next(_numbers)}")
    form.answer("Account Number", "12345")
    form.refuse(503, "starts_disabled", retry_after=60)
    form.send()
    expect(form.alert).to_have_text("We take no call-backs at the moment.")


def _lost(form: Form) -> None:
    form.answer("Phone number", f"416777{next(_numbers)}")
    form.press("Back")
    form.choose_time(2)
    form.page.route("**/callbacks", lambda route: route.abort(), times=1)
    form.send()
    expect(form.alert).to_contain_text("We got no answer.")


def _progress(form: Form) -> None:
    form.send()
    expect(form.status).to_have_text("Your call-back is booked.")


def _sure(form: Form) -> None:
    form.press("Cancel the call-back")


def _ended(form: Form) -> None:
    form.press("Yes, cancel it")
    expect(form.status).to_have_text("Your call-back is cancelled. We will not call.")


def _unknown(form: Form) -> None:
    form.press("Ask for another call-back")
    form.to_details()
    form.answer("Phone number", f"416777{next(_numbers)}")
    form.refuse(504, "outcome_unknown")
    form.send()
    expect(form.heading).to_have_text("Your call may still come")


STATES: dict[str, Callable[[Form], None]] = {
    "about": _about,
    "when": _when,
    "when-missing": _when_missing,
    "details": _details,
    "faults": _faults,
    "refused": _refused,
    "lost": _lost,
    "progress": _progress,
    "sure": _sure,
    "ended": _ended,
    "unknown": _unknown,
}
