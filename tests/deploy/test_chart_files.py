"""Secrets reach the gateway as files; a change of one leaves the pods of earlier releases alone."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.deploy.chart import (
    CHART,
    CI_VALUES,
    LEAST,
    find,
    gateway_pod,
    merged,
    pod_specs,
    render,
    render_file,
)
from tests.deploy.chart_pods import environment, mounted, own_data, texts
from tests.deploy.test_chart_settings import FULL, SECRET

#: A certificate and a set of keys that a gateway can read.
READABLE = yaml.safe_load(FULL.read_text("utf-8"))
INLINE: dict[str, Any] = {
    "profiles": LEAST["profiles"],
    "fonolo": {
        "accountSid": "AC" + "1" * 32,
        "authToken": "inline-auth-token",
        "handleSecret": "inline-handle-secret-0123456789abcdef",
    },
    "redis": {"url": "redis://:inline-redis-password@redis:6379/0"},
    "storeSecret": {"value": "inline-store-secret-0123456789abcdef"},
    "captcha": {"secret": "inline-captcha-secret"},
    "identity": {
        "secret": "inline-identity-secret-0123456789abcdef",
        "jwks": READABLE["identity"]["jwks"],
    },
    "numbersBlocked": {"numbers": ["14163662500", "1900*"]},
    "egress": {
        "proxy": {"url": "http://user:inline-proxy-password@proxy:3128"},
        "ca": READABLE["egress"]["ca"],
    },
    "env": {"CAPTCHA_PROVIDER": "turnstile", "CAPTCHA_SITE_KEY": "site-key"},
}
#: The chart's own Secret of what is read once, and of what is read again.
ONCE, AGAIN = "once", "again"


def own(manifests: list[dict[str, Any]], which: str) -> dict[str, Any]:
    [found] = [
        each
        for each in manifests
        if each["kind"] == "Secret"
        and "helm.sh/hook" not in each["metadata"].get("annotations", {})
        and each["metadata"]["name"].endswith("-reread") == (which == AGAIN)
    ]
    return found


def test_an_inline_secret_is_in_the_charts_secrets_and_nowhere_else() -> None:
    manifests = render(INLINE)
    assert texts(own(manifests, ONCE)) == {
        "fonolo-account-sid": INLINE["fonolo"]["accountSid"],
        "fonolo-auth-token": INLINE["fonolo"]["authToken"],
        "handle-secret": INLINE["fonolo"]["handleSecret"],
        "redis-url": INLINE["redis"]["url"],
        "store-secret": INLINE["storeSecret"]["value"],
        "captcha-secret": INLINE["captcha"]["secret"],
        "egress-proxy": INLINE["egress"]["proxy"]["url"],
        "egress-ca": INLINE["egress"]["ca"]["pem"],
    }
    assert texts(own(manifests, AGAIN)) == {
        "identity-secret": INLINE["identity"]["secret"],
        "identity-jwks": INLINE["identity"]["jwks"],
        "numbers-blocked": "14163662500\n1900*",
    }
    rest = yaml.safe_dump([each for each in manifests if each["kind"] != "Secret"])
    for value in (*own_data(manifests).values(), "inline-redis-password", "inline-proxy-password"):
        assert value.strip() not in rest


@pytest.mark.parametrize("path", CI_VALUES, ids=lambda path: path.stem)
def test_no_pod_has_a_secret_in_its_environment(path: Path) -> None:
    for spec in pod_specs(render_file(path)):
        for container in (*spec["containers"], *spec.get("initContainers", ())):
            given = {each["name"]: each.get("value", "") for each in container.get("env", [])}
            # The check has stand-ins for files that it cannot see.
            assert {given[name].strip("-") for name in SECRET & set(given)} <= {"", "redis://redis"}


def test_every_named_file_is_mounted_from_the_contracts_key() -> None:
    manifests = render_file(CHART / "ci/existing-secrets-values.yaml")
    assert [each for each in manifests if each["kind"] == "Secret"] == []
    for component in ("gateway", "check"):
        assert mounted(manifests, component) == {
            "FONOLO_ACCOUNT_SID_FILE": ("fonolo", "account-sid"),
            "FONOLO_AUTH_TOKEN_FILE": ("fonolo", "auth-token"),
            "HANDLE_SECRET_FILE": ("fonolo", "handle-secret"),
            "REDIS_URL_FILE": ("redis", "url"),
            "STORE_SECRET_FILE": ("fonolo", "store-secret"),
            "CAPTCHA_SECRET_FILE": ("turnstile", "secret"),
        }


def test_the_keys_of_your_secrets_may_have_any_name() -> None:
    manifests = render_file(CHART / "ci/secret-keys-values.yaml")
    named = mounted(manifests)
    del named["REDIS_URL_FILE"]  # no secret is in it: it is put together by the chart
    assert named == {
        "FONOLO_ACCOUNT_SID_FILE": ("callbacks", "FONOLO_ACCOUNT_SID"),
        "FONOLO_AUTH_TOKEN_FILE": ("callbacks", "FONOLO_AUTH_TOKEN"),
        "HANDLE_SECRET_FILE": ("callbacks", "HANDLE_SECRET"),
        "STORE_SECRET_FILE": ("callbacks", "STORE_SECRET"),
        "CAPTCHA_SECRET_FILE": ("callbacks", "CAPTCHA_SECRET"),
        "EGRESS_PROXY_FILE": ("callbacks", "EGRESS_PROXY"),
        "EGRESS_CA_FILE": ("company-ca", "bundle.pem"),
        "IDENTITY_SECRET_FILE": ("hosts", "hs256"),
        "IDENTITY_JWKS_FILE": ("hosts", "jwks.json"),
        "NUMBERS_BLOCKED_FILE": ("blocked", "list.txt"),
    }


def test_a_file_that_something_else_brings_is_named_and_not_mounted() -> None:
    manifests = render_file(CHART / "ci/vault-values.yaml")
    assert mounted(manifests) == {}
    given = environment(manifests)
    assert given["FONOLO_AUTH_TOKEN_FILE"] == "/vault/secrets/auth-token"
    assert given["REDIS_URL_FILE"] == "/vault/secrets/redis-url"
    pod = gateway_pod(manifests)
    assert pod["spec"]["automountServiceAccountToken"] is True
    assert pod["metadata"]["annotations"]["vault.hashicorp.com/agent-inject"] == "true"
    check = environment(manifests, "check")
    assert not [name for name in check if name.endswith("_FILE")], "the check cannot see them"


@pytest.mark.parametrize(
    "password",
    ["simple", "p@ss:w/rd?#%", "naïve €", "line\n"],
    ids=["simple", "signs", "text", "end"],
)
def test_a_password_of_the_store_is_put_into_its_url_as_text(password: str, tmp_path: Path) -> None:
    manifests = render_file(CHART / "ci/redis-host-values.yaml")
    spec = gateway_pod(manifests)["spec"]
    [container] = spec["initContainers"]
    given = {each["name"]: each["value"] for each in container["env"]}
    (tmp_path / "password").write_text(password)
    files = {"PASSWORD_FILE": str(tmp_path / "password"), "URL_FILE": str(tmp_path / "url")}
    subprocess.run([sys.executable, *container["command"][1:]], env={**given, **files}, check=True)
    from redis.connection import parse_url

    read = parse_url((tmp_path / "url").read_text())
    assert read["password"] == password.strip()
    assert (read["username"], read["host"], read["port"], read["db"]) == (
        "gateway",
        "redis",
        6380,
        2,
    )
    assert environment(manifests)["REDIS_URL_FILE"] == given["URL_FILE"]
    [source] = [each for each in spec["volumes"] if each["name"] == "store-password"]
    assert source["secret"]["items"] == [{"key": "redis-password", "path": "password"}]


def test_a_store_without_a_password_needs_no_container() -> None:
    manifests = render(merged(LEAST, {"redis": {"host": "2001:db8::1"}}))
    assert "initContainers" not in gateway_pod(manifests)["spec"]
    assert texts(own(manifests, ONCE)) == {"redis-url": "redis://[2001:db8::1]:6379/0"}


@pytest.mark.parametrize(
    "change",
    [
        {"fonolo": {"authToken": "another-token"}},
        {"fonolo": {"handleSecret": "n" * 32 + "," + "o" * 32}},
        {"redis": {"url": "redis://other"}},
        {"storeSecret": {"value": "n" * 32}},
        {"captcha": {"secret": "another"}},
        {"egress": {"proxy": {"url": "http://other"}}},
        {"egress": {"ca": {"pem": "-----BEGIN CERTIFICATE-----\nother"}}},
    ],
    ids=str,
)
def test_a_changed_secret_is_another_secret_and_makes_new_pods(change: dict[str, Any]) -> None:
    before, after = (render(each) for each in (INLINE, merged(INLINE, change)))
    names = [own(each, ONCE)["metadata"]["name"] for each in (before, after)]
    assert names[0] != names[1]
    assert own(before, ONCE)["immutable"] is True
    assert gateway_pod(before)["spec"] != gateway_pod(after)["spec"]


@pytest.mark.parametrize(
    "change",
    [
        {"env": {"LIMIT_START": "1/minute"}},
        {"profiles": {"other": "CP88a839f2f6f1427879fc33ee4acf4f66"}},
        {"fonolo": {"timezone": "America/Toronto"}},
    ],
    ids=str,
)
def test_settings_stand_in_the_pods_themselves(change: dict[str, Any]) -> None:
    """An old ReplicaSet keeps its own, at a restart and after a rollback."""
    before, after = (render(each) for each in (INLINE, merged(INLINE, change)))
    assert not [each for each in before if each["kind"] == "ConfigMap"]
    assert "envFrom" not in gateway_pod(before)["spec"]["containers"][0]
    assert gateway_pod(before)["spec"] != gateway_pod(after)["spec"]
    assert own(before, ONCE) == own(after, ONCE)


@pytest.mark.parametrize(
    "change",
    [
        {"identity": {"secret": "n" * 32}},
        {"identity": {"jwks": '{"keys": [{}]}'}},
        {"numbersBlocked": {"numbers": ["1900*"]}},
    ],
    ids=str,
)
def test_what_is_read_again_changes_in_place(change: dict[str, Any]) -> None:
    before, after = (render(each) for each in (INLINE, merged(INLINE, change)))
    assert own(before, AGAIN)["metadata"]["name"] == own(after, AGAIN)["metadata"]["name"]
    assert own(before, AGAIN) != own(after, AGAIN)
    assert gateway_pod(before) == gateway_pod(after)
    [mount] = [
        each
        for each in gateway_pod(before)["spec"]["containers"][0]["volumeMounts"]
        if each["name"] == "reread"
    ]
    assert "subPath" not in mount, "a file of its own would never be renewed"


def test_the_check_has_a_secret_of_its_own_that_is_made_before_it() -> None:
    manifests = render(INLINE)
    [secret] = [each for each in manifests if each["metadata"]["name"].endswith("-check")][:1]
    notes = secret["metadata"]["annotations"]
    job = find(manifests, "Job", "check")
    assert secret["kind"] == "Secret"
    assert notes["helm.sh/hook"] == job["metadata"]["annotations"]["helm.sh/hook"]
    assert notes["helm.sh/hook"] == "pre-install,pre-upgrade"
    assert notes["helm.sh/hook-delete-policy"] == "before-hook-creation,hook-succeeded"
    assert int(notes["helm.sh/hook-weight"]) < 0
    data = {**texts(own(manifests, ONCE)), **texts(own(manifests, AGAIN))}
    assert texts(secret) == data
    assert {name for name, _ in mounted(manifests, "check").values()} == {
        secret["metadata"]["name"]
    }
