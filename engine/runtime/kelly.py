"""Kelly's reading of what was closed: one a month for each strategy with money at risk, kept, and what it allows the next entry.

Rules of this file: paper is read for people to see and never sets a size; a reading is
audited with its inputs; where none stands though the sample is large enough, nothing is
opened.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from functools import partial
from types import MappingProxyType

import structlog

from engine.core.decision import Approved
from engine.core.kelly_recalibration import kelly_limit, recalibrate
from engine.core.model import Stage, Strategy
from engine.core.model_kelly import KellyLimit, KellyStake, KellyState
from engine.core.rules import SizingRules, StrategyRules
from engine.runtime.desk import Desk
from engine.state.records import TradeRecord
from engine.state.repository import Json, Transaction
from engine.views import KellyChart, KellyRow, KellyView

log = structlog.get_logger(__name__)

KEY = "kelly:{}"
REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredReading:
    """What the last recalibration of a strategy decided; `state` is `refused` where its results could not be true."""

    month: str
    state: str
    f_used_frac: float
    f_carried_frac: float

    def limit(self) -> KellyLimit:
        """What it allows the next entry."""
        if self.state in (KellyState.NEGATIVE_EDGE.value, REFUSED):
            return KellyLimit(stake=KellyStake.SUSPENDED)
        if self.state == KellyState.UNPROVEN.value:
            return KellyLimit(stake=KellyStake.ONE_LOT)
        return KellyLimit(stake=KellyStake.FRACTION, f_used_frac=Decimal(repr(self.f_used_frac)))


NO_READINGS: Mapping[Strategy, StoredReading] = MappingProxyType({})


def kelly_limits(closed: Sequence[TradeRecord], rules: SizingRules, readings: Mapping[Strategy, StoredReading]) -> tuple[tuple[Strategy, KellyLimit], ...]:
    """What Kelly allows every strategy whose live sample is large enough; the others have the hard caps alone.

    A sample that has just become large enough waits, suspended, for its first reading.
    """
    limits = []
    for strategy in Strategy:
        if len(_of(closed, strategy, is_live=True)) < rules.kelly_sample_min:
            continue
        stored = readings.get(strategy)
        is_read = stored is not None and stored.state != KellyState.INSUFFICIENT_SAMPLE.value
        limits.append((strategy, stored.limit() if stored is not None and is_read else KellyLimit(stake=KellyStake.SUSPENDED)))
    return tuple(limits)


async def recalibrate_due(desk: Desk) -> None:
    """Every strategy with closed live trades has this month's reading, and its first one as soon as the sample is large enough."""
    due = await desk.store.read(lambda tx: _due(tx, desk))
    for strategy, trades, f_prev_frac in due:
        # Ten thousand samples take a second: the desk's loop must not wait for them.
        row = await asyncio.to_thread(read_strategy, trades, strategy, desk.rules, is_live=True, f_prev_frac=f_prev_frac, now=desk.now())
        await desk.store.write(partial(_keep, desk=desk, row=row))
        log.info("kelly.recalibrated", strategy=strategy.value, state=_state(row), trades=row.trades)


async def kelly(desk: Desk) -> KellyView:
    """What a recalibration would say now of everything closed, live and paper apart; nothing is changed."""
    closed, readings = await desk.store.read(lambda tx: (tx.closed_trades(), stored_readings(tx)))
    return await asyncio.to_thread(kelly_view, closed, desk.rules, readings, now=desk.now())


def kelly_view(closed: Sequence[TradeRecord], rules: StrategyRules, readings: Mapping[Strategy, StoredReading], *, now: datetime) -> KellyView:
    """One row for each strategy and kind of trade that has closed ones, live first."""
    asked = [(strategy, is_live, _of(closed, strategy, is_live=is_live)) for is_live in (True, False) for strategy in Strategy]
    carried = {strategy: stored.f_carried_frac for strategy, stored in readings.items()}
    rows = tuple(
        read_strategy(trades, strategy, rules, is_live=is_live, f_prev_frac=carried.get(strategy, 0.0) if is_live else 0.0, now=now)
        for strategy, is_live, trades in asked
        if trades
    )
    return KellyView(as_of=now, sample_min=rules.sizing.kelly_sample_min, level=rules.kelly.interval_level, rows=rows)


def read_strategy(trades: Sequence[TradeRecord], strategy: Strategy, rules: StrategyRules, *, is_live: bool, f_prev_frac: float, now: datetime) -> KellyRow:
    """The reading of one strategy's closed trades, resampled by the week they were approved in."""
    results = [float(trade.pnl_eur / trade.max_loss_eur) for trade in trades if trade.pnl_eur is not None]
    weeks = [_week(trade) for trade in trades if trade.pnl_eur is not None]
    found = recalibrate(results, f_prev_frac=f_prev_frac, rules=rules.kelly, sizing=rules.sizing, weeks=weeks)
    reading, problems = (found.value, ()) if isinstance(found, Approved) else (None, tuple(f"{check.rule} {check.code}" for check in found.checks))
    row = KellyRow(
        strategy=strategy,
        is_live=is_live,
        trades=len(results),
        weeks=len(set(weeks)),
        reading=reading,
        stake=None if reading is None else kelly_limit(reading, is_overridden=False).stake.value,
        problems=problems,
        chart=None,
    )
    return replace(row, chart=_chart(row, rules, now))


def _chart(row: KellyRow, rules: StrategyRules, now: datetime) -> KellyChart | None:
    reading = row.reading
    if reading is None:
        return None
    intervals, wilson = reading.intervals, reading.p_wilson
    return KellyChart(
        env="LIVE" if row.is_live else "PAPER",
        strategy=row.strategy.value,
        state=reading.state.value,
        trades=row.trades,
        trades_min=rules.sizing.kelly_sample_min,
        f_full=reading.shrunk.f_full,
        f_used_frac=reading.f_used_frac,
        f_cap_frac=rules.kelly.f_cap,
        f_interval=None if intervals is None else (intervals.f_full.low, intervals.f_full.median, intervals.f_full.high),
        win_rate=reading.observed.p,
        win_rate_interval=None if wilson is None else (wilson.low, wilson.high),
        break_even_win_rate=reading.observed.break_even_p,
        mean_r=reading.observed.mean_r,
        mean_r_interval=None if intervals is None else (intervals.mean_r.low, intervals.mean_r.high),
        as_of=now,
    )


def stored_readings(tx: Transaction) -> Mapping[Strategy, StoredReading]:
    """The last reading of every strategy that was read."""
    texts = [(strategy, tx.get_meta(KEY.format(strategy.value))) for strategy in Strategy]
    return {strategy: StoredReading(**json.loads(text)) for strategy, text in texts if text is not None}


def _due(tx: Transaction, desk: Desk) -> list[tuple[Strategy, list[TradeRecord], float]]:
    closed, readings, month, due = tx.closed_trades(), stored_readings(tx), _month(desk.now()), []
    for strategy in Strategy:
        trades, stored = _of(closed, strategy, is_live=True), readings.get(strategy)
        is_ripe = stored is not None and stored.state == KellyState.INSUFFICIENT_SAMPLE.value and len(trades) >= desk.rules.sizing.kelly_sample_min
        if trades and (stored is None or stored.month != month or is_ripe):
            due.append((strategy, trades, 0.0 if stored is None else stored.f_carried_frac))
    return due


def _keep(tx: Transaction, *, desk: Desk, row: KellyRow) -> None:
    reading = row.reading
    kept: dict[str, Json] = {
        "month": _month(desk.now()),
        "state": _state(row),
        "f_used_frac": 0.0 if reading is None else reading.f_used_frac,
        "f_carried_frac": 0.0 if reading is None else reading.f_carried_frac,
    }
    tx.set_meta(KEY.format(row.strategy.value), json.dumps(kept))
    body: dict[str, Json] = {name: str(value) for name, value in kept.items()}
    body |= {"trades": row.trades, "weeks": row.weeks, "problems": list(row.problems)}
    if reading is not None:
        body |= {"f_full": repr(reading.shrunk.f_full), "f_prev_frac": repr(reading.f_prev_frac), "cuts": [cut.value for cut in reading.cuts]}
    tx.audit(actor="engine", type="kelly.recalibrated", ref=f"strategy:{row.strategy.value}", body=body)


def _state(row: KellyRow) -> str:
    return REFUSED if row.reading is None else row.reading.state.value


def _of(closed: Sequence[TradeRecord], strategy: Strategy, *, is_live: bool) -> list[TradeRecord]:
    """Kelly learns from money at risk: paper is kept apart."""
    return [trade for trade in closed if trade.strategy is strategy and (trade.stage != Stage.PAPER.value) is is_live]


def _week(trade: TradeRecord) -> str:
    year, week, _ = trade.created_at.isocalendar()
    return f"{year}-W{week:02d}"


def _month(at: datetime) -> str:
    return f"{at:%Y-%m}"
