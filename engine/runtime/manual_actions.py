"""Carries out what was asked from the command line of a running engine, each audited with its source."""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog

from engine.core.lifecycle import ProposalState
from engine.core.model import OptionType
from engine.errors import ActionRefused, EngineError
from engine.runtime import approvals, cards, close_all, confirmed_closes, drills, force_close, orchestrator, stages, switches
from engine.runtime.cards import alert
from engine.runtime.desk import Desk
from engine.runtime.under_kill import KILLED_FIRST
from engine.state.records import ManualActionRecord
from engine.state.repository import Json, Transaction
from engine.views import Person

log = structlog.get_logger(__name__)

LAPSING = ("approve", "force_close", "force_close_all", "disarm", "scan", "drill_proposal")
"""What is good for the moment it was asked in; a kill, a no and a step down are good at any time."""

CLOSES = ("force_close", "force_close_all")

LAPSES_AFTER = timedelta(minutes=3)
"""The engine looks once a minute: what waited longer waited through a hang, and prices have moved since."""

LAPSED = "refused: it waited too long, ask again"
FLOODED = "refused: other programs ask too much at once"
STOPPED_FIRST = "refused: the engine stopped before it was carried out, ask again"

AGENTS = "mcp:"
"""What the source of a request begins with that another program made and no person."""
AGENTS_MAY = ("scan", "say")
AGENT_ACTIONS_MAX = 5
"""How many such requests are carried out at one look, which comes once a minute."""


async def run_open(desk: Desk) -> None:
    """Every action that was asked for has its result, in the order of asking."""
    asked_by_agents = 0
    for action in await desk.store.read(lambda tx: tx.open_manual_actions()):
        asked_by_agents += action.source.startswith(AGENTS)
        is_flood = action.source.startswith(AGENTS) and asked_by_agents > AGENT_ACTIONS_MAX
        result = FLOODED if is_flood else LAPSED if _has_lapsed(desk, action) else await _carry_out(desk, action)
        log.info("manual_action.done", action=action.action, source=action.source, result=result)
        await _finish(desk, action, result)


def _has_lapsed(desk: Desk, action: ManualActionRecord) -> bool:
    return action.action in LAPSING and desk.clock.wall() - action.created_at > LAPSES_AFTER


def refuse_left(tx: Transaction, desk: Desk) -> None:
    """What was asked of the run before and not carried out by it counts no more; a close among it is told."""
    left = [action for action in tx.open_manual_actions() if action.action in LAPSING]
    for action in left:
        _finished(tx, action, STOPPED_FIRST, desk.now())
    closes = [action for action in left if action.action in CLOSES]
    asked = {action.args.get("trade_id") for action in closes}
    confirmed_closes.tell_open(tx, desk, [trade.trade_id for trade in tx.open_trades() if str(trade.trade_id) in asked or None in asked])


async def _carry_out(desk: Desk, action: ManualActionRecord) -> str:
    """The action's result in a word or a sentence; a refusal is a result, not a failure.

    A kill that came since it was asked has refused it already, if it was to close anything.
    """
    is_open, under_kill = await desk.store.read(lambda tx: (_is_open(tx, action), desk.kill_switch.recorded_as(tx)))
    if not is_open:
        return KILLED_FIRST
    source, _, name = action.source.partition(":")
    by = Person(user_id=0, name=name, source=source)
    if action.source.startswith(AGENTS) and action.action not in AGENTS_MAY:
        return "refused: another program may not ask for this"
    try:
        if action.action == "arm":
            return (await switches.kill(desk, by, action.args["reason"])).code
        if action.action == "disarm":
            return (await switches.disarm(desk, by, action.args["phrase"], action.args["reason"])).code
        if action.action == "force_close":
            return (await force_close.close_now(desk, int(action.args["trade_id"]), by=by, side=_side(action), under_kill=under_kill)).code
        if action.action == "force_close_all":
            return (await close_all.order_now(desk, by=by, under_kill=under_kill)).code
        if action.action in ("approve", "reject"):
            return await _decide(desk, action, by=by, under_kill=under_kill)
        if action.action == "scan":
            return (await orchestrator.run_entry_cycle(desk, actor=action.source)).code
        if action.action == "stage_demote":
            reason = action.args["reason"]
            return (await desk.store.write(lambda tx: stages.demote(tx, desk, actor=action.source, reason=reason))).code
        if action.action == "drill_proposal":
            return (await desk.store.write(lambda tx: drills.practise(tx, desk, by))).code
        if action.action == "say":
            return await desk.store.write(lambda tx: _say(tx, desk, action, name))
        return f"unknown action {action.action}"
    except (ActionRefused, EngineError, KeyError, ValueError) as error:
        return f"refused: {error}"


def _say(tx: Transaction, desk: Desk, action: ManualActionRecord, agent: str) -> str:
    """Every operator is owed the agent's text, quoted; it carries no button and nothing is done with it."""
    # The name before the text keeps it from being read as a code of ours.
    text = f"{agent}: {action.args['text']}"
    alert(tx, desk, code="agent-said", level="info", key=f"agent:{action.action_id}", facts={"agent": agent}, detail=text)
    return "said"


def _side(action: ManualActionRecord) -> OptionType | None:
    return OptionType(action.args["side"]) if "side" in action.args else None


def _is_open(tx: Transaction, action: ManualActionRecord) -> bool:
    stored = tx.manual_action(action.action_id)
    return stored is not None and stored.done_at is None


async def _decide(desk: Desk, action: ManualActionRecord, *, by: Person, under_kill: int | None) -> str:
    proposal_id = int(action.args["proposal_id"])
    if not await desk.store.write(lambda tx: _claim(tx, desk, proposal_id, by=by)):
        return f"proposal {proposal_id} does not wait for an answer"
    if action.action == "approve":
        await approvals.complete(desk, proposal_id, by=by, under_kill=under_kill)
        record = await desk.store.read(lambda tx: tx.proposal(proposal_id))
        return (
            "approved"
            if record is not None and record.state in (ProposalState.EXECUTED, ProposalState.APPROVED)
            else "approved, not carried out: the card says why"
        )
    await desk.store.write(lambda tx: cards.reject(tx, desk, proposal_id, by=by))
    await desk.refresh_attention()
    return "rejected"


def _claim(tx: Transaction, desk: Desk, proposal_id: int, *, by: Person) -> bool:
    """True when the card waited, still in its time, and is now claimed."""
    record, now = tx.proposal(proposal_id), desk.now()
    return record is not None and record.expires_at > now and cards.claim_without_tap(tx, proposal_id, by=by, now=now)


async def _finish(desk: Desk, action: ManualActionRecord, result: str) -> None:
    await desk.store.write(lambda tx: _finished(tx, action, result, desk.now()))


def _finished(tx: Transaction, action: ManualActionRecord, result: str, now: datetime) -> None:
    if tx.finish_manual_action(action.action_id, result=result, now=now):
        body: dict[str, Json] = {"args": dict(action.args), "result": result}
        tx.audit(actor=action.source, type=f"manual.{action.action}", ref=f"action:{action.action_id}", body=body)
