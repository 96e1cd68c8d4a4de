"""All wiring: settings in, a WSGI application out; nothing else knows every room."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from flask import Flask

from service.breaker import Breaker
from service.cache import Cache
from service.callbacks.form import FormReader
from service.callbacks.idempotency import Idempotency
from service.callbacks.numbers import NumberRules
from service.callbacks.ports import Captcha, Catalog, Hashed, Ledger, Phone
from service.callbacks.progress import CallbackFollower
from service.callbacks.request import RequestRules
from service.callbacks.rings import RingRules, Rings
from service.callbacks.start import CallbackStarter
from service.captcha import VERIFY_URLS, SiteVerify
from service.fonolo import FonoloClient, Observer, Tracer
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
from service.places import Places
from service.readiness import Readiness
from service.settings import Settings
from service.store.keys import KeyedHash
from service.store.memory import MemoryLedger
from service.store.redis import RedisLedger, connect
from service.store.shared import SharedLedger
from service.upstream import CachedCatalog, FonoloPhone

if TYPE_CHECKING:
    from service.observability.traces import Traces

#: A start's own reads of the configuration may take this long, in seconds.
READING = 5.0
#: Starts and reads that may wait for Fonolo at a time in one process; the server has more threads.
WAITING_STARTS, WAITING_READS = 256, 128


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
    catalog, phone = _upstream(settings, client, metrics, watch)
    handles = Handles(
        settings.handle_secret, settings.fonolo_account_sid, settings.handle_ttl, clock
    )
    readiness = Readiness(
        catalog, settings.callback_profiles.values(), lambda: _store_state(ledger)
    )

    app = _bare_app(settings)
    app.extensions["readiness"] = readiness
    reader = _form_reader(settings, catalog)
    app.register_blueprint(
        profiles_blueprint(
            reader,
            replace(reader, catalog=catalog.fresh()),
            zone=settings.centre_timezone,
            captcha=_captcha_shown(settings),
            form_ttl=settings.cache_profile_ttl,
            slots_ttl=settings.cache_slots_ttl,
        )
    )
    app.register_blueprint(
        callbacks_blueprint(
            reader,
            _starter(settings, catalog, phone, ledger, hashed, handles, clock),
            CallbackFollower(phone, ledger, clock),
            handles,
            zone=settings.centre_timezone,
            starts=settings.starts == "on",
            captcha_for=_captcha_for(settings, ledger, hashed),
        )
    )
    app.register_blueprint(operations_blueprint(readiness))
    app.register_blueprint(docs_blueprint())
    app.register_blueprint(problems_blueprint())
    app.register_blueprint(widget_blueprint())
    app.wsgi_app = Edge(  # type: ignore[method-assign]
        app.wsgi_app,
        LimitedRoutes(app),
        _client_limits(settings, ledger),
        watch,
        hashed,
        trusted=settings.trusted_proxies,
        cors_origins=settings.cors_origins,
    )
    return app


def _bare_app(settings: Settings) -> Flask:
    """Build an application without routes, whose errors are problems."""
    app = Application("service")
    app.config["CENTRE_TIMEZONE"] = settings.centre_timezone
    problems.init_app(app)
    return app


def _client_limits(settings: Settings, ledger: Ledger) -> ClientLimits:
    return ClientLimits(
        ledger,
        {"start": settings.limit_start, "read": settings.limit_read},
        step_up=bool(settings.captcha_provider) and settings.captcha_mode == "step_up",
    )


def _upstream(
    settings: Settings, client: FonoloClient, metrics: Metrics, watch: Watch
) -> tuple[CachedCatalog, FonoloPhone]:
    """Put caches, breakers and bounded places before the client."""
    places = Places(WAITING_READS)
    reads = Breaker(told=partial(metrics.breaker_open, "reads"))
    catalog = CachedCatalog(
        client,
        reads,
        Cache(
            settings.cache_profile_ttl,
            settings.cache_stale,
            told=partial(metrics.cache, "profiles"),
            waited=watch.waited,
            places=places,
        ),
        Cache(
            settings.cache_slots_ttl,
            told=partial(metrics.cache, "slots"),
            waited=watch.waited,
            places=places,
        ),
    )
    phone = FonoloPhone(
        client,
        starts=Breaker(told=partial(metrics.breaker_open, "starts")),
        reads=reads,
        start_places=Places(WAITING_STARTS),
        read_places=places,
    )
    return catalog, phone


def fonolo_client(
    settings: Settings,
    *,
    pool_size: int = WAITING_STARTS,
    observer: Observer | None = None,
    tracer: Tracer | None = None,
) -> FonoloClient:
    """Build the client that the settings describe."""
    return FonoloClient(
        settings.fonolo_account_sid,
        settings.fonolo_auth_token,
        base_url=settings.fonolo_base_url,
        timezone=settings.fonolo_timezone.key,
        timeout=settings.fonolo_timeout,
        retries=1,
        pool_size=pool_size,
        observer=observer,
        tracer=tracer,
    )


def open_ledger(
    settings: Settings, clock: Callable[[], float], told: Callable[[bool], None]
) -> Ledger:
    """Open the ledger that the settings describe: in memory, or shared; `told` of its store."""
    memory = MemoryLedger(clock)
    if not settings.redis_url:
        return memory
    told(True)
    return SharedLedger(RedisLedger(connect(settings.redis_url)), memory, told)


def _store_state(ledger: Ledger) -> str:
    if isinstance(ledger, SharedLedger):
        return "up" if ledger.up else "down"
    return "memory"


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
        settings.captcha_verify_url or VERIFY_URLS[settings.captcha_provider],
        settings.captcha_secret,
        ledger,
        hashed,
        [urlsplit(origin).hostname or "" for origin in settings.cors_origins if origin != "*"],
    )
    if settings.captcha_mode == "always":
        return lambda: captcha
    return lambda: captcha if this_visit().budget_used_up else None
