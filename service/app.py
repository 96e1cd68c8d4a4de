"""All wiring: settings in, a WSGI application out; nothing else knows every room.

What is outside, Fonolo and the store, is connected in `connections`.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from flask import Blueprint, Flask

from service.callbacks.form import FormReader
from service.callbacks.idempotency import Idempotency
from service.callbacks.numbers import NumberRules
from service.callbacks.ports import Captcha, Catalog, Hashed, Ledger, Phone
from service.callbacks.progress import CallbackFollower
from service.callbacks.request import RequestRules
from service.callbacks.rings import RingRules, Rings
from service.callbacks.start import CallbackStarter
from service.captcha import VERIFY_URLS, SiteVerify
from service.connections import egress_session, fonolo_client, open_ledger, store_state, upstream
from service.fonolo import FonoloClient
from service.http import problems
from service.http.application import Application
from service.http.callbacks import callbacks_blueprint
from service.http.edge import Edge
from service.http.files import docs_blueprint, widget_blueprint
from service.http.handles import Handles
from service.http.limits import ClientLimits
from service.http.operations import operations_blueprint
from service.http.problem_pages import problems_blueprint
from service.http.profiles import profiles_blueprint
from service.http.routes import LimitedRoutes
from service.http.schemas import present_time
from service.http.visit import this_visit
from service.observability.metrics import Metrics
from service.observability.watch import Watch
from service.readiness import Readiness
from service.settings import Settings
from service.store.keys import KeyedHash

if TYPE_CHECKING:
    from service.observability.traces import Traces

#: A start's own reads of the configuration may take this long, in seconds.
READING = 5.0


def create_app(
    settings: Settings | None = None,
    *,
    fonolo: FonoloClient | None = None,
    store: Ledger | None = None,
    clock: Callable[[], float] = time.time,
    traces: Traces | None = None,
) -> Flask:
    """Build the application.

    Without `settings` the environment is read (`ConfigurationError` for a bad one). `fonolo`
    and `store` stand in for the client and the ledger that the settings describe; `clock`
    gives seconds since the epoch; `traces` are for spans, where they are on.
    """
    settings = settings or Settings.read()
    metrics = Metrics({code: status for code, (status, _) in problems.PROBLEMS.items()})
    watch = Watch(metrics, traces)
    ledger = store or open_ledger(settings, clock, metrics.store_up)
    client = fonolo or fonolo_client(
        settings, observer=watch.called, tracer=traces.call if traces else None
    )
    hashed = KeyedHash(settings.store_secret)
    catalog, phone = upstream(settings, client, metrics, watch)
    handles = Handles(
        settings.handle_secret, settings.fonolo_account_sid, settings.handle_ttl, clock
    )
    readiness = Readiness(catalog, settings.callback_profiles.values(), lambda: store_state(ledger))

    app = Application("service")
    app.config["CENTRE_TIMEZONE"] = settings.centre_timezone
    app.extensions["readiness"] = readiness
    problems.init_app(app)
    reader = _form_reader(settings, catalog)
    starter = _starter(settings, catalog, phone, ledger, hashed, handles, clock)
    follower = CallbackFollower(phone, ledger, clock)
    for blueprint in (
        _profiles(settings, reader, catalog.fresh()),
        _callbacks(settings, reader, starter, follower, handles, ledger, hashed),
        operations_blueprint(readiness),
        docs_blueprint(),
        problems_blueprint(),
        widget_blueprint(),
    ):
        app.register_blueprint(blueprint)
    app.wsgi_app = _edge(settings, app, ledger, watch, hashed)  # type: ignore[method-assign]
    return app


def _profiles(settings: Settings, reader: FormReader, fresh: Catalog) -> Blueprint:
    return profiles_blueprint(
        reader,
        replace(reader, catalog=fresh),
        zone=settings.centre_timezone,
        captcha=_captcha_shown(settings),
        form_ttl=settings.cache_profile_ttl,
        slots_ttl=settings.cache_slots_ttl,
    )


def _callbacks(
    settings: Settings,
    reader: FormReader,
    starter: CallbackStarter,
    follower: CallbackFollower,
    handles: Handles,
    ledger: Ledger,
    hashed: Hashed,
) -> Blueprint:
    return callbacks_blueprint(
        reader,
        starter,
        follower,
        handles,
        zone=settings.centre_timezone,
        starts=settings.starts == "on",
        captcha_for=_captcha_for(settings, ledger, hashed),
    )


def _edge(settings: Settings, app: Flask, ledger: Ledger, watch: Watch, hashed: Hashed) -> Edge:
    """Put the edge around the application, whose routes are all there."""
    return Edge(
        app.wsgi_app,
        LimitedRoutes(app),
        _client_limits(settings, ledger),
        watch,
        hashed,
        trusted=settings.trusted_proxies,
        cors_origins=settings.cors_origins,
    )


def _client_limits(settings: Settings, ledger: Ledger) -> ClientLimits:
    return ClientLimits(
        ledger,
        {"start": settings.limit_start, "read": settings.limit_read},
        step_up=bool(settings.captcha_provider) and settings.captcha_mode == "step_up",
    )


def _form_reader(settings: Settings, catalog: Catalog) -> FormReader:
    return FormReader(
        catalog,
        settings.callback_profiles,
        settings.question_types,
        _number_rules(settings),
        within=sum(settings.fonolo_timeout),
    )


def _starter(
    settings: Settings,
    catalog: Catalog,
    phone: Phone,
    ledger: Ledger,
    hashed: Hashed,
    handles: Handles,
    clock: Callable[[], float],
) -> CallbackStarter:
    rings = RingRules(
        settings.limit_number,
        settings.limit_prefix,
        settings.limit_start_global,
        settings.duplicate_window,
    )
    return CallbackStarter(
        catalog,
        phone,
        ledger,
        Rings(rings, hashed, clock),
        Idempotency(ledger, hashed, settings.idempotency_ttl, clock),
        RequestRules(settings.fonolo_timezone, _number_rules(settings), settings.question_types),
        sign=handles.sign,
        present=lambda at: present_time(at, settings.centre_timezone),
        reading=READING,
        calling=sum(settings.fonolo_timeout),
    )


def _number_rules(settings: Settings) -> NumberRules:
    return NumberRules(
        settings.number_policy, settings.number_countries, settings.number_blocked_types
    )


def _captcha_shown(settings: Settings) -> dict[str, str] | None:
    """Say in the form which CAPTCHA a start needs; None: none."""
    if not settings.captcha_provider:
        return None
    return {
        "provider": settings.captcha_provider,
        "site_key": settings.captcha_site_key,
        "mode": settings.captcha_mode,
    }


def _captcha_for(
    settings: Settings, ledger: Ledger, hashed: Hashed
) -> Callable[[], Captcha | None]:
    """Say which check of a CAPTCHA a start needs: always, or once its client's budget is used."""
    if not settings.captcha_provider:
        return lambda: None
    captcha = SiteVerify(
        egress_session(settings),
        settings.captcha_verify_url or VERIFY_URLS[settings.captcha_provider],
        settings.captcha_secret,
        ledger,
        hashed,
        [urlsplit(origin).hostname or "" for origin in settings.cors_origins if origin != "*"],
    )
    if settings.captcha_mode == "always":
        return lambda: captcha
    return lambda: captcha if this_visit().budget_used_up else None
