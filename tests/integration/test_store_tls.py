"""A Redis that speaks TLS alone, with an authority of its own, to clients that it has certified."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests import running
from tests.running import Process, Simulator
from tests.unit.service.authority import Authority

pytestmark = pytest.mark.long

_FILES = {"ca-cert-file": "ca.pem", "cert-file": "s.pem", "key-file": "s.key"}
STARTS = "/v1/profiles/default/callbacks"
KEY = {"Idempotency-Key": "a-key-of-this-test"}


@contextmanager
def tls_redis(folder: Path) -> Iterator[str]:
    """Run a server with TLS, if one on the PATH is built with it; yield its URL."""
    (port,) = running.free_ports(1)
    program = shutil.which("redis-server")
    if program is None:
        pytest.skip("no redis-server on the PATH; the wheel's has no TLS")
    files = [f"--tls-{name} {folder}/{file}" for name, file in _FILES.items()]
    options = f"--port 0 --tls-port {port} --tls-auth-clients yes {' '.join(files)}"
    process = Process([program, *options.split(), "--save", ""], {})
    try:
        if "Bad directive" in process.wait_for(r"Ready to accept connections|Bad directive")[0]:
            pytest.skip("the redis-server on the PATH is built without TLS")
        yield f"rediss://127.0.0.1:{port}/0"
    finally:
        process.stop()


def test_it_is_reached_with_the_authority_and_the_certificate_of_the_query(
    simulator: Simulator, tmp_path: Path
) -> None:
    Authority(tmp_path).serve("IP:127.0.0.1")
    authority = f"?ssl_ca_certs={tmp_path}/ca.pem"
    certificate = f"&ssl_certfile={tmp_path}/s.pem&ssl_keyfile={tmp_path}/s.key"
    with tls_redis(tmp_path) as url:
        whole = {"REDIS_URL": url + authority + certificate, "REDIS_TIMEOUT": "2"}
        with running.gateway(simulator, **whole) as one, running.gateway(simulator, **whole) as two:
            first, again = (
                each.post(STARTS, json={"number": "14163667001"}, headers=KEY)
                for each in (one, two)
            )
            assert (first.status_code, again.json()) == (201, first.json())
            assert again.headers["Idempotency-Replayed"] == "true"
            assert {each.get("/readyz").json()["store"] for each in (one, two)} == {"up"}
        for less in (url + certificate.replace("&", "?", 1), url + authority):
            checked = Process(
                ["callback-gateway", "check"],
                running.gateway_env(simulator.base_url, REDIS_URL=less, REDIS_TIMEOUT="2"),
            )
            assert checked.wait() == 1
            assert any("REDIS_URL: TLS fails with the store" in line for line in checked.lines)
            checked.stop()
