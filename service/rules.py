"""The rules, as the settings describe them; `app` gives them what they need of the rest."""

from __future__ import annotations

from collections.abc import Callable

from service.callbacks.idempotency import Idempotency
from service.callbacks.identity import TokenUses
from service.callbacks.number_rules import NumberRules
from service.callbacks.ports import CallService, Catalog, KeyHasher, Store
from service.callbacks.profile_queries import ProfileQueries
from service.callbacks.replacement import Replacements
from service.callbacks.request import RequestRules
from service.callbacks.ring_budgets import RingBudgets, RingLimits
from service.callbacks.start import CallbackStarter
from service.http.handles import Handles
from service.http.schemas import format_time
from service.settings import Settings
from service.upstream.adapter import CachedCatalog

#: A start's own reads of the configuration may take this long, in seconds.
CONFIG_TIMEOUT = 5.0


def number_rules(settings: Settings) -> NumberRules:
    """Return which numbers may be called."""
    return NumberRules(
        settings.number_policy, settings.number_countries, settings.number_blocked_types
    )


def profile_queries(settings: Settings, catalog: Catalog) -> ProfileQueries:
    """Return what reads the forms and slots of the configured profiles."""
    return ProfileQueries(
        catalog,
        settings.callback_profiles,
        settings.question_types,
        number_rules(settings),
        within=sum(settings.fonolo_timeout),
    )


def callback_starter(
    settings: Settings,
    catalog: CachedCatalog,
    calls: CallService,
    store: Store,
    hasher: KeyHasher,
    handles: Handles,
    clock: Callable[[], float],
) -> CallbackStarter:
    """Return what starts call-backs; `clock` returns seconds since the epoch."""
    return CallbackStarter(
        catalog,
        calls,
        RingBudgets(_ring_limits(settings), hasher, clock),
        Idempotency(store, hasher, settings.idempotency_ttl, clock),
        RequestRules(settings.fonolo_timezone, number_rules(settings), settings.question_types),
        Replacements(handles.read, calls, store, hasher, settings.handle_ttl, clock),
        sign=handles.sign,
        format_time=lambda at: format_time(at, settings.centre_timezone),
        config_timeout=CONFIG_TIMEOUT,
        call_timeout=sum(settings.fonolo_timeout),
        token_uses=TokenUses(store, hasher),
        blocked_numbers=settings.numbers_blocked,
        cached=catalog.peeking(),
    )


def _ring_limits(settings: Settings) -> RingLimits:
    return RingLimits(
        settings.limit_number,
        settings.limit_prefix,
        settings.limit_start_global,
        settings.duplicate_window,
    )
