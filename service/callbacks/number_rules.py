"""Which numbers an operator lets be called: policy, countries, types."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

import phonenumbers

POLICIES = ("digits", "possible", "valid")
#: Types that are called by nobody's choice or at the caller's cost.
BLOCKED_TYPES = frozenset({"premium_rate", "shared_cost", "personal_number", "pager"})
_UNITED_STATES = frozenset({"US", "PR", "GU", "VI", "AS", "MP"})
#: The countries that share a calling code with others and are allowed with it by default.
_SHARED = {"1": _UNITED_STATES | {"CA"}}


@dataclass(frozen=True, slots=True)
class NumberRules:
    """Which numbers may be called.

    `policy` is one of POLICIES. `countries` are ISO codes; empty: those of the default country;
    None: all. `blocked_types` are libphonenumber's type names in lower case.
    """

    policy: str = "possible"
    countries: frozenset[str] | None = frozenset()
    blocked_types: frozenset[str] = BLOCKED_TYPES

    def countries_for(self, calling_code: str | None) -> frozenset[str] | None:
        """List the ISO codes allowed where `calling_code` is the default; None: all."""
        if self.countries is None or self.countries:
            return self.countries
        if calling_code in _SHARED:
            return _SHARED[calling_code]
        country = main_country(calling_code)
        return frozenset({country}) if country else frozenset()


@lru_cache(256)
def main_country(calling_code: str | None) -> str | None:
    """Name the main country of a calling code; None for no or no known code."""
    if not calling_code or not re.fullmatch(r"[0-9]{1,3}", calling_code):
        return None
    country = str(phonenumbers.region_code_for_country_code(int(calling_code)))
    return None if country in {phonenumbers.UNKNOWN_REGION, "001"} else country


def calling_code_of(country: str) -> str | None:
    """Return the calling code of an ISO country; None for no known one."""
    code = phonenumbers.country_code_for_region(country)
    return str(code) if code and country in phonenumbers.SUPPORTED_REGIONS else None
