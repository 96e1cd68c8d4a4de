"""A page that knows its customer: its token says who asks, and answers what is asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page

from tests.browser.form import Form, expect
from tests.browser.test_flow import placed
from tests.running import Gateway, Simulator
from tests.unit.service.identity.hosts import SECRET, SHARED

OpenForm = Callable[..., Form]


@pytest.fixture(scope="module")
def bank(open_gateway: Callable[..., Gateway]) -> Iterator[Gateway]:
    """A gateway for signed-in customers only, with a CAPTCHA for nobody but strangers."""
    settings = {
        "IDENTITY_SECRET": SECRET,
        "IDENTITY_MODE": "required",
        "CAPTCHA_PROVIDER": "turnstile",
        "CAPTCHA_SITE_KEY": "public-key",
        "CAPTCHA_SECRET": "a secret",
    }
    with open_gateway(**settings) as gateway:  # type: ignore[attr-defined]
        yield gateway


def signing(*tokens: str) -> Callable[[Page], None]:
    """Return a setup: the page gives one token after the other; the last again and again."""

    def setup(page: Page) -> None:
        page.add_init_script(
            f"window.tokens = {list(tokens)};"
            """window.asked = 0;
            addEventListener("DOMContentLoaded", () => {
              document.querySelector("callback-widget").identity = async () => {
                window.asked += 1;
                return window.tokens.length > 1 ? window.tokens.shift() : window.tokens[0];
              };
            });"""
        )

    return setup


def test_a_signed_in_customer_is_asked_for_nothing_that_the_token_says(
    open_form: OpenForm, bank: Gateway, simulator: Simulator, number: str
) -> None:
    token = SHARED.token(number=f"1{number}", answers={"account_number": "98765"})
    form = open_form("en", of=bank, setup=signing(token))
    form.press("Billing")
    form.press("As soon as possible")
    expect(form.heading).to_have_text("Where should we call you?")
    assert f"To the number ending in {number[-4:]}" in form.text()
    assert "Phone number" not in form.text()
    assert "Account Number" not in form.text()
    assert "Security check" not in form.text()
    form.send()
    expect(form.status).not_to_be_empty()
    (call,) = placed(simulator, number)
    assert call["account_number"] == "98765"
    assert form.page.evaluate("window.asked") == 1


def test_a_token_that_has_expired_is_asked_for_anew_and_nobody_is_told(
    open_form: OpenForm, bank: Gateway, simulator: Simulator, number: str
) -> None:
    form = open_form("now", of=bank, setup=signing(SHARED.token(exp=-300), SHARED.token()))
    form.watch()
    form.number.fill(number)
    form.send()
    expect(form.heading).to_have_text("Your call back")
    assert len(placed(simulator, number)) == 1
    assert form.page.evaluate("window.asked") == 2
    assert [each for each in form.heard() if each["type"] == "callback-error"] == []


@pytest.mark.parametrize(
    "setup",
    [
        signing("forged"),
        lambda page: page.add_init_script(
            """addEventListener("DOMContentLoaded", () => {
              document.querySelector("callback-widget").identity = () => Promise.reject("out");
            });"""
        ),
        lambda page: None,
    ],
    ids=["a forged token", "the page has none", "the page does not sign"],
)
def test_who_is_not_signed_in_is_told_to_sign_in(
    open_form: OpenForm, bank: Gateway, setup: Callable[[Page], None]
) -> None:
    def without_captcha(page: Page) -> None:
        page.route("https://challenges.cloudflare.com/**", lambda route: route.abort())
        setup(page)

    form = open_form("now", of=bank, setup=without_captcha)
    form.number.fill("4165550100")
    form.send()
    expect(form.alert).to_have_text("Please sign in, then try again.")


def test_a_page_that_is_slow_to_say_who_asks_does_not_hold_the_form(
    open_form: OpenForm, bank: Gateway
) -> None:
    def never(page: Page) -> None:
        page.add_init_script(
            """addEventListener("DOMContentLoaded", () => {
              document.querySelector("callback-widget").identity = () => new Promise(() => {});
            });"""
        )

    form = open_form("now", of=bank, setup=never)
    expect(form.number).to_be_visible()


def test_a_page_may_say_who_asks_at_any_time(
    open_form: OpenForm, bank: Gateway, number: str
) -> None:
    form = open_form("now", of=bank)
    form.number.wait_for()
    form.widget.evaluate(
        "(widget, token) => { widget.identity = () => token; }", SHARED.token(number=f"1{number}")
    )
    expect(form.number).to_have_count(0)
    form.send()
    expect(form.heading).to_have_text("Your call back")
