"""The form is what the profile makes of it, whatever is in it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests import running
from tests.browser.form import Form, expect, shape
from tests.browser.test_flow import placed
from tests.running import Gateway, Simulator

OpenForm = Callable[..., Form]
Profile = dict[str, Any]
HOSTILE = """"><img src=x onerror="window.pwned=1"><script>window.pwned=1</script>{moment}"""


def only(name: str, **more: Any) -> Callable[[Profile], None]:
    """Leave one option, with this status or other members."""

    def change(profile: Profile) -> None:
        profile["options"] = [each for each in profile["options"] if each["name"] == name]
        profile["options"][0].update(more)

    return change


def test_one_option_is_not_asked_for(open_form: OpenForm) -> None:
    form = open_form("en", setup=shape(only("Billing")))
    expect(form.heading).to_have_text("When should we call?")
    assert "Step 1 of 2" in form.text()


def test_a_closed_option_without_times_says_so(open_form: OpenForm) -> None:
    form = open_form("en", setup=shape(only("Billing", status="closed")))
    form.times()
    shape(lambda answer: answer.update(slots=[]), "**/slots")(form.page)
    form.page.reload()
    expect(form.widget.locator(".view [role=status]")).to_contain_text("We’re closed now")
    assert "As soon as possible" not in form.text()


@pytest.mark.parametrize("status", ["closed", "paused"])
def test_where_nothing_can_be_asked_for_it_says_so(open_form: OpenForm, status: str) -> None:
    def change(profile: Profile) -> None:
        only("Billing", status=status)(profile)
        profile["scheduling"] = False

    form = open_form("en", setup=shape(change))
    expect(form.heading).to_have_text("Call backs aren’t available right now.")
    form.press("Try again")
    expect(form.heading).to_have_text("Call backs aren’t available right now.")


def test_where_scheduling_is_off_a_closed_option_is_not_shown(open_form: OpenForm) -> None:
    form = open_form("en", setup=shape(lambda profile: profile.update(scheduling=False)))
    form.press("Billing")
    form.number.wait_for()
    form.press("Back", exact=True)
    assert "New Orders" not in form.text()


def test_an_option_closed_meanwhile_that_has_no_times_leads_to_the_others(
    open_form: OpenForm,
) -> None:
    form = open_form("en", setup=shape(lambda profile: profile.update(scheduling=False)))
    form.press("Billing")
    form.answer("Phone number", "4163662500")
    form.answer("Account Number", "12345")
    form.refuse(409, "option_closed")
    form.send()
    expect(form.heading).to_have_text("What do you need help with?")
    expect(form.alert).to_have_text("This isn’t available right now.")


def test_a_hidden_question_that_the_page_does_not_answer_is_asked_after_all(
    open_form: OpenForm, simulator: Simulator, number: str
) -> None:
    def hide(profile: Profile) -> None:
        profile["questions"][0].update(visible=False, editable=False)

    form = open_form("en", setup=shape(hide))
    form.press("Billing")
    form.press("As soon as possible")
    form.answer("Phone number", number)
    assert "Account Number" not in form.text()
    form.send()
    expect(form.error("q0")).to_have_text("Answer “Account Number”.")
    form.answer("Account Number", "12345")
    form.send()
    form.status.wait_for()
    (call,) = placed(simulator, number)
    assert call["account_number"] == "12345"


@pytest.mark.parametrize(
    ("kind", "most", "tag"),
    [
        ("text_input", None, "textarea"),
        ("text_input", 200, "textarea"),
        ("text_input", 40, "input"),
        ("numeric_input", None, "input"),
    ],
)
def test_a_long_answer_has_several_lines(
    open_form: OpenForm, kind: str, most: int | None, tag: str
) -> None:
    def lengthen(profile: Profile) -> None:
        profile["questions"][0].update(type=kind, min_length=0, max_length=most)

    form = open_form("en", setup=shape(lengthen)).to_details()
    field = form.widget.get_by_label("Account Number")
    assert field.evaluate("field => field.localName") == tag


def test_the_lines_of_a_long_answer_are_sent_as_one(
    open_form: OpenForm, simulator: Simulator, number: str
) -> None:
    def lengthen(profile: Profile) -> None:
        profile["questions"][0].update(type="text_input", min_length=0, max_length=200)

    form = open_form("en", setup=shape(lengthen)).to_details()
    sent = []
    form.page.on("request", lambda request: sent.append(request.post_data_json))
    form.answer("Account Number", " one\n  two \n")
    form.number.fill(number)
    form.send()
    expect(
        form.widget.locator(".alert, .error").filter(has_text=re.compile("."))
    ).not_to_have_count(0)
    assert {each["questions"]["account_number"] for each in sent if each} == {"one two"}


def test_what_the_page_answered_wrongly_can_be_put_right(open_form: OpenForm) -> None:
    def fix(profile: Profile) -> None:
        profile["questions"][0].update(editable=False)

    form = open_form("en", attributes={"data-question-account_number": "1"}, setup=shape(fix))
    form.press("Billing")
    form.press("As soon as possible")
    form.answer("Phone number", "4163662500")
    assert "Account Number\n1" in form.text()
    form.send()
    expect(form.error("q0")).to_have_text("Please give 4 to 10 digits.")
    expect(form.widget.get_by_label("Account Number")).to_have_value("1")


def test_what_the_page_fills_in_is_never_consent(
    open_form: OpenForm, simulator: Simulator, number: str
) -> None:
    form = open_form("en")
    form.heading.wait_for()
    form.widget.evaluate(
        "(widget, number) => widget.prefill({ option: 'CO3d2fc711143c2e5e1dcc4700baeb754c', "
        "number, sms: true, questions: { account_number: 12345 } })",
        int(number),
    )
    expect(form.heading).to_have_text("When should we call?")
    form.press("As soon as possible")
    expect(form.widget.get_by_label("Send me text messages")).not_to_be_checked()
    form.send()
    form.status.wait_for()
    (call,) = placed(simulator, number)
    assert (call["fc_sms_optin"], call["account_number"]) == ("false", "12345")


def test_another_day_is_chosen_from_anew(open_form: OpenForm) -> None:
    form = open_form("es", attributes={"lang": "en"})
    form.press("Facturación")
    form.choose_day(1)
    form.widget.locator("[role=radiogroup] label").first.click()
    form.choose_day(2)
    form.send()
    expect(form.error("slot")).to_have_text("Please choose a time.")


def test_times_are_read_afresh_each_time_they_are_shown(open_form: OpenForm) -> None:
    form = open_form("en")
    form.press("Billing")
    form.choose_time(2)
    with form.page.expect_response("**/slots"):
        form.press("Back", exact=True)
    form.times()
    expect(form.widget.get_by_role("radiogroup").get_by_role("radio").nth(2)).to_be_checked()


def test_a_number_changed_in_its_middle_is_grouped_when_it_is_left(open_form: OpenForm) -> None:
    form = open_form("now")
    form.number.press_sequentially("416366250")
    for key in ("Home", "ArrowRight", "9"):
        form.number.press(key)
    assert form.number.evaluate("element => element.selectionEnd") == 2
    form.number.press("Tab")
    expect(form.number).to_have_value("(941) 636-6250")


@pytest.mark.parametrize("text", ["+1 (416) 366-2500", "416-366-2500", "1.416.366.2500"])
def test_a_number_may_be_pasted_as_it_is_written_anywhere(open_form: OpenForm, text: str) -> None:
    form = open_form("now")
    with form.page.expect_request("**/validate") as asked:
        form.number.fill(text)
        form.send()
    assert asked.value.post_data_json["number"] in {"4163662500", "14163662500"}


@pytest.fixture
def hostile_gateway(open_gateway: Callable[..., Any], tmp_path: Path) -> Iterator[Gateway]:
    """A gateway to an account whose names are all markup."""
    scenario = yaml.safe_load(Path("simulator/scenarios/document.yaml").read_text("utf-8"))
    profile = scenario["profiles"][0]
    for each in (profile, *profile["questions"]):
        each["name"] = HOSTILE
    options = [{"name": HOSTILE, "position": n} for n in range(2)]
    profile["options"] = [{**each, "sid": f"CO{n:032}"} for n, each in enumerate(options)]
    scenario["profiles"] = [profile]
    scenario.pop("calls", None)
    path = tmp_path / "hostile.yaml"
    path.write_text(yaml.safe_dump(scenario), "utf-8")
    with running.simulator("--scenario", str(path)) as simulator:
        with open_gateway(FONOLO_BASE_URL=simulator.base_url) as gateway:
            yield gateway


def test_names_are_text_whatever_stands_in_them(
    open_form: OpenForm, hostile_gateway: Gateway
) -> None:
    form = open_form("default", of=hostile_gateway, attributes={"data-question-x": HOSTILE})
    form.widget.get_by_role("button", name=HOSTILE).first.click()
    form.press("As soon as possible")
    expect(form.widget.get_by_label(HOSTILE).first).to_be_visible()
    form.send()
    expect(form.error("number")).not_to_be_empty()
    assert form.widget.locator("img, script").count() == 0
    assert form.page.evaluate("window.pwned") is None
