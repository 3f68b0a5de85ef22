"""The conditions of the next stage beside what was measured: what a promotion still lacks.

Rules of this file: iron condors stand outside the pool; what another place measures is
named and left open. Source: strategy §1.12.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from engine.core.model import Stage, Strategy
from engine.core.rules_desk import GateRules, PaperGate, SoftGate
from engine.reporting.monthly_report import GateRow
from engine.reporting.stats import trade_stats
from engine.views import ClosedTradeView


@dataclass(frozen=True, slots=True, kw_only=True)
class StageRecord:
    """How long the stage has run, what it closed, and how many of its monitor runs succeeded (None before the first)."""

    days: float | None
    trades: Sequence[ClosedTradeView]
    monitor_success_frac: float | None


def gate_rows(stage: Stage, record: StageRecord, gates: GateRules) -> tuple[GateRow, ...]:
    """The table of the next stage; empty where there is none."""
    if stage is Stage.FULL:
        return ()
    gate: PaperGate | SoftGate = gates.paper_to_soft if stage is Stage.PAPER else gates.soft_to_full
    stats = trade_stats([trade for trade in record.trades if trade.strategy is not Strategy.IRON_CONDOR])
    return (
        GateRow(code="days", measured=record.days, least=gate.days_min),
        GateRow(code="closed_trades", measured=stats.closed, least=gate.closed_trades_min),
        GateRow(code="win_rate_frac", measured=stats.win_rate, least=gate.win_rate_min),
        GateRow(code="mean_r", measured=stats.mean_r, least=gate.mean_r_min),
        GateRow(code="profit_factor", measured=stats.profit_factor, least=gate.profit_factor_min),
        GateRow(code="monitor_success_frac", measured=record.monitor_success_frac, least=gate.monitor_success_min),
    )
