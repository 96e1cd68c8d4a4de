"""Variables of the environment that look as if they set something, and set nothing."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterator, Mapping
from difflib import get_close_matches

from service.settings.settings import Settings

#: The variables that give other programs a proxy, here only EGRESS_PROXY does.
_PROXIES = ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY")
#: What counts only where another setting is names.
_NEEDS = {
    "CAPTCHA_MODE": "CAPTCHA_PROVIDER",
    "CAPTCHA_SITE_KEY": "CAPTCHA_PROVIDER",
    "CAPTCHA_SECRET": "CAPTCHA_PROVIDER",
    "CAPTCHA_VERIFY_URL": "CAPTCHA_PROVIDER",
    "REDIS_TIMEOUT": "REDIS_URL",
}
#: How like a setting's name another is that was meant for it; 1 is the same.
_ALIKE = 0.85


def without_effect(environ: Mapping[str, str] | None = None) -> list[str]:
    """List them, a line each with what to do; `environ` is by default the process's own."""
    variables = os.environ if environ is None else environ
    names = {name for name, text in variables.items() if text}
    return [*_proxies(names), *_lonely(names), *_misspelt(names)]


def _proxies(names: set[str]) -> Iterator[str]:
    for name in (*_PROXIES, *map(str.lower, _PROXIES)):
        if name in names:
            yield f"{name} counts for nothing; set EGRESS_PROXY"


def _lonely(names: set[str]) -> Iterator[str]:
    for name, needed in _NEEDS.items():
        if {name, f"{name}_FILE"} & names and not {needed, f"{needed}_FILE"} & names:
            yield f"{name} counts for nothing without {needed}"


def _misspelt(names: set[str]) -> Iterator[str]:
    settings = {field.name.upper() for field in dataclasses.fields(Settings)}
    known = settings | {f"{name}_FILE" for name in settings}
    for name in sorted(names - known):
        if meant := get_close_matches(name, known, n=1, cutoff=_ALIKE):
            yield f"{name} is no setting; {meant[0]} is one"
