"""Translate: the Fonolo client's objects -> those of the rules; caches between."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from service.callbacks.ports import Progress
from service.callbacks.profile import Option, Profile, Question
from service.callbacks.slots import Slot
from service.fonolo import FonoloClient, models
from service.upstream.bulkhead import Bulkhead
from service.upstream.cache import Cache
from service.upstream.circuit_breakers import CircuitBreakers
from service.upstream.side_calls import side_calls

_LANGUAGES = {"english": "en", "french": "fr", "spanish": "es"}
#: What is fetched behind the scenes may take so long, in seconds.
_RENEW_WITHIN = 10.0


class CachedCatalog:
    """Profiles and slots out of the caches; fulfils `callbacks.ports.Catalog`."""

    def __init__(
        self,
        client: FonoloClient,
        circuit_breakers: CircuitBreakers,
        profiles: Cache[Profile],
        slots: Cache[tuple[Slot, ...]],
    ) -> None:
        self._client = client
        self._circuit_breakers = circuit_breakers
        self._profiles = profiles
        self._slots = slots

    def profile(self, sid: str, within: float) -> Profile:
        return self._profiles.get(
            sid,
            lambda: self._fetch_profile(sid, within),
            within=within,
            renew=lambda: self._fetch_profile(sid, _RENEW_WITHIN),
        )

    def slots(
        self, profile_sid: str, option_id: str, within: float, *, refresh: bool = False
    ) -> tuple[Slot, ...]:
        return self._slots.get(
            _slots_key(profile_sid, option_id),
            lambda: self._fetch_slots(profile_sid, option_id, within),
            within=within,
            refresh=refresh,
            renew=lambda: self._fetch_slots(profile_sid, option_id, _RENEW_WITHIN),
        )

    def peeking(self) -> PeekingCatalog:
        """Return a catalog over the same caches that never asks Fonolo."""
        return PeekingCatalog(self._profiles, self._slots)

    def _fetch_profile(self, sid: str, within: float) -> Profile:
        """Ask for the profile, its options and its questions at once."""
        client = self._client
        with self._circuit_breakers.read("profile", sid), side_calls(2) as run:
            options = run(lambda: client.options(sid, within=within))
            questions = run(lambda: client.questions(sid, within=within))
            profile = client.profile(sid, within=within)
            asked = questions() if profile.questions_enabled else ()
            return to_profile(profile, options(), asked)

    def _fetch_slots(self, profile_sid: str, option_id: str, within: float) -> tuple[Slot, ...]:
        with self._circuit_breakers.read("slots", _slots_key(profile_sid, option_id)):
            schedule = self._client.schedule(profile_sid, option_id, within=within)
        return tuple(Slot(slot.start_time, slot.end_time) for slot in schedule)


class PeekingCatalog:
    """What is fresh in the caches, and nothing else; fulfils `callbacks.ports.Catalog`.

    Raises `LookupError` where Fonolo would have to be asked.
    """

    def __init__(self, profiles: Cache[Profile], slots: Cache[tuple[Slot, ...]]) -> None:
        self._profiles = profiles
        self._slots = slots

    def profile(self, sid: str, within: float) -> Profile:
        return self._profiles.peek(sid)

    def slots(
        self, profile_sid: str, option_id: str, within: float, *, refresh: bool = False
    ) -> tuple[Slot, ...]:
        if refresh:
            raise LookupError("only Fonolo has them afresh")
        return self._slots.peek(_slots_key(profile_sid, option_id))


class FonoloCallService:
    """Place, read and cancel calls at Fonolo; fulfils `callbacks.ports.CallService`.

    Starts and reads have a bulkhead each, and every endpoint a circuit breaker: where one kind
    fails or waits, the others go on. `progress` lets those who read the same call at once share
    one answer.
    """

    def __init__(
        self,
        client: FonoloClient,
        circuit_breakers: CircuitBreakers,
        *,
        start_bulkhead: Bulkhead,
        read_bulkhead: Bulkhead,
        progress: Cache[Progress],
    ) -> None:
        self._client = client
        self._circuit_breakers = circuit_breakers
        self._start_bulkhead = start_bulkhead
        self._read_bulkhead = read_bulkhead
        self._progress = progress

    def start(
        self,
        number: str,
        option_id: str,
        *,
        start_time: datetime | None,
        sms_optin: bool | None,
        answers: Mapping[str, str],
        within: float,
        client: str = "",
    ) -> str:
        with self._start_bulkhead.acquire(), self._circuit_breakers.start(client):
            started = self._client.start(
                number,
                option_id,
                start_date=start_time,
                sms_optin=sms_optin,
                answers=answers,
                within=within,
            )
        return started.sid

    def progress(self, call_sid: str, *, within: float | None = None) -> Progress:
        def fetch() -> Progress:
            with self._circuit_breakers.read("status", call_sid):
                status = self._client.status(call_sid, within=within)
            return Progress(status.status, status.start_date, status.duration)

        return self._progress.get(call_sid, fetch, within=within)

    def cancel(self, call_sid: str, *, within: float | None = None) -> None:
        try:
            with self._read_bulkhead.acquire(), self._circuit_breakers.read("cancel", call_sid):
                self._client.cancel(call_sid, within=within)
        finally:
            self._progress.forget(call_sid)


def _slots_key(profile_sid: str, option_id: str) -> str:
    return f"{profile_sid}/{option_id}"


def to_profile(
    profile: models.Profile,
    options: tuple[models.Option, ...],
    questions: tuple[models.Question, ...],
) -> Profile:
    """Return Fonolo's profile, options and questions as the rules see them, sorted by position."""
    return Profile(
        sid=profile.sid,
        name=profile.name,
        status=profile.status,
        language=_LANGUAGES.get(profile.language, "und"),
        default_country=profile.default_country,
        scheduling=profile.scheduling_enabled,
        sms=profile.sms_enabled,
        options=tuple(sorted((_option(option, profile) for option in options), key=_position)),
        questions=tuple(sorted(map(_question, questions), key=_position)),
    )


def _option(option: models.Option, profile: models.Profile) -> Option:
    overridden = option.default_country if option.default_country_override else None
    return Option(
        id=option.sid,
        name=option.name,
        status=option.status,
        position=option.position,
        default_country=overridden or profile.default_country,
    )


def _question(question: models.Question) -> Question:
    return Question(
        key=question.key,
        name=question.name,
        type=question.type,
        position=question.position,
        required=question.required,
        visible=question.visible,
        editable=question.editable,
        min_length=question.min_length,
        max_length=question.max_length,
        default=question.default_value,
    )


def _position(item: Option | Question) -> int:
    return item.position
