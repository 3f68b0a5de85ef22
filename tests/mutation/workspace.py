"""The folder the mutants live in: a copy of the code and its tests, so that a run never meets a half-saved file."""

from __future__ import annotations

import ast
import os
import shutil
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
WORKSPACE = ROOT / ".mutation"
MUTANTS = WORKSPACE / "mutants"
OPENED = frozenset({"property", "cached_property"})
"""The decorators that are put below their function for a run."""
COPIED_FOLDERS = ("engine", "bot", "tests")
NOT_COPIED = shutil.ignore_patterns("__pycache__", "*.pyc")


def refresh_workspace(*, fresh: bool) -> None:
    """The workspace holds the code and the tests as they stand; a fresh one has forgotten every earlier verdict."""
    if fresh and WORKSPACE.exists():
        shutil.rmtree(WORKSPACE)
    WORKSPACE.mkdir(exist_ok=True)
    for folder in COPIED_FOLDERS:
        shutil.rmtree(WORKSPACE / folder, ignore_errors=True)
        shutil.copytree(ROOT / folder, WORKSPACE / folder, ignore=NOT_COPIED)
    shutil.rmtree(MUTANTS / "tests", ignore_errors=True)
    shutil.copy2(ROOT / "pyproject.toml", WORKSPACE / "pyproject.toml")
    # Only here is it called what pytest looks for: beside test_score.py it would become the settings of `pytest tests/mutation`.
    shutil.copy2(ROOT / "tests" / "mutation" / "judging.ini", WORKSPACE / "tests" / "mutation" / "pytest.ini")
    for path in (WORKSPACE / "engine" / "core").glob("*.py"):
        open_properties(path)


def open_properties(path: Path) -> None:
    """The properties of the file can be mutated; its time of change is the one it had, which is how mutmut sees whether it is new."""
    source = path.read_text(encoding="utf-8")
    changed_at = path.stat()
    path.write_text(with_open_properties(source), encoding="utf-8")
    os.utime(path, ns=(changed_at.st_atime_ns, changed_at.st_mtime_ns))


def with_open_properties(source: str) -> str:
    """The same module with `name = property(name)` below each property in place of the decorator above it, and so for cached ones.

    mutmut leaves decorated functions alone, and most of the money maths of the model are properties.
    """
    lines = source.splitlines()
    for node in sorted(properties(ast.parse(source)), key=lambda found: -found.lineno):
        end, first = node.end_lineno, node.decorator_list[0].lineno
        indent = " " * node.col_offset
        lines[end:end] = [f"{indent}{node.name} = {decorator(node)}({node.name})"]
        del lines[first - 1]
    return "\n".join(lines) + "\n"


def properties(tree: ast.Module) -> list[ast.FunctionDef]:
    """Every function of the module with one of the opened decorators above it and nothing else."""
    found = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and len(node.decorator_list) == 1]
    return [node for node in found if decorator(node) in OPENED]


def decorator(node: ast.FunctionDef) -> str:
    """The name of its only decorator; nothing when that is a call or lies in a module."""
    only = node.decorator_list[0]
    return only.id if isinstance(only, ast.Name) else ""
