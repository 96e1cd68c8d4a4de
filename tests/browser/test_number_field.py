"""The number field takes what people type and paste; the picker says whose digits they are."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import phonenumbers
import pytest
from phonenumbers import PhoneNumberType
from playwright.sync_api import Page

from tests.browser.form import Form, expect, focused, shape
from tests.browser.test_accessibility import findings, overflow

OpenForm = Callable[..., Form]
REGIONS = sorted(phonenumbers.SUPPORTED_REGIONS)


def _example(region: str) -> str:
    number = phonenumbers.example_number_for_type(region, phonenumbers.PhoneNumberType.MOBILE)
    number = number or phonenumbers.example_number(region)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL)


def form_for(*countries: str, code: str) -> Callable[[Page], None]:
    """Let the form say which countries are called, as the gateway says it; none: all of them."""

    def change(profile: dict[str, Any]) -> None:
        named = countries or REGIONS
        profile["countries"] = list(countries) or None
        profile["calling_codes"] = {
            each: str(phonenumbers.country_code_for_region(each)) for each in named
        }
        profile["number_examples"] = {each: _example(each) for each in named}
        profile["default_country"] = code
        for option in profile["options"]:
            option.update(countries=profile["countries"], default_country=code)

    return shape(change)


@pytest.fixture
def open_world(open_form: OpenForm) -> OpenForm:
    """Open the form of a centre in Germany that calls any country."""

    def open_one(**more: Any) -> Form:
        form = open_form("now", setup=form_for(code="49"), **more)
        form.number.wait_for()
        return form

    return open_one


def asked(form: Form) -> dict[str, Any]:
    """Press the button; return the body that goes out."""
    headers = {"Access-Control-Allow-Origin": "*", "Access-Control-Allow-Headers": "*"}
    form.page.route("**/validate", lambda route: route.fulfill(status=204, headers=headers))
    form.page.route("**/callbacks", lambda route: route.abort())
    with form.page.expect_request(
        lambda request: request.url.endswith("/validate") and request.method == "POST"
    ) as request:
        form.send()
    body: dict[str, Any] = request.value.post_data_json
    return body


def pick(form: Form, text: str) -> None:
    form.widget.locator("#country").click()
    form.page.keyboard.type(text)
    form.page.keyboard.press("Enter")


@pytest.mark.parametrize(
    ("country", "typed", "number"),
    [
        ("Switzerland", "079 123 45 67", "0791234567"),
        ("+41", "079 123 45 67", "0791234567"),
        ("Austria", "0664 1234567 x1", "06641234567"),
        ("Austria", "0664 1234567 ext. 123", "06641234567"),
        ("France", "06 12 34 56 78 poste 12", "0612345678"),
        ("France", "06 12 34 56 78 #12", "0612345678"),
        ("France", "06 12 34 56 78;ext=12", "0612345678"),
        ("Germany", "\u202a0151 23456789\u202c", "015123456789"),
        ("Germany", "\u2066tel:0151-23456789\u2069", "015123456789"),
        ("Bangladesh", "০১৮১২৩৪৫৬৭৮", "01812345678"),
        ("India", "०८१२३४ ५६७८९", "08123456789"),
        ("Saudi Arabia", "٠٥١٢٣٤٥٦٧٨", "0512345678"),
    ],
)
def test_digits_are_of_the_country_that_is_picked(
    open_world: OpenForm, country: str, typed: str, number: str
) -> None:
    form = open_world()
    pick(form, country)
    form.number.fill(typed)
    body = asked(form)
    regions = {"+41": "CH", "Switzerland": "CH", "Austria": "AT", "France": "FR", "Germany": "DE"}
    others = {"Bangladesh": "BD", "India": "IN", "Saudi Arabia": "SA"}
    assert (body["number"], body["country"]) == (number, {**regions, **others}[country])


@pytest.mark.parametrize(
    ("typed", "number", "country"),
    [
        ("+41 79 123 45 67", "41791234567", "CH"),
        ("0041 79 123 45 67", "41791234567", "CH"),
        ("+41 (0)79 123 45 67", "41791234567", "CH"),
        ("+44 (0)20 7183 8750", "442071838750", "GB"),
        ("\u202a+41 79 123 45 67\u202c", "41791234567", "CH"),
        ("tel:+41791234567", "41791234567", "CH"),
        ("\uff0b\uff14\uff11 79 123 45 67", "41791234567", "CH"),
        ("+1 416 366 2500", "14163662500", "US"),
        ("+7 912 345-67-89", "79123456789", "RU"),
        ("+49 1512 3456789", "4915123456789", "DE"),
        ("+39 0874 1234", "003908741234", "IT"),
        ("+39 (0)341 123456", "390341123456", "IT"),
        ("+39(0)35 1234567", "390351234567", "IT"),
        ("+241 (0)6 03 12 34", "24106031234", "GA"),
    ],
)
def test_a_whole_number_moves_the_picker(
    open_world: OpenForm, typed: str, number: str, country: str
) -> None:
    form = open_world()
    form.number.fill(typed)
    name = {"CH": "Switzerland+41", "GB": "United Kingdom+44", "US": "United States+1"}
    if country in name:
        expect(form.widget.locator("#country")).to_have_text(name[country])
    body = asked(form)
    assert (body["number"], body["country"]) == (number, country)


def test_it_knows_where_numbers_begin_with_a_zero() -> None:
    """Such a zero is dialled from abroad too; libphonenumber's fixed and mobile examples have it."""
    kinds = (PhoneNumberType.FIXED_LINE, PhoneNumberType.MOBILE)
    examples = [
        example
        for country in phonenumbers.SUPPORTED_REGIONS
        for kind in kinds
        if (example := phonenumbers.example_number_for_type(country, kind))
    ]
    codes = {each.country_code for each in examples if each.italian_leading_zero}
    pattern = "|".join(map(str, sorted(codes)))
    assert f"({pattern})" in Path("widget/phone.js").read_text("utf-8")


def test_011_is_the_way_out_of_north_america_only(open_form: OpenForm) -> None:
    form = open_form("now", setup=form_for(code="1"))
    form.number.fill("011 41 79 123 45 67")
    body = asked(form)
    assert (body["number"], body["country"]) == ("41791234567", "CH")
    form = open_form("now", setup=form_for(code="55"))
    form.number.fill("011 96123-4567")
    body = asked(form)
    assert (body["number"], body["country"]) == ("011961234567", "BR")


def test_an_extension_is_taken_off_and_said_to_be(open_world: OpenForm) -> None:
    form = open_world()
    form.number.press_sequentially("0151 23456789 ext. 123")
    form.number.press("Tab")
    hint = form.widget.locator("#number-hint")
    expect(hint).to_have_text("We can’t dial extensions: 123 was left out.")
    assert "123" not in form.number.input_value()[-4:]


def test_a_number_of_a_country_that_is_not_called_is_not_sent(open_form: OpenForm) -> None:
    form = open_form("now", setup=form_for("US", "CA", code="1"))
    form.number.fill("+41 79 123 45 67")
    form.send()
    expect(form.error("number")).to_have_text("Sorry, we can’t call numbers in that country.")
    assert focused(form.page) == "number"


def test_an_error_names_an_example_of_the_country(open_world: OpenForm) -> None:
    form = open_world()
    pick(form, "Switzerland")
    form.number.fill("079 12")
    fault = {"pointer": "/number", "code": "number_impossible"}
    form.refuse(422, "validation_failed", "**/validate", errors=[fault])
    form.send()
    expect(form.error("number")).to_have_text("Enter a full number, like 078 123 45 67.")


@pytest.mark.parametrize("countries", [(), ("DE",)])
def test_without_a_choice_of_countries_there_is_no_picker(
    open_form: OpenForm, countries: tuple[str, ...]
) -> None:
    setup = form_for(*countries, code="49") if countries else None
    form = open_form(
        "now", setup=setup or shape(lambda profile: profile.pop("calling_codes", None))
    )
    form.number.fill("0151 23456789")
    expect(form.widget.locator("#country")).to_have_count(0)
    body = asked(form)
    assert body["number"] == "015123456789"
    assert body.get("country") == ("DE" if countries else None)


def test_the_picker_is_searched_by_name_in_any_of_the_visitors_languages_and_by_code(
    open_world: OpenForm,
) -> None:
    form = open_world(attributes={"page-lang": "de"}, locale="de-DE")
    names = form.widget.locator("[role=option]")
    for text, found in {
        "schw": ["Schweden +46", "Schweiz +41"],
        "switz": ["Schweiz +41"],
        "+41": ["Schweiz +41"],
        "423": ["Liechtenstein +423"],
        "osterr": ["Österreich +43"],
    }.items():
        form.widget.locator("#country").click()
        form.page.keyboard.type(text)
        expect(names).to_have_text(found)
        form.page.keyboard.press("Escape")
        expect(form.widget.locator("#country")).to_be_focused()


def test_the_picker_is_sound_for_keyboard_and_screen_reader(open_world: OpenForm) -> None:
    form = open_world()
    button, search = form.widget.locator("#country"), form.widget.locator("#country-search")
    expect(button).to_have_accessible_name("Country Germany +49")
    button.focus()
    form.page.keyboard.press("Enter")
    expect(button).to_have_attribute("aria-expanded", "true")
    expect(search).to_be_focused()
    expect(search).to_have_role("combobox")
    active = "element => element.getAttribute('aria-activedescendant')"
    assert search.evaluate(active) == "country-DE"
    assert findings(form) == []
    form.page.keyboard.press("ArrowDown")
    assert search.evaluate(active) == "country-GH"
    in_sight = """search => {
      const id = search.getAttribute("aria-activedescendant");
      const [item, list] = [id, "countries"].map((each) => search.getRootNode()
        .getElementById(each).getBoundingClientRect());
      return item.top >= list.top - 1 && item.bottom <= list.bottom + 1;
    }"""
    for _ in range(20):
        form.page.keyboard.press("ArrowDown")
        assert search.evaluate(in_sight)
    form.page.keyboard.press("Enter")
    expect(button).to_be_focused()
    expect(button).not_to_contain_text("Germany")


def test_name_and_code_are_shown_in_full_at_320_pixels(open_world: OpenForm) -> None:
    form = open_world(viewport={"width": 320, "height": 640})
    for name in ("Canada", "Bosnia", "British Indian Ocean"):
        pick(form, name)
        button = form.widget.locator("#country")
        expect(button).to_contain_text(name)
        assert button.evaluate("each => each.scrollWidth - each.clientWidth") == 0
        assert overflow(form) == 0


def test_answers_take_digits_of_any_script(open_form: OpenForm, number: str) -> None:
    form = open_form("en").to_details()
    form.answer("Account Number", "१२३ ४५")
    form.number.fill(number)
    assert asked(form)["questions"]["account_number"] == "12345"
