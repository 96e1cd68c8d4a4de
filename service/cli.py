"""callback-gateway: serve, demo, check."""

from __future__ import annotations

import click

from service.settings import ConfigurationError, Settings


@click.group()
@click.version_option(package_name="callback-gateway")
def main() -> None:
    """A public call-back API in front of Fonolo."""


@main.command()
def serve() -> None:
    """Run the production server, configured by the environment."""
    settings = read_settings()
    from service.serve import serve as run

    run(settings)


def read_settings(*, serving: bool = True) -> Settings:
    """Read the environment; exit 2 with one line a fault."""
    try:
        return Settings.read(serving=serving)
    except ConfigurationError as error:
        for fault in error.faults:
            click.echo(fault, err=True)
        raise SystemExit(2) from None
