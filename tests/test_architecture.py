"""What import contracts cannot say: allow-lists, clocks, chance, lengths, prints."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FUNCTION_LINES_MAX = 60
MODULE_LINES_MAX = 400
PURE_STDLIB = {
    "__future__",
    "bisect",
    "collections",
    "dataclasses",
    "datetime",
    "decimal",
    "enum",
    "functools",
    "itertools",
    "math",
    "operator",
    "random",
    "statistics",
    "types",
    "typing",
}
"""All that core and the reports may take from outside the house."""

CORE_MAY_IMPORT = ("engine.core", "engine.errors")
REPORTING_MAY_IMPORT = (*CORE_MAY_IMPORT, "engine.reporting", "engine.views")
CLOCK_READERS = {
    ("datetime", "now"),
    ("datetime", "utcnow"),
    ("datetime", "today"),
    ("date", "today"),
    ("time", "time"),
    ("time", "time_ns"),
}
THE_CLOCK = "engine/clock.py"
MAY_PRINT = ("bot/cli", "bot/run")


def sources(*folders: str) -> list[Path]:
    return sorted(file for folder in folders for file in (ROOT / folder).rglob("*.py"))


def name_of(file: Path) -> str:
    return file.relative_to(ROOT).as_posix()


def tree_of(file: Path) -> ast.Module:
    return ast.parse(file.read_text(encoding="utf-8"), filename=name_of(file))


def imports_of(file: Path) -> Iterator[str]:
    for node in ast.walk(tree_of(file)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name_of(file)}:{node.lineno} imports relatively"
            yield node.module or ""


def attribute_calls(file: Path) -> Iterator[tuple[str, str, int]]:
    """(object, attribute, line) of every call `object.attribute(...)`."""
    for node in ast.walk(tree_of(file)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name):
            yield node.func.value.id, node.func.attr, node.lineno


def is_allowed(module: str, house: tuple[str, ...]) -> bool:
    return module in PURE_STDLIB or module.split(".", maxsplit=1)[0] in PURE_STDLIB or any(module == room or module.startswith(room + ".") for room in house)


@pytest.mark.parametrize(("folder", "house"), [("engine/core", CORE_MAY_IMPORT), ("engine/reporting", REPORTING_MAY_IMPORT)])
def test_a_pure_room_imports_only_what_is_on_its_list(folder: str, house: tuple[str, ...]) -> None:
    strangers = [f"{name_of(file)}: {module}" for file in sources(folder) for module in imports_of(file) if not is_allowed(module, house)]

    assert strangers == []


@pytest.mark.parametrize("folder", ["engine/core", "engine/reporting", "engine/market"])
def test_chance_comes_from_a_seeded_generator_never_from_the_module(folder: str) -> None:
    calls = [
        f"{name_of(file)}:{line} random.{attribute}"
        for file in sources(folder)
        for owner, attribute, line in attribute_calls(file)
        if owner == "random" and attribute != "Random"
    ]
    names = [
        f"{name_of(file)}:{node.lineno}"
        for file in sources(folder)
        for node in ast.walk(tree_of(file))
        if isinstance(node, ast.ImportFrom) and node.module == "random" and any(alias.name != "Random" for alias in node.names)
    ]

    assert calls + names == []


def test_only_one_file_reads_the_system_clock() -> None:
    readers = [
        f"{name_of(file)}:{line} {owner}.{attribute}()"
        for file in sources("bot", "engine")
        if name_of(file) != THE_CLOCK
        for owner, attribute, line in attribute_calls(file)
        if (owner, attribute) in CLOCK_READERS
    ]

    assert readers == []


def test_no_function_is_longer_than_its_limit() -> None:
    long = [
        f"{name_of(file)}:{node.lineno} {node.name} has {length} lines"
        for file in sources("bot", "engine")
        for node in ast.walk(tree_of(file))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.end_lineno is not None
        and (length := node.end_lineno - node.lineno + 1) > FUNCTION_LINES_MAX
    ]

    assert long == []


def test_no_module_is_longer_than_its_limit() -> None:
    long = [
        f"{name_of(file)} has {length} lines"
        for file in sources("bot", "engine")
        if (length := len(file.read_text(encoding="utf-8").splitlines())) > MODULE_LINES_MAX
    ]

    assert long == []


def test_only_the_command_line_prints() -> None:
    prints = [
        f"{name_of(file)}:{node.lineno}"
        for file in sources("bot", "engine")
        if not name_of(file).startswith(MAY_PRINT)
        for node in ast.walk(tree_of(file))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
    ]

    assert prints == []


def test_no_promise_is_checked_with_assert() -> None:
    asserts = [f"{name_of(file)}:{node.lineno}" for file in sources("bot", "engine") for node in ast.walk(tree_of(file)) if isinstance(node, ast.Assert)]

    assert asserts == []


def test_nobody_waits_with_wait_for() -> None:
    """Before Python 3.12 `asyncio.wait_for` swallows a cancellation that meets the end of what it waits for; `asyncio.timeout` does not."""
    users = [path.name for path in sources("bot", "engine") if "wait_for(" in path.read_text(encoding="utf-8")]

    assert users == []
