"""`callback-gateway fonolo …`: what the account holds, for operators, as a table or as JSON."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import click

from service.cli.reading import read_settings
from service.cli.remedies import remedy
from service.cli.tables import table
from service.fonolo import FonoloClient, FonoloError

#: The columns of a table; `--json` has all fields.
_COLUMNS = {
    "profiles": ("sid", "name", "status", "channel", "language"),
    "options": ("sid", "name", "status", "position", "default_country"),
    "questions": ("key", "name", "type", "required", "min_length", "max_length"),
    "scheduling": ("offer_interval", "max_scheduled", "max_options", "daily_overflow"),
    "slots": ("start_time", "end_time"),
    "calls": ("sid", "started", "status"),
    "status": ("sid", "status", "start_date", "duration"),
}


@click.group()
def fonolo() -> None:
    """Ask Fonolo, with the gateway's configuration. A PROFILE is an alias or a SID."""


def _command(name: str, help: str, *parameters: click.Parameter) -> Callable[..., Any]:
    """Register a command that asks the client and prints what came."""

    def register(ask: Callable[..., Any]) -> None:
        def run(as_json: bool, **given: Any) -> None:
            _print(name, _ask(ask, given), as_json)

        flag = click.Option(["--json", "as_json"], is_flag=True, help="Print JSON.")
        fonolo.add_command(click.Command(name, callback=run, params=[*parameters, flag], help=help))

    return register


def _ask(ask: Callable[..., Any], arguments: Mapping[str, Any]) -> Any:
    settings = read_settings(serving=False)
    from service.connections import fonolo_client

    if profile := arguments.get("profile"):
        arguments = {**arguments, "profile": settings.callback_profiles.get(profile, profile)}
    try:
        with fonolo_client(settings, pool_size=1) as client:
            return ask(client, **arguments)
    except FonoloError as error:
        raise click.ClickException(remedy(error)) from None
    except ValueError as error:
        raise click.ClickException(str(error)) from None


def _print(name: str, result: Any, as_json: bool) -> None:
    one = dataclasses.is_dataclass(result)
    rows = [dataclasses.asdict(item) for item in ([result] if one else result or [])]
    if as_json:
        click.echo(json.dumps(rows[0] if one else rows, indent=2, default=_plain))
    elif name == "call":
        click.echo(table(("field", "value"), list(rows[0]["fields"].items())))
    elif result is None:
        click.echo("done")
    else:
        click.echo(table(_COLUMNS[name], _cells(_COLUMNS[name], rows)))


def _cells(columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> list[tuple[str, ...]]:
    return [tuple(_cell(row[column]) for column in columns) for row in rows]


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else list(value)


_PROFILE = click.Argument(["profile"])
_CALL = click.Argument(["sid"])
_DAY = click.DateTime(["%Y-%m-%d"])


@_command("profiles", "List the account's profiles.")
def _profiles(client: FonoloClient) -> Any:
    return client.profiles()


@_command("options", "List a profile's options.", _PROFILE)
def _options(client: FonoloClient, profile: str) -> Any:
    return client.options(profile)


@_command("questions", "List a profile's pre-call questions.", _PROFILE)
def _questions(client: FonoloClient, profile: str) -> Any:
    return client.questions(profile)


@_command("scheduling", "Show a profile's scheduling settings.", _PROFILE)
def _scheduling(client: FonoloClient, profile: str) -> Any:
    return client.scheduling(profile)


@_command("slots", "List an option's slots on offer.", _PROFILE, click.Argument(["option"]))
def _slots(client: FonoloClient, profile: str, option: str) -> Any:
    return client.schedule(profile, option)


@_command(
    "calls",
    "List the reports of calls; yesterday's when nothing else is asked for.",
    click.Option(["--start-date"], type=_DAY),
    click.Option(["--end-date"], type=_DAY),
    click.Option(["--period"], type=click.Choice(["today", "yesterday", "thismonth", "lastmonth"])),
    click.Option(["--status"], type=click.Choice(["Success", "Canceled", "Failed"])),
    click.Option(["--profile"]),
)
def _calls(
    client: FonoloClient,
    start_date: datetime | None,
    end_date: datetime | None,
    period: str | None,
    status: str | None,
    profile: str | None,
) -> Any:
    return list(
        client.calls(
            start_date=start_date.date() if start_date else None,
            end_date=end_date.date() if end_date else None,
            period=period,
            status=status,
            profile_sid=profile,
        )
    )


@_command("call", "Show the report of one call.", _CALL)
def _call(client: FonoloClient, sid: str) -> Any:
    return client.call(sid)


@_command("status", "Show where a call stands.", _CALL)
def _status(client: FonoloClient, sid: str) -> Any:
    return client.status(sid)


@_command("cancel", "Cancel a call.", _CALL)
def _cancel(client: FonoloClient, sid: str) -> Any:
    return client.cancel(sid)
