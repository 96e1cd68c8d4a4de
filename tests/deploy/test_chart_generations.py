"""Around a rollout, with the real service: the check before it, two generations during it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests import running
from tests.deploy.chart import gateway_pod, merged, pod_specs, render, render_file
from tests.deploy.chart_pods import environment, pod_of, with_files
from tests.deploy.test_chart_boots import pod
from tests.deploy.test_chart_files import INLINE
from tests.deploy.test_chart_settings import CHART, FULL

OLD, NEW = "old-handle-secret-0123456789abcdef", "new-handle-secret-0123456789abcdef"
HANDLE = "/v1/profiles/web/callbacks"


def installed(base_url: str, **fonolo: str) -> dict[str, Any]:
    return {
        "profiles": {"web": running.WEB_PROFILE},
        "fonolo": {
            "accountSid": running.ACCOUNT_SID,
            "authToken": running.AUTH_TOKEN,
            "baseUrl": base_url,
            **fonolo,
        },
        "storeSecret": {"value": "store-secret-0123456789abcdef-0123456789"},
    }


def started(gateway: running.Gateway, number: str) -> str:
    """Start a call-back; return the URL that its handle is in."""
    answer = gateway.post(HANDLE, json={"number": number})
    assert answer.status_code == 201, answer.text
    url: str = answer.json()["url"]
    return url


@pytest.fixture
def generations(
    module_simulator: running.Simulator, tmp_path: Path
) -> Iterator[dict[str, running.Gateway]]:
    """Pods with each handle secret that a rotation goes through, all at once."""
    with ExitStack() as stack:
        pods = {}
        for number, secret in enumerate((OLD, f"{OLD},{NEW}", f"{NEW},{OLD}", NEW)):
            folder = tmp_path / str(number)
            folder.mkdir()
            manifests = render(installed(module_simulator.base_url, handleSecret=secret))
            pods[secret] = stack.enter_context(pod(manifests, folder))
        yield pods


def test_the_documented_order_keeps_every_handle_good_on_every_pod(
    generations: dict[str, running.Gateway],
) -> None:
    """New one last, roll, new one first, roll, and drop the old one once its handles are over."""
    steps = [(OLD, f"{OLD},{NEW}"), (f"{OLD},{NEW}", f"{NEW},{OLD}"), (f"{NEW},{OLD}", NEW)]
    for number, (before, after) in enumerate(steps):
        both = generations[before], generations[after]
        for signed in both[:1] if after == NEW else both:
            url = started(signed, f"1416366{2500 + 10 * number + both.index(signed)}")
            assert [each.get(url).status_code for each in both] == [200, 200]


def test_the_new_one_first_at_once_loses_handles_during_the_roll(
    generations: dict[str, running.Gateway],
) -> None:
    url = started(generations[f"{NEW},{OLD}"], "14163662600")
    assert generations[OLD].get(url).status_code == 404


def check(values: dict[str, Any], folder: Path) -> tuple[int, list[str]]:
    """Run the hook's container; return its exit code and what it says."""
    manifests = render(values)
    [container] = pod_of(manifests, "check")["spec"]["containers"]
    given = with_files(manifests, folder, "check")
    process = running.Process(container["command"], given)
    try:
        return process.wait(), process.lines
    finally:
        process.stop()


def test_the_check_before_a_rollout_passes_with_the_secrets_it_has(tmp_path: Path) -> None:
    assert check(INLINE, tmp_path)[0] == 0


def test_the_check_passes_where_something_else_brings_the_files(tmp_path: Path) -> None:
    values = yaml.safe_load((CHART / "ci/vault-values.yaml").read_text("utf-8"))
    assert check(values, tmp_path)[0] == 0


def test_a_bad_setting_ends_the_upgrade_before_any_pod_is_touched(tmp_path: Path) -> None:
    bad = {"env": {"CENTRE_TIMEZONE": "Atlantis/Capital"}, "storeSecret": {"value": "s" * 32}}
    code, lines = check(merged(INLINE, bad), tmp_path)
    assert code == 2
    assert [line.partition(":")[0] for line in lines] == ["CENTRE_TIMEZONE"]


def test_the_check_sees_what_the_gateway_will_see() -> None:
    manifests = render_file(FULL)
    gateway, checked = (environment(manifests, each) for each in ("gateway", "check"))
    files = {name for name in gateway if name.endswith("_FILE")}
    assert set(checked) == set(gateway)
    assert {name: gateway[name] for name in set(gateway) - files} == {
        name: checked[name] for name in set(gateway) - files
    }
    images = {each["containers"][0]["image"] for each in pod_specs(manifests)}
    assert images == {gateway_pod(manifests)["spec"]["containers"][0]["image"]}
