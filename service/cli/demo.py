"""The demo: the simulator as a process of its own, the gateway here, wired to it."""

from __future__ import annotations

import secrets
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from service.cli.reading import read_settings
from service.http.views.demo import demo_blueprint
from service.server.application import serve
from service.server.listening import url_of
from service.settings import Settings

#: The simulator's profiles, by what they show.
_PROFILES = {
    "en": "CP990c4a1841ef302579e1fd6556318be8",
    "fr": "CP5b5b5f52d058aa3b3ba03980350ddc87",
    "es": "CPc49fe0f25045ccedc981b9b895f7890d",
    "now": "CPa3a475eccf3ba9bbb3acd505e5dc219e",
    "default": "CP7d119e82f008db77bb97f9ace2d7de96",
    "paused": "CPafe5948195ec0676a832e0d3613aa0d7",
}
_LABELS = {
    "en": "English: several queues, slots, SMS",
    "fr": "Français : créneaux et SMS",
    "es": "Español: citas",
    "now": "One queue, no questions",
    "default": "The document's own profile",
    "paused": "Paused",
}
#: An option of `en` that offers slots at any hour.
_BILLING = "CO3d2fc711143c2e5e1dcc4700baeb754c"
#: What the demo sets whatever the environment says: it must reach its simulator, and no account.
_OVERRIDES = {
    "FONOLO_ACCOUNT_SID": "AC" + "0" * 32,
    "FONOLO_AUTH_TOKEN": "0" * 64,
    "FONOLO_TIMEZONE": "UTC",
    "CALLBACK_PROFILES": ",".join(f"{alias}={sid}" for alias, sid in _PROFILES.items()),
    "EGRESS_PROXY": "",
    "REDIS_URL": "",
    "WEB_CONCURRENCY": "1",
}
#: What it sets where the environment says nothing.
_DEFAULTS = {
    "CENTRE_TIMEZONE": "America/Toronto",
    "LIMIT_START": "60/minute",
    "LIMIT_NUMBER": "none",
    "LOG_FORMAT": "console",
}
_WELCOME = """
  Demo page  {gateway}/demo
  API        {gateway}/docs
  Simulator  {simulator}   (its console; no phone rings)

Place a call-back and follow it until it ends:

  url=$(curl -s {gateway}/v1/profiles/default/callbacks \\
        -H 'Content-Type: application/json' \\
        -d '{{"number": "14163662520"}}' | sed 's/.*"url":"\\([^"]*\\)".*/\\1/')
  curl {origin}$url

Schedule one on the first free slot, then cancel it:

  slot=$(curl -s {gateway}/v1/profiles/en/options/{option}/slots \\
         | sed 's/.*\\[{{"start_time":"\\([^"]*\\)".*/\\1/')
  url=$(curl -s {gateway}/v1/profiles/en/callbacks \\
        -H 'Content-Type: application/json' \\
        -d '{{"number": "14163662500", "option": "{option}", "start_time": "'$slot'",
             "questions": {{"account_number": "12345"}}}}' \\
        | sed 's/.*"url":"\\([^"]*\\)".*/\\1/')
  curl {origin}$url
  curl -i -X POST {origin}$url/cancel

Ctrl-C stops both.
"""


def run_demo(simulator_port: int, speed: float) -> None:
    """Run both until a signal; exits with the gateway's code."""
    with _simulator(simulator_port, speed) as base_url:
        settings = read_settings(
            defaults={**_DEFAULTS, "HANDLE_SECRET": secrets.token_urlsafe(32)},
            overrides={**_OVERRIDES, "FONOLO_BASE_URL": base_url},
        )
        console = base_url.removesuffix("3.0/")
        serve(
            settings,
            when_ready=lambda: _welcome(settings, console),
            extend=lambda app: app.register_blueprint(demo_blueprint(_LABELS, console)),
        )


@contextmanager
def _simulator(port: int, speed: float) -> Iterator[str]:
    """Run `fonolo-simulator`; yield its base URL once it listens."""
    beside = Path(sys.executable).with_name("fonolo-simulator")
    program = str(beside) if beside.exists() else shutil.which("fonolo-simulator")
    if program is None:
        click.echo("The demo needs the simulator: pip install fonolo-simulator", err=True)
        raise SystemExit(1)
    command = [program, "--port", str(port), "--speed", str(speed)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)  # noqa: S603
    try:
        line = process.stdout.readline() if process.stdout else ""
        if "http" not in line:
            raise SystemExit(process.wait())
        yield line[line.index("http") :].strip()
    finally:
        process.terminate()
        process.wait()


def _welcome(settings: Settings, console: str) -> None:
    click.echo(
        _WELCOME.format(
            gateway=url_of(settings.bind, settings.port) + settings.base_path,
            origin=url_of(settings.bind, settings.port),
            simulator=console,
            option=_BILLING,
        )
    )
