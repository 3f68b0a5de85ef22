"""The conditions of the next stage beside what was measured: what a promotion still lacks.

Rules of this file: it is the only place that lists them, for the monthly report, for
/stage and for the promotion itself; iron condors stand outside the pool; what was not
measured is named and left open. Source: strategy §1.12.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from engine.core.model import Stage, Strategy
from engine.core.rules_desk import GateRules, PaperGate, SoftGate
from engine.reporting.hard_exits import p95_s
from engine.reporting.stats import trade_stats
from engine.views import ClosedTradeView, GateView


@dataclass(frozen=True, slots=True, kw_only=True)
class StageRecord:
    """What a stage has to show. None is not measured: `z` without closed trades, slippage without a fill that was not modelled.

    `hard_exits_s`: how long each hard exit of a trade at the exchange took. No paper fill is one.
    `days` since its first monitor run, `monitor_success_frac` of those runs; drills are the ones that succeeded.
    """

    days: float | None
    trades: Sequence[ClosedTradeView]
    monitor_success_frac: float | None
    z: float | None
    slippage_median_frac: float | None
    unreconciled: int
    open_incidents: int
    hard_exits_s: Sequence[float]
    restore_drills: int
    failure_drills: int


def gate_table(stage: Stage, record: StageRecord, gates: GateRules) -> tuple[GateView, ...]:
    """What the stage after this one asks for, in the order it is told; empty where there is none."""
    if stage is Stage.FULL:
        return ()
    gate: PaperGate | SoftGate = gates.paper_to_soft if stage is Stage.PAPER else gates.soft_to_full
    stats = trade_stats([trade for trade in record.trades if trade.strategy is not Strategy.IRON_CONDOR])
    return (
        _least("days", record.days, gate.days_min),
        _least("closed_trades", stats.closed, gate.closed_trades_min),
        _least("win_rate_frac", stats.win_rate, gate.win_rate_min, n=stats.closed),
        _least("mean_r", stats.mean_r, gate.mean_r_min, n=stats.closed),
        _least("profit_factor", stats.profit_factor, gate.profit_factor_min, n=stats.closed),
        _least("monitor_success_frac", record.monitor_success_frac, gate.monitor_success_min),
        _most("z_abs", None if record.z is None else abs(record.z), gate.z_block_abs_above),
        _most("slippage_frac", record.slippage_median_frac, gate.slippage_median_max_frac),
        _most("unreconciled", record.unreconciled, gate.unreconciled_max),
        *(_drills(record, gate) if isinstance(gate, PaperGate) else _at_stake(record, gate)),
    )


def _drills(record: StageRecord, gate: PaperGate) -> tuple[GateView, ...]:
    """What paper must have practised."""
    return (
        _least("restore_drills", record.restore_drills, float(gate.restore_drill)),
        _least("failure_drills", record.failure_drills, gate.failure_drills_min),
    )


def _at_stake(record: StageRecord, gate: SoftGate) -> tuple[GateView, ...]:
    """What money was at stake in."""
    return (
        _most("hard_exit_latency_s", p95_s(record.hard_exits_s), gate.hard_exit_latency_p95_max_s, n=len(record.hard_exits_s)),
        _most("open_incidents", record.open_incidents, gate.open_incidents_max),
    )


def _least(code: str, measured: float | None, limit: float, *, n: int | None = None) -> GateView:
    return GateView(code=code, measured=measured, limit=limit, is_least=True, n=n)


def _most(code: str, measured: float | None, limit: float, *, n: int | None = None) -> GateView:
    return GateView(code=code, measured=measured, limit=limit, is_least=False, n=n)
