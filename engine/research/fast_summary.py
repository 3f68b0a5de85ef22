"""A fast replay as the summary people read, with its picture and the same period without entry filters beside it."""

from __future__ import annotations

import math
from dataclasses import replace
from decimal import Decimal

from engine.core.rules import StrategyRules
from engine.reporting.stats import trade_stats
from engine.research.fast_replay import FastPlan, FastResult, Progress, fast_replay, fast_replays
from engine.research.summary import Lived, closed_view_of, summary_of, trades_chart
from engine.views import ReplaySummary


def fast_summary(plan: FastPlan, *, history: str, progress: Progress | None = None) -> ReplaySummary:
    """The period lived through fast, in figures."""
    result, without = fast_replays((plan, _without_filters(plan)), progress=progress)
    lived = Lived(
        from_at=plan.from_at,
        to_at=plan.to_at,
        history=history,
        policy=plan.policy,
        scans=result.scans,
        proposed=result.proposed,
        opened=result.opened,
        refused=result.refused,
        modelled_scans=result.modelled_scans,
        refusals=result.refusals,
        trades=result.trades,
        open_trades=result.open_trades,
        equity_s=result.equity_s,
        equity_eur=result.equity_eur,
        realised_eur=float(result.realised_eur),
        breakers=result.breakers,
        runs=result.runs,
    )
    return _compared(summary_of(lived), plan, without)


def compared(summary: ReplaySummary, plan: FastPlan) -> ReplaySummary:
    """The summary of a full replay with the picture of its trades, and what the same period gives with the entry filters off."""
    return _compared(summary, plan, fast_replay(_without_filters(plan)))


def _compared(summary: ReplaySummary, plan: FastPlan, without: FastResult) -> ReplaySummary:
    closed = [closed_view_of(trade) for trade in without.trades]
    return replace(
        summary,
        chart=trades_chart(summary, plan.market, plan.rules),
        unfiltered=trade_stats(closed, credit_eur=sum((trade.credit_eur for trade in without.trades), Decimal(0))),
    )


def _without_filters(plan: FastPlan) -> FastPlan:
    return replace(plan, rules=unfiltered(plan.rules), is_counting=False)


def unfiltered(rules: StrategyRules) -> StrategyRules:
    """The rules without the filters E04 to E07, E10 and E11: the bias table, strikes, credit, liquidity, size and breakers stay."""
    entry = rules.entry
    open_entry = replace(
        entry,
        dvol_min_pts=0.0,
        dvol_max_pts=math.inf,
        dvol_jump_24h_max_pts=math.inf,
        abs_return_24h_max_frac=math.inf,
        abs_return_4h_max_frac=math.inf,
        vrp_min_pts=None,
        macro=replace(entry.macro, mode="off"),
        funding=replace(entry.funding, bull_put_veto_above_frac=math.inf, bear_call_veto_below_frac=-math.inf),
        sentiment=replace(entry.sentiment, bull_put_block_above=100, bear_call_block_below=0, liquidation_heat_block_pctile=101),
    )
    return replace(rules, entry=open_entry)
