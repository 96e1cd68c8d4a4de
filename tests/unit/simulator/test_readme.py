"""The simulator's README names all that can be switched, dialled, asked for or chosen."""

from __future__ import annotations

from pathlib import Path

import pytest

import simulator.cli
from simulator.faults import ENDPOINTS, Mode
from simulator.outcomes import TEST_NUMBERS
from simulator.scenario import load_scenario
from tests.unit.simulator.bench import default_account

README = (Path(simulator.cli.__file__).parent / "README.md").read_text(encoding="utf-8")
OPTIONS = [option for each in simulator.cli.main.params for option in each.opts if option != "-h"]


@pytest.mark.parametrize(
    "name",
    [
        *(f"`{mode}`" for mode in Mode),
        *(f"`{endpoint}`" for endpoint in ENDPOINTS),
        *(f"`…{digits}`" for digits in TEST_NUMBERS),
        *(f"`{profile.sid}` {profile.details.name}" for profile in default_account().profiles),
        *OPTIONS,
    ],
)
def test_the_readme_knows(name: str) -> None:
    assert name in README


def test_the_example_scenario_of_the_readme_is_good(tmp_path: Path) -> None:
    path = tmp_path / "example.yaml"
    path.write_text(README.split("```yaml\n")[1].split("```")[0], encoding="utf-8")
    assert load_scenario(path).zone.key == "Europe/Madrid"
