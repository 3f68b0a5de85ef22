"""`portfolio.toml`: what the operator holds elsewhere, written by hand.

    [bank]
    cash_eur = "12000"
    [cold_wallet]
    eth = "1.5"

Rules of this file: amounts are texts or whole numbers, never fractions with rounding
in them; an unknown key is refused with its name.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from engine.errors import ConfigError

KNOWN = ("cash_eur", "eth")
SOURCES_MAX = 50
SHAPE = 'Write [name] and below it cash_eur = "12000" and/or eth = "1.5".'


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnHolding:
    """One place and what lies there."""

    source: str
    cash_eur: Decimal
    eth: Decimal


def read_own_file(path: Path) -> tuple[OwnHolding, ...]:
    """The holdings of a file in its order; none when the file does not exist. Raises ConfigError."""
    if not path.exists():
        return ()
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8-sig"), parse_float=Decimal)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        raise ConfigError(f"this is not TOML: {problem}", fix=SHAPE, path=path) from problem
    except OSError as problem:
        raise ConfigError(f"cannot be read ({problem.strerror})", fix="Make it a plain file you may read.", path=path) from problem
    if len(document) > SOURCES_MAX:
        raise ConfigError(f"more than {SOURCES_MAX} places", fix="Put some together.", path=path)
    return tuple(_holding(path, source, table) for source, table in document.items())


def _holding(path: Path, source: str, table: object) -> OwnHolding:
    if not isinstance(table, dict):
        raise ConfigError("stands outside a table", fix=SHAPE, path=path, key=source)
    for key in table:
        if key not in KNOWN:
            raise ConfigError("unknown key", fix=f"Known are {' and '.join(KNOWN)}.", path=path, key=f"{source}.{key}")
    return OwnHolding(source=source, cash_eur=_amount(path, source, table, "cash_eur"), eth=_amount(path, source, table, "eth"))


def _amount(path: Path, source: str, table: dict[str, object], key: str) -> Decimal:
    try:
        amount = Decimal(str(table[key])) if key in table else Decimal(0)
    except ArithmeticError:
        amount = Decimal("NaN")
    if not amount.is_finite() or amount < 0 or isinstance(table.get(key), bool):
        raise ConfigError("is no amount of zero or more", fix=SHAPE, path=path, key=f"{source}.{key}")
    return amount
