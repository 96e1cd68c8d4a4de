"""`callback-gateway numbers check`: how digits are read, and why they would be refused."""

from __future__ import annotations

from collections.abc import Iterator

import click

from service.callbacks.countries import calling_code_of, main_country
from service.callbacks.numbers import possible_readings, read_number
from service.cli.reading import read_settings
from service.cli.remedies import remedy
from service.cli.tables import table
from service.connections import fonolo_client
from service.errors import FieldError
from service.fonolo import FonoloClient, FonoloError
from service.rules import number_rules
from service.settings import Settings


@click.group()
def numbers() -> None:
    """Look into phone numbers, with the gateway's configuration."""


@numbers.command()
@click.argument("digits")
@click.option("--profile", "alias", help="One alias; without it all that are configured.")
@click.option("--country", help="Whose digits they are, as a request's `country`: CH.")
def check(digits: str, alias: str | None, country: str | None) -> None:
    """Say how DIGITS are read for each profile, and why they would be refused."""
    settings = read_settings(serving=False)
    if alias and alias not in settings.callback_profiles:
        raise click.UsageError("no such alias in CALLBACK_PROFILES")
    if country and not calling_code_of(country):
        raise click.UsageError("an ISO 3166-1 country code such as CH is wanted")
    is_known = True
    with fonolo_client(settings, pool_size=1) as client:
        for one in [alias] if alias else settings.callback_profiles:
            try:
                for name, calling_code in _default_countries(one, settings, client):
                    _show(name, digits, calling_code, country, settings)
            except FonoloError as error:
                click.echo(f"{one}: {remedy(error)}", err=True)
                is_known = False
    raise SystemExit(0 if is_known else 1)


def _default_countries(
    alias: str, settings: Settings, client: FonoloClient
) -> Iterator[tuple[str, str | None]]:
    """Yield where digits are read differently: the profile, and options with another country."""
    sid = settings.callback_profiles[alias]
    profile = client.profile(sid)
    yield f"Profile {alias}", profile.default_country
    for option in client.options(sid):
        if option.default_country and option.default_country != profile.default_country:
            yield f"Profile {alias}, option {option.name}", option.default_country


def _show(
    name: str, digits: str, calling_code: str | None, country: str | None, settings: Settings
) -> None:
    place = f"{calling_code} {main_country(calling_code) or ''}".strip() if calling_code else "none"
    click.echo(f"\n{name} (default country {place})")
    rows = [
        (f"+{reading.e164}", reading.country, reading.type if reading.is_valid else "not assigned")
        for reading in (possible_readings(digits, calling_code, country) if digits else ())
    ]
    result = read_number(
        digits,
        calling_code,
        number_rules(settings),
        country=country,
        blocked=settings.numbers_blocked,
    )
    is_text = isinstance(result, FieldError) and result.code == "number_not_digits"
    if rows and not is_text:
        click.echo(table(("may be read as", "country", "type"), rows, indent=2))
    if isinstance(result, FieldError):
        click.echo(f"  refused: {result.code}: {result.detail}")
    else:
        click.echo(f"  called as +{result.e164}")
