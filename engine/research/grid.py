"""A grid of settings: which values of the strategy are tried together.

Rules of this file: every combination is a setting, in the order of the axes as they are
written; a key or a value that cannot be is refused before anything is run, and a
combination the strategy cannot run with is left out and counted.
"""

from __future__ import annotations

import difflib
import itertools
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from engine.config_checks import flatten, impossible_values
from engine.config_shape import Misfit, shape
from engine.core.rules import StrategyRules
from engine.errors import ConfigError, GridError

SETTINGS_MAX = 100_000
RANGE_PARTS = 3
Changed = tuple[str, str, str]
"""A key, its value in force and the one in its place."""
HOW = "Write KEY=VALUE,VALUE or KEY=FROM:TO:STEP, or name a TOML file with a [grid] table."


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """One value of the strategy and what it may be, in order."""

    key: str
    values: tuple[object, ...]

    @property
    def told(self) -> tuple[str, ...]:
        """The values as a person wrote them."""
        return tuple(_told(value) for value in self.values)


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """The axes of a sweep."""

    axes: tuple[Axis, ...]

    def __len__(self) -> int:
        count = 1
        for axis in self.axes:
            count *= len(axis.values)
        return count

    def settings(self) -> Iterator[tuple[object, ...]]:
        """Every combination of values, the last axis fastest."""
        return itertools.product(*(axis.values for axis in self.axes))

    def place(self, values: Sequence[object]) -> tuple[int, ...]:
        """Where a setting stands on each axis."""
        return tuple(axis.values.index(value) for axis, value in zip(self.axes, values, strict=True))


def read_grid(words: Sequence[str], rules: StrategyRules) -> Grid:
    """The grid of a TOML file or of KEY=VALUES words, held against the rules. Raises ConfigError in one sentence."""
    if len(words) == 1 and "=" not in words[0]:
        return _grid(_from_file(Path(words[0])), rules)
    return grid_of(words, rules)


def grid_of(words: Sequence[str], rules: StrategyRules) -> Grid:
    """The grid of KEY=VALUES words alone, held against the rules: no word of it names a file. Raises GridError in one sentence."""
    if not words:
        raise GridError("grid-empty", "the grid is empty", fix=HOW, key="GRID")
    raw = dict(_from_word(word) for word in words)
    if len(raw) < len(words):
        raise GridError("grid-twice", "a key stands twice", fix="Give each key once.", key="GRID")
    return _grid(raw, rules)


def change_of(words: Sequence[str], rules: StrategyRules) -> tuple[StrategyRules, tuple[Changed, ...]]:
    """The rules with one value for each key of the words, and what that changes. Raises GridError in one sentence."""
    grid, known = grid_of(words, rules), flatten(rules)
    for axis in grid.axes:
        if len(axis.values) > 1:
            raise GridError("grid-one", "has several values", fix="Give one.", key=axis.key, name=axis.key)
    changed = rules_with(rules, {axis.key: axis.values[0] for axis in grid.axes})
    if changed is None:
        raise GridError("grid-impossible", "the strategy cannot run with these values", fix="Take others.", key="GRID")
    return changed, tuple((axis.key, _told(known[axis.key]), axis.told[0]) for axis in grid.axes)


def _grid(raw: Mapping[str, object], rules: StrategyRules) -> Grid:
    known = flatten(rules)
    grid = Grid(axes=tuple(_axis(key, values, known) for key, values in raw.items()))
    if (count := len(grid)) > SETTINGS_MAX:
        told = f"{count:,} settings are more than {SETTINGS_MAX:,}"
        raise GridError("grid-many", told, fix="Take fewer values or a wider step.", key="GRID", count=f"{count:,}", most=f"{SETTINGS_MAX:,}")
    _require_shape(grid, rules)
    return grid


def rules_with(rules: StrategyRules, changes: Mapping[str, object]) -> StrategyRules | None:
    """The rules with these values; None for a combination the strategy cannot run with. Raises Misfit for a value of another kind."""
    nested: dict[str, object] = {}
    for key, value in {**flatten(rules), **changes}.items():
        *tables, name = key.split(".")
        table = nested
        for part in tables:
            table = table.setdefault(part, {})  # type: ignore[assignment]
        table[name] = value
    changed = shape(nested, StrategyRules)
    return None if next(iter(impossible_values(changed)), None) is not None else changed


def _from_file(path: Path) -> dict[str, object]:
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as problem:
        raise ConfigError(f"cannot be read ({problem.strerror})", fix=HOW, path=path) from problem
    try:
        table = tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as problem:
        raise ConfigError(f"this is not TOML: {problem}", fix=HOW, path=path) from problem
    grid = table.get("grid")
    if not isinstance(grid, Mapping) or not grid:
        raise ConfigError("there is no [grid] table with keys", fix=HOW, path=path)
    return dict(_leaves(grid))


def _leaves(table: Mapping[str, object], at: str = "") -> Iterator[tuple[str, object]]:
    """Keys may be dotted or nested; a table with from, to and step is a range."""
    for name, value in table.items():
        if isinstance(value, Mapping) and set(value) != {"from", "to", "step"}:
            yield from _leaves(value, f"{at}{name}.")
        else:
            yield f"{at}{name}", _range(f"{at}{name}", *(value[part] for part in ("from", "to", "step"))) if isinstance(value, Mapping) else value


def _from_word(word: str) -> tuple[str, object]:
    key, equals, text = word.partition("=")
    if not (equals and key.strip() and text.strip()):
        raise GridError("grid-word", f"{word!r} is no KEY=VALUES", fix=HOW, key="GRID", word=word)
    parts = text.split(":")
    if len(parts) == RANGE_PARTS:
        return key.strip(), _range(key, *(_value(part) for part in parts))
    return key.strip(), [_value(part) for part in text.split(",")]


def _value(text: str) -> object:
    """A value as TOML reads it; a bare word is text."""
    try:
        return tomllib.loads(f"value = {text.strip()}", parse_float=Decimal)["value"]
    except tomllib.TOMLDecodeError:
        return text.strip()


def _range(key: str, first: object, last: object, step: object) -> list[object]:
    """FROM, FROM + STEP and so on up to TO, exactly."""
    ends = [Decimal(value) if isinstance(value, int) and not isinstance(value, bool) else value for value in (first, last, step)]
    numbers = [value for value in ends if isinstance(value, Decimal) and value.is_finite()]
    if len(numbers) < RANGE_PARTS or numbers[2] <= 0 or numbers[1] < numbers[0]:
        fix = "Write FROM:TO:STEP with numbers, TO not below FROM and STEP above zero."
        raise GridError("grid-range", "is no range", fix=fix, key=key, name=key)
    count = int((numbers[1] - numbers[0]) / numbers[2]) + 1
    if count > SETTINGS_MAX:
        raise GridError("grid-many", f"is a range of {count:,} values", fix="Take a wider step.", key=key, count=f"{count:,}", most=f"{SETTINGS_MAX:,}")
    is_whole = all(isinstance(value, int) for value in (first, last, step))
    values = [numbers[0] + numbers[2] * number for number in range(count)]
    return [int(value) for value in values] if is_whole else list(values)


def _axis(key: str, values: object, known: Mapping[str, object]) -> Axis:
    if key not in known:
        near = _nearest(key, known)
        fix = f"Did you mean {near}?" if near is not None else "`cerbero-bite config show` lists the keys."
        code, shown = ("grid-unknown", "") if near is None else ("grid-unknown-near", near)
        raise GridError(code, "unknown key", fix=fix, key=key, name=key, near=shown)
    listed = values if isinstance(values, list) else [values]
    if not listed:
        raise GridError("grid-value", "has no value", fix=HOW, key=key, name=key, word="")
    for value in listed:
        if isinstance(value, Decimal) and not value.is_finite():
            raise GridError("grid-value", f"{value} is no number", fix="Write a finite number.", key=key, name=key, word=str(value))
    unique = tuple(dict.fromkeys(tuple(value) if isinstance(value, list) else value for value in listed))
    return Axis(key=key, values=unique)


def _nearest(key: str, known: Iterable[str]) -> str | None:
    """The key somebody most likely meant: one that goes on as theirs begins or only lacks its table, else the one that looks most alike."""
    keys = tuple(known)
    longer = [each for each in keys if each.startswith(key) or each.endswith(f".{key}")]
    return next(iter(longer or difflib.get_close_matches(key, keys, n=1, cutoff=0.5)), None)


def _require_shape(grid: Grid, rules: StrategyRules) -> None:
    """Every value by itself is of the right kind. Raises ConfigError at the first that is not."""
    for axis in grid.axes:
        for value in axis.values:
            try:
                rules_with(rules, {axis.key: value})
            except Misfit as misfit:
                raise GridError("grid-value", misfit.problem, fix=misfit.fix, key=misfit.key, name=axis.key, word=_told(value)) from misfit


def _told(value: object) -> str:
    if isinstance(value, tuple):
        return "/".join(_told(part) for part in value)
    return str(value).lower() if isinstance(value, bool) else str(value)
