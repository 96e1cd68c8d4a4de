"""Every worked example of the document, as JSON and as XML."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree as ET

import pytest

from simulator.scenario import SHIPPED, load_scenario
from tests.unit.simulator.bench import (
    CUSTOMER_SERVICE,
    DOCUMENT_PROFILE,
    Bench,
    fixture_json,
    fixture_xml,
    make_bench,
    parse_xml,
)

STATIC = {
    "call": "call/CA2da8412058605dd43f396b0dc17c64c4",
    "profile": f"profile/{DOCUMENT_PROFILE}",
    "option": f"profile/{DOCUMENT_PROFILE}/option/{CUSTOMER_SERVICE}",
    "options": f"profile/{DOCUMENT_PROFILE}/options",
    "question": f"profile/{DOCUMENT_PROFILE}/question/QQec5decca5ed3d6b8079e2e7e7bacc9f2",
    "questions": f"profile/{DOCUMENT_PROFILE}/questions",
    "scheduling": f"profile/{DOCUMENT_PROFILE}/scheduling",
    "schedule": f"profile/{DOCUMENT_PROFILE}/option/{CUSTOMER_SERVICE}/schedule",
}
DAYS = "start_date=2017-08-03&end_date=2017-08-04"

Tree = tuple[str, str, list[Any]]


def tree(text: str) -> Tree:
    """Elements, their order and their words; white space around them aside."""

    def of(element: ET.Element) -> Tree:
        return (element.tag, (element.text or "").strip(), [of(child) for child in element])

    return of(parse_xml(text))


def ordered(value: Any) -> Any:
    """Make the order of keys count in a comparison."""
    if isinstance(value, dict):
        return [(key, ordered(each)) for key, each in value.items()]
    return [ordered(each) for each in value] if isinstance(value, list) else value


@pytest.mark.parametrize("name", STATIC)
@pytest.mark.parametrize("suffix", ["", ".json"])
def test_a_documented_object_is_answered_field_for_field_as_json(
    bench: Bench, name: str, suffix: str
) -> None:
    answer = bench.get(STATIC[name] + suffix)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/json"
    assert ordered(answer.get_json()) == ordered(fixture_json(name))


@pytest.mark.parametrize("name", STATIC)
def test_a_documented_object_is_answered_element_for_element_as_xml(
    bench: Bench, name: str
) -> None:
    answer = bench.get(f"{STATIC[name]}.xml")
    assert answer.headers["Content-Type"] == "text/xml"
    assert tree(answer.text) == tree(fixture_xml(name))


@pytest.mark.parametrize("name", ["profile", "options", "question", "schedule", "scheduling"])
def test_xml_is_written_as_the_document_prints_it(bench: Bench, name: str) -> None:
    assert bench.get(f"{STATIC[name]}.xml").text == fixture_xml(name)


def test_the_profiles_of_the_document_account_are_the_documents() -> None:
    bench = make_bench(account=load_scenario(SHIPPED / "document.yaml"))
    assert ordered(bench.get("profiles").get_json()) == ordered(fixture_json("profiles"))
    assert tree(bench.get("profiles.xml").text) == tree(fixture_xml("profiles"))


def test_the_default_account_begins_with_the_documents_profiles(bench: Bench) -> None:
    answer = bench.get("profiles.json").get_json()
    expected = fixture_json("profiles")
    assert answer["head"] == expected["head"]
    assert ordered(answer["data"]["profile"][:2]) == ordered(expected["data"]["profile"])


def test_the_default_account_is_the_documents_and_more() -> None:
    default, document = load_scenario(), load_scenario(SHIPPED / "document.yaml")
    assert default.profiles[:2] == document.profiles
    assert default.calls == document.calls
    assert len(default.profiles) > 2


def test_the_report_of_the_documents_days_has_its_whole_paging_head(bench: Bench) -> None:
    assert ordered(bench.get(f"calls.json?{DAYS}").get_json()) == ordered(fixture_json("calls"))
    assert tree(bench.get(f"calls.xml?{DAYS}").text) == tree(fixture_xml("calls"))


def test_a_start_is_answered_as_documented(bench: Bench) -> None:
    answer = bench.start().get_json()
    expected = fixture_json("callback")
    sid = answer["data"]["sid"]
    expected["data"] = {"sid": sid, "status": f"/3.0/call/{sid}/status.json"}
    assert ordered(answer) == ordered(expected)


def test_a_start_as_xml_points_to_a_status_as_xml(bench: Bench) -> None:
    form = {"fc_number": "14163662500", "fc_option": CUSTOMER_SERVICE}
    answer = bench.post("callback.xml", data=form)
    sid = parse_xml(answer.text).findtext("data/sid") or ""
    documented = "CAfddf61012ffe6ea4b86d2e49296d69f0"
    assert tree(answer.text) == tree(fixture_xml("callback").replace(documented, sid))


def test_a_cancel_is_answered_as_documented(bench: Bench) -> None:
    first, second = bench.place(), bench.place()
    assert bench.post(f"callback/{first}/cancel.json").get_json() == fixture_json("cancel")
    assert tree(bench.post(f"callback/{second}/cancel.xml").text) == tree(fixture_xml("cancel"))


def test_a_status_is_answered_as_documented(bench: Bench) -> None:
    bench.clock.forward(minutes=34, seconds=46)
    sid = bench.place()
    bench.clock.forward(seconds=5 + 22)
    expected = fixture_json("status")
    expected["data"].update(sid=sid, details=f"/3.0/call/{sid}.json")
    assert ordered(bench.get(f"callback/{sid}/status.json").get_json()) == ordered(expected)


def test_a_status_as_xml_has_the_documents_elements(bench: Bench) -> None:
    sid = bench.place()
    names = [name for name, _, _ in tree(bench.get(f"callback/{sid}/status.xml").text)[2][1][2]]
    assert names == [name for name, _, _ in tree(fixture_xml("status"))[2][1][2]]


def test_the_status_url_of_the_answer_can_be_followed(bench: Bench) -> None:
    url = bench.start().get_json()["data"]["status"]
    followed = bench.get(url.removeprefix("/3.0/")).get_json()
    assert followed["head"] == {"status": 200, "message": "Call Status"}
    details = bench.get(followed["data"]["details"].removeprefix("/3.0/"))
    assert details.get_json()["head"]["message"] == "Call Details"
