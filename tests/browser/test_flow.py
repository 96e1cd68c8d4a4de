"""What a customer does: ask for a call-back now or later, in three languages, and follow it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from tests.browser.form import Form, expect
from tests.running import Gateway, Simulator

OpenForm = Callable[..., Form]
LANGUAGES = {
    "en": {
        "option": "Billing", "now": "As soon as possible", "account": "Account Number",
        "reason": "How can we help?", "send": "Call me back", "book": "Book the call back",
        "done": "Your call back is complete. Thank you!",
        "booked": "Your call back is booked.", "next": "Continue", "number": "Phone number",
    },
    "fr": {
        "option": "Facturation", "now": "Dès que possible", "account": "Numéro de client",
        "reason": "Motif de l’appel", "send": "Rappelez-moi", "book": "Réserver le rappel",
        "done": "Votre rappel est terminé. Merci\u202f!",
        "booked": "Votre rappel est réservé.", "next": "Continuer", "number": "Numéro de téléphone",
    },
    "es": {
        "option": "Facturación", "now": "Lo antes posible", "account": "Número de cuenta",
        "reason": "¿En qué podemos ayudarle?", "send": "Solicitar llamada", "book": "Reservar la llamada",
        "done": "Su llamada ha terminado. ¡Gracias!",
        "booked": "Su llamada está reservada.", "next": "Continuar", "number": "Número de teléfono",
    },
}  # fmt: skip


def placed(simulator: Simulator, number: str) -> list[dict[str, Any]]:
    """What reached the call centre for a number."""
    return [each["form"] for each in simulator.calls() if each["form"]["fc_number"] == f"1{number}"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_call_back_now_is_asked_for_and_followed_to_its_end(
    open_form: OpenForm, simulator: Simulator, number: str, language: str
) -> None:
    words = LANGUAGES[language]
    form = open_form(language)
    form.press(words["option"])
    form.press(words["now"])
    form.answer(words["number"], number)
    form.answer(words["account"], "1234567")
    form.answer(words["reason"], "A question")
    form.press(words["send"])

    expect(form.status).to_have_text(words["done"])
    (call,) = placed(simulator, number)
    assert call["account_number"] == "1234567"
    assert call["reason"] == "A question"
    assert "fc_start_date" not in call


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_call_back_is_booked_for_the_time_that_was_chosen(
    open_form: OpenForm, gateway: Gateway, simulator: Simulator, number: str, language: str
) -> None:
    words = LANGUAGES[language]
    form = open_form(language)
    with form.page.expect_response("**/slots") as slots:
        form.press(words["option"])
    chosen = slots.value.json()["slots"][0]  # late in the day there may be no other
    form.choose_time(0)
    form.answer(words["number"], number)
    form.answer(words["account"], "1234567")
    form.answer(words["reason"], "A question")
    form.press(words["book"])

    expect(form.status).to_have_text(words["booked"])
    (call,) = placed(simulator, number)
    asked = datetime.fromisoformat(f"{call['fc_start_date']}+00:00")
    assert asked == datetime.fromisoformat(chosen["start_time"])


def test_one_button_is_all_where_the_profile_asks_for_nothing(
    open_form: OpenForm, simulator: Simulator, number: str
) -> None:
    form = open_form("now")
    form.number.wait_for()
    assert "Step" not in form.text()
    form.answer("Phone number", number)
    form.number.press("Enter")
    form.status.wait_for()
    assert len(placed(simulator, number)) == 1


def test_an_option_that_the_page_names_is_not_asked_for(open_form: OpenForm) -> None:
    billing = "CO3d2fc711143c2e5e1dcc4700baeb754c"
    form = open_form("en", attributes={"option": billing})
    expect(form.heading).to_have_text("When should we call?")
    assert "Step 1 of 2" in form.text()


def test_a_closed_option_offers_times_only_and_a_paused_one_is_not_shown(
    open_form: OpenForm,
) -> None:
    form = open_form("en")
    form.press("New Orders")
    assert form.times()
    assert "We’re closed now." in form.text()
    assert "As soon as possible" not in form.text()
    form.press("Back")
    assert "Recruitment" not in form.text()


def test_hidden_questions_come_from_attributes_and_consent_is_sent_where_it_is_asked(
    open_form: OpenForm, simulator: Simulator, number: str
) -> None:
    form = open_form(
        "en", attributes={"data-question-campaign": "spring", "data-question-plan": "Gold"}
    )
    form.to_details()
    assert "Campaign" not in form.text()
    assert "Plan\nGold" in form.text()
    form.answer("Phone number", number)
    form.widget.get_by_label("Send me text messages").check()
    form.send()
    form.status.wait_for()
    (call,) = placed(simulator, number)
    assert (call["campaign"], call["plan"], call["fc_sms_optin"]) == ("spring", "Gold", "true")


def test_consent_is_not_asked_for_where_messages_are_off(open_form: OpenForm) -> None:
    form = open_form("es")
    form.press("Facturación")
    form.press("Lo antes posible")
    form.number.wait_for()
    assert "SMS" not in form.text()


def test_digits_are_grouped_as_they_are_typed(open_form: OpenForm) -> None:
    form = open_form("now")
    for typed, shown in {
        "416": "(416",
        "4163662500": "(416) 366-2500",
        "14163662500": "1 (416) 366-2500",
        "+1 416 366 2500": "+1 (416) 366-2500",
        "٤١٦٣٦٦٢٥٠٠": "(416) 366-2500",
        "416.366.2500 ext": "(416) 366-2500",
    }.items():
        form.number.clear()
        form.number.press_sequentially(typed)
        form.number.blur()
        expect(form.number).to_have_value(shown)


def test_a_digit_in_the_middle_can_be_put_right(open_form: OpenForm) -> None:
    form = open_form("now")
    form.number.press_sequentially("4163662500")
    for key in ("Home", "ArrowRight", "Delete", "9"):
        form.number.press(key)
    assert form.number.input_value() == "(916) 366-2500"
    assert form.number.evaluate("element => element.selectionEnd") == 2


def test_an_option_with_a_country_of_its_own_reads_numbers_there(
    open_form: OpenForm, simulator: Simulator
) -> None:
    form = open_form("en").to_details("London Office")
    form.number.press_sequentially("02071838750")
    assert form.number.input_value() == "020 7183 8750"
    form.send()
    form.status.wait_for()
    assert "442071838750" in [each["form"]["fc_number"] for each in simulator.calls()]


def test_times_are_the_visitors_and_their_zone_is_named(open_form: OpenForm) -> None:
    form = open_form("en", timezone_id="Europe/Paris", locale="en-GB")
    with form.page.expect_response("**/slots") as slots:
        form.press("Billing")
    start = datetime.fromisoformat(slots.value.json()["slots"][0]["start_time"])
    first = form.times()[0]
    assert (int(first[:2]) - start.hour) % 24 == 6  # 02:00, not 2:00
    assert "Times are in your time zone: Central European Time." in form.text()


@pytest.mark.parametrize(
    ("zone", "text"),
    [
        ("centre", "Times are in this time zone: Eastern Time."),
        ("Asia/Tokyo", "Times are in this time zone: Japan Standard Time."),
        ("Nowhere/Else", "time zone: Central European Time."),
    ],
)
def test_the_page_may_choose_the_zone_of_the_times(
    open_form: OpenForm, zone: str, text: str
) -> None:
    form = open_form("en", attributes={"timezone": zone}, timezone_id="Europe/Paris")
    form.press("Billing")
    form.times()
    assert text in form.text()


def test_the_hour_that_clocks_go_through_twice_is_told_apart(open_form: OpenForm) -> None:
    starts = ["2027-11-07T00:30", "2027-11-07T01:30", "2027-11-07T01:30", "2027-11-08T09:00"]
    offsets = ["-04:00", "-04:00", "-05:00", "-05:00"]
    times = [f"{start}:00{offset}" for start, offset in zip(starts, offsets, strict=True)]
    slots = [{"start_time": each, "end_time": each.replace(":30:", ":59:")} for each in times]
    form = open_form("en")
    form.page.route(
        "**/slots",
        lambda route: route.fulfill(
            json={"slots": slots}, headers={"Access-Control-Allow-Origin": "*"}
        ),
    )
    form.press("Billing")
    shown = [each.split("to")[0].strip() for each in form.times()]
    assert shown == ["12:30 a.m. EDT", "1:30 a.m. EDT", "1:30 a.m. EST"]
    form.choose_day(1)
    assert len(form.times()) == 1


def test_a_time_can_be_spoken(open_form: OpenForm) -> None:
    form = open_form("en")
    form.press("Billing")
    form.times()
    time = form.widget.get_by_role("radiogroup").get_by_role("radio").first
    name = time.evaluate("element => element.labels[0].textContent")
    assert " to " in name
    expect(form.widget.get_by_role("radiogroup")).to_have_accessible_name(
        form.widget.locator("[role=radiogroup] legend").inner_text()
    )


def test_a_call_back_can_be_cancelled_after_a_second_thought(
    open_form: OpenForm, simulator: Simulator, number: str
) -> None:
    form = open_form("en")
    form.press("Billing")
    form.choose_time()
    form.answer("Phone number", number)
    form.answer("Account Number", "12345")
    form.send()
    expect(form.status).to_have_text("Your call back is booked.")
    form.press("Cancel the call back")
    form.press("No, keep it")
    form.press("Cancel the call back")
    form.press("Yes, cancel it")
    expect(form.status).to_have_text("Your call back is cancelled. We won’t call.")
    (call,) = [each for each in simulator.calls() if each["form"]["fc_number"] == f"1{number}"]
    assert call["status"] == "Canceled"
    form.press("Ask for another call back")
    expect(form.heading).to_have_text("What do you need help with?")
