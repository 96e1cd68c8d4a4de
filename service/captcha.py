"""CAPTCHA tokens, checked with the provider: one siteverify protocol for all three.

Sources: Turnstile "Validate the token", hCaptcha "Verify the user response server side",
reCAPTCHA "Verifying the user's response".
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Callable, Collection
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import requests
import structlog

from service.callbacks.captcha_check import captcha_fault, captcha_used
from service.callbacks.ports import Claim, KeyHasher, Store
from service.errors import Problem

log = structlog.get_logger(__name__)

VERIFY_URLS = {
    "turnstile": "https://challenges.cloudflare.com/turnstile/v0/siteverify",
    "hcaptcha": "https://api.hcaptcha.com/siteverify",
    "recaptcha": "https://www.google.com/recaptcha/api/siteverify",
}
#: What a widget names its challenge, where the provider has names for them.
ACTION = "callback"
#: reCAPTCHA v3 gives a score instead of a challenge; below this it is a robot.
LEAST_SCORE = 0.5
#: Connect and read, in seconds; they are part of the start's own time.
TIMEOUT = (1.0, 3.0)
#: Longer tokens are no provider's; nor are those that are not ASCII.
LONGEST_TOKEN = 4096
#: A token is remembered for longer than any provider lets it live, in seconds.
REMEMBERED = 900


def host_pattern(hostname: str) -> re.Pattern[str]:
    """Return what a site's hostname is compared with; `*.example.com` is every subdomain."""
    pattern = re.escape(hostname).replace(r"\*\.", r"(?:[a-z0-9_-]+\.)+")
    return re.compile(pattern, re.IGNORECASE | re.ASCII)


class SiteVerify:
    """Check tokens with a provider, asked through `session`; each is accepted once.

    `hostnames` are the sites whose tokens count, as `host_pattern` has them; none: any site's.
    `acquire` holds a place for as long as the provider is asked, or raises `unavailable()` when too
    many wait for it.
    """

    def __init__(
        self,
        session: requests.Session,
        url: str,
        secret: str,
        store: Store,
        hasher: KeyHasher,
        hostnames: Collection[str] = (),
        timeout: tuple[float, float] = TIMEOUT,
        acquire: Callable[[], AbstractContextManager[None]] = nullcontext,
    ) -> None:
        self._session = session
        self._url = url
        self._secret = secret
        self._store = store
        self._hasher = hasher
        self._hostnames = [host_pattern(hostname) for hostname in hostnames]
        self._timeout = timeout
        self._acquire = acquire

    def use_up(self, token: str | None) -> None:
        """Accept the token and use it up; raise what `claim_for` does, or that it was used."""
        if self._store.set_if_absent(*self.claim_for(token)) is not None:
            raise captcha_used()

    def claim_for(self, token: str | None) -> Claim:
        """Ask the provider; return the claim that uses the token up.

        Raises `captcha_required`, `captcha_failed` or, when the provider cannot be asked,
        `captcha_unavailable`.
        """
        if not token:
            raise captcha_fault("captcha_required", "Solve the CAPTCHA and send its token.")
        is_token = len(token) <= LONGEST_TOKEN and token.isascii()
        if not (is_token and self._is_good(self._ask(token))):
            raise captcha_fault("captcha_failed", "The CAPTCHA was not passed; solve a new one.")
        return Claim(self._hasher("captcha", token), secrets.token_hex(8), REMEMBERED)

    def _is_good(self, answer: dict[str, Any]) -> bool:
        hostname, action, score = (answer.get(name) for name in ("hostname", "action", "score"))
        return (
            answer.get("success") is True
            and (not self._hostnames or not hostname or self._is_ours(hostname))
            and (not action or action == ACTION)
            and (not isinstance(score, (int, float)) or score >= LEAST_SCORE)
        )

    def _is_ours(self, hostname: object) -> bool:
        return isinstance(hostname, str) and any(
            pattern.fullmatch(hostname) for pattern in self._hostnames
        )

    def _ask(self, token: str) -> dict[str, Any]:
        form = {"secret": self._secret, "response": token}
        try:
            with (
                self._acquire(),
                self._session.post(
                    self._url, data=form, timeout=self._timeout, allow_redirects=False
                ) as response,
            ):
                answer = json.loads(response.content)
        except (requests.RequestException, ValueError, RecursionError) as error:
            answer, reason = None, getattr(error, "reason", type(error).__name__)
            log.warning("captcha_unavailable", reason=reason)
        if not isinstance(answer, dict) or not isinstance(answer.get("success"), bool):
            raise unavailable()
        return answer


def unavailable() -> Problem:
    """Return the problem that the provider cannot be asked now."""
    return Problem("captcha_unavailable", "The CAPTCHA cannot be checked now; try again.")
