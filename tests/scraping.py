"""Read a running gateway's metrics as Prometheus does."""

from __future__ import annotations

from collections.abc import Iterator

import requests
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

from tests.running import Gateway


def scrape(gateway: Gateway) -> list[Sample]:
    """Return all samples."""
    text = requests.get(f"{gateway.metrics}/metrics", timeout=10).text
    return [sample for family in text_string_to_metric_families(text) for sample in family.samples]


def value(gateway: Gateway, name: str, **labels: str) -> float | None:
    """Return the sum of a metric's samples that have these labels; None where there are none."""
    found = list(_values(scrape(gateway), f"callback_gateway_{name}", labels))
    return sum(found) if found else None


def _values(samples: list[Sample], name: str, labels: dict[str, str]) -> Iterator[float]:
    for sample in samples:
        if sample.name == name and labels.items() <= sample.labels.items():
            yield sample.value
