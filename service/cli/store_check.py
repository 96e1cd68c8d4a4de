"""Try the Redis that the settings name; redis loads only where they name one."""

from __future__ import annotations

import click

from service.connections import open_store
from service.settings import Settings


def refuse_unusable_store(settings: Settings) -> None:
    """Exit 2 where the store can never work; one that is away may come back."""
    fault, may_pass = _fault(settings, eviction=False)
    if fault and not may_pass:
        click.echo(fault, err=True)
        raise SystemExit(2)


def store_faults(settings: Settings) -> list[str]:
    """Try the store, if there is one; show that it works, or return what is wrong."""
    fault, _ = _fault(settings, eviction=True)
    if fault:
        return [fault]
    if settings.redis_url:
        click.echo("Store        answers, and does all that is needed")
    return []


def _fault(settings: Settings, *, eviction: bool) -> tuple[str, bool]:
    """Return the store's fault, empty where there is none, and whether it may pass."""
    if not settings.redis_url:
        return "", True
    from service.store.checking import StoreFault, check_store

    try:
        check_store(lambda: open_store(settings), eviction=eviction)
    except StoreFault as fault:
        return f"REDIS_URL: {fault}", fault.passes
    return "", True
