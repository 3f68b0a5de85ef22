"""What a fill or a settlement did, as figures."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from engine.core.model import Strategy


@dataclass(frozen=True, slots=True, kw_only=True)
class FillReport:
    """One side of a trade done. Prices and `fee_coin` are per 1 ETH of spread and positive, cash and EUR of the whole position.

    `side` is open or close; `slippage_frac` is signed, worse is positive;
    `source` is modelled, testnet, reported or venue. `pnl_*`, `r` and
    `reason` are set when the trade is closed by this fill.
    """

    env: str
    trade_id: int
    proposal_id: int
    strategy: Strategy
    short_strike_usd: Decimal
    long_strike_usd: Decimal
    expiry_at: datetime
    side: str
    label: str
    at: datetime
    quantity_eth: Decimal
    price_coin: Decimal
    mid_at_approval_coin: Decimal
    slippage_frac: Decimal | None
    fee_coin: Decimal
    fee_eur: Decimal
    source: str
    cash_coin: Decimal
    cash_eur: Decimal
    max_loss_eur: Decimal
    reason: str = ""
    pnl_eth: Decimal | None = None
    pnl_usd: Decimal | None = None
    pnl_eur: Decimal | None = None
    r: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FilledOrder:
    """The plain facts of a fill, price and fee per 1 ETH; `label` is the name the order carries."""

    proposal_id: int
    side: str
    label: str
    at: datetime
    price_coin: Decimal
    mid_at_approval_coin: Decimal
    fee_coin: Decimal
    spot_usd: Decimal
    fx_usd_per_eur: Decimal
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FilledTrade:
    """The trade a fill belongs to; the P&L is None while it is open."""

    trade_id: int
    strategy: Strategy
    short_strike_usd: Decimal
    long_strike_usd: Decimal
    expiry_at: datetime
    quantity_eth: Decimal
    max_loss_eur: Decimal
    reason: str = ""
    pnl_eth: Decimal | None = None
    pnl_usd: Decimal | None = None
    pnl_eur: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SettlementReport:
    """An expired trade booked at the delivery price; credit, `payout_coin` (the cost at settlement) and fee are per 1 ETH."""

    env: str
    trade_id: int
    strategy: Strategy
    short_strike_usd: Decimal
    long_strike_usd: Decimal
    expiry_at: datetime
    quantity_eth: Decimal
    delivery_price_usd: Decimal
    credit_coin: Decimal
    payout_coin: Decimal
    fee_coin: Decimal
    fee_eur: Decimal
    max_loss_eur: Decimal
    pnl_eth: Decimal
    pnl_usd: Decimal
    pnl_eur: Decimal
    r: float | None
    settled_at: datetime


def build(order: FilledOrder, trade: FilledTrade, *, env: str) -> FillReport:
    """The fill with its slippage against the approved mid and the cash it moved, signed as cash."""
    cash_coin = (order.price_coin if order.side == "open" else -order.price_coin) * trade.quantity_eth
    return FillReport(
        env=env,
        trade_id=trade.trade_id,
        proposal_id=order.proposal_id,
        strategy=trade.strategy,
        short_strike_usd=trade.short_strike_usd,
        long_strike_usd=trade.long_strike_usd,
        expiry_at=trade.expiry_at,
        side=order.side,
        label=order.label,
        at=order.at,
        quantity_eth=trade.quantity_eth,
        price_coin=order.price_coin,
        mid_at_approval_coin=order.mid_at_approval_coin,
        slippage_frac=slippage_frac(order.price_coin, order.mid_at_approval_coin, side=order.side),
        fee_coin=order.fee_coin,
        fee_eur=order.fee_coin * trade.quantity_eth * order.spot_usd / order.fx_usd_per_eur,
        source=order.source,
        cash_coin=cash_coin,
        cash_eur=cash_coin * order.spot_usd / order.fx_usd_per_eur,
        max_loss_eur=trade.max_loss_eur,
        reason=trade.reason,
        pnl_eth=trade.pnl_eth,
        pnl_usd=trade.pnl_usd,
        pnl_eur=trade.pnl_eur,
        r=r_of(trade.pnl_eur, trade.max_loss_eur),
    )


def slippage_frac(price_coin: Decimal, mid_coin: Decimal, *, side: str) -> Decimal | None:
    """How much worse than the approved mid, as a fraction of it; better is negative, None at a mid of zero or less."""
    if mid_coin <= 0:
        return None
    worse_coin = mid_coin - price_coin if side == "open" else price_coin - mid_coin
    return worse_coin / mid_coin


def r_of(pnl_eur: Decimal | None, max_loss_eur: Decimal) -> float | None:
    """Net P&L over the max loss stored at entry."""
    if pnl_eur is None or max_loss_eur <= 0:
        return None
    return float(pnl_eur / max_loss_eur)
