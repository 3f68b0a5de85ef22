"""Watches open trades: mark, decide by the exit table, propose, settle, and keep the equity curve."""

from __future__ import annotations

import structlog

from engine.core.exit_decision import evaluate
from engine.core.lifecycle import TradeState
from engine.core.model import ExitAction, ExitInputs, ExitReason, ExitUrgency
from engine.runtime import exit_alerts, exit_proposals, settlement
from engine.runtime.desk import Desk
from engine.runtime.equity_curve import record_equity
from engine.runtime.gather import Gathered, gather
from engine.runtime.orchestrator import bias_of
from engine.runtime.positions import Look, exit_inputs, exposure_of, look_at, margin_usage_frac, unrealised
from engine.runtime.watch import watch_money
from engine.state.records import MarkRecord, TradeRecord
from engine.state.repository import Transaction
from engine.views import ActionResult

log = structlog.get_logger(__name__)

TOLD_ALWAYS = (ExitReason.DATA, ExitReason.BLACKOUT)
"""What a person must hear at any look, also between monitors."""


async def run_monitor(desk: Desk) -> None:
    """Every open trade is marked and judged by every exit rule."""
    await monitor(desk, hard_only=False)


async def run_guard(desk: Desk) -> None:
    """Between monitors the hard exits alone are looked at; without an open trade nothing is asked of anybody."""
    if await desk.store.read(_watched):
        await monitor(desk, hard_only=True)


async def settle_expired(desk: Desk) -> None:
    """Trades past their expiry are booked at the delivery price."""
    now = desk.now()
    if any(trade.expiry_at <= now for trade in await desk.store.read(_watched)):
        await monitor(desk, hard_only=True)


async def monitor(desk: Desk, *, hard_only: bool) -> ActionResult:
    """Each open trade has its mark, its decision and, where the table says so, its card; the triggers on money were judged."""
    async with desk.cycle():
        trades = await desk.store.read(_watched)
        gathered = await gather(desk, with_chain=bool(trades) and not hard_only)
        looks = tuple([await look_at(desk, trade) for trade in trades])
        bias_now = None if hard_only else bias_of(gathered.snapshot, desk).bias
        closing = 0
        for look in looks:
            inputs = exit_inputs(look, looks, gathered, desk.rules, bias_now=bias_now)
            closing += await _judge(desk, look, inputs, gathered, hard_only=hard_only)
        await desk.store.write(lambda tx: record_equity(tx, gathered.snapshot.taken_at))
    await watch_money(desk, margin_usage_frac=margin_usage_frac(looks, gathered, desk.rules))
    await desk.refresh_attention()
    log.info("monitor.done", open_trades=len(trades), exits=closing, hard_only=hard_only)
    return ActionResult(code="monitor-done", ok=True, facts={"open": str(len(trades)), "exits": str(closing)})


async def _judge(desk: Desk, look: Look, inputs: ExitInputs, gathered: Gathered, *, hard_only: bool) -> int:
    """Mark and decision of one trade are stored and acted on; 1 when it asks to be closed."""
    decision = evaluate(inputs, desk.rules)
    is_acting = not hard_only or decision.urgency is ExitUrgency.HARD or decision.action is ExitAction.SETTLE or decision.reason in TOLD_ALWAYS
    judged = exit_proposals.Judgement(look=look, inputs=inputs, decision=decision, gathered=gathered)

    def work(tx: Transaction) -> int:
        _store_look(tx, desk, judged, is_acting=is_acting)
        if not hard_only:
            exit_alerts.tell_divergence(tx, desk, judged)
        exit_alerts.tell_blind(tx, desk, judged)
        if not is_acting:
            return 0
        if decision.action is ExitAction.SETTLE:
            return settlement.settle(tx, desk, look, gathered, is_late=decision.needs_escalation)
        if decision.action is ExitAction.CLOSE:
            return exit_proposals.propose(tx, desk, judged)
        exit_alerts.tell(tx, desk, judged)
        return 0

    return await desk.store.write(work)


def _watched(tx: Transaction) -> tuple[TradeRecord, ...]:
    return tuple(trade for trade in tx.open_trades() if trade.state is TradeState.OPEN)


def _store_look(tx: Transaction, desk: Desk, judged: exit_proposals.Judgement, *, is_acting: bool) -> None:
    look, inputs, decision, trade = judged.look, judged.inputs, judged.decision, judged.look.trade
    result, evidence = unrealised(look, judged.gathered, desk.rules), decision.evidence
    exposure = exposure_of(look, judged.gathered) if look.is_quoted else None
    if exposure is not None:
        tx.note_exposure(trade.trade_id, exposure)
    if look.is_quoted:
        tx.add_mark(
            MarkRecord(
                trade_id=trade.trade_id,
                at=inputs.now,
                mark_coin=evidence.mark_coin,
                natural_coin=evidence.natural_coin,
                spot_usd=inputs.index_usd,
                dvol_pts=inputs.dvol_pts,
                short_delta=evidence.short_delta,
                unrealised_eur=None if result is None else result.pnl_eur,
            )
        )
    exit_proposals.record_decision(tx, judged, is_unasked=not is_acting and decision.action is not ExitAction.HOLD)
    is_miss = decision.reason is ExitReason.DATA
    tx.note_check(
        trade.trade_id,
        at=trade.checked_at if is_miss and trade.checked_at is not None else inputs.now,
        stale_misses=trade.stale_misses + 1 if is_miss else 0,
        unanswered_time_stops=trade.unanswered_time_stops,
    )
