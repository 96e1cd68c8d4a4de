"""Whatever the API refuses, the visitor reads a sentence, at the field that it is about."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from service.http.problem_catalogue import read_catalogue
from tests.browser.form import Form, expect, focused
from tests.running import Gateway, Simulator

OpenForm = Callable[..., Form]
WRONG = "Something went wrong on our side. Please try again."
#: Codes that only a programmer's mistake can bring about: a visitor reads that we failed.
OURS = {
    "malformed_json",
    "invalid_idempotency_key",
    "bad_request",
    "method_not_allowed",
    "body_too_large",
    "expectation_failed",
    "headers_too_large",
    "not_implemented",
    "unsupported_media_type",
    "uri_too_long",
    "idempotency_key_reused",
    "internal_error",
    "request_timeout",
}
#: The sentence that the widget has for each code.
_SENTENCES = """async ([codes, language]) => {
  const { CallbackWidget, SAME } = await import(document.scripts[0].src);
  const words = CallbackWidget.languages[language];
  const sentence = (code) => words[code] ?? words[SAME[code]] ?? words.internal_error;
  return Object.fromEntries(codes.map((code) => [code, sentence(code)]));
}"""


def fault_codes() -> list[str]:
    description = yaml.safe_load(Path("openapi.yaml").read_text(encoding="utf-8"))
    codes: list[str] = description["components"]["schemas"]["FaultCode"]["enum"]
    return codes


def test_the_form_is_checked_as_a_whole_before_anything_is_started(open_form: OpenForm) -> None:
    form = open_form("en")
    form.press("Billing")
    form.press("As soon as possible")
    form.answer("Account Number", "12")
    form.answer("How can we help?", "x" * 141)
    form.answer("Phone number", "41636")
    starts = []
    form.page.on("request", lambda request: starts.append(request.url))
    form.send()
    expect(form.error("number")).to_have_text("Enter a full number, like (506) 234-5678.")
    expect(form.error("q0")).to_have_text("Please give 4 to 10 digits.")
    expect(form.error("q1")).to_have_text("Please give at most 140 characters.")
    assert focused(form.page) == "number"
    expect(form.number).to_have_attribute("aria-invalid", "true")
    assert not [url for url in starts if url.endswith("/callbacks")]
    form.number.press_sequentially("1")
    expect(form.error("number")).to_be_empty()


def test_a_number_that_is_not_called_is_refused_at_the_number(open_form: OpenForm) -> None:
    form = open_form("now")
    for number, text in {
        "": "Please enter your phone number.",
        "416366": "Enter a full number, like (506) 234-5678.",
        "9005551234": "Sorry, we can’t call this kind of number.",
        "+33612345678": "Sorry, we can’t call numbers in that country.",
    }.items():
        form.number.fill(number)
        form.send()
        expect(form.error("number")).to_have_text(text)
        assert focused(form.page) == "number"


@pytest.mark.parametrize("language", ["en", "de", "es", "fr", "it", "pt"])
def test_every_code_of_the_api_has_a_sentence(open_form: OpenForm, language: str) -> None:
    form = open_form("en", attributes={"lang": language})
    form.widget.get_by_role("button").first.wait_for()
    codes = [
        *read_catalogue().problems,
        *fault_codes(),
        "limit_client",
        "limit_number",
        "limit_global",
    ]
    for never_said in ("rate_limited", "validation_failed", "idempotency_in_progress"):
        codes.remove(never_said)  # it goes by its scope, by its errors; it is waited for
    said = form.page.evaluate(_SENTENCES, [codes, language])
    assert {code for code in codes if said[code] == said["internal_error"]} <= OURS
    english = form.page.evaluate(_SENTENCES, [codes, "en"])
    if language != "en":
        assert not set(english.values()) & set(said.values())


def test_a_fault_that_the_api_finds_is_shown_at_its_field(open_form: OpenForm) -> None:
    form = open_form("en").to_details()
    form.answer("Phone number", "4163662500")
    for pointer, code, field, text in [
        ("/number", "number_impossible", "number", "Enter a full number, like (506) 234-5678."),
        ("/sms_optin", "sms_not_enabled", "sms", "This isn’t available right now."),
        ("/questions/account_number", "question_invalid", "q0", "leave out special characters"),
        ("/questions/reason", "question_not_allowed", "q1", "This form is out of date."),
        ("/questions/campaign", "question_required", "q4", "Answer “Campaign”."),
    ]:
        fault = {"pointer": pointer, "code": code}
        form.refuse(422, "validation_failed", "**/validate", errors=[fault])
        form.send()
        expect(form.error(field)).to_contain_text(text)
        assert focused(form.page) == field
        expect(form.widget.locator("[aria-invalid]")).to_have_count(1)


def test_a_fault_of_the_option_leads_back_to_it(open_form: OpenForm) -> None:
    form = open_form("en").to_details()
    form.answer("Phone number", "4163662500")
    fault = {"pointer": "/option", "code": "unknown_option"}
    form.refuse(422, "validation_failed", "**/validate", errors=[fault])
    form.send()
    expect(form.heading).to_have_text("What do you need help with?")
    expect(form.alert).to_have_text("This isn’t available right now.")


def test_a_time_that_cannot_be_used_leads_back_to_the_times(open_form: OpenForm) -> None:
    form = open_form("en")
    form.press("Billing")
    form.choose_time()
    form.answer("Phone number", "4163662500")
    form.answer("Account Number", "12345")
    fault = {"pointer": "/start_time", "code": "invalid"}
    form.refuse(422, "validation_failed", "**/validate", errors=[fault])
    form.send()
    expect(form.heading).to_have_text("When should we call?")
    expect(form.alert).to_have_text("Check this answer.")
    assert form.times()


def test_a_time_taken_meanwhile_offers_the_ones_left(
    open_form: OpenForm, gateway: Gateway, number: str
) -> None:
    form = open_form("es")
    form.press("Facturación")
    form.choose_day(2)  # one call-back to an hour: the other visitor takes it
    with form.page.expect_request("**/validate") as asked:
        form.choose_time(3)
        form.answer("Número de teléfono", number)
        form.answer("Número de cuenta", "123")
        form.page.route("**/callbacks", lambda route: route.abort(), times=1)
        form.send()
    expect(form.heading).to_have_text("¿Ha llegado su solicitud?")
    taken = asked.value.post_data_json
    other = {**taken, "number": "4165550999"}
    assert gateway.post("/v1/profiles/es/callbacks", json=other).status_code == 201

    form.press("Reintentar")
    expect(form.error("slot")).to_have_text("Esa hora acaba de ocuparse. Elija otra.")
    form.choose_day(2)
    form.choose_time(3)
    expect(form.number).to_have_value(re.compile(r"\(416\) 555"))
    form.send()
    expect(form.status).to_have_text("Su llamada está reservada.")


def test_a_refusal_of_the_whole_is_told_above_the_form(open_form: OpenForm) -> None:
    form = open_form("en").to_details()
    form.answer("Phone number", "4163662500")
    for status, code, text in [
        (409, "duplicate_callback", "A call back to this number is already on its way."),
        (502, "upstream_error", "This call back was not accepted."),
        (500, "internal_error", WRONG),
        (422, "idempotency_key_reused", WRONG),
        (404, "unknown_profile", "This form is out of date."),
    ]:
        form.refuse(status, code)
        form.send()
        expect(form.alert).to_contain_text(text)
        expect(form.alert).to_have_role("alert")
        assert form.number.input_value() == "(416) 366-2500"


def test_the_call_centres_refusal_is_told(open_form: OpenForm) -> None:
    form = open_form("now")
    form.number.fill("4163660001")
    form.send()
    expect(form.alert).to_contain_text("This call back was not accepted.")


def test_an_option_closed_meanwhile_leads_to_the_times(open_form: OpenForm) -> None:
    form = open_form("en").to_details()
    form.answer("Phone number", "4163662500")
    form.refuse(409, "option_closed")
    form.send()
    expect(form.heading).to_have_text("When should we call?")
    assert "As soon as possible" not in form.text()


@pytest.mark.parametrize("code", ["option_paused", "profile_paused"])
def test_what_is_paused_meanwhile_is_no_longer_offered(open_form: OpenForm, code: str) -> None:
    form = open_form("en").to_details()
    form.answer("Phone number", "4163662500")
    form.refuse(409, code)
    form.send()
    said = form.heading if code == "profile_paused" else form.alert
    expect(said).to_contain_text("available right now.")
    assert "Billing" not in form.text()


def test_a_paused_profile_asks_for_nothing(open_form: OpenForm) -> None:
    form = open_form("paused")
    expect(form.heading).to_have_text("Call backs aren’t available right now.")
    expect(form.alert).to_be_empty()


def test_a_profile_that_is_unknown_says_so(open_form: OpenForm) -> None:
    form = open_form("nobody")
    expect(form.alert).to_have_text("This form is out of date. Please reload the page.")


def test_too_many_requests_count_down_and_then_go_through(open_form: OpenForm, number: str) -> None:
    form = open_form("now", setup=lambda page: page.clock.install())
    form.number.fill(number)
    form.refuse(429, "rate_limited", scope="client", retry_after=60)
    form.send()
    expect(form.alert).to_have_text("Too many attempts. Please wait a little.")
    expect(form.send_button).to_have_text(re.compile(r"Try again in (1:00|0:5\d)"))
    expect(form.send_button).to_have_attribute("aria-disabled", "true")
    form.send_button.click(force=True)
    form.page.clock.run_for(61_000)
    expect(form.send_button).to_have_text("Call me back")
    expect(form.alert).to_be_empty()
    form.send()
    form.status.wait_for()


def test_a_number_that_rang_too_often_waits_but_another_need_not(
    open_form: OpenForm, strict_gateway: Gateway, number: str
) -> None:
    answer = strict_gateway.post("/v1/profiles/now/callbacks", json={"number": number})
    assert answer.status_code == 201
    form = open_form("now", of=strict_gateway)
    form.number.fill(number)
    form.send()
    expect(form.error("number")).to_contain_text("This number has asked for several call backs.")
    expect(form.send_button).to_have_text(re.compile(r"Try again in (59|60):\d\d"))
    form.number.fill("4165550998")
    expect(form.send_button).to_have_text("Call me back")
    form.send()
    form.status.wait_for()


def test_a_form_that_cannot_be_read_can_be_tried_again(
    open_form: OpenForm, simulator: Simulator
) -> None:
    form = open_form(
        "en", setup=lambda page: page.route("**/en", lambda route: route.abort(), times=1)
    )
    expect(form.alert).to_have_text("We didn’t get a reply.")
    form.press("Try again")
    expect(form.heading).to_have_text("What do you need help with?")


def test_times_that_cannot_be_read_can_be_tried_again(open_form: OpenForm) -> None:
    form = open_form("en")
    form.refuse(503, "upstream_unavailable", "**/slots", retry_after=5)
    form.press("Billing")
    expect(form.alert).to_have_text("Our phone system isn’t answering right now.")
    assert "As soon as possible" in form.text()
    form.press("Try again")
    assert form.times()
