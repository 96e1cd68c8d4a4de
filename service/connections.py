"""Connections: what the settings name outside of the process, and what stands before each.

Fonolo has caches, circuit breakers and bulkheads before it; Redis has the process's own memory
behind it; the CAPTCHA provider has a bulkhead. `app` wires them to the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import requests

from service.callbacks.ports import Captcha, KeyHasher, Store
from service.captcha import VERIFY_URLS, SiteVerify, unavailable
from service.egress import open_session
from service.fonolo import FonoloClient, Observer, Tracer
from service.observability.instrumentation import Instrumentation
from service.observability.metrics import Metrics
from service.settings import Settings
from service.store.memory import MemoryStore
from service.upstream.adapter import CachedCatalog, FonoloCallService
from service.upstream.bulkhead import Bulkhead
from service.upstream.cache import Cache
from service.upstream.call_reports import FonoloCallReports
from service.upstream.circuit_breakers import CircuitBreakers
from service.upstream.wait_estimates import WaitEstimates

if TYPE_CHECKING:
    from service.store.redis import RedisStore

#: So many starts and reads may wait for Fonolo in one process; the server has more threads.
MAX_WAITING_STARTS, MAX_WAITING_READS = 256, 128
#: So many starts may wait for the CAPTCHA provider; spare threads are more.
MAX_WAITING_CAPTCHAS = 32
#: Readers of the same call's status share one answer of Fonolo's for so many seconds.
STATUS_TTL = 1


def fonolo_client(
    settings: Settings,
    *,
    pool_size: int = MAX_WAITING_STARTS,
    observer: Observer | None = None,
    tracer: Tracer | None = None,
) -> FonoloClient:
    """Return the client that the settings describe."""
    return FonoloClient(
        settings.fonolo_account_sid,
        settings.fonolo_auth_token,
        base_url=settings.fonolo_base_url,
        timezone=settings.fonolo_timezone.key,
        timeout=settings.fonolo_timeout,
        retries=1,
        session=egress_session(settings, pool_size),
        observer=observer,
        tracer=tracer,
    )


def egress_session(settings: Settings, pool_size: int = MAX_WAITING_STARTS) -> requests.Session:
    """Return a session that goes out the way the settings describe."""
    return open_session(proxy=settings.egress_proxy, ca=settings.egress_ca, pool_size=pool_size)


def shared_store(settings: Settings, clock: Callable[[], float], metrics: Metrics) -> Store:
    """Return the store that the settings describe; in memory where they name no Redis."""
    memory = MemoryStore(clock)
    if not settings.redis_url:
        return memory
    from service.store.failover import FailoverStore  # redis loads only where one is named

    metrics.store_up(True)
    return FailoverStore(
        partial(open_store, settings),
        memory,
        metrics.store_up,
        patience=2 * settings.redis_timeout,
    )


def open_store(settings: Settings) -> RedisStore:
    """Connect to the Redis that the settings name, and see that it does what is wanted of it."""
    from service.redis_url import RedisURL
    from service.store.connection import open_client
    from service.store.redis import RedisStore

    url = RedisURL.parse(settings.redis_url)
    return RedisStore(open_client(url, settings.redis_timeout)).self_test()


def store_state(store: Store) -> str:
    """Return what /readyz says of the store: up, down, or memory where none can be away."""
    up = getattr(store, "up", None)
    return "memory" if up is None else "up" if up else "down"


def upstream(
    settings: Settings, client: FonoloClient, metrics: Metrics, instrumentation: Instrumentation
) -> tuple[CachedCatalog, FonoloCallService]:
    """Put caches, circuit breakers and bulkheads before the client; return both its halves."""
    bulkhead = Bulkhead(MAX_WAITING_READS)
    breakers = CircuitBreakers(client, on_change=metrics.breaker_open)

    def cache(name: str, ttl: int, stale: int = 0) -> Cache[Any]:
        return Cache(
            ttl,
            stale,
            on_result=partial(metrics.cache, name),
            on_wait=instrumentation.add_wait,
            bulkhead=bulkhead,
        )

    catalog = CachedCatalog(
        client,
        breakers,
        cache("profiles", settings.cache_profile_ttl, settings.cache_stale),
        cache("slots", settings.cache_slots_ttl),
    )
    calls = FonoloCallService(
        client,
        breakers,
        start_bulkhead=Bulkhead(MAX_WAITING_STARTS),
        read_bulkhead=bulkhead,
        progress=cache("statuses", STATUS_TTL),
    )
    return catalog, calls


def estimated_waits(
    settings: Settings,
    client: FonoloClient,
    store: Store,
    hasher: KeyHasher,
    clock: Callable[[], float],
) -> Callable[[str], Mapping[str, int]]:
    """Return what tells the waits of a profile's options; nobody estimates them when it is off."""
    if settings.wait_estimate == "off":
        nothing: Mapping[str, int] = {}
        return lambda profile_sid: nothing
    return WaitEstimates(FonoloCallReports(client), store, hasher, clock).waits


def captcha(settings: Settings, store: Store, hasher: KeyHasher) -> Captcha | None:
    """Return the CAPTCHA check that the settings describe; None: there is none."""
    if not settings.captcha_provider:
        return None
    return SiteVerify(
        egress_session(settings),
        settings.captcha_verify_url or VERIFY_URLS[settings.captcha_provider],
        settings.captcha_secret,
        store,
        hasher,
        [urlsplit(origin).hostname or "" for origin in settings.cors_origins if origin != "*"],
        acquire=Bulkhead(MAX_WAITING_CAPTCHAS, unavailable).acquire,
    )
