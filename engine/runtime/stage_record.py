"""What a stage has to show for the next one, read from the store.

Rules of this file: a z counts for the trades it was measured on; once another one has closed it is not measured any more.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from statistics import median

import structlog

from engine.core.model import Stage
from engine.core.rules_desk import GateRules
from engine.errors import EngineError
from engine.reporting.gates import StageRecord, gate_table
from engine.reporting.hard_exits import HardQuestion, hard_exit_latency_s
from engine.runtime.desk import Desk
from engine.runtime.views_of import closed_view
from engine.state.records import FillRecord, NewFill, TradeRecord
from engine.state.repository import Transaction
from engine.views import GateView

log = structlog.get_logger(__name__)

ORDER = (Stage.PAPER, Stage.SOFT, Stage.FULL)
STAGE_ROWS = "stage."
DRILL_ROWS, DRILLS_READ_MAX = "drill.", 500
RESTORE_DRILL = "drill.restore"
MODELLED = "modelled"
Z_KEY = "gates.z"
BEGINNING = datetime(2000, 1, 1)  # noqa: DTZ001 - the zone is the caller's


def signed_off(tx: Transaction) -> Stage:
    """The highest stage this home may run in; every home begins with paper."""
    newest = next(iter(tx.audit_tail(1, STAGE_ROWS)), None)
    return Stage.PAPER if newest is None else Stage(json.loads(newest.body_json)["to"])


def gates_of(tx: Transaction, gates: GateRules, *, now: datetime) -> tuple[GateView, ...]:
    """What the stage after the one that is signed off asks for, beside what this home has measured."""
    stage = signed_off(tx)
    return gate_table(stage, stage_record(tx, stage, now=now), gates)


def stage_record(tx: Transaction, stage: Stage, *, now: datetime) -> StageRecord:
    """What was lived through in the stage and those below it."""
    pooled = [each.value for each in ORDER[: ORDER.index(stage) + 1]]
    closed = [trade for trade in tx.closed_trades() if trade.stage in pooled]
    fills = [tx.fills(trade.trade_id) for trade in closed]
    slips = [slip for each in fills for record in each if (slip := _real_slip(record.fill)) is not None]
    first_at = tx.first_due_at("monitor")
    runs = {count.outcome: count.count for count in tx.run_counts(BEGINNING.replace(tzinfo=now.tzinfo)) if count.job == "monitor"}
    drills = [row for row in tx.audit_tail(DRILLS_READ_MAX, DRILL_ROWS) if json.loads(row.body_json).get("ok") is True]
    restores = sum(row.type == RESTORE_DRILL for row in drills)
    return StageRecord(
        days=None if first_at is None else (now - first_at) / timedelta(days=1),
        trades=tuple(closed_view(trade, each) for trade, each in zip(closed, fills, strict=True)),
        monitor_success_frac=runs.get("ok", 0) / sum(runs.values()) if runs else None,
        z=kept_z(tx, stage),
        slippage_median_frac=median(slips) if slips else None,
        unreconciled=len(tx.unsettled_orders()),
        open_incidents=len(tx.open_alarms()),
        hard_exits_s=[took_s for trade, each in zip(closed, fills, strict=True) if (took_s := _hard_exit_s(tx, trade, each)) is not None],
        restore_drills=restores,
        failure_drills=len(drills) - restores,
    )


async def measure_z(desk: Desk) -> None:
    """How far the stage's trades lie from the model's paths is measured and kept; where that cannot be done, nothing changes.

    Takes some seconds beside the engine; not to be called within a cycle.
    """
    if desk.measure_z is None:
        return
    try:
        z = await desk.measure_z(desk)
    except EngineError as error:
        log.warning("gates.z_not_measured", error=str(error))
        return
    await desk.store.write(lambda tx: keep_z(tx, desk.stage, z))


def keep_z(tx: Transaction, stage: Stage, z: float | None) -> None:
    """The z of the stage's trades up to now is remembered; None where there is none to measure."""
    tx.set_meta(Z_KEY, json.dumps({"stage": stage.value, "closed": len(tx.closed_trades()), "z": z}))


def kept_z(tx: Transaction, stage: Stage) -> float | None:
    """The z last measured, None where that was another stage's or a trade has closed since."""
    text = tx.get_meta(Z_KEY)
    kept = None if text is None else json.loads(text)
    if kept is None or kept["z"] is None or (kept["stage"], kept["closed"]) != (stage.value, len(tx.closed_trades())):
        return None
    return float(kept["z"])


def _hard_exit_s(tx: Transaction, trade: TradeRecord, fills: Sequence[FillRecord]) -> float | None:
    """How long the hard exit of a trade at the exchange took; None for one on paper, and for another end."""
    if trade.closed_at is None or all(record.fill.source == MODELLED for record in fills):
        return None
    asked = [record for record in tx.exit_proposals(trade.trade_id) if record.urgency == "hard"]
    questions = [HardQuestion(reason=record.reason, asked_at=record.created_at, ended_at=record.decided_at) for record in asked]
    return hard_exit_latency_s(questions, trade.closed_at)


def _real_slip(fill: NewFill) -> float | None:
    """The slippage of a fill that was not modelled; None for one that was, and for one without a mid."""
    return None if fill.source == MODELLED or fill.slippage_frac is None else float(fill.slippage_frac)
