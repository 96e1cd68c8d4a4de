"""Reading YAML the way people mean it: `8:00` is a text and not 480, a key stands once.

PyYAML follows YAML 1.1, in which `8:00` is a number to the base of 60 and `2017-08-04` a
date object. Scenario files are full of both.
"""

import re
from typing import Any

import yaml


class ScenarioLoader(yaml.SafeLoader):
    """SafeLoader without dates and doubled keys, whose numbers are plain and short.

    More than nine digits are a text: a phone number, a token.
    """

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """Build a mapping; raises ConstructorError where a key stands twice."""
        seen = set()
        for key_node, _ in node.value:
            if key_node.tag == "tag:yaml.org,2002:merge":
                continue
            key = self.construct_object(key_node, deep=True)
            if key in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"{key} stands twice", key_node.start_mark
                )
            seen.add(key)
        return super().construct_mapping(node, deep)


_REPLACED = {"tag:yaml.org,2002:int", "tag:yaml.org,2002:float", "tag:yaml.org,2002:timestamp"}

ScenarioLoader.yaml_implicit_resolvers = {
    first: [(tag, regexp) for tag, regexp in resolvers if tag not in _REPLACED]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
ScenarioLoader.add_implicit_resolver(
    "tag:yaml.org,2002:int", re.compile(r"^(?:0|-?[1-9][0-9]{0,8})$"), list("-0123456789")
)


def parse(text: str) -> Any:
    """Parse a scenario file; raises yaml.YAMLError."""
    return yaml.load(text, Loader=ScenarioLoader)  # noqa: S506 - a SafeLoader, made stricter
