"""Stages: what the next one asks for, the sign-off that opens it, and the ways down.

Rules of this file: the audit chain says which stage is signed off; a gate that is not measured is not met; going up takes an admin, a typed
phrase and a reason, going down takes neither. Source: strategy §1.12.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from engine.clock import SystemClock
from engine.core.model import Stage
from engine.core.model_kelly import KellyState
from engine.core.rules import StrategyRules
from engine.notices import AlertNotice
from engine.runtime.desk import Desk
from engine.runtime.kelly import stored_readings
from engine.runtime.notify import Priority, post
from engine.runtime.stage_record import ORDER, gates_of, keep_z, kept_z, signed_off
from engine.runtime.watch_money import losses
from engine.state.repository import Store, Transaction
from engine.views import ActionResult, GateView, Person, StageView

STAGE_HOLD = "stage"
PHRASE_CHARS = 4

MeasureZ = Callable[[], Awaitable[float | None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What a gate table is made for: the stage that runs, the rules in force and when."""

    stage: Stage
    rules: StrategyRules
    fingerprint: str
    now: datetime


class StageRoom:
    """The desk's stage, as the chat sees it; `measure_z` takes some seconds and is asked only for a promotion."""

    def __init__(self, desk: Desk, measure_z: MeasureZ) -> None:
        self._desk, self._measure_z = desk, measure_z

    async def view(self) -> StageView:
        return await self._desk.store.read(lambda tx: _view(tx, _frame(self._desk)))

    async def promote(self, by: Person, phrase: str, reason: str) -> ActionResult:
        """The next stage is signed off, or the answer names every gate that is missing."""
        desk, first = self._desk, await self.view()
        if first.following is None:
            return ActionResult(code="stage-last", ok=False, facts={"stage": first.signed_off})
        if phrase != first.phrase:
            return ActionResult(code="stage-wrong-phrase", ok=False)
        is_measured = not _missing(first, besides=("z_abs",))
        z = await self._measure_z() if is_measured else None

        def work(tx: Transaction) -> ActionResult:
            if is_measured:
                keep_z(tx, desk.stage, z)
            seen = _view(tx, _frame(desk))
            missing = _missing(seen)
            if missing or seen.phrase != phrase or seen.following is None:
                tx.audit(actor=_actor(by), type="promotion.refused", ref=f"stage:{first.following}", body={"missing": list(missing)})
                return ActionResult(code="stage-not-ready", ok=False, facts={"stage": first.following or "", "missing": ", ".join(missing)})
            told = [{"code": gate.code, "measured": str(gate.measured), "limit": str(gate.limit)} for gate in seen.gates]
            body = {"from": seen.signed_off, "to": seen.following, "reason": reason, "gates": json.dumps(told)}
            tx.audit(actor=_actor(by), type="stage.promoted", ref=f"stage:{seen.following}", body=body, anchor=True)
            return ActionResult(code="stage-promoted", ok=True, facts={"stage": seen.following, "reason": reason})

        return await desk.store.write(work)

    async def demote(self, by: Person, reason: str) -> ActionResult:
        """The stage below is the highest one from now on; entries of a higher one stop at once."""
        return await self._desk.store.write(lambda tx: demote(tx, self._desk, actor=_actor(by), reason=reason))


def signed_off_in(db: Path) -> Stage:
    """The same of a home whose engine does not run yet."""
    if not db.exists():
        return Stage.PAPER
    store = Store.open_readonly(db)
    try:
        return store.read_sync(signed_off)
    finally:
        store.close()


def missing_gates(view: StageView) -> str:
    """What the next stage still lacks, in words for the command line."""
    told = (_lacking(gate) for gate in view.gates if not gate.is_met)
    return f"{view.following} still lacks " + ", ".join(told)


def _lacking(gate: GateView) -> str:
    measured = "not measured" if gate.measured is None else f"{gate.measured:.4g}"
    return f"{gate.code.removesuffix('_frac').replace('_', ' ')} {measured} ({'>=' if gate.is_least else '<='} {gate.limit:g})"


def view_in(db: Path, frame: Frame) -> StageView:
    """The gate table of a home, whether its engine runs or not; of one without a store nothing is measured yet."""
    store = Store.open_readonly(db) if db.exists() else Store.open_memory(origin="real", clock=SystemClock(), boot="gates")
    try:
        return store.read_sync(lambda tx: _view(tx, frame))
    finally:
        store.close()


def demote(tx: Transaction, desk: Desk, *, actor: str, reason: str) -> ActionResult:
    """One stage down, on record and told; below paper there is none."""
    now = signed_off(tx)
    if now is Stage.PAPER:
        return ActionResult(code="stage-first", ok=False)
    below = ORDER[ORDER.index(now) - 1]
    tx.audit(actor=actor, type="stage.demoted", ref=f"stage:{below.value}", body={"from": now.value, "to": below.value, "reason": reason}, anchor=True)
    if ORDER.index(desk.stage) > ORDER.index(below):
        tx.add_hold(STAGE_HOLD, reason, desk.now())
    notice = AlertNotice(env=desk.env, code="stage-demoted", level="critical", at=desk.now(), facts={"stage": below.value}, detail=reason)
    post(tx, notice, dedupe_key=f"alert:stage-demoted:{tx.head().seq}", priority=Priority.CRITICAL)
    return ActionResult(code="stage-demoted", ok=True, facts={"stage": below.value, "reason": reason})


async def step_down(desk: Desk) -> None:
    """The full stage gives way to soft by itself when one of the written triggers is reached."""
    await desk.store.write(lambda tx: _step_down(tx, desk))


def settle_hold(tx: Transaction, desk: Desk) -> None:
    """A run that began in a stage that is signed off has nothing to wait for on account of an earlier, higher one."""
    if ORDER.index(desk.stage) <= ORDER.index(signed_off(tx)):
        tx.remove_hold(STAGE_HOLD)


def _step_down(tx: Transaction, desk: Desk) -> None:
    if signed_off(tx) is not Stage.FULL:
        return
    rules, drawdown_eur, z = desk.rules.gates.step_down, losses(tx, desk.now()).drawdown_eur, kept_z(tx, Stage.FULL)
    limit_eur = rules.drawdown_x_trade_cap * float(desk.caps.trade_eur)
    has_negative_edge = any(reading.state == KellyState.NEGATIVE_EDGE.value for reading in stored_readings(tx).values())
    if drawdown_eur is not None and float(drawdown_eur) >= limit_eur:
        demote(tx, desk, actor="engine", reason=f"drawdown {float(drawdown_eur):.2f} >= {limit_eur:.2f} eur")
    elif z is not None and z < rules.z_below:
        demote(tx, desk, actor="engine", reason=f"z {z:.2f} < {rules.z_below:g}")
    elif rules.kelly_negative_edge and has_negative_edge:
        demote(tx, desk, actor="engine", reason="kelly: negative edge")


def _view(tx: Transaction, frame: Frame) -> StageView:
    now = signed_off(tx)
    following = None if now is Stage.FULL else ORDER[ORDER.index(now) + 1]
    gates = gates_of(tx, frame.rules.gates, now=frame.now)
    phrase = "" if following is None else f"PROMOTE {following.value.upper()} {frame.fingerprint[:PHRASE_CHARS].upper()}"
    return StageView(running=frame.stage.value, signed_off=now.value, following=None if following is None else following.value, gates=gates, phrase=phrase)


def _frame(desk: Desk) -> Frame:
    return Frame(stage=desk.stage, rules=desk.rules, fingerprint=desk.fingerprint, now=desk.now())


def _missing(view: StageView, *, besides: tuple[str, ...] = ()) -> tuple[str, ...]:
    return tuple(gate.code for gate in view.gates if not gate.is_met and gate.code not in besides)


def _actor(by: Person) -> str:
    return f"{by.source}:{by.user_id}" if by.source == "chat" else f"{by.source}:{by.name}"
