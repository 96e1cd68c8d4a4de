"""What the network policies let in and out, and what the Services and Ingress show."""

from __future__ import annotations

from typing import Any

import pytest

from tests.deploy.chart import CHART, LEAST, Manifest, find, merged, render, render_file

#: An address that the chart cannot see.
ELSEWHERE: dict[str, Any] = {"valueFrom": {"configMapKeyRef": {"name": "otel", "key": "url"}}}
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
    assert ports(out) == [[53, 53], [443], [26379, 6379, 6380], [4318], [443]]


def test_ports_of_urls_are_let_out() -> None:
    values = merged(LEAST, {"redis": {"url": "rediss://:p@redis.store:6380/0"}, **POLICY})
    captcha = {
        "captcha": {"secret": "c"},
        "env": {
            "CAPTCHA_PROVIDER": "hcaptcha",
            "CAPTCHA_SITE_KEY": "k",
            "CAPTCHA_VERIFY_URL": "https://captcha.example.com:8443/siteverify",
        },
    }
    out = rules(render(merged(values, captcha)), "egress")
    assert ports(out) == [[53, 53], [443, 8443], [6380]]


@pytest.mark.parametrize(
    ("redis", "more", "found"),
    [
        ({"url": "redis://redis"}, [], [6379]),
        ({"url": "redis://a:7000,b:7001/0"}, [], [7000, 7001]),
        ({"url": "redis+cluster://u:p@a:7000,b,c:7000"}, [], [7000, 6379]),
        (
            {"url": "redis+sentinel://u:p@a:26380,b/s/0?sentinel_password=x"},
            [],
            [26380, 26379, 6379],
        ),
        ({"url": "redis://[2001:db8::1]:6380/0"}, [], [6380]),
        ({"host": "redis", "port": 6390}, [], [6390]),
        ({"existingSecret": "redis"}, [], [6379, 26379]),
        ({"file": "/vault/secrets/redis"}, [7000], [6379, 26379, 7000]),
    ],
)
def test_every_port_of_every_host_of_the_store_is_let_out(
    redis: dict[str, Any], more: list[int], found: list[int]
) -> None:
    values = {"redis": redis, "networkPolicy": {"enabled": True, "redisPorts": more}}
    assert ports(rules(render(merged(LEAST, values)), "egress"))[2] == found


@pytest.mark.parametrize(
    ("proxy", "more", "found"),
    [
        ({"url": "http://u:p@proxy.egress:3129"}, {}, 3129),
        ({"url": "https://proxy.egress"}, {}, 443),
        ({"existingSecret": "proxy"}, {}, 3128),
        ({"file": "/vault/secrets/proxy"}, {"proxyPorts": [8080]}, 8080),
    ],
)
def test_through_a_proxy_nothing_goes_straight_to_the_internet(
    proxy: dict[str, Any], more: dict[str, Any], found: int
) -> None:
    egress = [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "egress"}}}]
    values = {
        "egress": {"proxy": proxy},
        "networkPolicy": {"enabled": True, "proxyTo": egress, **more},
    }
    out = rules(render(merged(LEAST, values)), "egress")
    assert ports(out) == [[53, 53], [found]]
    assert out[1]["to"] == egress


def test_a_fonolo_in_the_cluster_is_reached_where_its_pods_are() -> None:
    egress = [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "fonolo"}}}]
    values = {
        "fonolo": {"baseUrl": "https://proxy.fonolo.svc/3.0/"},
        "networkPolicy": {"enabled": True, "fonoloTo": egress, "fonoloPorts": [8443]},
    }
    out = rules(render(merged(LEAST, values)), "egress")
    assert (out[1]["to"], out[1]["ports"]) == (egress, [{"port": 8443}])


@pytest.mark.parametrize(
    ("endpoint", "more", "found"),
    [
        ({"value": "http://collector:4319"}, {}, [[4319]]),
        (ELSEWHERE, {}, [[4318]]),
        (ELSEWHERE, {"otlpPorts": [443]}, [[443]]),
        ({"value": "http://localhost:4318"}, {}, []),
    ],
    ids=str,
)
def test_the_collector_is_reached_wherever_its_address_comes_from(
    endpoint: dict[str, Any], more: dict[str, Any], found: list[list[int]]
) -> None:
    values = {
        "extraEnv": [{"name": "OTEL_EXPORTER_OTLP_ENDPOINT", **endpoint}],
        "networkPolicy": {"enabled": True, **more},
    }
    assert ports(rules(render(merged(LEAST, values)), "egress"))[2:] == found


def test_openshifts_dns_can_be_named() -> None:
    [dns, *_] = rules(render_file(CHART / "ci/openshift-values.yaml"), "egress")
    assert {each["port"] for each in dns["ports"]} == {5353}
    [peer] = dns["to"]
    assert peer["namespaceSelector"]["matchLabels"] == {
        "kubernetes.io/metadata.name": "openshift-dns"
    }


@pytest.mark.parametrize(
    ("url", "port"),
    [
        ("https://api.fonolo.com/3.0/", 443),
        ("https://fonolo.example:8443/3.0/", 8443),
        ("https://[2001:db8::1]/3.0/", 443),
        ("https://[2001:db8::1]:9443/3.0/", 9443),
    ],
)
def test_fonolos_port_is_that_of_its_url(url: str, port: int) -> None:
    more = {"fonolo": {"baseUrl": url}}
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


@pytest.mark.parametrize(
    ("kind", "has"),
    [
        ("ClusterIP", set()),
        ("NodePort", {"externalTrafficPolicy", "nodePort"}),
        (
            "LoadBalancer",
            {"externalTrafficPolicy", "nodePort", "loadBalancerClass", "loadBalancerSourceRanges"},
        ),
    ],
)
def test_a_service_has_the_fields_of_its_type_alone(kind: str, has: set[str]) -> None:
    everything = {
        "type": kind,
        "nodePort": 30080,
        "externalTrafficPolicy": "Cluster",
        "loadBalancerClass": "example.com/network",
        "loadBalancerSourceRanges": ["192.0.2.0/24"],
    }
    spec = find(render(merged(LEAST, {"service": everything})), "Service")["spec"]
    assert (set(spec) | set(spec["ports"][0])) & {*everything} - {"type"} == has


def test_every_service_has_the_address_families_that_are_asked_for() -> None:
    families = {"ipFamilyPolicy": "PreferDualStack", "ipFamilies": ["IPv6", "IPv4"]}
    manifests = render({"simulator": {"enabled": True}, "service": families})
    services = [each["spec"] for each in manifests if each["kind"] == "Service"]
    assert len(services) == 3
    for spec in services:
        assert {name: spec[name] for name in families} == families
    simulator = find(manifests, "Deployment", "simulator")["spec"]["template"]["spec"]
    assert simulator["containers"][0]["command"][1:3] == ["--host", "::"]


def test_a_path_before_the_gateway_is_where_it_is_published() -> None:
    more: dict[str, Any] = {
        "env": {"BASE_PATH": "/callbacks"},
        "ingress": {"enabled": True, "hosts": [{"host": "www.example.com"}]},
        "httpRoute": {"enabled": True, "parentRefs": [{"name": "public"}]},
    }
    manifests = render(merged(LEAST, more))
    [path] = find(manifests, "Ingress")["spec"]["rules"][0]["http"]["paths"]
    [match] = find(manifests, "HTTPRoute")["spec"]["rules"][0]["matches"]
    assert (path["path"], match["path"]["value"]) == ("/callbacks", "/callbacks")


@pytest.mark.parametrize("kind", ["LoadBalancer", "NodePort"])
def test_clients_keep_their_addresses(kind: str) -> None:
    service = find(render(merged(LEAST, {"service": {"type": kind}})), "Service")
    assert service["spec"]["externalTrafficPolicy"] == "Local"
