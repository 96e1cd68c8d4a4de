"""Wiring, the outer half: what the settings connect the gateway to, Fonolo and the store."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import requests

from service.breaker import Breaker
from service.cache import Cache
from service.callbacks.ports import Ledger
from service.egress import open_session
from service.fonolo import FonoloClient, Observer, Tracer
from service.observability.metrics import Metrics
from service.observability.watch import Watch
from service.places import Places
from service.settings import Settings
from service.store.memory import MemoryLedger
from service.store.redis import RedisLedger, connect
from service.store.shared import SharedLedger
from service.upstream import CachedCatalog, FonoloPhone

#: Starts and reads that may wait for Fonolo at a time in one process; the server has more threads.
WAITING_STARTS, WAITING_READS = 256, 128


def upstream(
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
        session=egress_session(settings, pool_size),
        observer=observer,
        tracer=tracer,
    )


def egress_session(settings: Settings, pool_size: int = WAITING_STARTS) -> requests.Session:
    """Open a session that goes out the way the settings describe."""
    return open_session(proxy=settings.egress_proxy, ca=settings.egress_ca, pool_size=pool_size)


def open_ledger(
    settings: Settings, clock: Callable[[], float], told: Callable[[bool], None]
) -> Ledger:
    """Open the ledger that the settings describe: in memory, or shared; `told` of its store."""
    memory = MemoryLedger(clock)
    if not settings.redis_url:
        return memory
    told(True)
    return SharedLedger(RedisLedger(connect(settings.redis_url)), memory, told)


def store_state(ledger: Ledger) -> str:
    """Say of the ledger's store what /readyz says: up, down, or memory where there is none."""
    if isinstance(ledger, SharedLedger):
        return "up" if ledger.up else "down"
    return "memory"
