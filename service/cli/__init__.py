"""callback-gateway: serve, demo, check, numbers, token, fonolo, openapi."""

from __future__ import annotations

import click

from service.cli.fonolo import fonolo
from service.cli.numbers import numbers
from service.cli.reading import read_settings, serving_faults
from service.cli.token import token
from service.http.assets import asset
from service.settings import without_effect


@click.group()
@click.version_option(package_name="callback-gateway")
def main() -> None:
    """A public call-back API in front of Fonolo. Configured by the environment alone."""


@main.command()
def serve() -> None:
    """Run the production server."""
    settings = read_settings()
    from service.cli.store_check import refuse_unusable_store
    from service.server import application  # Flask and gunicorn load only once they are needed

    refuse_unusable_store(settings)
    application.serve(settings)


@main.command()
@click.option("--simulator-port", default=9000, show_default=True, help="0: any free port.")
@click.option("--speed", default=5.0, show_default=True, help="How much faster calls progress.")
def demo(simulator_port: int, speed: float) -> None:
    """Run the Fonolo simulator and the gateway wired to it; Ctrl-C stops both."""
    from service.cli.demo import run_demo

    run_demo(simulator_port, speed)


@main.command()
@click.option("--offline", is_flag=True, help="Read the configuration as `serve` does; ask nobody.")
def check(offline: bool) -> None:
    """Ask Fonolo with this configuration; exit 1 with a line for each fault."""
    settings = read_settings(serving=offline)
    if offline:
        for line in without_effect():
            click.echo(f"No effect: {line}", err=True)
        click.echo("the configuration can be used")
        return
    from service.cli.check import run_check

    for fault in serving_faults():
        click.echo(f"serve would not start: {fault}", err=True)
    raise SystemExit(run_check(settings))


@main.command()
def openapi() -> None:
    """Print the API's description, openapi.yaml."""
    click.echo(asset("openapi.yaml").read_text(encoding="utf-8"), nl=False)


main.add_command(fonolo)
main.add_command(numbers)
main.add_command(token)
