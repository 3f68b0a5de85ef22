"""Reads the check codes and causes that `engine/core` can write, out of its source."""

from __future__ import annotations

import ast
from pathlib import Path

CORE = Path(__file__).resolve().parents[3] / "engine" / "core"


def literals_of(parameter: str) -> set[str]:
    """Every literal given to a parameter of this name anywhere in core, by position or by name."""
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in sorted(CORE.glob("*.py"))]
    places = {name: place for tree in trees for name, place in _places(tree, parameter)}
    return {literal for tree in trees for call in ast.walk(tree) if isinstance(call, ast.Call) for literal in _given(call, parameter, places)}


def _places(tree: ast.Module, parameter: str) -> list[tuple[str, int]]:
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    return [(each.name, [arg.arg for arg in each.args.args].index(parameter)) for each in functions if parameter in [arg.arg for arg in each.args.args]]


def _given(call: ast.Call, parameter: str, places: dict[str, int]) -> set[str]:
    given = [keyword.value for keyword in call.keywords if keyword.arg == parameter]
    name = call.func.id if isinstance(call.func, ast.Name) else ""
    if name in places and places[name] < len(call.args):
        given.append(call.args[places[name]])
    return {leaf.value for node in given for leaf in ast.walk(node) if isinstance(leaf, ast.Constant) and isinstance(leaf.value, str)}
