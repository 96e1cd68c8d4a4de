"""What a form tells of countries: all that a picker needs, and little of it."""

from __future__ import annotations

import gzip
import json

import phonenumbers

from tests.contract.calling import World
from tests.contract.description import hold


def test_a_form_names_the_countries_of_profile_and_option(world: World) -> None:
    form = hold("getProfile", world.caller().ask("getProfile", alias="default"))
    assert form["countries"] == ["AS", "CA", "GU", "MP", "PR", "US", "VI"]
    assert form["options"][0]["countries"] == form["countries"]
    assert form["calling_codes"] == dict.fromkeys(form["countries"], "1")
    assert list(form["number_examples"]) == form["countries"]


def test_where_all_are_called_it_tells_of_each_in_less_than_8_kib(world: World) -> None:
    caller = world.caller(NUMBER_COUNTRIES="*")
    form = hold("getProfile", caller.ask("getProfile", alias="default"))
    assert form["countries"] is None
    assert form["options"][0]["countries"] is None
    assert set(form["calling_codes"]) == phonenumbers.SUPPORTED_REGIONS
    assert form["calling_codes"]["CH"] == "41"
    assert form["number_examples"]["CH"] == "078 123 45 67"
    assert form["number_formats"]["CH"] == ["0## ### ## ##"]
    assert form["number_formats"]["US"] == ["(###) ###-####"]
    assert form["number_formats"]["FR"] == ["0# ## ## ## ##"]
    names = ("calling_codes", "number_examples", "number_formats")
    shown = {name: form[name] for name in names}
    assert len(gzip.compress(json.dumps(shown).encode())) < 8 * 1024
