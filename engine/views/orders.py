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


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosePrice:
    """What closing all that is left of one trade would cost now; None for a price that nobody makes."""

    trade_id: int
    strategy: Strategy
    family: Family
    sides: tuple[Strikes, ...]
    quantity_eth: Decimal
    cost_mid_coin: Decimal | None
    cost_natural_coin: Decimal | None
    pnl_mid_eur: Decimal | None
    pnl_natural_eur: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseSum:
    """The cost of all trades quoted in one coin; None where one of them has no such price."""

    coin: str
    mid_coin: Decimal | None
    natural_coin: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseAllQuote:
    """What closing every open trade would cost now, and the nonce that does it within `valid_until_at` (wall clock).

    `paused` is what became of the entries. `unpriced_ids` could not be looked at and `busy_ids` are being opened or closed already:
    neither is part of it. Without any trade that has a price there is no nonce.
    """

    prices: tuple[ClosePrice, ...]
    sums: tuple[CloseSum, ...]
    pnl_mid_eur: Decimal | None
    pnl_natural_eur: Decimal | None
    unpriced_ids: tuple[int, ...]
    busy_ids: tuple[int, ...]
    paused: ActionResult
    nonce: str | None
    valid_until_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TradeEnd:
    """What came of one trade of an order to close all; `code` is the catalogue's key `trade-end-<code>`, `detail` quoted as it came."""

    trade_id: int
    code: str
    pnl_eur: Decimal | None = None
    detail: str = ""

    @property
    def is_over(self) -> bool:
        """True when nothing of the trade is open any more."""
        return self.code in ("closed", "closed-before")


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkingOrderView:
    """An order that is being worked at the venue for a trade, and the nonce that cancels it; prices per 1 ETH of spread.

    `limit_coin` is the credit asked or the debit offered now; None while nothing stands at the venue or its legs are traded one by one.
    """

    trade_id: int
    proposal_id: int
    is_opening: bool
    strategy: Strategy
    family: Family
    sides: tuple[Strikes, ...]
    expiry_at: datetime
    quantity_eth: Decimal
    filled_eth: Decimal
    limit_coin: Decimal | None
    since_at: datetime
    nonce: str
