"""A core of flows in Firefox and WebKit: now, scheduled, faults, cancel, change, reload, keyboard.

`make test-engines` runs it; the whole suite runs in Chromium.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.browser.engines import ENGINES, MISSING, Engine
from tests.browser.site import Site
from tests.browser.test_flow import placed
from tests.running import Gateway, Simulator, poll

#: What scripts find the widget's parts with.
_FIND = """const root = document.querySelector("callback-widget").shadowRoot;
const visible = (each) => each.checkVisibility?.() ?? each.offsetParent;
const button = (name) => [...root.querySelectorAll("button")].filter(visible)
  .find((each) => each.textContent.trim().startsWith(name));
"""


class EngineSession:
    """A visit of the form in an engine; each step waits for what it needs."""

    def __init__(self, engine: Engine, url: str) -> None:
        self.engine = engine
        engine.go(url)

    def script(self, body: str, *arguments: Any) -> Any:
        return self.engine.run(
            f"if (!document.querySelector('callback-widget')?.shadowRoot) return null; {_FIND}{body}",
            *arguments,
        )

    def wait(self, body: str, *arguments: Any) -> Any:
        return poll(lambda: self.script(body, *arguments), within=30)

    def press(self, name: str) -> None:
        self.wait("const it = button(arguments[0]); it?.click(); return !!it;", name)

    def sees(self, text: str) -> None:
        self.wait("return root.querySelector('.card').innerText.includes(arguments[0]);", text)

    def type(self, field: str, text: str) -> None:
        """Type into a field with keys."""
        self.wait("const it = root.getElementById(arguments[0]); it?.focus(); return !!it;", field)
        self.engine.keys(text)

    def value(self, field: str) -> str:
        return str(self.wait("return root.getElementById(arguments[0])?.value ?? null;", field))

    @property
    def focused(self) -> str:
        return str(self.script("return root.activeElement?.id || root.activeElement?.innerText;"))

    def to_details(self) -> None:
        self.press("Billing")
        self.press("As soon as possible")
        self.type("q0", "12345")

    def book(self) -> None:
        self.press("Billing")
        self.choose_time(1)
        self.type("q0", "12345")

    def choose_time(self, n: int) -> None:
        find = "const it = root.querySelectorAll('#slot input')[arguments[0]];"
        self.wait(f"{find} it?.click(); return !!it;", n)
        self.press("Continue")


@pytest.fixture(
    scope="module",
    params=[
        pytest.param(name, marks=pytest.mark.skipif(MISSING[name], reason=f"needs {name}"))
        for name in ENGINES
    ],
)
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    with ENGINES[request.param]() as engine:
        yield engine


@pytest.fixture
def visit(engine: Engine, site: Site, gateway: Gateway) -> Callable[..., EngineSession]:
    def open_one(profile: str = "en", **attributes: str) -> EngineSession:
        visit = EngineSession(engine, site.page(gateway.origin, {"profile": profile, **attributes}))
        # What the last visit left is forgotten, and nobody is there to remember it again.
        engine.run("document.querySelector('callback-widget').remove(); sessionStorage.clear();")
        engine.reload()
        return visit

    return open_one


def test_a_call_back_now(
    visit: Callable[..., EngineSession], simulator: Simulator, number: str
) -> None:
    form = visit()
    form.to_details()
    form.type("number", number)
    form.press("Call me back")
    form.sees("Your call back is complete. Thank you!")
    assert len(placed(simulator, number)) == 1


def test_one_is_booked_kept_over_a_reload_and_cancelled(
    visit: Callable[..., EngineSession], simulator: Simulator, number: str
) -> None:
    form = visit()
    form.book()
    form.type("number", number)
    form.press("Book the call back")
    form.sees("Your call back is booked.")
    form.engine.reload()
    form.sees("Your call back is booked.")
    form.press("Cancel the call back")
    form.press("Yes, cancel it")
    form.sees("Your call back is cancelled.")
    (call,) = [each for each in simulator.calls() if each["form"]["fc_number"] == f"1{number}"]
    assert call["status"] == "Canceled"


def test_another_time_takes_the_place_of_the_one_that_is_booked(
    visit: Callable[..., EngineSession], simulator: Simulator, number: str
) -> None:
    form = visit()
    form.book()
    form.type("number", number)
    form.press("Book the call back")
    form.sees("Your call back is booked.")
    form.press("Change the time")
    form.choose_time(2)
    assert form.value("q0") == "12345"
    form.press("Book the call back")
    form.sees("Your call back is booked.")
    calls = [each for each in simulator.calls() if each["form"]["fc_number"] == f"1{number}"]
    assert [each["status"] for each in calls] == ["Canceled", "Scheduled"]


def test_faults_stand_at_their_fields_and_a_refusal_beside_the_button(
    visit: Callable[..., EngineSession],
) -> None:
    form = visit()
    form.press("Billing")
    form.press("As soon as possible")
    form.press("Call me back")
    form.sees("Please enter your phone number.")
    form.sees("Answer “Account Number”.")
    assert form.focused == "number"
    form.type("q0", "12345")
    form.type("number", "4163660001")
    form.press("Call me back")
    form.sees("This call back was not accepted.")
    assert form.focused == "alert"


def test_what_was_entered_can_be_changed_and_survives_a_reload(
    visit: Callable[..., EngineSession],
) -> None:
    form = visit()
    form.to_details()
    form.type("number", "4163662500")
    form.press("Back")
    form.press("As soon as possible")
    assert form.value("number") == "(416) 366-2500"
    form.engine.reload()
    assert form.value("number") == "(416) 366-2500"
    assert form.value("q0") == "12345"


def test_the_whole_flow_by_keyboard_alone(
    visit: Callable[..., EngineSession], simulator: Simulator, number: str
) -> None:
    form = visit("now")
    form.wait("return !!root.getElementById('number');")
    for _ in range(4):  # the country, where one is asked for, then the number
        form.engine.keys("Tab")
        if form.focused == "number":
            break
    form.engine.keys(number, "Enter")
    form.sees("Your call back")
    poll(lambda: placed(simulator, number))
    assert form.focused == "heading"


def test_nothing_is_wider_than_a_phone(visit: Callable[..., EngineSession]) -> None:
    form = visit()
    form.press("Billing")
    form.wait("return !!root.querySelector('#slot');")
    form.script("root.host.style.cssText = 'display: block; width: 296px';")
    wide = """return ["card", "chips"].flatMap((name) => [...root.querySelectorAll(`.${name}`)])
      .filter((each) => each.scrollWidth > each.clientWidth).map((each) => each.className);"""
    assert form.script(wide) == []
