"""A CAPTCHA where the service asks for one: at once, or only of a client that asks often.

The provider is played: its script by this test, its verification by a local server.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, Route

from tests.browser.form import Form, expect
from tests.browser.test_accessibility import findings
from tests.browser.test_flow import placed
from tests.integration.test_captcha import Provider
from tests.running import Gateway, Simulator

OpenForm = Callable[..., Form]
PROVIDERS = {
    "turnstile": ("https://challenges.cloudflare.com", "turnstile"),
    "hcaptcha": ("https://js.hcaptcha.com", "hcaptcha"),
    "recaptcha": ("https://www.google.com", "grecaptcha"),
}
#: What all providers' scripts have in common: a check to tick, a token good for one request.
SCRIPT = """
window.%s = {
  ready: (then) => then(),
  render(box, options) {
    window.rendered = options;
    this.tick = document.createElement("button");
    this.tick.type = "button";
    this.tick.textContent = "I am human";
    this.tick.onclick = () => options.callback(`plain:${Math.random()}`);
    box.append(this.tick);
    return "one";
  },
  reset: () => (window.resets = (window.resets ?? 0) + 1),
};
"""


@pytest.fixture(scope="module")
def verification() -> Iterator[str]:
    with Provider() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.url
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def guard(verification: str) -> dict[str, str]:
    """The settings of a gateway that asks for a CAPTCHA."""
    return {
        "CAPTCHA_PROVIDER": "turnstile",
        "CAPTCHA_SITE_KEY": "public-key",
        "CAPTCHA_SECRET": "only-for-tests",
        "CAPTCHA_VERIFY_URL": verification,
    }


@pytest.fixture(scope="module")
def guarded(open_gateway: Callable[..., Any], guard: dict[str, str]) -> Iterator[Gateway]:
    with open_gateway(**guard) as gateway:
        yield gateway


@pytest.fixture
def open_guarded(open_form: OpenForm) -> Callable[..., Form]:
    """Open the form of a guarded gateway, a provider's script played."""

    def open_one(of: Gateway, provider: str = "turnstile", *, is_loaded: bool = True) -> Form:
        origin, name = PROVIDERS[provider]

        def play_script(route: Route) -> None:
            route.fulfill(body=SCRIPT % name, content_type="text/javascript")

        def name_provider(route: Route) -> None:
            answer = route.fetch()
            form = answer.json()
            form["captcha"]["provider"] = provider
            route.fulfill(response=answer, json=form)

        def setup(page: Page) -> None:
            page.route(f"{origin}/**", play_script)
            if not is_loaded:
                page.route(f"{origin}/**", lambda route: route.abort(), times=1)
            page.route("**/profiles/now", name_provider)

        return open_form("now", of=of, attributes={"script-src": origin}, setup=setup)

    return open_one


@pytest.mark.parametrize("provider", PROVIDERS)
def test_the_check_is_asked_for_and_its_token_opens_the_way(
    open_guarded: OpenForm, guarded: Gateway, simulator: Simulator, number: str, provider: str
) -> None:
    form = open_guarded(guarded, provider)
    form.number.fill(number)
    form.send()
    expect(form.error("captcha")).to_have_text("Please complete the security check.")
    assert findings(form) == []
    assert placed(simulator, number) == []
    assert form.page.evaluate("rendered.sitekey") == "public-key"
    form.page.get_by_role("button", name="I am human").click()
    expect(form.error("captcha")).to_be_empty()
    form.send()
    form.status.wait_for()
    assert len(placed(simulator, number)) == 1
    assert form.page.evaluate("resets") == 1


def test_a_check_that_cannot_be_loaded_is_told_and_tried_again(
    open_guarded: OpenForm, guarded: Gateway, simulator: Simulator, number: str
) -> None:
    form = open_guarded(guarded, is_loaded=False)
    expect(form.error("captcha")).to_have_text("This isn’t available right now.")
    form.number.fill(number)
    form.send()
    form.page.get_by_role("button", name="I am human").click()
    form.send()
    form.status.wait_for()
    assert len(placed(simulator, number)) == 1


def test_a_client_that_asks_often_is_asked_to_show_it_is_human(
    open_guarded: OpenForm,
    open_gateway: Callable[..., Any],
    guard: dict[str, str],
    simulator: Simulator,
    number: str,
) -> None:
    with open_gateway(**guard, CAPTCHA_MODE="step_up", LIMIT_START="1/hour") as gateway:
        form = open_guarded(gateway)
        form.number.fill("4163660001")  # refused by the call centre, and counted
        form.send()
        expect(form.alert).to_contain_text("was not accepted")
        form.number.fill(number)
        form.send()
        expect(form.error("captcha")).to_have_text("Please complete the security check.")
        form.page.get_by_role("button", name="I am human").click()
        form.send()
        form.status.wait_for()
        form.page.close()
    assert len(placed(simulator, number)) == 1
