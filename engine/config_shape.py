"""From a parsed TOML table to the frozen rule dataclasses, strictly, and from a key back to its line.

Rules of this file: nothing is coerced across kinds. A TOML integer may stand for a
Decimal or a float, a TOML float is read as Decimal from its literal so that 0.05
stays 0.05, and the word "off" stands for None where the rule is optional.
"""

from __future__ import annotations

import dataclasses
import difflib
import tomllib
import types
import typing
from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import cache
from typing import TypeVar

from pydantic import TypeAdapter, ValidationError

T = TypeVar("T")
OFF = "off"
KINDS: Mapping[object, str] = {
    Decimal: "a number, without quotes",
    float: "a number, without quotes",
    int: "a whole number, without quotes",
    bool: "true or false, without quotes",
    str: "text in quotes",
}


class Misfit(Exception):
    """A value does not fit its rule: the key, what is wrong and what to do; the caller adds file and line."""

    def __init__(self, key: str, problem: str, fix: str) -> None:
        super().__init__(f"{key}: {problem}")
        self.key, self.problem, self.fix = key, problem, fix


def shape(raw: Mapping[str, object], rule: type[T], at: str = "") -> T:
    """`raw` as an instance of the dataclass `rule`. Raises Misfit for the first key that does not fit."""
    hints = typing.get_type_hints(rule)
    for key in raw:
        if key not in hints:
            raise Misfit(_join(at, key), "unknown key", _nearest(key, at, hints))
    fields: dict[str, object] = {}
    for name, hint in hints.items():
        path = _join(at, name)
        if name not in raw:
            raise Misfit(path, "missing", "Add it.")
        fields[name] = _value(raw[name], hint, path)
    return rule(**fields)


def _value(raw: object, hint: object, path: str) -> object:
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        if not isinstance(raw, Mapping):
            raise Misfit(path, f"is {_say(raw)}, but this is a table", f"Write [{path}] and its keys below it.")
        return shape(raw, hint, path)
    if isinstance(raw, Mapping):
        raise Misfit(path, "is a table, but this is a single value", f"Write {path.rpartition('.')[2]} = {expected(hint)}.")
    try:
        return _adapter(hint).validate_python(_plain(raw, hint), strict=True)
    except ValidationError as refusal:
        raise Misfit(path, f"is {_say(raw)}", f"Expected {expected(hint)}.") from refusal


def _plain(raw: object, hint: object) -> object:
    """The TOML value in the Python type the hint wants, where that loses nothing; else unchanged for the validator to refuse."""
    arguments = typing.get_args(hint)
    if _is_optional(hint):
        return None if raw == OFF else _plain(raw, next(kind for kind in arguments if kind is not types.NoneType))
    if isinstance(raw, list) and typing.get_origin(hint) is tuple:
        kinds = [arguments[0]] * len(raw) if arguments[-1] is Ellipsis else [*arguments, *[str] * len(raw)]
        return tuple(_plain(item, kind) for item, kind in zip(raw, kinds, strict=False))
    if hint is Decimal and type(raw) is int:
        return Decimal(raw)
    if hint is float and isinstance(raw, Decimal):
        return float(raw) if raw.is_finite() else str(raw)
    return raw


def expected(hint: object) -> str:
    """What a person should write for a rule of this type, in words."""
    arguments = typing.get_args(hint)
    if _is_optional(hint):
        return " or ".join([*(expected(kind) for kind in arguments if kind is not types.NoneType), f'"{OFF}"'])
    if typing.get_origin(hint) is typing.Literal:
        return " or ".join(f'"{choice}"' for choice in arguments)
    if typing.get_origin(hint) is tuple:
        if arguments[-1] is Ellipsis:
            return f"a list in brackets, each item {expected(arguments[0])}"
        return f"a list of exactly {len(arguments)}, each {expected(arguments[0])}"
    return KINDS[hint]


def line_of(text: str, key: str) -> int | None:
    """The 1-based line where `key` (dotted) is first given in the TOML `text`; None when it is not.

    The parser keeps no positions, so the text is read line by line: the statement
    that makes the key appear in the parsed prefix is the one that gives it.
    """
    lines = text.splitlines()
    first_unread = 1
    for count in range(1, len(lines) + 1):
        try:
            table = tomllib.loads("\n".join(lines[:count]))
        except tomllib.TOMLDecodeError:
            continue
        if has_key(table, key):
            return next(at for at in range(first_unread, count + 1) if lines[at - 1].strip() and not lines[at - 1].lstrip().startswith("#"))
        first_unread = count + 1
    return None


def has_key(table: Mapping[str, object], key: str) -> bool:
    """True when the dotted `key` is given in `table`."""
    node: object = table
    for part in key.split("."):
        if not isinstance(node, Mapping) or part not in node:
            return False
        node = node[part]
    return True


def _nearest(key: str, at: str, hints: Mapping[str, object]) -> str:
    close = difflib.get_close_matches(key, hints, n=1, cutoff=0.5)
    if close:
        return f"Did you mean {_join(at, close[0])}?"
    return f"Known {'here' if at else 'at the top'}: {', '.join(sorted(hints))}."


def _say(raw: object) -> str:
    if isinstance(raw, bool):
        return "true" if raw else "false"
    if isinstance(raw, str):
        return f'the text "{raw}"'
    if isinstance(raw, Sequence):
        return "the list [" + ", ".join(_say(item) for item in raw) + "]"
    return str(raw)


def _is_optional(hint: object) -> bool:
    return types.NoneType in typing.get_args(hint)


def _join(at: str, key: str) -> str:
    return f"{at}.{key}" if at else key


@cache
def _adapter(hint: typing.Any) -> TypeAdapter[typing.Any]:
    return TypeAdapter(hint)
