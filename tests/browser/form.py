"""The widget as a visitor sees it: what can be read, chosen, typed and pressed."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Locator, Page, Route, expect

Setup = Callable[[Page], None]
#: Milliseconds; long, for machines that are busy with other tests.
PATIENCE = 20_000
expect.set_options(timeout=PATIENCE)


class Form:
    """The widget of a page; every step waits for what it needs to be there."""

    def __init__(self, page: Page, at: str = "callback-widget") -> None:
        self.page = page
        self.widget = page.locator(at)

    # What can be read

    @property
    def heading(self) -> Locator:
        return self.widget.get_by_role("heading", level=3)

    @property
    def alert(self) -> Locator:
        return self.widget.locator(".alert")

    @property
    def status(self) -> Locator:
        return self.widget.locator(".status")

    @property
    def number(self) -> Locator:
        return self.widget.locator("#number")

    @property
    def send_button(self) -> Locator:
        return self.widget.locator("button.primary")

    def error(self, field: str) -> Locator:
        """What stands under a field: number, slot, sms, captcha, q0, q1, …"""
        return self.widget.locator(f"#{field}-error")

    def text(self) -> str:
        return self.widget.locator(".card").inner_text()

    def times(self) -> list[str]:
        """The times on offer, as they are shown."""
        self.widget.locator("[role=radiogroup]").wait_for()
        return self.widget.locator("[role=radiogroup] .face").all_inner_texts()

    # What can be done

    def press(self, name: str, *, exact: bool = False) -> None:
        self.widget.get_by_role("button", name=name, exact=exact).click()

    def answer(self, name: str, text: str) -> None:
        self.widget.get_by_label(name).fill(text)

    def choose_day(self, n: int) -> None:
        self.widget.get_by_role("radio").nth(n).check()

    def choose_time(self, n: int = 1) -> None:
        """Choose the n-th time of the day that is shown, and go on."""
        self.widget.locator("[role=radiogroup] label").nth(n).click()
        self.send_button.click()

    def send(self) -> None:
        self.send_button.click()

    def to_details(self, option: str = "Billing") -> Form:
        """Go to the last step of the English profile, for a call-back now, its answers given."""
        self.press(option)
        self.press("As soon as possible")
        self.answer("Account Number", "12345")
        return self

    # What happens between the widget and the API

    def refuse(self, status: int, code: str, path: str = "**/callbacks", **more: Any) -> None:
        """Let the next request to that path be answered with a problem."""
        headers = {
            "Access-Control-Allow-Origin": "*",
            "Access-Control-Expose-Headers": "Retry-After",
        }
        if "retry_after" in more:
            headers["Retry-After"] = str(more.pop("retry_after"))
        body = json.dumps({"code": code, "status": status, **more})

        def refuse(route: Route) -> None:
            route.fulfill(
                status=status, body=body, headers=headers, content_type="application/problem+json"
            )

        self.page.route(path, refuse, times=1)

    def watch(self) -> None:
        """Keep what the host page hears; `heard` returns it."""
        self.page.evaluate(
            """() => {
              window.heard = [];
              for (const name of ["started", "status", "error"])
                document.addEventListener(`callback-${name}`, ({ type, detail }) =>
                  window.heard.push({ type, ...detail }));
            }"""
        )

    def heard(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.page.evaluate("window.heard")
        return found


def shape(change: Callable[[dict[str, Any]], Any], path: str = "**/v1/profiles/*") -> Setup:
    """Return a setup that lets an answer of the gateway, the profile's, be changed on its way."""

    def shape(route: Route) -> None:
        answer = route.fetch()
        body = answer.json()
        change(body)
        route.fulfill(response=answer, json=body)

    return lambda page: page.route(path, shape)


def focused(page: Page) -> str:
    """Name what has the focus, in the widget too: a field's id, the text of all else."""
    found: str = page.evaluate(
        """() => {
          let element = document.activeElement;
          while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
          return /^(H3|P|BUTTON)$/.test(element.tagName)
            ? element.textContent.trim() : element.id;
        }"""
    )
    return found


__all__ = ["Form", "expect", "focused", "shape"]
