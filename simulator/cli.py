"""The command `fonolo-simulator`."""

import math
from datetime import datetime
from pathlib import Path
from typing import NoReturn

import click

from simulator.app import create_app
from simulator.clock import clock_from, from_wire, machine_clock
from simulator.scenario import DEFAULT, SHIPPED, BadScenario, load_scenario
from simulator.scenario_rules import known_zone
from simulator.server import bind, serve, url_of


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    help="Address to listen on; `::`: all, IPv6 and IPv4.",
)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=9000,
    show_default=True,
    help="Port to listen on; 0: any that is free.",
)
@click.option(
    "--scenario",
    metavar="FILE",
    help="YAML file with the account to simulate; `document`: only what Fonolo's document shows.",
)
@click.option(
    "--speed",
    type=float,
    default=1.0,
    show_default=True,
    help="How many times faster than real time call-backs progress.",
)
@click.option("--now", metavar='"YYYY-MM-DD HH:MM:SS"', help="UTC time at which its clock starts.")
@click.option("--timezone", help="The account's IANA zone.  [default: America/Toronto]")
def main(
    host: str, port: int, scenario: str | None, speed: float, now: str | None, timezone: str | None
) -> None:
    """Simulate Fonolo API 3.0: no account needed, no phone rings."""
    if not (math.isfinite(speed) and 0 < speed <= 100_000):
        _stop("--speed: must be a number above 0, at most 100000")
    if timezone is not None and not known_zone(timezone):
        _stop(f"--timezone: there is no time zone {timezone!r}")
    start = _read_now(now)
    try:
        account = load_scenario(_scenario_file(scenario), timezone=timezone)
    except BadScenario as bad:
        _stop(*bad.faults)
    clock = clock_from(start) if start else machine_clock
    try:
        listener = bind(host.strip("[]"), port)
    except OSError as error:
        _stop(f"cannot listen on {host}:{port}: {error.strerror or error}")
    line = f"Fonolo simulator on {url_of(listener)}/3.0/"
    busy = start is None and scenario is None  # at a moment of one's own choosing nobody else calls
    serve(
        lambda: create_app(account, clock=clock, speed=speed, traffic=busy),
        listener,
        lambda: click.echo(line),
    )


def _read_now(text: str | None) -> datetime | None:
    try:
        return from_wire(text) if text is not None else None
    except ValueError:
        _stop(f"--now: must be in the form YYYY-MM-DD HH:MM:SS, not {text!r}")


def _scenario_file(name: str | None) -> Path:
    """Find the file: a path, or the bare name of one that is shipped."""
    if name is None:
        return DEFAULT
    shipped = SHIPPED / f"{name}.yaml"
    return shipped if Path(name).name == name and shipped.exists() else Path(name)


def _stop(*faults: str) -> NoReturn:
    for fault in faults:
        click.echo(f"fonolo-simulator: {fault}", err=True)
    raise SystemExit(2)
