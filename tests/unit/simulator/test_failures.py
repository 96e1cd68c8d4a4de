"""What is refused, and how a failure looks."""

from __future__ import annotations

import pytest

from tests.unit.simulator.bench import (
    ACCOUNT_SID,
    AUTH_TOKEN,
    CUSTOMER_SERVICE,
    DOCUMENT_PROFILE,
    Bench,
    parse_xml,
)

NOWHERE = "0" * 32
PAUSED_PROFILES_OPTION = "CO1c7d80fbb97e27a5ef1bc2fc2e421741"
PAUSED_OPTION = "COa7b630086ec50dda3816e58327cbe286"
CLOSED_OPTION = "COb3eb5d244f7f36f220f8ef68b5aacd66"
SUPPORT_PROFILE = "CP990c4a1841ef302579e1fd6556318be8"


@pytest.mark.parametrize(
    "credentials",
    [None, (ACCOUNT_SID, "1" * 64), ("AC" + "1" * 32, AUTH_TOKEN), ("", ""), ("ä", "\u2603")],
)
def test_wrong_credentials_are_refused_in_the_envelope(
    bench: Bench, credentials: tuple[str, str] | None
) -> None:
    answer = bench.get("profiles", auth=credentials)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Basic ")
    assert answer.get_json() == {"head": {"status": 500, "message": "Authentication failed."}}


def test_a_start_with_wrong_credentials_places_nothing(bench: Bench) -> None:
    form = {"fc_number": "14163662500", "fc_option": CUSTOMER_SERVICE}
    assert bench.post("callback", data=form, auth=("AC", "no")).status_code == 401
    assert bench.journal() == []


@pytest.mark.parametrize(
    "path",
    [
        f"profile/CP{NOWHERE}",
        f"profile/CP{NOWHERE}/options",
        f"profile/CP{NOWHERE}/questions",
        f"profile/CP{NOWHERE}/scheduling",
        f"profile/{DOCUMENT_PROFILE}/option/CO{NOWHERE}",
        f"profile/{DOCUMENT_PROFILE}/option/CO{NOWHERE}/schedule",
        f"profile/{DOCUMENT_PROFILE}/question/QQ{NOWHERE}",
        f"callback/CA{NOWHERE}/status",
        f"call/CA{NOWHERE}/status",
        f"call/CA{NOWHERE}",
    ],
)
def test_an_unknown_sid_is_the_documented_failure(bench: Bench, path: str) -> None:
    as_json = bench.get(path)
    assert as_json.status_code == 500
    assert as_json.get_json()["head"]["status"] == 500
    assert as_json.get_json()["head"]["message"].endswith("not found.")
    as_xml = parse_xml(bench.get(f"{path}.xml").text)
    assert as_xml.findtext("head/status") == "500"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/3.0/callback", 405),
        ("POST", "/3.0/profiles", 405),
        ("GET", "/3.0/nothing.xml", 404),
        ("GET", "/3.0/profiles.yaml", 404),
        ("GET", "/3.0//profiles", 404),
    ],
)
def test_a_wrong_path_or_method_keeps_http_s_status_inside_the_envelope(
    bench: Bench, method: str, path: str, status: int
) -> None:
    answer = bench.client.open(path, method=method, auth=(ACCOUNT_SID, AUTH_TOKEN))
    assert answer.status_code == status
    assert "500" in answer.text
    assert ("Allow" in answer.headers) == (status == 405)
    assert bench.client.open(path, method=method).status_code == 401


def test_an_endless_body_is_refused(bench: Bench) -> None:
    answer = bench.start(reason="x" * 70_000)
    assert (answer.status_code, answer.get_json()["head"]["status"]) == (413, 500)


@pytest.mark.parametrize(
    ("form", "message"),
    [
        ({"fc_number": ""}, "fc_number is required."),
        ({"fc_number": "+14163662500"}, "fc_number must contain only digits."),
        ({"fc_number": "416 366 2500"}, "fc_number must contain only digits."),
        ({"fc_number": "٤١٦٣٦٦٢٥٠٠"}, "fc_number must contain only digits."),
        ({"fc_number": "1" * 16}, "fc_number is not a valid phone number."),
        ({"fc_option": ""}, "fc_option is required."),
        ({"fc_option": f"CO{NOWHERE}"}, "fc_option is not a call-back option of this account."),
        ({"fc_option": PAUSED_PROFILES_OPTION}, "This call-back profile is paused."),
        ({"fc_option": PAUSED_OPTION}, "This call-back option is paused."),
        (
            {"fc_option": CLOSED_OPTION},
            "This call-back option is closed. Please schedule a call-back.",
        ),
        ({"fc_sms_optin": "maybe"}, "fc_sms_optin must be true or false."),
        (
            {"fc_start_date": "2017-08-07T21:30:00Z"},
            "fc_start_date must be in the form YYYY-MM-DD HH:MM:SS.",
        ),
        (
            {"fc_start_date": "2017-8-7 21:30:00"},
            "fc_start_date must be in the form YYYY-MM-DD HH:MM:SS.",
        ),
        (
            {"fc_start_date": "2017-08-07 21:45:00"},
            "fc_start_date is not an available scheduling option.",
        ),
        (
            {"fc_start_date": "2017-08-07 21:00:00"},
            "fc_start_date is not an available scheduling option.",
        ),
    ],
)
def test_a_start_that_fonolo_would_not_place_is_refused_and_journaled(
    bench: Bench, form: dict[str, str], message: str
) -> None:
    answer = bench.start(**form)
    assert answer.status_code == 500
    assert answer.get_json() == {"head": {"status": 500, "message": message}}
    (line,) = bench.journal()
    assert (line["sid"], line["status"]) == (None, None)
    assert line["form"].items() >= form.items()


def test_a_closed_option_takes_scheduled_call_backs(bench: Bench) -> None:
    first = bench.slots(SUPPORT_PROFILE, CLOSED_OPTION)[0]
    sid = bench.place(fc_option=CLOSED_OPTION, fc_start_date=first)
    assert bench.status(sid) == "Scheduled"


def test_nothing_paused_offers_a_window(bench: Bench) -> None:
    assert bench.slots(SUPPORT_PROFILE, PAUSED_OPTION) == []
    assert bench.slots("CPafe5948195ec0676a832e0d3613aa0d7", PAUSED_PROFILES_OPTION) == []


def test_only_keys_of_questions_are_passed_on(bench: Bench) -> None:
    bench.place(account_number="12345", favourite_colour="blue")
    (line,) = bench.journal()
    assert line["form"]["favourite_colour"] == "blue"
    (call,) = bench.client.get("/_simulator/console").get_json()["calls"]
    assert call["answers"] == {"account_number": "12345"}
