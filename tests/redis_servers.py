"""Real Redis in every shape: a cluster of three, a pair with Sentinels, one address that moves."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast

from redis import Redis
from redis.cluster import RedisCluster

from tests.running import Process, free_ports, poll, redis_process

_SLOTS = 16_384


def server(folder: str, port: int, *options: str) -> Process:
    """Start a server that keeps nothing on disk, and wait until it is ready."""
    process = redis_process(
        "--port", str(port), "--dir", folder, "--save", "", "--appendonly", "no", *options
    )
    process.wait_for("Ready to accept connections")
    return process


@dataclass
class Cluster:
    """Three primaries that share the slots, and the replica of each; `url` names a primary."""

    ports: list[int]
    processes: list[Process]
    replicas: list[int] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"redis+cluster://127.0.0.1:{self.ports[0]}"

    @property
    def plain_url(self) -> str:
        return f"redis://127.0.0.1:{self.ports[0]}"

    def clients(self) -> list[Redis]:
        """Return a client of each node."""
        return [Redis(port=port) for port in self.ports]

    def keys(self, pattern: str) -> list[str]:
        """List the keys of all nodes."""
        found: list[str] = []
        for client in self.clients():
            with client:
                found += [key.decode() for key in cast(list[bytes], client.keys(pattern))]
        return found

    def fail_over(self) -> None:
        """Let the next of the primaries and its replica change their roles.

        The same one again only after some seconds: for so long the others have no vote for it.
        """
        new, old = self.replicas.pop(0), self.ports.pop(0)
        with Redis(port=new) as replica:
            replica.execute_command("CLUSTER", "FAILOVER")  # type: ignore[no-untyped-call]
            poll(lambda: cast(Any, replica.role())[0] == b"master")
        self.ports.append(new)
        self.replicas.append(old)


@contextmanager
def redis_cluster(*options: str, replicated: bool = False) -> Iterator[Cluster]:
    """Run a cluster of three primaries, `replicated`: with a replica each."""
    nodes = 6 if replicated else 3
    ports = free_ports(nodes)
    with ExitStack() as stack:
        folder = stack.enter_context(TemporaryDirectory())
        processes = []
        for port in ports:
            own = ("--cluster-enabled", "yes", "--cluster-config-file", f"nodes-{port}.conf")
            process = server(
                folder,
                port,
                *own,
                "--cluster-node-timeout",
                "2000",
                "--repl-ping-replica-period",
                "1",
                *options,
            )
            stack.callback(process.stop)
            processes.append(process)
        cluster = Cluster(ports[:3], processes, ports[3:])
        _share_slots(cluster.clients(), cluster.ports)
        for primary, replica in zip(cluster.ports, cluster.replicas, strict=False):
            _replicate(primary, replica)
        yield cluster


def _replicate(primary: int, replica: int) -> None:
    """Let a new node of the cluster follow one that has slots, and wait until it has caught up."""
    with Redis(port=primary) as first, Redis(port=replica) as second:
        name = cast(bytes, first.cluster("MYID")).decode()  # type: ignore[no-untyped-call]
        second.execute_command("CLUSTER", "MEET", "127.0.0.1", primary)  # type: ignore[no-untyped-call]
        poll(lambda: name in str(second.cluster("NODES")))  # type: ignore[no-untyped-call]
        second.execute_command("CLUSTER", "REPLICATE", name)  # type: ignore[no-untyped-call]
        poll(lambda: cast(Any, second.role())[-1] > 0)  # it can fail over once it has an offset


def _share_slots(clients: list[Redis], ports: list[int]) -> None:
    step = _SLOTS // len(clients) + 1
    for number, client in enumerate(clients):
        slots = range(number * step, min((number + 1) * step, _SLOTS))
        client.execute_command("CLUSTER", "ADDSLOTS", *slots)  # type: ignore[no-untyped-call]
        client.execute_command("CLUSTER", "SET-CONFIG-EPOCH", number + 1)  # type: ignore[no-untyped-call]
    for client in clients:
        for port in ports:
            client.execute_command("CLUSTER", "MEET", "127.0.0.1", port)  # type: ignore[no-untyped-call]
    for client in clients:
        poll(lambda client=client: _is_whole(client, len(clients)))
        client.close()


def _is_whole(client: Redis, nodes: int) -> bool:
    info: Any = client.cluster("INFO")  # type: ignore[no-untyped-call]
    return (info["cluster_state"], info["cluster_known_nodes"]) == ("ok", str(nodes))


class MovingAddress:
    """One address in front of servers: new connections go to `port`, old ones stay where they are.

    Like a service of Kubernetes or a name that is resolved anew, after a failover. With `tls` it
    speaks TLS to those who come.
    """

    def __init__(self, port: int, tls: ssl.SSLContext | None = None) -> None:
        self.port = port
        self._tls = tls
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"redis://127.0.0.1:{self._listener.getsockname()[1]}/0"
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                here, _ = self._listener.accept()
                try:
                    here = self._tls.wrap_socket(here, server_side=True) if self._tls else here
                    there = socket.create_connection(("127.0.0.1", self.port))
                except OSError:
                    here.close()
                    continue
                for source, target in ((here, there), (there, here)):
                    threading.Thread(target=_pump, args=(source, target), daemon=True).start()


def _pump(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError), closing(target):
        while data := source.recv(65536):
            target.sendall(data)


@dataclass
class Pair:
    """A primary and its replica."""

    ports: list[int]
    processes: list[Process]

    def fail_over(self) -> None:
        """Let the two change their roles."""
        with Redis(port=self.ports[0]) as old, Redis(port=self.ports[1]) as new:
            new.slaveof()
            old.slaveof("127.0.0.1", self.ports[1])
        self.ports.reverse()


@contextmanager
def redis_pair(*options: str) -> Iterator[Pair]:
    """Run a primary and a replica that has caught up."""
    ports = free_ports(2)
    with ExitStack() as stack:
        processes = []
        for port in ports:
            folder = stack.enter_context(TemporaryDirectory())
            processes.append(server(folder, port, *options))
            stack.callback(processes[-1].stop)
        with Redis(port=ports[1]) as replica:
            replica.slaveof("127.0.0.1", str(ports[0]))
            poll(lambda: cast(Any, replica.info("replication"))["master_link_status"] == "up")
        yield Pair(ports, processes)


@contextmanager
def sentinel(folder: Path, *lines: str) -> Iterator[int]:
    """Run a Sentinel with these lines of configuration; yield its port."""
    (port,) = free_ports(1)
    config = folder / f"sentinel-{port}.conf"
    config.write_text("\n".join((f"port {port}", *lines, "")))
    process = redis_process("--sentinel", at=str(config))
    try:
        process.wait_for("monitor master centre")
        yield port
    finally:
        process.stop()


def clean(client: Redis | RedisCluster) -> None:
    """Delete everything but the marks, whose loss gateways take for a store that was emptied."""
    for key in client.scan_iter():
        if not key.startswith(b"cbg:mark:"):
            client.delete(key)
