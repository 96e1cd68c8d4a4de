"""Fonolo as the rules see it: the client's objects and errors turned into theirs, and cached."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime

from service import fonolo
from service.breaker import Breaker
from service.cache import Cache
from service.callbacks.deadline import Deadline
from service.callbacks.ports import Progress
from service.callbacks.profile import Option, Profile, Question
from service.callbacks.slots import Slot
from service.errors import (
    UpstreamRefused,
    UpstreamTimeout,
    UpstreamUnintelligible,
    UpstreamUnknown,
    UpstreamUnreachable,
)
from service.fonolo import FonoloClient, models
from service.places import Places

_LANGUAGES = {"english": "en", "french": "fr", "spanish": "es"}


@contextmanager
def translated() -> Iterator[None]:
    """Turn the client's errors into ours, kind by kind."""
    try:
        yield
    except fonolo.Refused as error:
        raise UpstreamRefused(str(error)) from error
    except fonolo.Unreachable as error:
        raise UpstreamUnreachable(str(error)) from error
    except fonolo.TimedOut as error:
        raise UpstreamTimeout(str(error)) from error
    except fonolo.Unknown as error:
        raise UpstreamUnknown(str(error)) from error
    except fonolo.Unintelligible as error:
        raise UpstreamUnintelligible(str(error)) from error


class CachedCatalog:
    """Profiles and slots out of the caches; fulfils `callbacks.ports.Catalog`."""

    def __init__(
        self,
        client: FonoloClient,
        breaker: Breaker,
        profiles: Cache[Profile],
        slots: Cache[tuple[Slot, ...]],
    ) -> None:
        self._client = client
        self._breaker = breaker
        self._profiles = profiles
        self._slots = slots

    def profile(self, sid: str, within: float) -> Profile:
        return self._profiles.get(sid, lambda: self._fetch_profile(sid, within), within=within)

    def slots(
        self, profile_sid: str, option_id: str, within: float, *, fresh: bool = False
    ) -> tuple[Slot, ...]:
        def fetch() -> tuple[Slot, ...]:
            with self._breaker.guard(), translated():
                found = self._client.schedule(profile_sid, option_id, within=within)
            return tuple(Slot(each.start_time, each.end_time) for each in found)

        key = _slots_key(profile_sid, option_id)
        return self._slots.get(key, fetch, within=within, fresh=fresh)

    def fresh(self) -> FreshCatalog:
        """Return the part of it that never asks Fonolo."""
        return FreshCatalog(self._profiles, self._slots)

    def _fetch_profile(self, sid: str, within: float) -> Profile:
        deadline = Deadline(within)
        with self._breaker.guard(), translated():
            profile = self._client.profile(sid, within=deadline.left())
            options = self._client.options(sid, within=deadline.left())
            asks = profile.questions_enabled
            questions = self._client.questions(sid, within=deadline.left()) if asks else ()
        return _profile(profile, options, questions)


class FreshCatalog:
    """What the caches hold fresh, and nothing else; fulfils `callbacks.ports.Catalog`.

    Raises `LookupError` where Fonolo would have to be asked.
    """

    def __init__(self, profiles: Cache[Profile], slots: Cache[tuple[Slot, ...]]) -> None:
        self._profiles = profiles
        self._slots = slots

    def profile(self, sid: str, within: float) -> Profile:
        return self._profiles.fresh(sid)

    def slots(
        self, profile_sid: str, option_id: str, within: float, *, fresh: bool = False
    ) -> tuple[Slot, ...]:
        return self._slots.fresh(_slots_key(profile_sid, option_id))


class FonoloPhone:
    """Calls placed at Fonolo; fulfils `callbacks.ports.Phone`.

    Starts and reads have breakers and places of their own: the ones failing or waiting never
    hold back the others.
    """

    def __init__(
        self,
        client: FonoloClient,
        *,
        starts: Breaker,
        reads: Breaker,
        start_places: Places,
        read_places: Places,
    ) -> None:
        self._client = client
        self._starts = starts
        self._reads = reads
        self._start_places = start_places
        self._read_places = read_places

    def start(
        self,
        number: str,
        option_id: str,
        *,
        start_time: datetime | None,
        sms_optin: bool | None,
        answers: Mapping[str, str],
        within: float,
    ) -> str:
        with self._start_places.take(), self._starts.guard(), translated():
            started = self._client.start(
                number,
                option_id,
                start_date=start_time,
                sms_optin=sms_optin,
                answers=answers,
                within=within,
            )
        return started.sid

    def progress(self, call_sid: str) -> Progress:
        with self._read_places.take(), self._reads.guard(), translated():
            status = self._client.status(call_sid)
        return Progress(status.status, status.start_date, status.duration)

    def cancel(self, call_sid: str) -> None:
        with self._read_places.take(), self._reads.guard(), translated():
            self._client.cancel(call_sid)


def _slots_key(profile_sid: str, option_id: str) -> str:
    return f"{profile_sid}/{option_id}"


def _profile(
    profile: models.Profile,
    options: tuple[models.Option, ...],
    questions: tuple[models.Question, ...],
) -> Profile:
    return Profile(
        sid=profile.sid,
        name=profile.name,
        status=profile.status,
        language=_LANGUAGES.get(profile.language, "und"),
        default_country=profile.default_country,
        scheduling=profile.scheduling_enabled,
        sms=profile.sms_enabled,
        options=tuple(sorted((_option(each, profile) for each in options), key=_position)),
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


def _position(each: Option | Question) -> int:
    return each.position
