"""Values to JSON text and back, each number as the type it was: a Decimal stays exact, a float a float, an instant an instant.

Rules of this file: Decimal is written {"$d": "0.0125"}, an instant {"$t": "..."}, a day {"$on": "..."}; all else is plain JSON.
"""

from __future__ import annotations

import json
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any, TypeVar, overload

from pydantic import TypeAdapter, ValidationError

from engine.core.decision import Check
from engine.errors import StateError

T = TypeVar("T")

Checks = tuple[Check, ...]


# A type's adapter costs milliseconds to build and never changes.
@lru_cache(maxsize=128)
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def encode(value: object, kind: Any) -> str:
    """`value` as JSON text. Raises StateError for what cannot be told, NaN and infinity included."""
    try:
        return json.dumps(_adapter(kind).dump_python(value, warnings="none"), default=_tagged, allow_nan=False, ensure_ascii=False, separators=(",", ":"))
    except (ValueError, TypeError) as error:
        raise StateError(f"a {getattr(kind, '__name__', kind)} cannot be stored: {error}") from error


@overload
def decode(text: str, kind: type[T]) -> T: ...
@overload
def decode(text: str, kind: object) -> Any: ...
def decode(text: str, kind: Any) -> Any:
    """The value `encode` made the text of, equal in value and type. Raises StateError for any other text."""
    try:
        return _adapter(kind).validate_python(json.loads(text, object_hook=_untagged))
    except (ValueError, ArithmeticError, ValidationError) as error:
        raise StateError(f"stored text is no {getattr(kind, '__name__', kind)}: {error}") from error


def encode_checks(checks: Checks) -> str:
    return encode(checks, Checks)


def decode_checks(text: str) -> Checks:
    return decode(text, Checks)


def _tagged(value: object) -> dict[str, str]:
    if isinstance(value, Decimal):
        if not value.is_finite():
            raise ValueError(f"{value} is not an amount")
        return {"$d": str(value)}
    if isinstance(value, datetime):
        return {"$t": value.isoformat()}
    if isinstance(value, date):
        return {"$on": value.isoformat()}
    raise TypeError(f"{type(value).__name__} has no place in stored text")


def _untagged(fields: dict[str, Any]) -> Any:
    if len(fields) != 1:
        return fields
    tag, text = next(iter(fields.items()))
    if tag == "$d":
        return Decimal(text)
    if tag == "$t":
        return datetime.fromisoformat(text)
    return date.fromisoformat(text) if tag == "$on" else fields
