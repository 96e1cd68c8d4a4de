"""The sockets that are listened on: IPv6 and IPv4 at once, and IPv4 where there is no IPv6."""

from __future__ import annotations

import errno
import socket

import pytest
from structlog.testing import capture_logs

from service.server.listening import listen, url_of


def reached(listener: socket.socket, host: str) -> bool:
    try:
        socket.create_connection((host, listener.getsockname()[1]), timeout=5).close()
    except OSError:
        return False
    return True


@pytest.mark.parametrize(
    ("address", "hosts"),
    [
        ("::", {"127.0.0.1", "::1"}),
        ("0.0.0.0", {"127.0.0.1"}),  # noqa: S104
        ("127.0.0.1", {"127.0.0.1"}),
        ("::1", {"::1"}),
    ],
)
def test_an_address_is_listened_on_and_the_wildcard_takes_both(
    address: str, hosts: set[str]
) -> None:
    with listen("PORT", address, 0) as listener:
        assert {host for host in ("127.0.0.1", "::1") if reached(listener, host)} == hosts


@pytest.mark.parametrize("fault", [errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL])
def test_on_a_machine_without_ipv6_the_wildcard_is_that_of_ipv4(fault: int) -> None:
    asked: list[str] = []

    def without_ipv6(address: str, port: int) -> socket.socket:
        asked.append(address)
        if ":" in address:
            raise OSError(fault, "no IPv6")
        return socket.create_server((address, port))

    with listen("PORT", "::", 0, without_ipv6) as listener:
        assert reached(listener, "127.0.0.1")
    assert asked == ["::", "0.0.0.0"]  # noqa: S104


@pytest.mark.parametrize("address", ["::", "127.0.0.1"])
def test_what_cannot_be_had_ends_the_process_with_1(address: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        with pytest.raises(SystemExit) as ended:
            listen("PORT", address, taken.getsockname()[1])
    assert ended.value.code == 1


def test_an_address_of_another_machine_is_a_fault_of_bind() -> None:
    with capture_logs() as lines, pytest.raises(SystemExit) as ended:
        listen("METRICS_PORT", "192.0.2.1", 0)
    assert ended.value.code == 2
    assert [line["setting"] for line in lines] == ["BIND"]


@pytest.mark.parametrize(
    ("address", "url"),
    [
        ("::", "http://127.0.0.1:8000"),
        ("0.0.0.0", "http://127.0.0.1:8000"),  # noqa: S104
        ("10.1.2.3", "http://10.1.2.3:8000"),
        ("::1", "http://[::1]:8000"),
    ],
)
def test_a_listener_is_reached_by_a_url_that_works(address: str, url: str) -> None:
    assert url_of(address, 8000) == url
