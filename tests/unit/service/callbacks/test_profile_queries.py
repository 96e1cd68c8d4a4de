"""Forms: the public sees what it may answer, and the slots it may choose."""

from __future__ import annotations

import pytest

from service.callbacks.countries import ALL_COUNTRIES
from service.callbacks.number_rules import NumberRules
from service.callbacks.profile import Profile
from service.callbacks.profile_queries import ProfileQueries
from service.callbacks.questions import PUBLIC_TYPES
from service.errors import Problem, UpstreamError, UpstreamRefused, UpstreamTimeout
from tests.unit.service.fakes import (
    OPTION_ID,
    PROFILE_SID,
    FakeCatalog,
    option,
    profile,
    question,
    slot,
)


def reader(catalog: FakeCatalog, numbers: NumberRules | None = None) -> ProfileQueries:
    aliases = {"default": PROFILE_SID}
    return ProfileQueries(catalog, aliases, PUBLIC_TYPES, numbers or NumberRules(), within=13)


def shown_form(catalog: FakeCatalog) -> Profile:
    found = reader(catalog)
    return found.form(found.profile("default"))


@pytest.mark.parametrize("alias", ["", "Default", PROFILE_SID, "other", "default "])
def test_an_alias_that_is_not_configured_is_unknown_and_nothing_is_asked(alias: str) -> None:
    catalog = FakeCatalog()
    for ask in (reader(catalog).profile, lambda alias: reader(catalog).slots(alias, OPTION_ID)):
        with pytest.raises(Problem) as raised:
            ask(alias)
        assert raised.value.code == "unknown_profile"
    assert catalog.asked == []


class TestQuestions:
    def test_those_the_public_may_not_answer_are_left_out(self) -> None:
        shown = profile(
            questions=(
                question("reason"),
                question("recorded", type="recorded_message"),
                question("digits", type="numeric_input"),
                question("header", type="sip_header"),
                question("caller", type="client_cid_number"),
                question("fc_number"),
            )
        )
        form = shown_form(FakeCatalog(shown))
        assert [each.key for each in form.questions] == ["reason", "recorded", "digits"]

    def test_a_default_is_shown_of_visible_ones_only(self) -> None:
        shown = profile(
            questions=(
                question("plan", default="Standard"),
                question("campaign", default="internal", visible=False),
            )
        )
        plan, campaign = shown_form(FakeCatalog(shown)).questions
        assert plan.default == "Standard"
        assert campaign.default is None
        assert not campaign.visible


class TestCountries:
    def test_they_are_those_of_the_profiles_default_country(self) -> None:
        assert reader(FakeCatalog()).countries("1") == [*("AS", "CA", "GU", "MP", "PR", "US", "VI")]
        assert reader(FakeCatalog()).countries("44") == ["GB"]

    def test_all_are_none(self) -> None:
        everywhere = NumberRules(countries=None)
        assert reader(FakeCatalog(), everywhere).countries("1") is None

    def test_named_ones_are_sorted(self) -> None:
        named = NumberRules(countries=frozenset({"US", "CA", "GB"}))
        assert reader(FakeCatalog(), named).countries("1") == ["CA", "GB", "US"]


class TestSlots:
    def test_they_are_those_on_offer(self) -> None:
        assert reader(FakeCatalog()).slots("default", OPTION_ID) == (slot(),)

    @pytest.mark.parametrize("id_", ["", "CO", OPTION_ID.upper(), "CO" + "9" * 32])
    def test_an_option_that_the_profile_has_not_is_unknown(self, id_: str) -> None:
        catalog = FakeCatalog()
        with pytest.raises(Problem) as raised:
            reader(catalog).slots("default", id_)
        assert raised.value.code == "unknown_option"
        assert catalog.asked == [("profile", PROFILE_SID)]

    @pytest.mark.parametrize(
        "of",
        [
            profile(scheduling=False),
            profile(status="paused"),
            profile(options=(option(status="paused"),)),
            profile(options=(option(status="something new"),)),
        ],
    )
    def test_where_nothing_can_be_scheduled_there_are_none_and_none_are_asked_for(
        self, of: object
    ) -> None:
        catalog = FakeCatalog(of)  # type: ignore[arg-type]
        assert reader(catalog).slots("default", OPTION_ID) == ()
        assert catalog.asked == [("profile", PROFILE_SID)]

    def test_a_closed_option_has_slots(self) -> None:
        closed = profile(options=(option(status="closed"),))
        assert reader(FakeCatalog(closed)).slots("default", OPTION_ID) == (slot(),)

    @pytest.mark.parametrize("error", [UpstreamRefused, UpstreamTimeout])
    def test_a_failure_rises(self, error: type[UpstreamError]) -> None:
        with pytest.raises(error):
            reader(FakeCatalog(offers=[error("e")])).slots("default", OPTION_ID)
        with pytest.raises(error):
            shown_form(FakeCatalog(error("e")))

    def test_a_form_names_all_that_the_profile_or_an_option_allows(self) -> None:
        mixed = profile(default_country="49", options=(option(default_country="41"), option()))
        assert set(reader(FakeCatalog()).all_countries(mixed)) == {
            *("DE", "CH", "AS", "CA", "GU", "MP", "PR", "US", "VI")
        }
        everywhere = NumberRules(countries=None)
        assert set(reader(FakeCatalog(), everywhere).all_countries(mixed)) == ALL_COUNTRIES
