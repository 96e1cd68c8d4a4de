"""What a caller is shown: the public part of a profile, and the free slots."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from service.callbacks.countries import ALL_COUNTRIES
from service.callbacks.number_rules import NumberRules
from service.callbacks.ports import Catalog
from service.callbacks.profile import Profile
from service.callbacks.questions import is_public
from service.callbacks.slots import Slot
from service.errors import Problem


@dataclass(frozen=True, slots=True)
class ProfileQueries:
    """Read profiles by their alias; `within` is how long Fonolo may be asked, in seconds."""

    catalog: Catalog
    aliases: Mapping[str, str]
    question_types: frozenset[str]
    numbers: NumberRules
    within: float

    def profile_sid(self, alias: str) -> str:
        """Return the SID of the profile with that alias, or raise `unknown_profile`."""
        if alias not in self.aliases:
            raise Problem("unknown_profile", "No profile is configured under this name.")
        return self.aliases[alias]

    def profile(self, alias: str) -> Profile:
        """Return the profile with that alias, as configured now."""
        return self.catalog.profile(self.profile_sid(alias), self.within)

    def form(self, profile: Profile) -> Profile:
        """Return the profile without what the public may not see or answer."""
        return replace(
            profile,
            questions=tuple(
                question if question.visible else replace(question, default=None)
                for question in profile.questions
                if is_public(question, self.question_types)
            ),
        )

    def countries(self, calling_code: str | None) -> list[str] | None:
        """List the ISO codes called where the calling code is the default; None: all."""
        allowed = self.numbers.countries_for(calling_code)
        return None if allowed is None else sorted(allowed)

    def all_countries(self, profile: Profile) -> list[str]:
        """List the ISO codes called for the profile or one of its options."""
        allowed: set[str] = set()
        codes = {profile.default_country, *(option.default_country for option in profile.options)}
        for calling_code in codes:
            countries = self.numbers.countries_for(calling_code)
            allowed |= ALL_COUNTRIES if countries is None else countries
        return sorted(allowed)

    def slots(self, alias: str, option_id: str) -> tuple[Slot, ...]:
        """List the slots on offer; none where nothing can be scheduled."""
        profile = self.profile(alias)
        option = profile.option(option_id)
        if option is None:
            raise Problem("unknown_option", "The profile has no option with this id.")
        if not profile.offers_slots(option):
            return ()
        return self.catalog.slots(profile.sid, option.id, self.within)
