"""Settings for a command: read, or exit 2 with one line a fault."""

from __future__ import annotations

from collections.abc import Mapping

import click

from service.settings import ConfigurationError, Settings


def read_settings(
    *,
    serving: bool = True,
    defaults: Mapping[str, str] | None = None,
    overrides: Mapping[str, str] | None = None,
) -> Settings:
    """Read the environment as `Settings.read` does."""
    try:
        return Settings.read(serving=serving, defaults=defaults, overrides=overrides)
    except ConfigurationError as error:
        for fault in error.faults:
            click.echo(fault, err=True)
        raise SystemExit(2) from None


def serving_faults() -> list[str]:
    """List what `serve` would refuse in the environment."""
    try:
        Settings.read()
    except ConfigurationError as error:
        return error.faults
    return []
