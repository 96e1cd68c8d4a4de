"""Which numbers an operator lets be called: policy, countries, types."""

from __future__ import annotations

from dataclasses import dataclass

from service.callbacks.countries import main_country

POLICIES = ("digits", "possible", "valid")
#: Types that are never called unless the operator wishes it: dear, or nobody answers.
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
