"""What the network policies let in and out, and what the Services and Ingress show."""

from __future__ import annotations

from typing import Any

import pytest

from tests.deploy.chart import CHART, LEAST, Manifest, find, merged, render, render_file

POLICY: dict[str, Any] = {"networkPolicy": {"enabled": True}}
TEST = {"app.kubernetes.io/component": "test"}


def rules(manifests: list[Manifest], way: str, component: str = "gateway") -> list[Manifest]:
    found: list[Manifest] = find(manifests, "NetworkPolicy", component)["spec"].get(way, [])
    return found


def ports(way_out: list[Manifest]) -> list[list[int]]:
    return [[each["port"] for each in rule["ports"]] for rule in way_out]


def to_the_internet(rule: Manifest) -> bool:
    blocks = [peer.get("ipBlock", {}) for peer in rule["to"]]
    return any(
        block.get("cidr") == "0.0.0.0/0" and "169.254.0.0/16" in block["except"] for block in blocks
    )


def test_the_api_is_for_the_ingress_controller_and_the_test_alone() -> None:
    api, metrics = rules(render(merged(LEAST, POLICY)), "ingress")
    assert api["ports"] == [{"port": "http"}]
    controller, test = api["from"]
    assert controller["namespaceSelector"]["matchLabels"] == {
        "kubernetes.io/metadata.name": "ingress-nginx"
    }
    assert TEST.items() <= test["podSelector"]["matchLabels"].items()
    assert metrics["ports"] == [{"port": "metrics"}]
    assert [each["namespaceSelector"]["matchLabels"] for each in metrics["from"]] == [
        {"kubernetes.io/metadata.name": "monitoring"}
    ]


def test_out_go_dns_and_fonolos_https_alone() -> None:
    dns, fonolo = rules(render(merged(LEAST, POLICY)), "egress")
    assert dns["ports"] == [{"port": 53, "protocol": "UDP"}, {"port": 53, "protocol": "TCP"}]
    assert dns["to"][0]["namespaceSelector"]
    assert fonolo["ports"] == [{"port": 443}]
    assert to_the_internet(fonolo)


def test_the_store_the_captcha_and_the_collector_open_their_ports() -> None:
    out = rules(render_file(CHART / "ci/network-policy-values.yaml"), "egress")
    assert ports(out) == [[53, 53], [443], [26379, 6379], [4318], [443]]


def test_ports_of_urls_are_let_out() -> None:
    out = rules(render_file(CHART / "ci/settings-values.yaml"), "egress")
    assert ports(out) == [[53, 53], [3128, 8443], [6380]]


@pytest.mark.parametrize(
    ("url", "port"),
    [
        ("https://api.fonolo.com/3.0/", 443),
        ("https://fonolo.example:8443/3.0/", 8443),
        ("http://fonolo.example/3.0/", 80),
        ("https://[2001:db8::1]/3.0/", 443),
        ("https://[2001:db8::1]:9443/3.0/", 9443),
    ],
)
def test_fonolos_port_is_that_of_its_url(url: str, port: int) -> None:
    more = {"fonolo": {"baseUrl": url}, "env": {"FONOLO_ALLOW_HTTP": True}}
    assert ports(rules(render(merged(LEAST, merged(POLICY, more))), "egress"))[1] == [port]


def test_the_simulator_takes_fonolos_place() -> None:
    manifests = render({"simulator": {"enabled": True}, **POLICY})
    assert ports(rules(manifests, "egress")) == [[53, 53], [9000]]
    assert rules(manifests, "egress", "simulator") == []
    [asked] = rules(manifests, "ingress", "simulator")
    who = {
        peer["podSelector"]["matchLabels"]["app.kubernetes.io/component"] for peer in asked["from"]
    }
    assert who == {"gateway", "test"}


def test_an_empty_list_of_peers_is_anyone() -> None:
    more = {"networkPolicy": {"enabled": True, "ingressFrom": [], "metricsFrom": []}}
    api, metrics = rules(render(merged(LEAST, more)), "ingress")
    assert "from" not in api
    assert "from" not in metrics


def test_no_way_in_shows_the_metrics() -> None:
    more: dict[str, Any] = {
        "service": {"type": "LoadBalancer", "port": 8443},
        "ingress": {"enabled": True, "hosts": [{"host": "callbacks.example.com"}]},
        "httpRoute": {"enabled": True, "parentRefs": [{"name": "public"}]},
    }
    manifests = render(merged(LEAST, more))
    service = find(manifests, "Service")
    assert [each["targetPort"] for each in service["spec"]["ports"]] == ["http"]
    metrics = find(manifests, "Service", "metrics")
    assert metrics["spec"]["type"] == "ClusterIP"
    [path] = find(manifests, "Ingress")["spec"]["rules"][0]["http"]["paths"]
    assert path["backend"]["service"] == {
        "name": service["metadata"]["name"],
        "port": {"name": "http"},
    }
    [backend] = find(manifests, "HTTPRoute")["spec"]["rules"][0]["backendRefs"]
    assert backend == {
        "name": service["metadata"]["name"],
        "port": service["spec"]["ports"][0]["port"],
    }


@pytest.mark.parametrize("kind", ["LoadBalancer", "NodePort"])
def test_clients_keep_their_addresses(kind: str) -> None:
    service = find(render(merged(LEAST, {"service": {"type": kind}})), "Service")
    assert service["spec"]["externalTrafficPolicy"] == "Local"
