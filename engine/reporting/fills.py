"""What a fill or a settlement did, as figures."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from engine.core.model import Family, Strategy, Strikes


@dataclass(frozen=True, slots=True, kw_only=True)
class WholeTrade:
    """A condor at its end: the sides that ended before, what they made, and what all made together, fees included."""

    earlier: tuple[Strikes, ...]
    earlier_pnl_coin: Decimal
    earlier_pnl_eur: Decimal
    pnl_coin: Decimal
    pnl_eur: Decimal
    r: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FilledExits:
    """Where profit take and stop loss lie for the credit that was really received, per 1 ETH."""

    profit_take_debit_coin: Decimal
    stop_loss_mark_coin: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class FillReport:
    """One side of a trade done. Prices and `fee_coin` are per 1 ETH of spread and positive, cash and EUR of the whole position.

    `side` is open or close; `slippage_frac` is signed, worse is positive;
    `source` is modelled, testnet, reported or venue. `pnl_*`, `r` and
    `reason` are set when the trade, or these sides of it, are closed by this fill;
    `left` are the sides that stay open; `whole` is what the trade made with the sides that ended before, where there are any.
    """

    env: str
    trade_id: int
    proposal_id: int
    strategy: Strategy
    family: Family
    sides: tuple[Strikes, ...]
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
    pnl_coin: Decimal | None = None
    pnl_usd: Decimal | None = None
    pnl_eur: Decimal | None = None
    r: float | None = None
    left: tuple[Strikes, ...] = ()
    whole: WholeTrade | None = None
    exits: FilledExits | None = None


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
    """The trade a fill belongs to and the sides it was for; the P&L is None while they are open."""

    trade_id: int
    strategy: Strategy
    family: Family
    sides: tuple[Strikes, ...]
    expiry_at: datetime
    quantity_eth: Decimal
    max_loss_eur: Decimal
    reason: str = ""
    pnl_coin: Decimal | None = None
    pnl_usd: Decimal | None = None
    pnl_eur: Decimal | None = None
    left: tuple[Strikes, ...] = ()
    whole: WholeTrade | None = None
    exits: FilledExits | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SettlementReport:
    """An expired trade booked at the delivery price; per 1 ETH the credit, the cost at settlement (`payout_coin`) and the fee.

    `bought_back_coin` is what a condor's other side had cost before; `sides` are those that were settled.
    """

    env: str
    trade_id: int
    strategy: Strategy
    family: Family
    sides: tuple[Strikes, ...]
    expiry_at: datetime
    quantity_eth: Decimal
    delivery_price_usd: Decimal
    credit_coin: Decimal
    bought_back_coin: Decimal
    payout_coin: Decimal
    fee_coin: Decimal
    fee_eur: Decimal
    max_loss_eur: Decimal
    pnl_coin: Decimal
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
        family=trade.family,
        sides=trade.sides,
        expiry_at=trade.expiry_at,
        side=order.side,
        label=order.label,
        at=order.at,
        quantity_eth=trade.quantity_eth,
        price_coin=order.price_coin,
        mid_at_approval_coin=order.mid_at_approval_coin,
        slippage_frac=slippage_frac(order.price_coin, order.mid_at_approval_coin, side=order.side),
        fee_coin=order.fee_coin,
        fee_eur=_eur(order.fee_coin * trade.quantity_eth, order, trade.family),
        source=order.source,
        cash_coin=cash_coin,
        cash_eur=_eur(cash_coin, order, trade.family),
        max_loss_eur=trade.max_loss_eur,
        reason=trade.reason,
        pnl_coin=trade.pnl_coin,
        pnl_usd=trade.pnl_usd,
        pnl_eur=trade.pnl_eur,
        r=r_of(trade.pnl_eur, trade.max_loss_eur),
        left=trade.left,
        whole=trade.whole,
        exits=trade.exits,
    )


def _eur(amount_coin: Decimal, order: FilledOrder, family: Family) -> Decimal:
    return family.usd_of_coin(amount_coin, index_usd=order.spot_usd) / order.fx_usd_per_eur


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
