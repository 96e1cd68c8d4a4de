"""Which node of a cluster has which key; a single server is a cluster of one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

from redis import Redis
from redis.cluster import ClusterNode, RedisCluster

from service.store.connection import Client


def by_node(client: Client, keys: Iterable[str]) -> list[list[str]]:
    """Part the keys by the node that has them."""
    nodes: dict[str, list[str]] = {}
    for key in keys:
        name = _node(client, key).name if isinstance(client, RedisCluster) else ""
        nodes.setdefault(name, []).append(key)
    return list(nodes.values())


def node_client(client: Client, key: str) -> Redis:
    """Return the client of the node that has the key."""
    if not isinstance(client, RedisCluster):
        return client
    return client.get_redis_connection(_node(client, key))


def tags_of_servers(client: Client) -> list[int]:
    """Return numbers that, in braces, make keys of each primary; one is enough for a single."""
    if not isinstance(client, RedisCluster):
        return [0]
    owners = {slot: nodes[0].name for slot, nodes in client.nodes_manager.slots_cache.items()}
    tags: dict[str, int] = {}
    for tag in range(len(owners)):
        owner = owners.get(client.keyslot(str(tag)))  # type: ignore[no-untyped-call]
        if owner and owner not in tags:
            tags[owner] = tag
        if len(tags) == len(set(owners.values())):
            break
    return list(tags.values())


def _node(client: RedisCluster, key: str) -> ClusterNode:
    return cast(ClusterNode, client.get_node_from_key(key))  # type: ignore[no-untyped-call]
