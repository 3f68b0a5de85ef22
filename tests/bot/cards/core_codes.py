"""Reads the check codes and causes that `engine/core` can write, out of its source."""

from __future__ import annotations

import ast
from pathlib import Path

CORE = Path(__file__).resolve().parents[3] / "engine" / "core"

SOURCES = [path for path in sorted(CORE.glob("*.py")) if not path.name.startswith("rule_")]
"""What decides; the rule book only tells what they ask."""


def literals_of(parameter: str) -> set[str]:
    """Every literal given to a parameter of this name anywhere in core, by position or by name."""
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in SOURCES]
    places = {name: place for tree in trees for name, place in _places(tree, parameter)}
    given = {literal for tree in trees for call in ast.walk(tree) if isinstance(call, ast.Call) for literal in _given(call, parameter, places)}
    return {literal for literal in given | _listed(trees, parameter) if literal.replace("_", "").isalnum()}


def ages() -> set[str]:
    """The names of the age checks, which core keeps in a table."""
    return {
        leaf.value
        for path in SOURCES
        for leaf in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(leaf, ast.Constant) and isinstance(leaf.value, str) and leaf.value.endswith("_age")
    }


def _listed(trees: list[ast.Module], parameter: str) -> set[str]:
    """Literals that reach the parameter through a variable or a table named after it."""
    assigned = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Assign)]
    named = [node.value for node in assigned if isinstance(node.targets[0], ast.Name) and node.targets[0].id.lower().endswith((parameter, f"{parameter}s"))]
    compared = {id(leaf) for value in named for node in ast.walk(value) if isinstance(node, ast.Compare) for leaf in ast.walk(node)}
    leaves = [leaf for value in named for leaf in ast.walk(value) if id(leaf) not in compared]
    return {leaf.value for leaf in leaves if isinstance(leaf, ast.Constant) and isinstance(leaf.value, str)}


def _places(tree: ast.Module, parameter: str) -> list[tuple[str, int]]:
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    return [(each.name, [arg.arg for arg in each.args.args].index(parameter)) for each in functions if parameter in [arg.arg for arg in each.args.args]]


def _given(call: ast.Call, parameter: str, places: dict[str, int]) -> set[str]:
    given = [keyword.value for keyword in call.keywords if keyword.arg == parameter]
    name = call.func.id if isinstance(call.func, ast.Name) else ""
    if name in places and places[name] < len(call.args):
        given.append(call.args[places[name]])
    return {leaf.value for node in given for leaf in ast.walk(node) if isinstance(leaf, ast.Constant) and isinstance(leaf.value, str)}
