"""Settings: read once, from the environment or from files; every fault is one line of its own."""

from __future__ import annotations

import dataclasses
import ipaddress
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from service.callbacks.blocked_numbers import BlockedNumbers
from service.callbacks.number_rules import BLOCKED_TYPES
from service.callbacks.ports import Rate
from service.settings import ConfigurationError, Settings

SECRET = "s3cret-" * 6
PROFILE = "CP" + "1" * 32
REQUIRED = {
    "FONOLO_ACCOUNT_SID": "AC" + "0" * 32,
    "FONOLO_AUTH_TOKEN": "token-of-the-account",
    "CALLBACK_PROFILES": f"default={PROFILE}",
    "HANDLE_SECRET": SECRET,
}


def read(**given: str) -> Settings:
    return Settings.read({**REQUIRED, **given})


def faults(*, serving: bool = True, without: str = "", **given: str) -> list[str]:
    environ = {name: value for name, value in REQUIRED.items() if name != without} | given
    with pytest.raises(ConfigurationError) as raised:
        Settings.read(environ, serving=serving)
    return raised.value.faults


class TestDefaults:
    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("port", 8000),
            ("metrics_port", 9090),
            ("web_concurrency", 1),
            ("bind", "::"),
            ("base_path", ""),
            ("fonolo_base_url", "https://api.fonolo.com/3.0/"),
            ("fonolo_allow_http", False),
            ("fonolo_timezone", ZoneInfo("UTC")),
            ("centre_timezone", ZoneInfo("UTC")),
            ("fonolo_timeout", (3.05, 10.0)),
            ("handle_ttl", 604_800),
            ("redis_url", ""),
            ("redis_timeout", 0.05),
            ("limit_start", (Rate(5, 60), Rate(30, 3600))),
            ("limit_read", (Rate(120, 60),)),
            ("limit_status", (Rate(60, 60),)),
            ("limit_number", (Rate(3, 600), Rate(10, 86_400))),
            ("limit_prefix", ()),
            ("limit_start_global", (Rate(600, 3600),)),
            ("starts", "on"),
            ("trusted_proxies", ()),
            ("cors_origins", ()),
            ("number_policy", "possible"),
            ("number_countries", frozenset()),
            ("number_blocked_types", BLOCKED_TYPES),
            ("numbers_blocked", BlockedNumbers()),
            (
                "question_types",
                frozenset({"numeric_input", "text_input", "recorded_message"}),
            ),
            ("cache_profile_ttl", 60),
            ("cache_slots_ttl", 5),
            ("cache_stale", 3600),
            ("captcha_provider", ""),
            ("captcha_mode", "always"),
            ("captcha_site_key", ""),
            ("captcha_secret", ""),
            ("captcha_verify_url", ""),
            ("egress_proxy", ""),
            ("egress_ca", ""),
            ("identity_secret", ()),
            ("identity_jwks", ()),
            ("identity_mode", "optional"),
            ("duplicate_window", 30),
            ("idempotency_ttl", 86_400),
            ("log_level", "info"),
            ("log_format", "json"),
        ],
    )
    def test_a_setting_that_is_not_given_has_its_default(self, name: str, value: Any) -> None:
        assert getattr(read(), name) == value
        assert getattr(read(**{name.upper(): ""}), name) == value
        assert getattr(read(**{name.upper(): "  "}), name) == value

    def test_times_are_presented_in_fonolos_zone_unless_said(self) -> None:
        toronto = ZoneInfo("America/Toronto")
        assert read(FONOLO_TIMEZONE=toronto.key).centre_timezone == toronto
        both = read(FONOLO_TIMEZONE=toronto.key, CENTRE_TIMEZONE="Europe/Paris")
        assert both.centre_timezone == ZoneInfo("Europe/Paris")

    def test_the_store_is_keyed_by_account_and_token_whatever_signs_handles(self) -> None:
        derived = read().store_secret
        assert len(derived) >= 32
        assert read(HANDLE_SECRET=f"{'n' * 32},{'o' * 32}").store_secret == derived
        assert read(FONOLO_AUTH_TOKEN="another").store_secret != derived
        assert read(FONOLO_ACCOUNT_SID="AC" + "f" * 32).store_secret != derived
        assert read(STORE_SECRET="x" * 32).store_secret == "x" * 32

    @pytest.mark.parametrize("name", REQUIRED)
    def test_what_is_required_is_told_by_its_name(self, name: str) -> None:
        found = faults(without=name)
        assert len(found) == 1
        assert found[0].startswith(f"{name}: required")

    def test_a_handle_secret_is_required_of_a_server_only(self) -> None:
        environ = {name: value for name, value in REQUIRED.items() if name != "HANDLE_SECRET"}
        assert Settings.read(environ, serving=False).handle_secret == ()


class TestValues:
    @pytest.mark.parametrize(
        ("name", "text", "value"),
        [
            ("callback_profiles", PROFILE, {"default": PROFILE}),
            (
                "callback_profiles",
                f"sales={PROFILE}, help_desk-2={'CP' + '2' * 32}",
                {"sales": PROFILE, "help_desk-2": "CP" + "2" * 32},
            ),
            ("fonolo_timeout", "1, 2.5", (1.0, 2.5)),
            ("limit_number", "none", ()),
            ("limit_number", "3/10 minutes;10/day", (Rate(3, 600), Rate(10, 86_400))),
            ("limit_prefix", "5 per minute", (Rate(5, 60),)),
            ("trusted_proxies", "10.0.0.1", (ipaddress.ip_network("10.0.0.1/32"),)),
            (
                "trusted_proxies",
                "10.0.0.5/8, 2001:db8::/32",
                (ipaddress.ip_network("10.0.0.0/8"), ipaddress.ip_network("2001:db8::/32")),
            ),
            ("cors_origins", "*", ("*",)),
            (
                "cors_origins",
                "https://a.example, http://b.example:8080",
                ("https://a.example", "http://b.example:8080"),
            ),
            ("numbers_blocked", "49*", BlockedNumbers(beginnings=frozenset({"49"}))),
            ("number_countries", "*", None),
            ("number_countries", "US, CA", frozenset({"US", "CA"})),
            ("number_blocked_types", "none", frozenset()),
            ("question_types", "sip_header", frozenset({"sip_header"})),
            ("question_types", "none", frozenset()),
            ("cache_profile_ttl", "0", 0),
            ("duplicate_window", "0", 0),
            ("fonolo_base_url", "http://127.0.0.1:9000/3.0/", "http://127.0.0.1:9000/3.0/"),
            ("fonolo_base_url", "http://localhost/3.0/", "http://localhost/3.0/"),
            ("fonolo_base_url", "http://[::1]:9000/", "http://[::1]:9000/"),
            (
                "egress_proxy",
                "http://u:p%40@proxy.example:3128/",
                "http://u:p%40@proxy.example:3128",
            ),
            ("egress_proxy", "http://proxy.example", "http://proxy.example:80"),
            ("egress_proxy", "https://[::1]", "https://[::1]:443"),
            ("redis_url", "redis://h:6379/0", "redis://h:6379/0"),
            ("redis_url", "rediss://u:p@h/0", "rediss://u:p@h/0"),
            ("redis_url", "valkey://h", "valkey://h"),
            ("redis_timeout", "5", 5.0),
            ("redis_timeout", "0.2", 0.2),
        ],
    )
    def test_a_setting_is_read_as_what_it_means(self, name: str, text: str, value: Any) -> None:
        assert getattr(read(**{name.upper(): text}), name) == value

    def test_plain_http_can_be_allowed(self) -> None:
        url = "http://fonolo.internal/3.0/"
        assert read(FONOLO_BASE_URL=url, FONOLO_ALLOW_HTTP="true").fonolo_base_url == url


BAD = [
    ("PORT", "0"),
    ("PORT", "65536"),
    ("PORT", "eighty"),
    ("PORT", "-1"),
    ("PORT", "80.5"),
    ("PORT", "\uff18\uff10"),
    ("METRICS_PORT", "8000"),
    ("WEB_CONCURRENCY", "0"),
    ("WEB_CONCURRENCY", "2"),
    ("FONOLO_ACCOUNT_SID", "AC123"),
    ("FONOLO_ACCOUNT_SID", "CP" + "0" * 32),
    ("FONOLO_AUTH_TOKEN", "with blank"),
    ("FONOLO_AUTH_TOKEN", "öäü-secret"),
    ("FONOLO_BASE_URL", "http://fonolo.example/3.0/"),
    ("FONOLO_BASE_URL", "http://127.0.0.1.evil.example/3.0/"),
    ("FONOLO_BASE_URL", "ftp://fonolo.example/"),
    ("FONOLO_BASE_URL", "fonolo.example"),
    ("FONOLO_BASE_URL", "https://user:pass@fonolo.example/"),
    ("FONOLO_BASE_URL", "https://fonolo.example/?key=value"),
    ("FONOLO_BASE_URL", "https://"),
    ("FONOLO_BASE_URL", "https://fonolo.example:notaport/"),
    ("FONOLO_BASE_URL", "https://fonolo example/3.0/"),
    ("FONOLO_ALLOW_HTTP", "maybe"),
    ("FONOLO_TIMEZONE", "Atlantis"),
    ("FONOLO_TIMEZONE", "../../etc/passwd"),
    ("FONOLO_TIMEZONE", "Europe"),
    ("CENTRE_TIMEZONE", "EDT5"),
    ("CENTRE_TIMEZONE", "localtime"),  # no browser knows these
    ("CENTRE_TIMEZONE", "right/America/Toronto"),
    ("CENTRE_TIMEZONE", "Factory"),
    ("FONOLO_TIMEOUT", "10"),
    ("FONOLO_TIMEOUT", "0,10"),
    ("FONOLO_TIMEOUT", "3,0"),
    ("FONOLO_TIMEOUT", "3,nan"),
    ("FONOLO_TIMEOUT", "-3,10"),
    ("FONOLO_TIMEOUT", "3,10,20"),
    ("FONOLO_TIMEOUT", "3050,10000"),  # milliseconds
    ("EGRESS_PROXY", "proxy.example:3128"),
    ("EGRESS_PROXY", "socks5://proxy.example:1080"),
    ("EGRESS_PROXY", "http://:3128"),
    ("EGRESS_PROXY", "http://user:p w@proxy.example:3128"),
    ("EGRESS_PROXY", "http://user:s3cret@proxy.example:port"),
    ("EGRESS_PROXY", "http://proxy.example:3128/path"),
    ("EGRESS_CA", "/etc/ssl/private-ca.pem"),
    ("EGRESS_CA", "-----BEGIN CERTIFICATE-----\nnone\n-----END CERTIFICATE-----"),
    ("EGRESS_CA", "-----BEGIN PRIVATE KEY-----\nMC4=\n-----END PRIVATE KEY-----"),
    ("CALLBACK_PROFILES", "default"),
    ("CALLBACK_PROFILES", "default=CP123"),
    ("CALLBACK_PROFILES", f"bad alias={PROFILE}"),
    ("CALLBACK_PROFILES", f"a/b={PROFILE}"),
    ("CALLBACK_PROFILES", f"a={PROFILE},a={PROFILE}"),
    ("CALLBACK_PROFILES", f"{PROFILE},default={PROFILE}"),
    ("CALLBACK_PROFILES", f"={PROFILE}"),
    ("CALLBACK_PROFILES", ","),
    ("HANDLE_SECRET", "short-secret"),
    ("HANDLE_SECRET", f"{SECRET},short-secret"),
    ("HANDLE_TTL", "0"),
    ("REDIS_URL", "http://redis.example"),
    ("REDIS_URL", "redis://h?no_such_option=1"),
    ("REDIS_TIMEOUT", "0"),
    ("REDIS_TIMEOUT", "5.1"),
    ("REDIS_TIMEOUT", "soon"),
    ("STORE_SECRET", "short-secret"),
    ("LIMIT_START", "often"),
    ("LIMIT_START", "5/fortnight"),
    ("LIMIT_READ", "0/minute"),
    ("LIMIT_NUMBER", "3/minute;often"),
    ("LIMIT_PREFIX", "-1/minute"),
    ("LIMIT_START_GLOBAL", "1.5/minute"),
    ("LIMIT_NUMBER", "5/0 minutes"),
    ("LIMIT_READ", "9/hour;5 per 00 minutes"),
    ("NUMBER_BLOCKED_TYPES", "none,pager"),
    ("STARTS", "maybe"),
    ("BIND", "localhost"),
    ("BIND", "eth0"),
    ("BIND", "[127.0.0.1]"),
    ("BIND", "[::]:8000"),
    ("BIND", "0.0.0.0:8000"),
    ("BIND", "::/0"),
    ("BASE_PATH", "phone"),
    ("BASE_PATH", "/phone/"),
    ("BASE_PATH", "/"),
    ("BASE_PATH", "/a//b"),
    ("BASE_PATH", "/a/../b"),
    ("BASE_PATH", "/."),
    ("BASE_PATH", "/a b"),
    ("BASE_PATH", "/a%2Fb"),
    ("BASE_PATH", "/a?b"),
    ("BASE_PATH", "/é"),
    ("BASE_PATH", "https://example.com/callbacks"),
    ("BASE_PATH", "/v1"),
    ("BASE_PATH", "/docs/callbacks"),
    ("TRUSTED_PROXIES", "10.0.0.0/33"),
    ("TRUSTED_PROXIES", "proxy.example"),
    ("CORS_ORIGINS", "shop.example"),
    ("CORS_ORIGINS", "https://example.com/path"),
    ("CORS_ORIGINS", "*,https://example.com"),
    ("CORS_ORIGINS", "null"),
    ("NUMBER_POLICY", "strict"),
    ("NUMBERS_BLOCKED", "+14163662500"),
    ("NUMBERS_BLOCKED", "14163662500\n*"),
    ("NUMBER_COUNTRIES", "XX"),
    ("NUMBER_COUNTRIES", "us"),
    ("NUMBER_COUNTRIES", "*,US"),
    ("NUMBER_COUNTRIES", ","),
    ("NUMBER_BLOCKED_TYPES", "expensive"),
    ("QUESTION_TYPES", "client_cid_number"),
    ("QUESTION_TYPES", "agent_cid_name"),
    ("QUESTION_TYPES", "pre_selected_option"),
    ("QUESTION_TYPES", "client_call_back_number"),
    ("CACHE_PROFILE_TTL", "-1"),
    ("CACHE_SLOTS_TTL", "soon"),
    ("CACHE_STALE", "1e3"),
    ("CAPTCHA_PROVIDER", "homemade"),
    ("CAPTCHA_MODE", "never"),
    ("CAPTCHA_VERIFY_URL", "nowhere"),
    ("CAPTCHA_VERIFY_URL", "http://captcha.example/siteverify"),
    ("LIMIT_STATUS", "often"),
    ("IDENTITY_SECRET", "short-secret"),
    ("IDENTITY_SECRET", f"{SECRET},short-secret"),
    ("IDENTITY_JWKS", '{"keys": []}'),
    ("IDENTITY_JWKS", '{"keys": [{"kty": "oct", "k": "c2VjcmV0"}]}'),
    ("IDENTITY_MODE", "always"),
    ("IDENTITY_MODE", "required"),
    ("DUPLICATE_WINDOW", "-1"),
    ("IDEMPOTENCY_TTL", "0"),
    ("LOG_LEVEL", "loud"),
    ("LOG_FORMAT", "xml"),
]


class TestFaults:
    @pytest.mark.parametrize(("name", "text"), BAD)
    def test_one_is_one_line_that_names_the_variable_and_never_its_value(
        self, name: str, text: str
    ) -> None:
        found = faults(**{name: text})
        assert len(found) == 1
        assert found[0].startswith(f"{name}: ")
        assert "\n" not in found[0]
        assert len(text) < 5 or text not in found[0]

    def test_all_are_told_at_once(self) -> None:
        found = faults(PORT="x", LIMIT_READ="x", FONOLO_TIMEZONE="x", without="FONOLO_AUTH_TOKEN")
        assert sorted(each.partition(":")[0] for each in found) == [
            "FONOLO_AUTH_TOKEN",
            "FONOLO_TIMEZONE",
            "LIMIT_READ",
            "PORT",
        ]

    def test_a_captcha_needs_its_keys(self) -> None:
        found = faults(CAPTCHA_PROVIDER="turnstile")
        assert sorted(each.partition(":")[0] for each in found) == [
            "CAPTCHA_SECRET",
            "CAPTCHA_SITE_KEY",
        ]

    def test_a_captcha_of_the_second_step_needs_a_first_one(self) -> None:
        captcha = {"CAPTCHA_PROVIDER": "turnstile", "CAPTCHA_SITE_KEY": "k", "CAPTCHA_SECRET": "s"}
        found = faults(**captcha, CAPTCHA_MODE="step_up", LIMIT_START="none")
        assert found == [
            "CAPTCHA_MODE: step_up asks once LIMIT_START is used up; set that, or always"
        ]
        assert read(**captcha, CAPTCHA_MODE="step_up").captcha_mode == "step_up"
        assert read(**captcha, LIMIT_START="none").captcha_mode == "always"

    @pytest.mark.parametrize("name", ["IDENTITY_SECRET", "IDENTITY_JWKS"])
    def test_a_file_without_a_key_lets_nobody_in_unknown(self, name: str, tmp_path: Path) -> None:
        (tmp_path / "empty").write_text("\n", "utf-8")
        found = faults(**{f"{name}_FILE": str(tmp_path / "empty")})
        assert found == [f"{name}: the file holds no key; at least one is wanted"]

    def test_several_workers_are_good_with_a_shared_store(self) -> None:
        assert read(WEB_CONCURRENCY="4", REDIS_URL="redis://h").web_concurrency == 4

    def test_a_text_that_is_not_utf_8_is_a_fault(self) -> None:
        broken = (b"\xff" * 40).decode("utf-8", "surrogateescape")
        for name in ("HANDLE_SECRET", "STORE_SECRET"):
            found = faults(**{name: broken})
            assert [each.partition(":")[0] for each in found] == [name]


class TestFiles:
    @pytest.mark.parametrize("name", [each.name.upper() for each in dataclasses.fields(Settings)])
    def test_every_setting_may_come_from_a_file(self, tmp_path: Path, name: str) -> None:
        path = tmp_path / "setting"
        path.write_text("~ surely no value for anything\n but for texts")
        environ = {**REQUIRED, f"{name}_FILE": str(path)}
        environ.pop(name, None)
        if name in {"CAPTCHA_SITE_KEY", "CAPTCHA_SECRET", "STORE_SECRET", "HANDLE_SECRET"}:
            found = getattr(Settings.read(environ), name.lower())
            assert path.read_text() in (found if isinstance(found, tuple) else (found,))
            return
        if name == "IDENTITY_SECRET":
            assert len(list(Settings.read(environ).identity_secret)) == 1
            return
        with pytest.raises(ConfigurationError) as raised:
            Settings.read(environ)
        assert [each.partition(":")[0] for each in raised.value.faults] == [name]
        assert ": required" not in raised.value.faults[0]

    def test_blanks_around_its_content_do_not_count(self, tmp_path: Path) -> None:
        path = tmp_path / "port"
        path.write_text(" 8123 \n")
        assert read(PORT_FILE=str(path)).port == 8123

    @pytest.mark.parametrize("name", [each.name.upper() for each in dataclasses.fields(Settings)])
    def test_an_empty_one_is_a_fault_but_of_a_list(self, tmp_path: Path, name: str) -> None:
        path = tmp_path / "setting"
        path.write_text("\n")
        environ = {**REQUIRED, f"{name}_FILE": str(path)}
        environ.pop(name, None)
        if name == "NUMBERS_BLOCKED":
            assert "14163662500" not in Settings.read(environ).numbers_blocked
            return
        with pytest.raises(ConfigurationError) as raised:
            Settings.read(environ)
        empty = f"the file that {name}_FILE names is empty"
        no_key = "the file holds no key; at least one is wanted"
        is_of_keys = name in {"IDENTITY_SECRET", "IDENTITY_JWKS"}
        assert raised.value.faults == [f"{name}: {no_key if is_of_keys else empty}"]

    def test_both_given_is_a_fault(self, tmp_path: Path) -> None:
        path = tmp_path / "port"
        path.write_text("8123")
        found = faults(PORT="8124", PORT_FILE=str(path))
        assert len(found) == 1
        assert found[0].startswith("PORT: ")
        assert "PORT_FILE" in found[0]

    @pytest.mark.parametrize("content", [None, b"\xff\xfe"])
    def test_one_that_cannot_be_read_is_a_fault(
        self, tmp_path: Path, content: bytes | None
    ) -> None:
        path = tmp_path / "secret"
        if content:
            path.write_bytes(content)
        found = faults(without="HANDLE_SECRET", HANDLE_SECRET_FILE=str(path))
        assert len(found) == 1
        assert found[0].startswith("HANDLE_SECRET: ")
        assert str(path) not in found[0]

    def test_a_folder_is_a_fault(self, tmp_path: Path) -> None:
        found = faults(PORT_FILE=str(tmp_path))
        assert [each.partition(":")[0] for each in found] == ["PORT"]


def test_secrets_do_not_show() -> None:
    secrets = {
        "FONOLO_AUTH_TOKEN": "token-0123456789",
        "HANDLE_SECRET": SECRET,
        "STORE_SECRET": "store-secret-" * 3,
        "REDIS_URL": "redis://user:redis-password@h/0",
        "CAPTCHA_SECRET": "captcha-secret-0123",
    }
    shown = repr(read(**secrets))
    assert not [value for value in secrets.values() if value in shown]
    assert "redis-password" not in shown


def test_settings_are_frozen() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        read().port = 1  # type: ignore[misc]
