"""The composition root: settings in, a WSGI application out. All wiring, and nothing else."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING

from service.callbacks.identity import TokenUses
from service.callbacks.ports import CallService, Captcha, KeyHasher, Store
from service.callbacks.tracking import CallbackTracker
from service.connections import (
    captcha,
    estimated_waits,
    fonolo_client,
    shared_store,
    store_state,
    upstream,
)
from service.fonolo import FonoloClient
from service.http.admission import Admission, Identification
from service.http.base_path import under_base_path
from service.http.client_address import ClientResolver
from service.http.handles import Handles
from service.http.headers import Cors
from service.http.middleware import GatewayMiddleware
from service.http.problem_catalogue import ProblemCatalogue, read_catalogue
from service.http.problem_pages import problems_blueprint
from service.http.problems import ProblemRenderer
from service.http.rate_limits import RateLimits
from service.http.readiness import Readiness
from service.http.request_context import current_request
from service.http.routing import Application
from service.http.views.callback_page import callback_page_blueprint
from service.http.views.callbacks import callbacks_blueprint
from service.http.views.files import docs_blueprint
from service.http.views.operations import operations_blueprint
from service.http.views.profiles import profiles_blueprint
from service.http.views.widget import widget_blueprint
from service.observability.instrumentation import Instrumentation
from service.observability.metrics import Metrics
from service.rules import callback_starter, profile_queries
from service.settings import Settings
from service.settings.watched_files import WatchedFile
from service.store.hashing import KeyedHasher
from service.upstream.adapter import CachedCatalog

if TYPE_CHECKING:
    from service.observability.tracing import Tracing


def create_app(
    settings: Settings | None = None,
    *,
    fonolo: FonoloClient | None = None,
    store: Store | None = None,
    clock: Callable[[], float] | None = None,
    tracing: Tracing | None = None,
    draining: threading.Event | None = None,
) -> Application:
    """Return the gateway as a Flask application.

    Without `settings` the environment is read (`ConfigurationError` for a bad one). `fonolo` and
    `store` replace those that the settings describe; `clock` returns seconds since the epoch, and
    replaces the monotonic one of the store in memory too; `tracing` makes spans; `draining` is set
    once the process stops and is not ready any more.
    """
    settings = settings or Settings.read()
    catalogue = read_catalogue()
    metrics = Metrics(catalogue.statuses)
    instrumentation = Instrumentation(metrics, tracing)
    for source in (settings.numbers_blocked, *settings.identity_keys):
        if isinstance(source, WatchedFile):
            source.on_failure = metrics.reload_failed
    store = store or shared_store(settings, clock or time.monotonic, metrics)
    client = fonolo or fonolo_client(
        settings,
        observer=instrumentation.call_ended,
        tracer=instrumentation.begin_call if tracing else None,
    )
    catalog, calls = upstream(settings, client, metrics, instrumentation)
    readiness = Readiness(
        catalog,
        settings.callback_profiles.values(),
        partial(store_state, store),
        draining or threading.Event(),
    )

    app = Application("service", static_folder=None)
    app.readiness = readiness
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.url_map.merge_slashes = False
    hasher = KeyedHasher(settings.store_secret)
    problems = ProblemRenderer(catalogue.problems, settings.centre_timezone, settings.base_path)
    problems.init_app(app)
    waits = estimated_waits(settings, client, store, hasher, clock or time.time)
    _add_profiles(app, settings, catalog, waits)
    _add_callbacks(app, settings, catalog, calls, store, hasher, clock or time.time, problems)
    _add_pages(app, readiness, catalogue, settings.base_path)
    middleware = GatewayMiddleware(
        app,
        client_of=ClientResolver(settings.trusted_proxies, hasher),
        admission=_admission(app, settings, store, hasher, clock or time.time),
        problems=problems,
        cors=Cors(app, settings.cors_origins),
        observer=instrumentation,
    )
    app.wsgi_app = under_base_path(middleware, settings.base_path)  # type: ignore[method-assign]
    return app


def _add_profiles(
    app: Application,
    settings: Settings,
    catalog: CachedCatalog,
    estimated_waits: Callable[[str], Mapping[str, int]],
) -> None:
    app.register_blueprint(
        profiles_blueprint(
            profile_queries(settings, catalog),
            profile_queries(settings, catalog.peeking()),
            zone=settings.centre_timezone,
            captcha=_captcha_shown(settings),
            estimated_waits=estimated_waits,
            form_max_age=settings.cache_profile_ttl,
            slots_max_age=settings.cache_slots_ttl,
        )
    )


def _add_callbacks(
    app: Application,
    settings: Settings,
    catalog: CachedCatalog,
    calls: CallService,
    store: Store,
    hasher: KeyHasher,
    clock: Callable[[], float],
    problems: ProblemRenderer,
) -> None:
    handles = _handles(settings, clock)
    tracker = CallbackTracker(calls, store, clock)
    app.register_blueprint(
        callbacks_blueprint(
            profile_queries(settings, catalog),
            callback_starter(settings, catalog, calls, store, hasher, handles, clock),
            tracker,
            handles,
            zone=settings.centre_timezone,
            starts_enabled=settings.starts == "on",
            captcha_for_request=_captcha_for_request(settings, captcha(settings, store, hasher)),
        )
    )
    if settings.public_page == "on":
        app.register_blueprint(
            callback_page_blueprint(
                tracker,
                handles,
                problems,
                settings.centre_timezone,
                {sid: alias for alias, sid in settings.callback_profiles.items()},
                settings.captcha_provider,
            )
        )


def _add_pages(
    app: Application, readiness: Readiness, catalogue: ProblemCatalogue, base_path: str
) -> None:
    for blueprint in (
        operations_blueprint(readiness),
        docs_blueprint(base_path),
        problems_blueprint(catalogue),
        widget_blueprint(),
    ):
        app.register_blueprint(blueprint)


def _handles(settings: Settings, clock: Callable[[], float]) -> Handles:
    return Handles(settings.handle_secret, settings.fonolo_account_sid, settings.handle_ttl, clock)


def _admission(
    app: Application,
    settings: Settings,
    store: Store,
    hasher: KeyHasher,
    clock: Callable[[], float],
) -> Admission:
    limits = RateLimits(
        app,
        store,
        {
            "start": settings.limit_start,
            "read": settings.limit_read,
            "status": settings.limit_status,
        },
        step_up=bool(settings.captcha_provider) and settings.captcha_mode == "step_up",
    )
    identification = _identification(settings, TokenUses(store, hasher))
    return Admission(limits, identification, _handles(settings, clock).read, hasher)


def _identification(settings: Settings, token_uses: TokenUses) -> Identification | None:
    """Return what reads who asks out of a host's tokens; None where no host signs."""
    if not settings.identity_keys:
        return None
    from service.identity import TokenReader  # cryptography loads only where a host signs

    return Identification(
        TokenReader(settings.identity_keys).read,
        token_uses,
        settings.callback_profiles,
        required=settings.identity_mode == "required",
    )


def _captcha_shown(settings: Settings) -> Mapping[str, str] | None:
    """Return what the form says of the CAPTCHA that a start needs; None: it needs none."""
    if not settings.captcha_provider:
        return None
    return {
        "provider": settings.captcha_provider,
        "site_key": settings.captcha_site_key,
        "mode": settings.captcha_mode,
    }


def _captcha_for_request(settings: Settings, check: Captcha | None) -> Callable[[], Captcha | None]:
    """Return what chooses the CAPTCHA check: always, or once the client's limit is used up."""
    if settings.captcha_mode == "always":
        return lambda: check
    return lambda: check if current_request().limit_exceeded else None
