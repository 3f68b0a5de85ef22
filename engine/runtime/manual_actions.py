"""Carries out what was asked from the command line of a running engine, each audited with its source."""

from __future__ import annotations

import structlog

from engine.core.lifecycle import ProposalState
from engine.core.model import OptionType
from engine.errors import ActionRefused, EngineError
from engine.runtime import approvals, cards, close_all, drills, force_close, orchestrator, stages, switches
from engine.runtime.cards import alert
from engine.runtime.desk import Desk
from engine.runtime.under_kill import KILLED_FIRST
from engine.state.records import ManualActionRecord
from engine.state.repository import Json, Transaction
from engine.views import Person

log = structlog.get_logger(__name__)

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
        result = "refused: other programs ask too much at once" if is_flood else await _carry_out(desk, action)
        log.info("manual_action.done", action=action.action, source=action.source, result=result)
        await _finish(desk, action, result)


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
    def work(tx: Transaction) -> None:
        if tx.finish_manual_action(action.action_id, result=result, now=desk.now()):
            body: dict[str, Json] = {"args": dict(action.args), "result": result}
            tx.audit(actor=action.source, type=f"manual.{action.action}", ref=f"action:{action.action_id}", body=body)

    await desk.store.write(work)
