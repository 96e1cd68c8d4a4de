"""A token with an id places one call-back; what a host has signed wins over the body."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from service.callbacks.calls import PlacedCallback
from service.callbacks.idempotency import Attempt
from service.callbacks.identity import Identity, TokenUses
from service.callbacks.number_rules import NumberRules
from service.callbacks.questions import PUBLIC_TYPES
from service.callbacks.request import (
    CallbackRequest,
    RequestRules,
    ValidatedRequest,
    check_request,
)
from service.errors import OutcomeUnknown, Problem, UpstreamUnreachable, ValidationFailed
from service.store.memory import MemoryStore
from tests.unit.service.fakes import Clock, key_hasher, profile, question

NUMBER, OTHER = "14163662500", "14163662501"
KEY, OTHER_KEY = "a-key-of-this-start", "another-start's-key"
ONCE = Identity("me", 300, token_id="once")
PLACED = PlacedCallback("handle", None)


@dataclass
class World:
    """Tokens' uses over a store of their own, and what the starts came to."""

    clock: Clock = field(default_factory=Clock)
    placed: int = 0

    def __post_init__(self) -> None:
        self.uses = TokenUses(MemoryStore(self.clock), key_hasher)

    def start(
        self, key: str | None, *, identity: Identity | None = ONCE, error: Exception | None = None
    ) -> str:
        """Start as a request does: looked at before it is counted, claimed when it is placed."""

        def place() -> PlacedCallback:
            if error:
                raise error
            self.placed += 1
            return PLACED

        attempt = Attempt(key, "CP", "body") if key else None
        try:
            if identity:
                self.uses.check(identity, "CP", key)
            self.uses.once(identity, attempt, place)
        except Problem as problem:
            return problem.code
        except UpstreamUnreachable:
            return "unreachable"
        return "placed"


@pytest.mark.parametrize(
    ("first", "second", "outcome"),
    [
        (None, None, "identity_invalid"),
        (KEY, None, "identity_invalid"),
        (None, KEY, "identity_invalid"),
        (KEY, OTHER_KEY, "identity_invalid"),
        (KEY, KEY, "placed"),  # which idempotency replays instead
    ],
)
def test_a_used_token_is_good_again_only_with_the_key_of_its_first_use(
    first: str | None, second: str | None, outcome: str
) -> None:
    world = World()
    assert [world.start(first), world.start(second)] == ["placed", outcome]


def test_a_key_is_the_profiles_own() -> None:
    world = World()
    world.start(KEY)
    with pytest.raises(Problem):
        world.uses.check(ONCE, "another profile", KEY)


@pytest.mark.parametrize(
    ("error", "outcome", "then"),
    [
        (OutcomeUnknown(), "outcome_unknown", "identity_invalid"),
        (ValidationFailed([]), "validation_failed", "placed"),
        (Problem("slot_unavailable", ""), "slot_unavailable", "placed"),
        (UpstreamUnreachable(""), "unreachable", "placed"),
    ],
)
def test_only_what_may_have_rung_uses_a_token_up(error: Exception, outcome: str, then: str) -> None:
    world = World()
    assert [world.start(None, error=error), world.start(OTHER_KEY)] == [outcome, then]


def test_a_token_without_an_id_counts_as_often_as_it_comes() -> None:
    world = World()
    nameless = Identity("me", 300)
    assert [world.start(None, identity=nameless) for _ in range(3)] == ["placed"] * 3
    assert [world.start(None, identity=None) for _ in range(3)] == ["placed"] * 3


def test_a_use_is_remembered_until_the_token_is_good_no_more() -> None:
    world = World()
    world.start(None)
    world.clock.pass_(299)
    assert world.start(None) == "identity_invalid"
    world.clock.pass_(2)
    assert world.start(None) == "placed"


def test_of_many_starts_at_once_with_one_token_one_places_a_call() -> None:
    world, outcomes = World(), []
    ready = threading.Barrier(20)

    def start() -> None:
        ready.wait()
        outcomes.append(world.start(None))

    threads = [threading.Thread(target=start) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["identity_invalid"] * 19 + ["placed"]
    assert world.placed == 1


def test_a_start_that_lost_its_token_meanwhile_places_nothing() -> None:
    """It looked at the token while it was free; another start took it before this one placed."""
    world = World()

    def place() -> PlacedCallback:
        raise AssertionError("placed twice")

    world.uses.check(ONCE, "CP", KEY)
    world.start(OTHER_KEY)
    with pytest.raises(Problem):
        world.uses.once(ONCE, Attempt(KEY, "CP", "body"), place)


RULES = RequestRules(ZoneInfo("UTC"), NumberRules(), PUBLIC_TYPES)
QUESTIONS = (
    question("account", type="numeric_input", required=True, visible=False, max_length=5),
    question("tier", type="sip_header"),
    question("caller", type="client_cid_number"),
    question("fc_number"),
    question("reason"),
)


def signed(**claims: Any) -> Callable[..., ValidatedRequest]:
    def check(**fields: Any) -> ValidatedRequest:
        identity = Identity("me", 300, **{"answers": {"account": "1"}, **claims})
        request = CallbackRequest(**fields, identity=identity)
        return check_request(request, profile(questions=QUESTIONS), RULES, blocked_numbers=["1416"])

    return check


def faults(check: Callable[..., ValidatedRequest], **fields: Any) -> list[tuple[str, str]]:
    with pytest.raises(ValidationFailed) as raised:
        check(**fields)
    return [(each.pointer, each.code) for each in raised.value.field_errors]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"number": ""},
        {"number": NUMBER},
        {"number": "4163662500"},
        {"number": "4163662500", "country": "CA"},
        {"country": "CH"},
    ],
)
@pytest.mark.parametrize("number", [NUMBER, f"+{NUMBER}"])
def test_the_signed_number_is_called(number: str, body: dict[str, str]) -> None:
    assert signed(number=number)(**body).number == NUMBER


def test_digits_that_fit_two_phones_are_the_signed_one() -> None:
    assert signed(number="14380220193")(number="4380220193").number == "14380220193"


@pytest.mark.parametrize(
    ("number", "body", "found"),
    [
        (NUMBER, {"number": OTHER}, ("/number", "invalid")),
        (NUMBER, {"number": "12"}, ("/number", "invalid")),
        (NUMBER, {"number": "4163662500", "country": "CH"}, ("/number", "invalid")),
        (NUMBER, {"number": f"+{NUMBER}"}, ("/number", "number_not_digits")),
        (NUMBER, {"number": NUMBER, "country": "XX"}, ("/country", "invalid")),
        ("4163662500", {}, ("/number", "number_impossible")),  # nationally it would be good
        ("0114163662500", {}, ("/number", "number_impossible")),
        ("", {"number": NUMBER}, ("/number", "number_not_digits")),
        ("+", {"number": NUMBER}, ("/number", "number_not_digits")),
        ("++14163662500", {}, ("/number", "number_not_digits")),
        ("1 416 366 2500", {}, ("/number", "number_not_digits")),
        ("442071838750", {}, ("/number", "number_country_not_allowed")),
        ("19002345678", {}, ("/number", "number_type_blocked")),
    ],
)
def test_a_signed_number_is_read_as_nothing_else_and_is_under_all_rules(
    number: str, body: dict[str, str], found: tuple[str, str]
) -> None:
    assert faults(signed(number=number), **body) == [found]


def test_a_signed_number_may_be_blocked() -> None:
    request = CallbackRequest(identity=Identity("me", 300, number=NUMBER))
    with pytest.raises(ValidationFailed) as raised:
        check_request(request, profile(), RULES, blocked_numbers=[NUMBER])
    assert [each.code for each in raised.value.field_errors] == ["number_blocked"]


@pytest.mark.parametrize(
    ("answers", "body", "accepted"),
    [
        ({"account": "1"}, {}, {"account": "1"}),
        ({"account": "1"}, {"account": "1"}, {"account": "1"}),
        ({"account": "1"}, {"account": ""}, {"account": "1"}),
        ({"account": "1"}, {"reason": "x"}, {"account": "1", "reason": "x"}),
        ({"account": "1", "tier": "gold"}, {}, {"account": "1", "tier": "gold"}),
        ({}, {"account": "2"}, {"account": "2"}),
    ],
)
def test_signed_answers_go_with_those_of_the_body(
    answers: dict[str, str], body: dict[str, str], accepted: dict[str, str]
) -> None:
    assert signed(answers=answers)(number=NUMBER, questions=body).answers == accepted


@pytest.mark.parametrize(
    ("answers", "body", "key", "code"),
    [
        ({"account": "1"}, {"account": "2"}, "account", "question_not_allowed"),
        ({"account": "1", "reason": ""}, {"reason": "x"}, "reason", "question_not_allowed"),
        ({"account": "1"}, {"tier": "gold"}, "tier", "question_not_allowed"),
        ({"account": "1", "caller": "1"}, {}, "caller", "question_not_allowed"),
        ({"account": "1", "fc_number": "1"}, {}, "fc_number", "question_not_allowed"),
        ({"account": "1", "other": "1"}, {}, "other", "unknown_question"),
        ({"account": "one"}, {}, "account", "question_not_digits"),
        ({"account": "123456"}, {}, "account", "question_length"),
        ({"account": "1", "reason": "{{x}}"}, {}, "reason", "question_invalid"),
        ({"account": ""}, {}, "account", "question_required"),
    ],
)
def test_signed_answers_are_under_all_rules(
    answers: dict[str, str], body: dict[str, str], key: str, code: str
) -> None:
    check = signed(answers=answers)
    assert faults(check, number=NUMBER, questions=body) == [(f"/questions/{key}", code)]
