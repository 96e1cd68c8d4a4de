"""`callback-gateway check`: ask Fonolo with this configuration and print what it offers."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from service.callbacks.profile import Question
from service.callbacks.questions import is_public
from service.cli.remedies import remedy
from service.cli.store_check import store_faults
from service.cli.tables import table
from service.connections import fonolo_client
from service.fonolo import FonoloClient, FonoloError, models
from service.settings import Settings, without_effect
from service.upstream.adapter import to_profile


def run_check(settings: Settings) -> int:
    """Print the configured profiles; return the exit code, 1 when there was a fault."""
    click.echo(f"Fonolo       {settings.fonolo_base_url} as {settings.fonolo_account_sid}")
    click.echo(f"Time zones   Fonolo {settings.fonolo_timezone}, centre {settings.centre_timezone}")
    if not settings.redis_url:
        click.echo("Store        in memory: a restart forgets keys, rings and duplicates")
    click.echo(f"Identity     {_identity(settings)}")
    click.echo(f"CAPTCHA      {_captcha(settings)}")
    for line in without_effect():
        click.echo(f"No effect    {line}")
    faults = store_faults(settings)
    with fonolo_client(settings, pool_size=1) as client:
        for alias, sid in settings.callback_profiles.items():
            try:
                _show_profile(alias, sid, client, settings)
            except FonoloError as error:
                faults.append(f"{alias}: {remedy(error)}")
    for fault in faults:
        click.echo(fault, err=True)
    return 1 if faults else 0


def _captcha(settings: Settings) -> str:
    if not settings.captcha_provider:
        return "off: CAPTCHA_PROVIDER is empty"
    return f"{settings.captcha_mode}, by {settings.captcha_provider}"


def _identity(settings: Settings) -> str:
    """Say whether hosts sign who asks, and with which keys; secrets are only counted."""
    secrets = len(list(settings.identity_secret))
    keys = [f"{key.algorithm_name} {key.key_id or 'without kid'}" for key in settings.identity_jwks]
    if not (secrets or keys):
        return "off: IDENTITY_SECRET and IDENTITY_JWKS are empty"
    shared = [f"HS256 ({secrets} shared)"] if secrets else []
    return f"{settings.identity_mode}, signed with {', '.join(shared + keys)}"


def _show_profile(alias: str, sid: str, client: FonoloClient, settings: Settings) -> None:
    answer = client.profile(sid)
    questions = client.questions(sid) if answer.questions_enabled else ()
    profile = to_profile(answer, client.options(sid), questions)
    click.echo(f"\nProfile {alias}: {profile.name} ({profile.status}, {answer.language})")
    click.echo(
        f"  scheduling {_word(profile.scheduling)}, SMS {_word(profile.sms)}, "
        f"default country {profile.default_country or 'none'}"
    )
    rows = [(option.id, option.name, option.status) for option in profile.options]
    click.echo(table(("option", "name", "status"), rows, indent=2))
    if profile.questions:
        asked = [_question_row(question, settings) for question in profile.questions]
        click.echo(table(("question", "type", "required", "open to callers"), asked, indent=2))
    for option in profile.options:
        if profile.offers_slots(option):
            _show_slots(option.name, client.schedule(sid, option.id))


def _question_row(question: Question, settings: Settings) -> tuple[str, ...]:
    open_to_callers = is_public(question, settings.question_types)
    return (question.key, question.type, _word(question.required), _word(open_to_callers))


def _show_slots(option: str, slots: tuple[models.Slot, ...]) -> None:
    first = f", first {slots[0].start_time.isoformat()}" if slots else ""
    click.echo(f"  {option}: {len(slots)} slots on offer{first}")
    if any(slot.start_time < datetime.now(UTC) for slot in slots):
        click.echo("  warning: slots on offer lie in the past; FONOLO_TIMEZONE may be wrong")


def _word(value: bool) -> str:
    return "yes" if value else "no"
