"""Every setting, read once from the environment; the only reader of `os.environ`.

A setting is its field's name in capitals; it may also come as `NAME_FILE`, a path to read it
from. All faults are told at once, one line each, naming the variable and never its value.
"""

from __future__ import annotations

import dataclasses
import hashlib
import hmac
import os
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, MutableMapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from service.callbacks.blocked_numbers import BlockedNumbers
from service.callbacks.number_rules import POLICIES
from service.callbacks.ports import Rate
from service.errors import GatewayError
from service.settings import addresses, network_parsers, parsers
from service.settings.conflicts import conflicts
from service.settings.otel import drop_blank, wanted_exporter
from service.settings.watched_files import BlockedNumbersFile, JwkSetFile, SecretsFile

if TYPE_CHECKING:
    from jwt import PyJWK

_REQUIRED = object()


class ConfigurationError(GatewayError):
    """Settings that cannot be used; `faults` are lines for the operator."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("; ".join(faults))
        self.faults = faults


def setting(
    parse: Callable[[str], Any],
    default: Any = _REQUIRED,
    *,
    secret: bool = False,
    watched: Callable[[str, Any], Any] | None = None,
) -> Any:
    """Declare a setting: how its text is read, the text that stands for it when none is given.

    `watched` makes its value one that follows its file, out of the file's path and the value.
    """
    metadata = {"parse": parse, "default": default, "secret": secret, "watched": watched}
    return field(metadata=metadata, repr=not secret)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The configuration of one gateway; durations in seconds."""

    port: int = setting(parsers.whole(1, 65535), "8000")
    metrics_port: int = setting(parsers.whole(1, 65535), "9090")
    web_concurrency: int = setting(parsers.whole(1, 64), "1")
    bind: str = setting(addresses.address, "[::]")
    base_path: str = setting(addresses.base_path, "")
    fonolo_account_sid: str = setting(
        parsers.matching(r"AC[0-9a-f]{32}", "AC and 32 hexadecimal digits, lower-case,")
    )
    fonolo_auth_token: str = setting(
        parsers.matching(r"[!-~]+", "a token without blanks"), secret=True
    )
    fonolo_base_url: str = setting(network_parsers.url, "https://api.fonolo.com/3.0/")
    fonolo_allow_http: bool = setting(parsers.switch, "false")
    fonolo_timezone: ZoneInfo = setting(parsers.zone, "UTC")
    centre_timezone: ZoneInfo = setting(parsers.zone, None)
    fonolo_timeout: tuple[float, float] = setting(parsers.timeouts, "3.05,10")
    egress_proxy: str = setting(network_parsers.proxy, "", secret=True)
    egress_ca: str = setting(network_parsers.authorities, "")
    callback_profiles: Mapping[str, str] = setting(parsers.profiles)
    handle_secret: tuple[str, ...] = setting(parsers.secrets, "", secret=True)
    handle_ttl: int = setting(parsers.whole(1), "604800")
    redis_url: str = setting(network_parsers.redis_url, "", secret=True)
    redis_timeout: float = setting(parsers.seconds(5), "0.05")
    store_secret: str = setting(parsers.text, "", secret=True)
    limit_start: tuple[Rate, ...] = setting(parsers.rates, "5/minute;30/hour")
    limit_read: tuple[Rate, ...] = setting(parsers.rates, "120/minute")
    limit_status: tuple[Rate, ...] = setting(parsers.rates, "60/minute")
    limit_number: tuple[Rate, ...] = setting(parsers.rates, "3/10 minutes;10/day")
    limit_prefix: tuple[Rate, ...] = setting(parsers.rates, "none")
    limit_start_global: tuple[Rate, ...] = setting(parsers.rates, "600/hour")
    starts: str = setting(parsers.one_of("on", "off"), "on")
    trusted_proxies: tuple[network_parsers.Network, ...] = setting(network_parsers.networks, "")
    cors_origins: tuple[str, ...] = setting(network_parsers.origins, "")
    number_policy: str = setting(parsers.one_of(*POLICIES), "possible")
    number_countries: frozenset[str] | None = setting(parsers.countries, "default")
    numbers_blocked: Container[str] = setting(BlockedNumbers.parse, "", watched=BlockedNumbersFile)
    number_blocked_types: frozenset[str] = setting(
        parsers.number_types, "premium_rate,shared_cost,personal_number,pager"
    )
    question_types: frozenset[str] = setting(
        parsers.question_types, "numeric_input,text_input,recorded_message"
    )
    cache_profile_ttl: int = setting(parsers.whole(0), "60")
    cache_slots_ttl: int = setting(parsers.whole(0), "5")
    cache_stale: int = setting(parsers.whole(0), "3600")
    captcha_provider: str = setting(parsers.one_of("", "turnstile", "hcaptcha", "recaptcha"), "")
    captcha_mode: str = setting(parsers.one_of("always", "step_up"), "always")
    captcha_site_key: str = setting(parsers.text, "")
    captcha_secret: str = setting(parsers.text, "", secret=True)
    captcha_verify_url: str = setting(lambda text: text and network_parsers.url(text), "")
    identity_secret: Iterable[PyJWK] = setting(
        parsers.identity_secrets, "", secret=True, watched=SecretsFile
    )
    identity_jwks: Iterable[PyJWK] = setting(parsers.jwk_set, "", watched=JwkSetFile)
    identity_mode: str = setting(parsers.one_of("optional", "required"), "optional")
    wait_estimate: str = setting(parsers.one_of("on", "off"), "on")
    public_page: str = setting(parsers.one_of("on", "off"), "on")
    duplicate_window: int = setting(parsers.whole(0), "30")
    idempotency_ttl: int = setting(parsers.whole(60), "86400")
    log_level: str = setting(parsers.one_of("debug", "info", "warning", "error"), "info")
    log_format: str = setting(parsers.one_of("json", "console"), "json")

    @classmethod
    def read(
        cls,
        environ: Mapping[str, str] | None = None,
        *,
        serving: bool = True,
        defaults: Mapping[str, str] | None = None,
        overrides: Mapping[str, str] | None = None,
    ) -> Settings:
        """Read the environment; raise `ConfigurationError` with every fault.

        `serving` demands also what only a server needs: a secret for handles. `defaults` stand
        for variables that the environment leaves out, `overrides` for those that it has, too.
        """
        variables = dict(os.environ if environ is None else environ)
        for name, text in (overrides or {}).items():
            variables.pop(f"{name}_FILE", None)
            variables[name] = text
        for name, default in (defaults or {}).items():
            if not (variables.get(name) or variables.get(f"{name}_FILE")):
                variables[name] = default
        values: dict[str, Any] = {}
        faults: list[str] = []
        for item in dataclasses.fields(cls):
            try:
                values[item.name] = _read(item, variables)
            except ValueError as fault:
                faults.append(f"{item.name.upper()}: {fault}")
        faults += conflicts(values, serving)
        if serving:
            faults += _trace_faults(variables)
        if faults:
            raise ConfigurationError(faults)
        values["centre_timezone"] = values["centre_timezone"] or values["fonolo_timezone"]
        values["store_secret"] = values["store_secret"] or _derived_secret(values)
        return cls(**values)

    @property
    def identity_keys(self) -> tuple[Iterable[PyJWK], ...]:
        """The keys by which hosts sign who asks, source by source; empty: nobody does."""
        return tuple(filter(None, (self.identity_secret, self.identity_jwks)))


def _derived_secret(values: Mapping[str, Any]) -> str:
    """Return the store's secret where none is set: it outlives the handles' secrets."""
    token = values["fonolo_auth_token"].encode()
    text = f"callback-gateway.store.{values['fonolo_account_sid']}".encode()
    return hmac.new(token, text, hashlib.sha256).hexdigest()


def read_trace_exporter(environ: MutableMapping[str, str] | None = None) -> str | None:
    """Return where spans go by OpenTelemetry's own variables, `otlp` or `console`; None: nowhere.

    What is wrong with them `Settings.read` has told; blank ones are taken out of the environment.
    """
    variables = os.environ if environ is None else environ
    drop_blank(variables)
    return wanted_exporter(variables)


def _read(field: dataclasses.Field[Any], environ: Mapping[str, str]) -> Any:
    name, path = field.name.upper(), environ.get(f"{field.name.upper()}_FILE")
    text, watched = _lookup(name, environ), field.metadata["watched"]
    if path and text is None and not watched:  # what follows its file says itself what it needs
        raise ValueError(f"the file that {name}_FILE names is empty")
    if text is None:
        default = field.metadata["default"]
        if default is _REQUIRED:
            raise ValueError("required")
        if default is None:
            return None
        text = default
    value = field.metadata["parse"](text)
    return watched(path, value) if watched and path else value


def _lookup(name: str, environ: Mapping[str, str]) -> str | None:
    """Return what stands in the variable or in the file it names; None when in neither."""
    text, path = environ.get(name, ""), environ.get(f"{name}_FILE", "")
    if text and path:
        raise ValueError(f"given twice, here and as {name}_FILE; give one of them")
    if path:
        try:
            text = Path(path).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            raise ValueError(f"the file that {name}_FILE names cannot be read") from None
    if any("\ud800" <= character <= "\udfff" for character in text):  # bytes that are no UTF-8
        raise ValueError("text in UTF-8 is wanted")
    return text.strip() or None


def _trace_faults(environ: Mapping[str, str]) -> Iterator[str]:
    try:
        wanted_exporter(environ)
    except ValueError as fault:
        yield str(fault)
