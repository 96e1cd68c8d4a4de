"""What cannot work is refused, with a sentence that says the remedy."""

from __future__ import annotations

from typing import Any

import pytest

from tests.deploy.chart import LEAST, merged, refusal, render

SID = "AC" + "0123456789abcdef" * 2
INLINE = {"accountSid": SID, "authToken": "a-token", "handleSecret": "h" * 32}
SOME_PROFILE = LEAST["profiles"]["default"]
REDIS = {"redis": {"existingSecret": "redis"}}

#: What is added to the least that renders, and words of the sentence.
REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("several replicas without a store", {"replicaCount": 2}, "or replicaCount=1"),
    ("an autoscaler without a store", {"autoscaling": {"enabled": True}}, "redis.existingSecret"),
    ("workers without a store", {"env": {"WEB_CONCURRENCY": 2}}, "or env.WEB_CONCURRENCY=1"),
    ("workers, as text", {"env": {"WEB_CONCURRENCY": "2"}}, "or env.WEB_CONCURRENCY=1"),
    ("no credentials", {"fonolo": {"existingSecret": ""}}, "account-sid, auth-token and"),
    ("half of them", {"fonolo": {"existingSecret": "", "accountSid": SID}}, "are missing"),
    ("credentials given twice", {"fonolo": INLINE}, "leave out either fonolo.existingSecret"),
    ("no profile", {"profiles": None}, "set profiles.default"),
    (
        "a short handle secret",
        {"fonolo": {**INLINE, "existingSecret": "", "handleSecret": "h" * 32 + ",short"}},
        "openssl rand -hex 32",
    ),
    ("a short store secret", {"storeSecret": {"value": "short"}}, "storeSecret.value: 32"),
    (
        "a store given twice",
        {"redis": {"existingSecret": "redis", "url": "redis://redis"}},
        "leave out either redis.existingSecret or redis.url",
    ),
    (
        "a store secret given twice",
        {"storeSecret": {"existingSecret": "s", "value": "s" * 32}},
        "leave out either storeSecret.existingSecret or storeSecret.value",
    ),
    (
        "a CAPTCHA secret given twice",
        {
            "captcha": {"existingSecret": "c", "secret": "c"},
            "env": {"CAPTCHA_PROVIDER": "turnstile", "CAPTCHA_SITE_KEY": "k"},
        },
        "leave out either captcha.existingSecret or captcha.secret",
    ),
    (
        "a CAPTCHA without its secret",
        {"env": {"CAPTCHA_PROVIDER": "turnstile", "CAPTCHA_SITE_KEY": "k"}},
        "set captcha.existingSecret",
    ),
    (
        "a CAPTCHA without its site key",
        {"captcha": {"existingSecret": "c"}, "env": {"CAPTCHA_PROVIDER": "turnstile"}},
        "env.CAPTCHA_SITE_KEY",
    ),
    ("a CAPTCHA secret alone", {"captcha": {"secret": "c"}}, "set env.CAPTCHA_PROVIDER"),
    ("a secret as a setting", {"env": {"REDIS_URL": "redis://redis"}}, "redis.existingSecret"),
    ("a secret's file as a setting", {"env": {"REDIS_URL_FILE": "/x"}}, "redis.existingSecret"),
    ("a setting's file", {"env": {"LOG_LEVEL_FILE": "/x"}}, "set env.LOG_LEVEL instead"),
    ("a value of its own", {"env": {"CALLBACK_PROFILES": "x"}}, "set profiles instead"),
    ("a setting that is none", {"env": {"LOG_LEVL": "info"}}, "LOG_LEVEL"),
    ("a setting elsewhere", {"extraEnv": [{"name": "PORT", "value": "1"}]}, "set env.PORT instead"),
    (
        "a secret elsewhere",
        {"extraEnv": [{"name": "FONOLO_AUTH_TOKEN_FILE", "value": "/x"}]},
        "set fonolo.existingSecret or fonolo.authToken instead",
    ),
    (
        "a token in the plain",
        {"extraEnv": [{"name": "OTEL_EXPORTER_OTLP_HEADERS", "value": "x=y"}]},
        "valueFrom.secretKeyRef",
    ),
    ("one port for both", {"env": {"PORT": 9090}}, "must differ from env.PORT"),
    ("plain http", {"fonolo": {"baseUrl": "http://fonolo/3.0/"}}, "FONOLO_ALLOW_HTTP=true"),
    (
        "plain http to what looks like loopback",
        {"fonolo": {"baseUrl": "http://127.x.example/"}},
        "https",
    ),
    ("an Ingress without a host", {"ingress": {"enabled": True}}, "ingress.hosts[0].host"),
    ("a route without a Gateway", {"httpRoute": {"enabled": True}}, "parentRefs[0].name"),
    ("a grace too short", {"terminationGracePeriodSeconds": 30}, "need 34"),
    (
        "a grace too short for slower time-outs",
        {"terminationGracePeriodSeconds": 40, "env": {"FONOLO_TIMEOUT": "5,20.1"}},
        "need 46",
    ),
    (
        "a budget that blocks drains",
        {"podDisruptionBudget": {"minAvailable": 1}},
        "podDisruptionBudget.maxUnavailable=1",
    ),
    (
        "a budget of all",
        {**REDIS, "replicaCount": 3, "podDisruptionBudget": {"minAvailable": "100%"}},
        "would block every drain",
    ),
    (
        "an autoscaler without a measure",
        {**REDIS, "autoscaling": {"enabled": True}, "resources": {"requests": {"cpu": None}}},
        "resources.requests.cpu",
    ),
    (
        "an autoscaler upside down",
        {**REDIS, "autoscaling": {"enabled": True, "minReplicas": 11}},
        "fewer than autoscaling.minReplicas",
    ),
    ("something else that scales, without a store", {"replicaCount": None}, "or replicaCount=1"),
    (
        "nothing to scale by",
        {**REDIS, "autoscaling": {"enabled": True, "targetCPUUtilizationPercentage": None}},
        "targetRequestsInFlight",
    ),
    ("a budget of none", {"podDisruptionBudget": {"maxUnavailable": 0}}, "block every drain"),
    ("a budget of no part", {"podDisruptionBudget": {"maxUnavailable": "0%"}}, "block every drain"),
    (
        "a budget that is all once it is rounded",
        {**REDIS, "replicaCount": 2, "podDisruptionBudget": {"minAvailable": "51%"}},
        "51% of 2 would block every drain",
    ),
    (
        "a policy that cuts off a Fonolo in the cluster",
        {
            "fonolo": {"baseUrl": "https://proxy.fonolo.svc/3.0/"},
            "networkPolicy": {"enabled": True},
        },
        "set networkPolicy.fonoloTo",
    ),
    (
        "a variable twice",
        {"extraEnv": [{"name": "TZ", "value": "UTC"}, {"name": "TZ", "value": "EST"}]},
        "TZ stands there twice",
    ),
    (
        "an alias that YAML has read",
        {"profiles": {False: SOME_PROFILE}},
        "write the alias in quotes",
    ),
    ("a volume of the chart's", {"extraVolumes": [{"name": "secrets"}]}, "extraVolumes: the name"),
    (
        "a folder of the chart's",
        {"extraVolumeMounts": [{"name": "x", "mountPath": "/dev/shm"}]},  # noqa: S108
        "extraVolumeMounts: the mountPath",
    ),
    ("a container of the chart's", {"sidecars": [{"name": "gateway"}]}, "the name gateway"),
    ("a loopback address", {"env": {"BIND": "127.0.0.1"}}, "env.BIND"),
    (
        "two monitors",
        {"serviceMonitor": {"enabled": True}, "podMonitor": {"enabled": True}},
        "every figure would be doubled",
    ),
    (
        "a store's host and URL",
        {"redis": {"host": "redis", "url": "redis://redis"}},
        "leave out either redis.host or",
    ),
    (
        "a file and a Secret",
        {"fonolo": {"files": {"authToken": "/x"}}},
        "leave out either it or fonolo.existingSecret",
    ),
    (
        "authorities given twice",
        {"egress": {"ca": {"existingConfigMap": "ca", "existingSecret": "ca"}}},
        "egress.ca.existingConfigMap or egress.ca.existingSecret",
    ),
    ("keys that are not named", {"identity": {"existingSecret": "i"}}, "set identity.keys.secret"),
    (
        "keys given twice",
        {"identity": {"secret": "s" * 32, "files": {"secret": "/x"}}},
        "leave out all but one of identity.secret",
    ),
    ("a short key of identities", {"identity": {"secret": "short"}}, "identity.secret: 32"),
    ("a simulator with a real Secret", {"simulator": {"enabled": True}}, "fonolo.existingSecret"),
    (
        "a simulator with a real URL",
        {
            "simulator": {"enabled": True},
            "fonolo": {"existingSecret": "", "baseUrl": "https://api.fonolo.com/3.0/"},
        },
        "leave out fonolo.baseUrl",
    ),
]


@pytest.mark.parametrize(
    ("more", "words"), [each[1:] for each in REFUSED], ids=[each[0] for each in REFUSED]
)
def test_what_cannot_work_is_refused_with_its_remedy(more: dict[str, Any], words: str) -> None:
    said = refusal(merged(LEAST, more))
    assert words in said
    assert "execution error" in said, "the schema refused it, without our sentence"


def test_all_faults_are_told_at_once() -> None:
    said = refusal({"replicaCount": 2, "ingress": {"enabled": True}})
    for start in (
        "fonolo.accountSid:",
        "fonolo.authToken:",
        "profiles:",
        "replicaCount:",
        "ingress.hosts:",
    ):
        assert f"\n{start}" in said


def test_no_refusal_quotes_a_secret() -> None:
    secret = "s3cr3t"
    said = refusal(
        {
            "fonolo": {"existingSecret": "x", "authToken": secret, "handleSecret": secret},
            "redis": {"existingSecret": "x", "url": f"redis://:{secret}@redis"},
            "captcha": {"secret": secret},
            "storeSecret": {"value": secret},
            "env": {"REDIS_URL": secret},
        }
    )
    assert secret not in said


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:9000/3.0/", "http://localhost/3.0/", "http://[::1]:9000/3.0/"]
)
def test_plain_http_to_the_pod_itself_is_fine(url: str) -> None:
    render(merged(LEAST, {"fonolo": {"baseUrl": url}}))


@pytest.mark.parametrize(
    "budget", [{"minAvailable": "50%"}, {"minAvailable": 1}, {"maxUnavailable": "1%"}], ids=str
)
def test_a_budget_that_lets_one_pod_go_is_fine(budget: dict[str, Any]) -> None:
    render(merged(LEAST, {**REDIS, "replicaCount": 2, "podDisruptionBudget": budget}))


def test_what_is_off_refuses_nothing_and_renders_nothing() -> None:
    """For umbrella charts, whose other values may not be there yet."""
    assert render({"enabled": False, "replicaCount": 9}) == []


#: release, its nameOverride -> the name of what it makes
NAMES = [
    ("gateway", "", "gateway-callback-gateway"),
    ("callback-gateway", "", "callback-gateway"),
    ("123", "", "callback-gateway-123"),
    ("1e3", "", "callback-gateway-1e3"),
    ("prod.eu", "", "prod-eu-callback-gateway"),
    ("prod", "123", "prod-123"),
]


@pytest.mark.parametrize(("release", "override", "name"), NAMES)
def test_every_release_has_a_name_that_kubernetes_takes(
    release: str, override: str, name: str
) -> None:
    manifests = render(merged(LEAST, {"nameOverride": override}), release=release)
    assert {each["metadata"]["name"].removesuffix("-check") for each in manifests} <= {
        name,
        f"{name}-metrics",
        f"{name}-test",
    }
    for each in manifests:
        labels = each["metadata"]["labels"]
        assert labels["app.kubernetes.io/instance"] == release


@pytest.mark.parametrize(
    "more",
    [{"fullnameOverride": "1st"}, {"fullnameOverride": "a_b"}, {"nameOverride": "Gateway"}],
    ids=str,
)
def test_a_name_that_kubernetes_would_refuse_is_refused_before_anything_is_made(
    more: dict[str, Any],
) -> None:
    assert "does not match pattern" in refusal(merged(LEAST, more))


def test_a_name_that_only_together_is_none_is_refused_too() -> None:
    said = refusal(merged(LEAST, {"nameOverride": "2nd"}), release="1st")
    assert "fullnameOverride:" in said
