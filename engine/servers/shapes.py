"""What an upstream's document must look like: checked field by field, numbers exact, the unknown ignored."""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, TypeAdapter, ValidationError

from engine.servers.upstream import UpstreamError

S = TypeVar("S")


def _number(value: object) -> object:
    """Whole numbers are exact too; a truth value is no number."""
    return Decimal(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _text_number(value: object) -> object:
    """A number some upstreams write as text."""
    if not isinstance(value, str):
        return _number(value)
    try:
        return Decimal(value)
    except ArithmeticError:
        raise ValueError("not a decimal number") from None


Number = Annotated[Decimal, BeforeValidator(_number)]
TextNumber = Annotated[Decimal, BeforeValidator(_text_number)]


class Shape(BaseModel):
    """One object of an upstream's answer."""

    model_config = ConfigDict(extra="ignore", strict=True, frozen=True, allow_inf_nan=False)


def shaped(shape: type[S], document: object, *, upstream: str) -> S:
    """The document as `shape`. Raises UpstreamError naming the first field that does not fit."""
    wanted: Any = shape
    try:
        checked: S = _adapter(wanted).validate_python(document)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise UpstreamError(f"{upstream} answered what does not fit ({where}: {first['msg']})", retryable=False) from None
    return checked


@cache
def _adapter(shape: Any) -> TypeAdapter[Any]:
    return TypeAdapter(shape)


def tidy(number: Decimal) -> Decimal:
    """The same number without zeros at its end: 1900, not 1900.0 and not 1.9E+3."""
    return number.quantize(Decimal(1)) if number == number.to_integral_value() else number.normalize()
