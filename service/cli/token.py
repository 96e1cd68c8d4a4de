"""`callback-gateway token`: an identity token for trying, signed as a host signs it."""

from __future__ import annotations

import click

from service.cli.reading import read_settings


@click.command()
@click.option("--sub", "subject", required=True, help="Who asks, opaque: limits count by it.")
@click.option("--number", help="The only number that may be called: E.164 digits.")
@click.option("--profile", "alias", help="The only alias that it is good for.")
def token(subject: str, number: str | None, alias: str | None) -> None:
    """Print an identity token for trying, good for 15 minutes, signed with IDENTITY_SECRET."""
    settings = read_settings(serving=False)
    key = next(iter(settings.identity_secret), None)
    if key is None:
        raise click.UsageError("set IDENTITY_SECRET: only a shared secret can sign here")
    if not subject:
        raise click.UsageError("--sub names a person: it cannot be empty")
    if number is not None and not (number.isascii() and number.removeprefix("+").isdigit()):
        raise click.UsageError("--number is E.164 digits such as 14163662500")
    if alias is not None and alias not in settings.callback_profiles:
        raise click.UsageError("no such alias in CALLBACK_PROFILES")
    from service.identity import sign_token  # cryptography loads only where it is needed

    claims = {"number": number, "profile": alias}
    click.echo(sign_token(key, subject, **{k: v for k, v in claims.items() if v is not None}))
