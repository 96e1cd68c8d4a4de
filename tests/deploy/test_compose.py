"""compose.yaml as a file: hardened, private, and a configuration that the gateway takes.

That an engine runs it is not seen here; `make image` holds it against the schema of compose files.
"""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml

from service.settings import Settings
from tests.deploy.image import CHECKOUT

COMPOSE: dict[str, Any] = yaml.safe_load((CHECKOUT / "compose.yaml").read_text())
SERVICES: dict[str, Any] = COMPOSE["services"]


@pytest.fixture(params=SERVICES)
def service(request: pytest.FixtureRequest) -> dict[str, Any]:
    found: dict[str, Any] = SERVICES[request.param]
    return found


def test_each_service_runs_with_the_least_it_needs(service: dict[str, Any]) -> None:
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", service["user"])


def test_no_port_is_open_to_other_machines(service: dict[str, Any]) -> None:
    assert all(port.startswith("127.0.0.1:") for port in service.get("ports", []))


def test_the_gateway_waits_for_all_others_to_be_healthy() -> None:
    waits = SERVICES["gateway"]["depends_on"]
    assert set(waits) == set(SERVICES) - {"gateway"}
    assert all(each == {"condition": "service_healthy"} for each in waits.values())
    assert "healthcheck" in SERVICES["valkey"]  # the images bring theirs


def test_each_image_that_is_built_is_a_stage_of_the_dockerfile() -> None:
    stages = re.findall(r"^FROM .* AS (\S+)$", (CHECKOUT / "Dockerfile").read_text(), re.M)
    built = {name: each["build"]["target"] for name, each in SERVICES.items() if "build" in each}
    assert built == {"gateway": "gateway", "simulator": "simulator"}
    assert set(built.values()) < set(stages)


def test_its_environment_is_a_configuration_without_a_fault() -> None:
    gateway = SERVICES["gateway"]
    environment = dict(gateway["environment"])
    for secret in gateway["secrets"]:
        name = next(key for key, value in environment.items() if value == f"/run/secrets/{secret}")
        environment[name] = str(CHECKOUT / COMPOSE["secrets"][secret]["file"])
    settings = Settings.read(environment)
    assert settings.fonolo_auth_token == "0" * 64
    assert settings.redis_url
