"""What a person orders and what comes of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from engine.core.model import Family, Strategy, Strikes


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionResult:
    """What came of a person's request; `code` is the catalogue's key `result-<code>`, `facts` fill it."""

    code: str
    ok: bool
    facts: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Who asks: a numeric chat user, or the command line. `source` is chat, cli or policy."""

    user_id: int
    name: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tap:
    """A button pressed on a card, as it must match the database to count."""

    person: Person
    chat_id: int
    message_id: int
    verb: str
    proposal_id: int
    nonce: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ForceCloseQuote:
    """What closing now would cost, and the nonce that does it within `valid_until_at` (wall clock)."""

    trade_id: int
    strategy: Strategy
    family: Family
    sides: tuple[Strikes, ...]
    cost_mid_coin: Decimal | None
    cost_natural_coin: Decimal | None
    pnl_mid_eur: Decimal | None
    pnl_natural_eur: Decimal | None
    nonce: str
    valid_until_at: datetime
