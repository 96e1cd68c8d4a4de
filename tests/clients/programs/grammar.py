"""Print the places of the files that are not of the language: grammar.py LANGUAGE FILE..."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import tree_sitter

language, *files = sys.argv[1:]
grammar = importlib.import_module(f"tree_sitter_{language}").language()
parser = tree_sitter.Parser(tree_sitter.Language(grammar))
for name in files:
    pending = [parser.parse(Path(name).read_bytes()).root_node]
    while pending:
        node = pending.pop()
        if node.type == "ERROR" or node.is_missing:
            print(f"{name}:{node.start_point[0] + 1}: {node.text.decode()[:80]!r}")
        pending += node.children
