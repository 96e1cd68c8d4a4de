"""Schemathesis against the running gateway: whatever openapi.yaml allows, and much that it forbids.

The gateway is wired to the simulator, which rings nothing. The run is the same each time: the
cases are derived from the description, not drawn.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests import running
from tests.contract.description import ROOT, operations
from tests.running import Gateway

pytestmark = pytest.mark.long

_COMMAND = Path(sys.executable).with_name("schemathesis")
_CONFIG = """
[warnings]
enabled = false
[generation]
deterministic = true
max-examples = 60
database = "none"
[checks]
# A description cannot say what the rules say: a number with the right digits may still be none.
positive_data_acceptance.enabled = false
# No route asks for credentials, and none deletes what can be asked for again.
ignored_auth.enabled = false
object_level_authorization.enabled = false
[[operations]]
include-operation-id = "startCallback"
# A key replays its outcome whatever captcha_token comes with it, a good one or not.
checks.negative_data_rejection.enabled = false
[[operations]]
include-operation-id = "cancelCallback"
# The example's call is none of the simulator's: it refuses the cancel and the status, a 502.
checks.not_a_server_error.enabled = false
"""


@pytest.mark.timeout(300)
def test_the_gateway_keeps_to_its_description_whatever_is_sent(
    module_simulator: running.Simulator, tmp_path: Path
) -> None:
    (tmp_path / "schemathesis.toml").write_text(_CONFIG, "utf-8")
    with running.gateway(module_simulator, DUPLICATE_WINDOW="0") as gateway:
        run = _schemathesis(gateway, tmp_path)
        output = "\n".join(gateway.process.lines)

    assert run.returncode == 0, run.stdout + run.stderr
    assert f"{len(operations())} selected / {len(operations())} total" in run.stdout
    assert module_simulator.calls(), "no start ever came through"
    assert "Traceback" not in output


def _schemathesis(gateway: Gateway, directory: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [
            str(_COMMAND), "--config-file", "schemathesis.toml", "run", "--no-color",
            "--url", gateway.origin, str(ROOT / "openapi.yaml"),
        ],
        cwd=directory,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )  # fmt: skip
