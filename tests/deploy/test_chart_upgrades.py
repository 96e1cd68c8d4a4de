"""An upgrade looks at what stands: no pod goes early, and none loses what it was made with.

An API server of the tests' own answers `lookup`; a real one is asked by the README's commands.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.deploy.chart import HELMS, LEAST, Manifest, find, gateway_pod, merged, render
from tests.deploy.cluster import cluster
from tests.deploy.test_chart_files import AGAIN, INLINE, ONCE, own

REDIS: dict[str, Any] = {"redis": {"existingSecret": "redis"}}
AUTOSCALED = merged(LEAST, {**REDIS, "autoscaling": {"enabled": True}})
FROM_OUTSIDE = merged(LEAST, {**REDIS, "replicaCount": None})
FIXED = merged(LEAST, {**REDIS, "replicaCount": 6})
each_helm = pytest.mark.parametrize("program", HELMS)


def upgrade(
    values: dict[str, Any], folder: Path, *standing: Manifest, program: str = "helm"
) -> Any:
    """Render what an upgrade renders where these objects stand."""
    with cluster(folder, *standing) as there:
        arguments = (
            *("--dry-run=server", "--disable-openapi-validation"),
            *("--kubeconfig", there.kubeconfig),
        )
        return render(values, *arguments, program=program)


def scaled(manifests: list[Manifest], count: int) -> Manifest:
    """Return the Deployment as it stands after something has scaled it."""
    deployment = find(manifests, "Deployment")
    return {**deployment, "spec": {**deployment["spec"], "replicas": count}}


def by_chart_0_1_0(deployment: Manifest) -> Manifest:
    metadata = {**deployment["metadata"], "annotations": {}}
    return {**deployment, "metadata": metadata}


@pytest.mark.parametrize("values", [AUTOSCALED, FROM_OUTSIDE], ids=["autoscaler", "null"])
def test_whoever_scales_from_the_beginning_has_the_count_alone(
    values: dict[str, Any], tmp_path: Path
) -> None:
    first = render(values)
    assert "replicas" not in find(first, "Deployment")["spec"]
    second = upgrade(values, tmp_path, scaled(first, 7))
    assert "replicas" not in find(second, "Deployment")["spec"]


@each_helm
@pytest.mark.parametrize("values", [AUTOSCALED, FROM_OUTSIDE], ids=["autoscaler", "null"])
def test_a_count_that_was_named_stands_while_something_else_takes_over(
    values: dict[str, Any], program: str, tmp_path: Path
) -> None:
    """Left out, it would fall to 1 by Helm's merge; so it is named as it stands, from then on."""
    standing: list[Manifest] = [scaled(render(FIXED), 6)]
    for count in (6, 9, 4):
        standing = [scaled(standing, count)]
        manifests = upgrade(values, tmp_path, *standing, program=program)
        assert find(manifests, "Deployment")["spec"]["replicas"] == count
        standing = [find(manifests, "Deployment")]


def test_chart_0_1_0_named_the_count_where_it_made_no_autoscaler(tmp_path: Path) -> None:
    old = by_chart_0_1_0(scaled(render(FIXED), 6))
    assert find(upgrade(AUTOSCALED, tmp_path, old), "Deployment")["spec"]["replicas"] == 6
    autoscaler = find(render(AUTOSCALED), "HorizontalPodAutoscaler")
    after = upgrade(AUTOSCALED, tmp_path, old, autoscaler)
    assert "replicas" not in find(after, "Deployment")["spec"]


def test_an_autoscaler_is_never_left_with_no_pods(tmp_path: Path) -> None:
    """At 0 it would do nothing for ever."""
    after = upgrade(AUTOSCALED, tmp_path, scaled(render(FIXED), 0))
    assert find(after, "Deployment")["spec"]["replicas"] == 2


def replica_set(manifests: list[Manifest], name: str) -> Manifest:
    template = gateway_pod(manifests)
    metadata = {"name": name, "namespace": "callbacks", "labels": template["metadata"]["labels"]}
    return {
        "apiVersion": "apps/v1",
        "kind": "ReplicaSet",
        "metadata": metadata,
        "spec": {"template": template},
    }


def secrets_of(manifests: list[Manifest]) -> set[str]:
    return {
        each["metadata"]["name"]
        for each in manifests
        if each["kind"] == "Secret" and not each["metadata"]["name"].endswith("-check")
    }


@each_helm
def test_a_secret_stays_as_long_as_an_old_replica_set_names_it(
    program: str, tmp_path: Path
) -> None:
    generations = [
        render(merged(INLINE, {"fonolo": {"authToken": f"token-{number}"}})) for number in range(3)
    ]
    old = [own(each, ONCE) for each in generations[:2]]
    again = own(generations[1], AGAIN)
    sets = [replica_set(generations[1], "second")]  # the first one's is gone
    values = merged(INLINE, {"fonolo": {"authToken": "token-2"}})
    after = upgrade(values, tmp_path, *old, again, *sets, program=program)
    new = {own(generations[2], ONCE)["metadata"]["name"], again["metadata"]["name"]}
    assert secrets_of(after) == {old[1]["metadata"]["name"], *new}
    [retained] = [each for each in after if each["metadata"]["name"] == old[1]["metadata"]["name"]]
    assert (retained["data"], retained["immutable"]) == (old[1]["data"], True)


def test_what_chart_0_1_0_made_stays_for_its_pods(tmp_path: Path) -> None:
    """Its Secret and its ConfigMap had the release's name, and its pods read both."""
    old = render(INLINE)
    name = "gateway-callback-gateway"
    labels = find(old, "Deployment")["metadata"]["labels"]
    metadata = {"name": name, "namespace": "callbacks", "labels": labels}
    data = {
        "kind": "Secret",
        "metadata": metadata,
        "type": "Opaque",
        "data": {"auth-token": "eA=="},
    }
    settings = {"kind": "ConfigMap", "metadata": metadata, "data": {"LIMIT_START": "10/minute"}}
    template = {
        "metadata": {"labels": labels},
        "spec": {
            "containers": [{"name": "gateway", "envFrom": [{"configMapRef": {"name": name}}]}],
            "volumes": [
                {"name": "secrets", "projected": {"sources": [{"secret": {"name": name}}]}},
                {"name": "memory", "emptyDir": {}},
            ],
        },
    }
    pods = replica_set(old, "first")
    pods["spec"]["template"] = template
    after = upgrade(INLINE, tmp_path, data, settings, pods)
    retained = {
        (each["kind"], next(iter(each["data"])))
        for each in after
        if each["metadata"]["name"] == name and "data" in each
    }
    assert retained == {("Secret", "auth-token"), ("ConfigMap", "LIMIT_START")}


def test_a_secret_of_yours_is_never_taken_over(tmp_path: Path) -> None:
    old = render(LEAST)
    yours = {
        "kind": "Secret",
        "metadata": {"name": "fonolo", "namespace": "callbacks", "labels": {}},
        "data": {"auth-token": "eA=="},
    }
    assert secrets_of(upgrade(LEAST, tmp_path, yours, replica_set(old, "first"))) == set()


@each_helm
def test_where_helm_asks_no_cluster_two_renderings_are_alike(program: str) -> None:
    """As Argo CD renders: the same text each time, or it would never be in sync."""
    assert render(INLINE, program=program) == render(INLINE, program=program)
