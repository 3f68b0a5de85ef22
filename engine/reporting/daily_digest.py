"""The day in figures: what is open, what it earned, how close the limits are, what comes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from engine.core.greeks_aggregator import combine
from engine.core.model import MacroEvent, NetGreeks, Strategy, Strikes
from engine.views import MarketView, PositionView

EVENTS_AHEAD = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestTrade:
    """One open trade in a line; `profit_frac` is the P&L, net of both fees, as a part of the credit."""

    trade_id: int
    strategy: Strategy
    sides: tuple[Strikes, ...]
    expiry_at: datetime
    profit_frac: float | None
    short_delta: float | None
    dte_days: float
    pnl_eur: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestLedger:
    """What the store knows of the day. A `margin_usage_frac` of None was not measured; `holds` are codes still set.

    `collateral_eth` is the coin on the venue, whose delta the options' Greeks leave out; None when not known.
    `audit_head` is the audit chain's last row in full, `142·<64 hex digits>`.
    """

    env: str
    stage: str
    as_of: datetime
    next_at: datetime
    engaged_eur: Decimal
    cap_total_eur: Decimal
    day_pnl_eur: Decimal
    month_pnl_eur: Decimal
    margin_usage_frac: float | None
    monitor_ok: int
    monitor_expected: int
    stale_inputs: tuple[str, ...]
    pending: int
    closed_trades: int
    holds: tuple[str, ...] = ()
    is_killed: bool = False
    kill_reason: str = ""
    collateral_eth: Decimal | None = None
    audit_head: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DailyDigest:
    ledger: DigestLedger
    trades: tuple[DigestTrade, ...]
    greeks: NetGreeks | None
    dvol_pts: float | None
    spot_usd: Decimal | None
    funding_apr_frac: float | None
    events: tuple[MacroEvent, ...]


def build(positions: Sequence[PositionView], market: MarketView, ledger: DigestLedger) -> DailyDigest:
    """The digest of `ledger.as_of`, with the events of the seven days after it."""
    return DailyDigest(
        ledger=ledger,
        trades=tuple(_trade(position) for position in positions),
        greeks=net_greeks([position.greeks for position in positions]),
        dvol_pts=market.dvol_pts,
        spot_usd=market.spot_usd,
        funding_apr_frac=market.funding_apr_frac,
        events=tuple(event for event in market.events if ledger.as_of <= event.at <= ledger.as_of + EVENTS_AHEAD),
    )


def net_greeks(each: Sequence[NetGreeks | None]) -> NetGreeks | None:
    """The sum of signed totals; partial when one is missing or partial, None when there is nothing to add."""
    known = [greeks for greeks in each if greeks is not None]
    if not known:
        return None
    total = combine(known)
    return total if len(known) == len(each) else replace(total, is_partial=True)


def _trade(position: PositionView) -> DigestTrade:
    return DigestTrade(
        trade_id=position.trade_id,
        strategy=position.strategy,
        sides=position.sides,
        expiry_at=position.expiry_at,
        profit_frac=position.pnl_over_credit_frac,
        short_delta=position.short_delta,
        dte_days=position.dte_days,
        pnl_eur=position.pnl_eur,
    )
