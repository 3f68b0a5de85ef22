"""The order of a start: checks on HOLD, recovery, what was missed, the summary to the operator, and only then ACTIVE."""

from __future__ import annotations

from pathlib import Path

import structlog

from engine.core.lifecycle import TradeState
from engine.notices import StartUpNotice
from engine.runtime.cards import show_waiting
from engine.runtime.desk import Desk
from engine.runtime.jobs import Job
from engine.runtime.ledger import run_due, sort_late
from engine.runtime.notify import Priority, post
from engine.runtime.recovery import NOTHING_RECOVERED, Recovered, reconcile_at_start, recover
from engine.runtime.waiting_entries import settle_entries
from engine.runtime.watch_evidence import verify_daily
from engine.safety.start_up import START_UP_HOLD, StartUpReport, conclude, start_up
from engine.state.repository import Transaction

log = structlog.get_logger(__name__)


async def bring_up(desk: Desk, jobs: tuple[Job, ...], *, anchors_path: Path, version: str, is_chat_forgetful: bool = False) -> tuple[str, ...]:
    """The engine is up, ACTIVE where every check passed and on HOLD with its reasons where not; returns the jobs that were missed.

    Raises StateError when the store is damaged.
    """
    found: list[Recovered] = []

    async def reconcile() -> tuple[str, ...]:
        found.append(await recover(desk))
        return await reconcile_at_start(desk)

    report = await start_up(store=desk.store, kill_switch=desk.kill_switch, clock=desk.clock, anchors_path=anchors_path, reconcile=reconcile)
    for problem in report.problems:
        log.error("start_up.failed", problem=problem)
    recovered = found[0] if found else NOTHING_RECOVERED
    if is_chat_forgetful:
        await desk.store.write(show_waiting)
    missed, late = await sort_late(desk, jobs, since=recovered.last_seen_at)
    await desk.store.write(lambda tx: _announce(tx, desk, recovered, report, missed, version=version))
    for job, due_at in late:
        await run_due(desk, job, due_at)
    await desk.refresh_attention()
    if report.is_partial:
        desk.spawn(verify_daily(desk))
    log.info("engine.started", stage=desk.stage.value, market=desk.market, is_ready=report.is_ready, is_killed=report.is_killed)
    return missed


def _announce(tx: Transaction, desk: Desk, recovered: Recovered, report: StartUpReport, missed: tuple[str, ...], *, version: str) -> None:
    """The operator is owed the summary, and in the same step the engine is ACTIVE or the hold says why it is not."""
    now = desk.now()
    head = conclude(tx, report, now=now)
    if not report.is_ready:
        settle_entries(tx, desk, result="refused", by=None, held_by=START_UP_HOLD)
    notice = StartUpNotice(
        env=desk.env,
        stage=desk.stage.value,
        version=version,
        at=now,
        down_s=None if recovered.last_seen_at is None else max(0.0, (now - recovered.last_seen_at).total_seconds()),
        open_trades=len([trade for trade in tx.open_trades() if trade.state is TradeState.OPEN]),
        expired_cards=recovered.expired_cards,
        recovered_orders=recovered.orders_not_placed,
        missed_jobs=missed,
        waiting_messages=recovered.waiting_messages,
        holds=tuple(hold.code for hold in tx.holds()),
        is_killed=desk.is_killed(tx),
        audit_seq=head.seq,
        is_audit_ok=not any(step.name == "audit" and not step.ok for step in report.steps),
        is_config_changed=recovered.is_config_changed,
        problems=report.problems,
    )
    post(tx, notice, dedupe_key=f"start:{head.seq}", priority=Priority.NEWS)
