"""Before anything trades: is the file sound, is the history the one that was witnessed, does the venue agree.

Rules of this file: the engine is on HOLD until every check has passed; a check that fails leaves it there, with the reason;
a history that was rewritten arms the kill switch as well; only a damaged store ends the program.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from engine.clock import Clock, monotonic_s
from engine.errors import StateError
from engine.safety.kill_switch import AUTOMATIC, OPERATOR_HOLD, KillSwitch
from engine.state.anchors import read_anchors, refuse_inconsistent
from engine.state.audit import Json, VerifyResult
from engine.state.records import Head
from engine.state.store import Store, verify_home
from engine.state.transaction import Transaction

START_UP_HOLD = "start_up"
AUDIT_CHAIN = "audit-chain"

THOROUGH_MAX_BYTES = 64 * 2**20
"""Up to this size every reference and sum of the store is checked at start, which takes about a second; beyond it the daily check does that."""

WALKED_MAX = 100_000
"""So many of the newest rows are walked at start; of a longer history the older anchors are looked up and the rest is walked right after."""

Reconcile = Callable[[], Awaitable[Sequence[str]]]
"""Compares orders, trades and positions with the venue; returns every difference in words, none when all agree."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StartUpStep:
    """One check: integrity, audit, kill_switch or reconcile."""

    name: str
    ok: bool
    detail: str
    took_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StartUpReport:
    """What start-up found. `is_ready`: every check passed; other holds and the kill may stand.

    `is_partial`: the store is so long that a part of it is still to be looked at, beside the engine.
    """

    is_killed: bool
    is_partial: bool
    steps: tuple[StartUpStep, ...]

    @property
    def is_ready(self) -> bool:
        return all(step.ok for step in self.steps)

    @property
    def problems(self) -> tuple[str, ...]:
        """What failed, in the order it was found."""
        return tuple(step.detail for step in self.steps if not step.ok)


async def start_up(*, store: Store, kill_switch: KillSwitch, clock: Clock, anchors_path: Path, reconcile: Reconcile) -> StartUpReport:
    """Every check has run in order; the engine stays on HOLD until `conclude`.

    Raises StateError when the store is damaged, and only then.
    """
    await store.write(lambda tx: tx.add_hold(START_UP_HOLD, "checks_running", now=clock.now()))
    is_partial = store.path is not None and (store.path.stat().st_size > THOROUGH_MAX_BYTES or store.last_head().seq > WALKED_MAX)
    steps = [await _integrity(store)]
    steps.append(await _audit(store, anchors_path, kill_switch, clock.now()))
    is_killed, step = await _kill_switch(store, kill_switch, clock.now())
    steps.append(step)
    steps.append(await _reconcile(reconcile))
    return StartUpReport(is_killed=is_killed, is_partial=is_partial, steps=tuple(steps))


async def _integrity(store: Store) -> StartUpStep:
    began_s = monotonic_s()
    # Opening the store has looked at every page already.
    if store.path is None or store.path.stat().st_size <= THOROUGH_MAX_BYTES:
        await store.check_integrity()
    return _step("integrity", began_s, problem="", detail="the store is sound")


async def _audit(store: Store, anchors_path: Path, kill_switch: KillSwitch, now: datetime) -> StartUpStep:
    began_s = monotonic_s()
    try:
        result = await _walked(store, anchors_path)
        if result.is_rewritten:
            # Recorded by the next step, with whatever else armed the switch.
            kill_switch.latch(rewritten_reason(result), AUTOMATIC, now)
        elif not result.ok and result.first_bad_seq is None:
            await store.write(lambda tx: hold_for_anchors(tx, result.problem, now))
        refuse_inconsistent(result)
    except (StateError, OSError) as error:
        return _step("audit", began_s, problem=str(error), detail="")
    return _step("audit", began_s, problem="", detail=f"{result.rows} rows follow, {result.unanchored_rows} after the last anchor")


async def _walked(store: Store, anchors_path: Path) -> VerifyResult:
    if store.path is None:
        return await store.verify(read_anchors(anchors_path))
    return await asyncio.to_thread(verify_home, store.path, anchors_path, newest=WALKED_MAX)


def rewritten_reason(result: VerifyResult) -> str:
    """Why a chain that was rewritten kills."""
    return f"{AUDIT_CHAIN}: row {result.first_bad_seq}, {result.problem}"


def hold_for_anchors(tx: Transaction, problem: str, now: datetime) -> None:
    """The lost anchors are on record and only a person goes on without them.

    The anchor file continues from here, so the next start finds nothing wrong with it: the hold has to outlive this run.
    """
    tx.add_hold(OPERATOR_HOLD, problem, now=now)
    tx.audit(actor="engine", type="anchors.lost", ref="anchors", body={"problem": problem}, anchor=True)


async def _kill_switch(store: Store, kill_switch: KillSwitch, now: datetime) -> tuple[bool, StartUpStep]:
    began_s = monotonic_s()
    is_killed = await store.write(lambda tx: kill_switch.adopt(tx, now=now))
    # A row without its file: the file is made again, so that the dead-man and the command line see it too.
    problem = "" if not is_killed or kill_switch.latch(kill_switch.reason(), "start-up", now) else kill_switch.problem
    return is_killed, _step("kill_switch", began_s, problem=problem, detail=f"armed: {kill_switch.reason()}" if is_killed else "not armed")


async def _reconcile(reconcile: Reconcile) -> StartUpStep:
    began_s = monotonic_s()
    try:
        differences = await reconcile()
    except Exception as error:  # whatever the venue side broke, the answer is the same: not reconciled, so hold
        return _step("reconcile", began_s, problem=f"{type(error).__name__}: {error}", detail="")
    return _step("reconcile", began_s, problem="; ".join(differences), detail="orders, trades and positions agree")


def conclude(tx: Transaction, report: StartUpReport, *, now: datetime) -> Head:
    """The start-up hold is lifted where every check passed, otherwise it says what failed; one audit row tells it."""
    failed = [f"{step.name}: {step.detail}" for step in report.steps if not step.ok]
    if failed:
        tx.add_hold(START_UP_HOLD, "; ".join(failed), now=now)
    else:
        tx.remove_hold(START_UP_HOLD)
    body: dict[str, Json] = {"is_killed": report.is_killed, "problems": failed}
    return tx.audit(actor="engine", type="engine.start_up_failed" if failed else "engine.started", ref="start_up", body=body, anchor=not failed)


def _step(name: str, began_s: float, *, problem: str, detail: str) -> StartUpStep:
    took_ms = round((monotonic_s() - began_s) * 1000)
    return StartUpStep(name=name, ok=not problem, detail=problem if problem else detail, took_ms=took_ms)
