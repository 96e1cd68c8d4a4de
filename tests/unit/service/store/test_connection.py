"""Which Redis a URL leads to, and what is said of one that cannot be the store."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest
from redis import Redis
from redis.cluster import RedisCluster

from service.callbacks.ports import Budget, Claim, Rate
from service.redis_url import RedisURL
from service.store.checking import StoreFault, check_store
from service.store.connection import open_client
from service.store.redis import RedisStore
from tests.redis_servers import Cluster, MovingAddress, Pair, redis_cluster, redis_pair, sentinel
from tests.running import redis_server
from tests.unit.service.authority import Authority

FOR_CLUSTERS = {"+command", "+cluster|slots"}
#: It prints the smallest rule that works.
DOCS = Path(__file__).parents[4] / "docs" / "operating.md"


def store(url: str) -> RedisStore:
    return RedisStore(open_client(RedisURL.parse(url), timeout=5)).self_test()


def fault(url: str) -> StoreFault:
    with pytest.raises(StoreFault) as raised:
        check_store(lambda: store(url))
    return raised.value


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with redis_cluster() as running:
        yield running


@pytest.fixture(scope="module")
def pair() -> Iterator[Pair]:
    with redis_pair() as running:
        yield running


def test_a_plain_url_that_leads_to_a_cluster_is_recognised(cluster: Cluster) -> None:
    client = open_client(RedisURL.parse(cluster.plain_url), timeout=5)
    assert isinstance(client, RedisCluster)
    store = RedisStore(client).self_test()
    store.check_marks()
    assert len(cluster.keys(f"cbg:{store.marks.key(0).removesuffix('{0}')}*")) == 3


def test_on_a_cluster_no_node_has_all_the_keys(cluster: Cluster) -> None:
    shared = store(cluster.url)
    for n in range(50):
        budgets = [Budget("number", f"number:{{{n}}}x", Rate(9, 60))]
        shared.reserve(budgets, "id", (Claim(f"key:{n}", "v", 60),))
    for client in cluster.clients():
        with client:
            assert client.dbsize()


def test_a_database_of_a_cluster_can_never_work(cluster: Cluster) -> None:
    said = fault(f"{cluster.plain_url}/1")
    assert not said.passes
    assert "no database but 0" in str(said)


def test_a_server_that_is_no_cluster_is_none_for_good() -> None:
    with redis_server() as (url, _):
        said = fault(url.replace("redis://", "redis+cluster://"))
    assert not said.passes
    assert "redis://host:port is wanted" in str(said)


def test_a_replica_is_no_store_for_now(pair: Pair) -> None:
    said = fault(f"redis://127.0.0.1:{pair.ports[1]}")
    assert said.passes
    assert "replica" in str(said)


def greet(server: socket.socket) -> None:
    """Say what a mail server says, to whoever comes."""
    with suppress(OSError):
        while True:
            connection, _ = server.accept()
            connection.recv(1000)
            connection.sendall(b"220 mail.example ESMTP\r\n" * 9)


def test_a_server_that_speaks_something_else_is_no_redis() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=greet, args=(server,), daemon=True).start()
        said = fault(f"redis://127.0.0.1:{server.getsockname()[1]}")
    assert said.passes
    assert "no Redis" in str(said)


def test_a_full_server_may_get_more_memory() -> None:
    with redis_server() as (url, _), Redis.from_url(url) as client:
        client.config_set("maxmemory", "1")
        said = fault(url)
    assert said.passes
    assert "full" in str(said)


def test_a_server_that_lets_go_of_keys_is_named_where_it_may_be_asked() -> None:
    with redis_server() as (url, _), Redis.from_url(url) as client:
        client.config_set("maxmemory-policy", "allkeys-lru")
        check_store(lambda: store(url), eviction=True)  # its memory has no bound
        client.config_set("maxmemory", "100mb")
        with pytest.raises(StoreFault, match="maxmemory-policy") as raised:
            check_store(lambda: store(url), eviction=True)
        assert raised.value.passes
        client.execute_command("ACL", "SETUSER", "default", "-info")
        check_store(lambda: store(url), eviction=True)


def test_a_service_that_no_sentinel_knows_may_become_known(pair: Pair, tmp_path: Path) -> None:
    with sentinel(tmp_path, f"sentinel monitor centre 127.0.0.1 {pair.ports[0]} 1") as port:
        said = fault(f"redis+sentinel://127.0.0.1:{port}/another")
    assert said.passes
    assert "no Sentinel knows" in str(said)


def test_nobody_there_may_pass() -> None:
    said = fault("redis://127.0.0.1:1")
    assert said.passes
    assert "check its address" in str(said)


def test_a_wrong_password_is_named_and_not_shown() -> None:
    with redis_server(password="right") as (url, _):
        said = fault(url.replace("right", "wr0ng"))
    assert not said.passes
    assert "user or password" in str(said)
    assert "wr0ng" not in str(said)


def test_sentinels_have_credentials_of_their_own_and_lead_to_the_primary(tmp_path: Path) -> None:
    with ExitStack() as stack:
        primary, _ = stack.enter_context(redis_server(password="da/ta"))
        port = primary.rpartition(":")[2].partition("/")[0]
        at = stack.enter_context(
            sentinel(
                tmp_path,
                "user default off",
                "user watch on >w@tch allchannels allkeys +@all",
                f"sentinel monitor centre 127.0.0.1 {port} 1",
                "sentinel auth-pass centre da/ta",
            )
        )
        own = "sentinel_username=watch&sentinel_password=w%40tch"
        shared = store(f"redis+sentinel://:da%2Fta@127.0.0.1:{at}/centre?{own}")
        assert shared.set_if_absent("key:1", "v", 60) is None
        with Redis(port=int(port), password="da/ta") as client:
            assert client.get("cbg:key:1") == b"v"
        assert fault(f"redis+sentinel://:da%2Fta@127.0.0.1:{at}/centre")
        assert "redis+sentinel://" in str(fault(f"redis://watch:w%40tch@127.0.0.1:{at}"))


def acl_rule() -> str:
    """Return the rule that docs/operating.md prints."""
    lines = DOCS.read_text("utf-8").splitlines()
    return next(line for line in lines if line.startswith("ACL SETUSER "))


def set_aside(words: list[str], word: str) -> list[str]:
    return [each for each in words if each != word]


def with_rule(rule: str, url: str, clients: list[Redis]) -> str:
    """Give each server a user by the rule; return the URL with that user."""
    _, _, name, *rules = rule.split()
    for client in clients:
        client.execute_command("ACL", "SETUSER", name, "reset", *rules)  # type: ignore[no-untyped-call]
    return url.replace("://", f"://{name}:PASSWORD@")


@pytest.mark.parametrize("on_cluster", [False, True])
def test_the_documented_rule_is_enough_and_each_part_of_it_is_needed(
    cluster: Cluster, on_cluster: bool
) -> None:
    rule = acl_rule()
    with redis_server() as (single, _), Redis.from_url(single) as client:
        url = cluster.url if on_cluster else single
        clients = cluster.clients() if on_cluster else [client]
        store(with_rule(rule, url, clients)).check_marks()
        words = rule.split()
        for part in words:
            if part.startswith("+") and (on_cluster or part not in FOR_CLUSTERS):
                less = with_rule(" ".join(set_aside(words, part)), url, clients)
                for each in clients:
                    each.script_flush()
                assert not fault(less).passes, f"{part} is not needed"


def test_an_own_authority_and_a_client_certificate_are_given_by_the_query(tmp_path: Path) -> None:
    context = Authority(tmp_path).serve("IP:127.0.0.1")
    context.load_verify_locations(tmp_path / "ca.pem")
    context.verify_mode = ssl.CERT_REQUIRED
    with redis_server() as (url, _):
        front = MovingAddress(int(url.rpartition(":")[2].partition("/")[0]), context)
        own = front.url.replace("redis://", "rediss://") + f"?ssl_ca_certs={tmp_path}/ca.pem"
        client = f"&ssl_certfile={tmp_path}/s.pem&ssl_keyfile={tmp_path}/s.key"
        store(own + client)
        assert fault(own).passes
        assert fault(front.url.replace("redis://", "rediss://")).passes
        front.close()
