"""The engine's own side of an entry decision, read from the store."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from engine.core.model import Book, OpenTrade, OptionType, Stage, Strategy
from engine.core.model_kelly import KellyLimit
from engine.core.rules import SizingRules
from engine.runtime.kelly import NO_READINGS, StoredReading, kelly_limits, stored_readings
from engine.runtime.payloads import entry_of
from engine.state.records import ProposalRecord, TradeRecord
from engine.state.repository import Transaction

STOP_REASONS = frozenset({"stop_loss", "vol_stop", "delta_breach", "adverse_move", "margin"})
"""Close reasons that count as a stop for the cooldown of the same side."""

BREAKER_RESET_KEY = "breaker_reset_at"


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """The closed trades' part of a book; `opened_this_week` counts those of them that were opened this week."""

    consecutive_losses: int
    month_pnl_eur: Decimal
    drawdown_eur: Decimal
    last_stop_at: tuple[tuple[OptionType, datetime], ...]
    kelly_limits: tuple[tuple[Strategy, KellyLimit], ...]
    opened_this_week: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Stops:
    """What forbids every entry."""

    is_killed: bool
    is_on_hold: bool


def read_book(tx: Transaction, rules: SizingRules, *, stage: Stage, now: datetime, is_killed: bool, without_proposal: int | None = None) -> Book:
    """Open and pending trades, this week's openings and the breakers' figures.

    `without_proposal` leaves one waiting card out: the one that is being approved.
    """
    pending = [p for p in tx.pending_proposals() if p.kind == "entry" and p.proposal_id != without_proposal]
    return book_of(
        results_of(tx.closed_trades(), rules, reset_at=breaker_reset_at(tx), now=now, readings=stored_readings(tx)),
        open_trades=tx.open_trades(),
        pending=tuple(_pending_trade(p) for p in pending),
        stops=Stops(is_killed=is_killed, is_on_hold=bool(tx.holds())),
        stage=stage,
        now=now,
    )


def results_of(
    closed: Sequence[TradeRecord], rules: SizingRules, *, reset_at: datetime | None, now: datetime, readings: Mapping[Strategy, StoredReading] = NO_READINGS
) -> Results:
    """What the closed trades come to at `now`; those before `reset_at` count for no breaker, and Kelly goes by its last `readings`."""
    since_reset = [trade for trade in closed if reset_at is None or _closed_at(trade) > reset_at]
    return Results(
        consecutive_losses=_consecutive_losses(since_reset),
        month_pnl_eur=sum((_pnl(t) for t in since_reset if _closed_at(t) >= _month_start(now)), Decimal(0)),
        drawdown_eur=_drawdown_eur(since_reset),
        last_stop_at=_last_stops(closed),
        kelly_limits=kelly_limits(closed, rules, readings),
        opened_this_week=len([trade for trade in closed if trade.created_at >= _week_start(now)]),
    )


def book_of(results: Results, *, open_trades: Sequence[TradeRecord], pending: tuple[OpenTrade, ...], stops: Stops, stage: Stage, now: datetime) -> Book:
    """The book that these results, trades and waiting entries make."""
    return Book(
        stage=stage,
        is_killed=stops.is_killed,
        is_on_hold=stops.is_on_hold,
        open_trades=(*(_open_trade(t) for t in open_trades), *pending),
        opened_this_week=results.opened_this_week + len([t for t in open_trades if t.created_at >= _week_start(now)]),
        consecutive_losses=results.consecutive_losses,
        month_pnl_eur=results.month_pnl_eur,
        drawdown_eur=results.drawdown_eur,
        last_stop_at=results.last_stop_at,
        kelly_limits=results.kelly_limits,
    )


def breaker_reset_at(tx: Transaction) -> datetime | None:
    """When a person last resumed past a breaker; results before it no longer count."""
    stored = tx.get_meta(BREAKER_RESET_KEY)
    return None if stored is None else datetime.fromisoformat(stored)


def _open_trade(trade: TradeRecord) -> OpenTrade:
    return OpenTrade(
        trade_id=trade.trade_id,
        strikes=trade.open_strikes,
        expiry_at=trade.expiry_at,
        quantity_eth=trade.quantity_eth,
        max_loss_eur=trade.max_loss_eur,
        net_delta_eth=trade.net_delta_eth,
        vega_usd_per_pt=trade.vega_usd_per_pt,
        gamma_usd_per_1pct=trade.gamma_usd_per_1pct,
        initial_margin_eth=trade.initial_margin_eth,
        maintenance_margin_eth=trade.maintenance_margin_eth,
    )


def _pending_trade(record: ProposalRecord) -> OpenTrade:
    proposal = entry_of(record).proposal
    quantity, figures = proposal.sizing.quantity_eth, proposal.candidate.economics
    return OpenTrade(
        trade_id=-record.proposal_id,
        strikes=proposal.candidate.spread.sides,
        expiry_at=proposal.candidate.spread.expiry_at,
        quantity_eth=quantity,
        max_loss_eur=proposal.sizing.max_loss_eur,
        net_delta_eth=proposal.greeks.delta_eth,
        vega_usd_per_pt=proposal.greeks.vega_usd_per_pt,
        gamma_usd_per_1pct=proposal.greeks.gamma_usd_per_1pct,
        initial_margin_eth=figures.initial_margin_eth * quantity,
        maintenance_margin_eth=figures.maintenance_margin_eth * quantity,
        is_pending=True,
    )


def _closed_at(trade: TradeRecord) -> datetime:
    return trade.created_at if trade.closed_at is None else trade.closed_at


def _pnl(trade: TradeRecord) -> Decimal:
    return Decimal(0) if trade.pnl_eur is None else trade.pnl_eur


def _consecutive_losses(closed: list[TradeRecord]) -> int:
    losses = 0
    for trade in sorted(closed, key=_closed_at, reverse=True):
        if _pnl(trade) > 0:
            break
        losses += 1
    return losses


def _drawdown_eur(closed: list[TradeRecord]) -> Decimal:
    """How far the realised total lies below its own highest point; never negative."""
    total = peak = Decimal(0)
    for trade in sorted(closed, key=_closed_at):
        total += _pnl(trade)
        peak = max(peak, total)
    return peak - total


def _last_stops(closed: Iterable[TradeRecord]) -> tuple[tuple[OptionType, datetime], ...]:
    """When each side was last stopped out; a condor's stop counts for whatever it still had."""
    stops: dict[OptionType, datetime] = {}
    for trade in sorted(closed, key=_closed_at):
        if trade.close_reason in STOP_REASONS:
            stops.update({strikes.option_type: _closed_at(trade) for strikes in trade.open_strikes})
    return tuple(stops.items())


def _week_start(now: datetime) -> datetime:
    day = now.replace(hour=0, minute=0, second=0, microsecond=0)
    return day - timedelta(days=day.weekday())


def _month_start(now: datetime) -> datetime:
    return now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
