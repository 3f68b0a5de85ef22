"""From a tap to a settled card: claim, re-quote, gates again, then the intent or the reason why not.

Rules of this file: one changed row is the only permission to act; the kill switch
is read again right before anything is filled; every path settles the card in words.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta

import structlog

from engine.core.entry_variants import Variant
from engine.core.lifecycle import ProposalState
from engine.core.model import Stage
from engine.errors import EngineError, InvariantBroken
from engine.runtime import cards, entry_approval, entry_variants, exit_approval, switches
from engine.runtime.desk import Desk
from engine.state.records import ProposalRecord
from engine.state.repository import ClaimCode, ClaimOutcome, Json, Transaction
from engine.views import ActionResult, Person, Tap

log = structlog.get_logger(__name__)

CLAIM_ANSWERS: Mapping[ClaimCode, str] = {
    ClaimCode.ALREADY_DECIDED: "already-decided",
    ClaimCode.EXPIRED: "card-expired",
    ClaimCode.SUPERSEDED: "card-superseded",
    ClaimCode.UNKNOWN_NONCE: "card-unknown",
    ClaimCode.WRONG_MESSAGE: "card-unknown",
    ClaimCode.VOID_NONCE: "card-stale",
}
"""How the store's refusal of a tap is told to the person."""

OFFERED: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("entry", "none"): ("approve", "reject", "half", "wider", "next"),
    ("exit", "soft"): ("close", "keep"),
    ("exit", "hard"): ("close",),
}
"""The answers a card offers, by its kind and urgency: nobody is asked whether a hard exit may stay."""


CONFIRM_KIND = "confirm"
CONFIRM_FOR = timedelta(seconds=60)
REVISIONS_MAX = 12
"""How often one card may be asked for otherwise."""


async def approve(desk: Desk, tap: Tap, *, is_confirmed: bool = False) -> ActionResult:
    """The card is claimed for `tap` and its gates run again in the background, or the answer says why not.

    In a live stage the first yes to an entry asks for a second tap: `is_confirmed` is that one.
    """
    if desk.stage is not Stage.PAPER and tap.verb == "approve" and not is_confirmed:
        return await desk.store.write(lambda tx: _ask_to_confirm(tx, desk, tap))
    claimed, under_kill = await _claim(desk, tap)
    if not claimed.ok:
        return claimed
    desk.spawn(complete(desk, tap.proposal_id, by=tap.person, under_kill=under_kill))
    return ActionResult(code="approve-claimed", ok=True, facts={"id": str(tap.proposal_id)})


async def vary(desk: Desk, tap: Tap, variant: Variant) -> ActionResult:
    """The card is claimed and asks for the variant soon, on new buttons, or the answer says why not."""
    record = await desk.store.read(lambda tx: tx.proposal(tap.proposal_id))
    if record is not None and record.revision >= REVISIONS_MAX:
        return await desk.store.write(lambda tx: turned_down(tx, tap, "variants-enough"))
    claimed, _ = await _claim(desk, tap)
    if not claimed.ok:
        return claimed
    desk.spawn(_guarded(desk, tap.proposal_id, lambda claimed_record: entry_variants.ask(desk, claimed_record, variant)))
    return ActionResult(code="variant-asked", ok=True, facts={"id": str(tap.proposal_id)})


async def reject(desk: Desk, tap: Tap) -> ActionResult:
    """The card is settled as rejected, or the answer says why the tap changed nothing."""
    claimed, _ = await _claim(desk, tap)
    if not claimed.ok:
        return claimed
    await desk.store.write(lambda tx: cards.reject(tx, desk, tap.proposal_id, by=tap.person))
    await desk.refresh_attention()
    return ActionResult(code="rejected", ok=True, facts={"id": str(tap.proposal_id)})


async def postpone(desk: Desk, tap: Tap) -> ActionResult:
    """The deadline of an exit is 30 minutes later, once: a hard one then runs as written, a soft one lapses and is asked again."""

    def work(tx: Transaction) -> ActionResult:
        valid = valid_tap(tx, tap, desk.now())
        record = tx.proposal(tap.proposal_id)
        if not valid.ok or record is None:
            return valid
        if record.postponed or record.kind != "exit":
            return turned_down(tx, tap, "postpone-used")
        until = cards.put_off(tx, desk, record)
        if until is None:
            return turned_down(tx, tap, "postpone-too-late")
        tx.audit(actor=cards.actor_of(tap.person), type="card.postponed", ref=f"proposal:{tap.proposal_id}", body={"until": until.isoformat()})
        return ActionResult(code="postponed", ok=True, facts={"id": str(tap.proposal_id), "at": f"{until:%H:%M} UTC"})

    return await desk.store.write(work)


async def decide_by_policy(desk: Desk, proposal_id: int, *, approve_it: bool, policy: str) -> None:
    """The card is answered by a written policy (replay and demo only) exactly as by a person."""
    by = Person(user_id=0, name=policy, source="policy")
    if not await desk.store.write(lambda tx: cards.claim_without_tap(tx, proposal_id, by=by, now=desk.now())):
        return
    if approve_it:
        await complete(desk, proposal_id, by=by)
    else:
        await desk.store.write(lambda tx: cards.reject(tx, desk, proposal_id, by=by))
        await desk.refresh_attention()


async def complete(desk: Desk, proposal_id: int, *, by: Person, under_kill: int | None = None) -> None:
    """A claimed card reaches its outcome: executed, refused, asked again or not placed.

    `under_kill` is the kill on record when the answer was given: under KILL only an answer given under that very kill closes a trade.
    """
    await _guarded(desk, proposal_id, lambda record: _act_on(desk, record, by=by, under_kill=under_kill))


async def _guarded(desk: Desk, proposal_id: int, work: Callable[[ProposalRecord], Awaitable[None]]) -> None:
    """`work` was done on the claimed card, or the card waits again and says what failed."""
    async with desk.cycle():
        record = await desk.store.read(lambda tx: tx.proposal(proposal_id))
        if record is None or record.state is not ProposalState.CLAIMED:
            # Superseded or settled while the answer waited for its turn.
            return
        try:
            await work(record)
        except InvariantBroken as broken:
            await _give_back(desk, proposal_id, str(broken))
            await switches.trip(desk, broken)
        except EngineError as error:
            await _give_back(desk, proposal_id, str(error))
        except Exception as unexpected:  # a mistake of ours must not leave the card claimed for ever
            log.exception("approval.crashed", proposal_id=proposal_id)
            await _give_back(desk, proposal_id, f"{type(unexpected).__name__}: {unexpected}")
    await desk.refresh_attention()


async def _act_on(desk: Desk, record: ProposalRecord, *, by: Person, under_kill: int | None) -> None:
    if record.kind == "entry":
        await entry_approval.complete(desk, record, by=by)
    else:
        await exit_approval.complete(desk, record, by=by, under_kill=under_kill)


async def _give_back(desk: Desk, proposal_id: int, why: str) -> None:
    log.error("approval.failed", proposal_id=proposal_id, error=why)
    await desk.store.write(lambda tx: cards.give_back(tx, desk, proposal_id, why=why))


async def expire_due(desk: Desk) -> None:
    """No card waits past its deadline: entries lapse, soft exits lapse, hard exits run as written."""
    now = desk.now()
    due = [r for r in await desk.store.read(lambda tx: tx.pending_proposals()) if r.expires_at <= now and r.state is ProposalState.PENDING]
    for record in due:
        if record.kind == "exit" and record.urgency == "hard" and desk.rules.approval.hard_exit_on_timeout == "auto_execute":
            await _run_hard_exit(desk, record)
        else:
            await _expire(desk, record.proposal_id)
    if due:
        await desk.refresh_attention()


async def _expire(desk: Desk, proposal_id: int) -> None:
    # A monitor that is under way holds the trade's counters in its hands.
    async with desk.lock:
        await desk.store.write(lambda tx: cards.expire(tx, desk, proposal_id))


async def _run_hard_exit(desk: Desk, record: ProposalRecord) -> None:
    by = Person(user_id=0, name="written-policy", source="policy")
    if await desk.store.read(desk.is_killed):
        # Under KILL nothing goes out by itself: the card stays open for a tap and says so.
        await desk.store.write(lambda tx: cards.alarm_killed_exit(tx, desk, record))
        return
    if await desk.store.write(lambda tx: cards.claim_without_tap(tx, record.proposal_id, by=by, now=desk.now())):
        await complete(desk, record.proposal_id, by=by)


async def _claim(desk: Desk, tap: Tap) -> tuple[ActionResult, int | None]:
    """What came of the tap, and the kill on record when it did."""
    now = desk.now()

    def work(tx: Transaction) -> ActionResult:
        record = tx.proposal(tap.proposal_id)
        if record is not None and record.kind == "entry" and tap.verb == "approve" and desk.is_killed(tx):
            _audit_tap(tx, tap, type_="tap.refused", outcome="killed")
            return ActionResult(code="killed-no-entry", ok=False)
        if record is not None and tap.verb not in OFFERED[record.kind, record.urgency]:
            _audit_tap(tx, tap, type_="tap.refused", outcome="not_offered")
            return ActionResult(code="card-unknown", ok=False, facts={"id": str(tap.proposal_id)})
        actor = cards.actor_of(tap.person)
        outcome = tx.claim_proposal(proposal_id=tap.proposal_id, nonce=tap.nonce, chat_id=tap.chat_id, message_id=tap.message_id, user=actor, now=now)
        _audit_tap(tx, tap, type_="tap.accepted" if outcome.is_claimed else "tap.refused", outcome=outcome.code.value)
        return _answer(outcome, tap)

    return await desk.store.write(lambda tx: (work(tx), desk.kill_switch.recorded_as(tx)))


def _audit_tap(tx: Transaction, tap: Tap, *, type_: str, outcome: str) -> None:
    body: dict[str, Json] = {"verb": tap.verb, "outcome": outcome, "message_id": tap.message_id}
    tx.audit(actor=cards.actor_of(tap.person), type=type_, ref=f"proposal:{tap.proposal_id}", body=body)


def valid_tap(tx: Transaction, tap: Tap, now: datetime) -> ActionResult:
    outcome = tx.check_tap(proposal_id=tap.proposal_id, nonce=tap.nonce, chat_id=tap.chat_id, message_id=tap.message_id, now=now)
    if outcome.code is ClaimCode.VALID:
        return ActionResult(code="tap-valid", ok=True, facts={"id": str(tap.proposal_id)})
    _audit_tap(tx, tap, type_="tap.refused", outcome=outcome.code.value)
    return _answer(outcome, tap)


def _ask_to_confirm(tx: Transaction, desk: Desk, tap: Tap) -> ActionResult:
    """A sound first tap leads to the question whether it is meant, good for a minute and for this very card."""
    valid = valid_tap(tx, tap, desk.now())
    if not valid.ok:
        return valid
    nonce = tx.add_action_nonce(
        kind=CONFIRM_KIND,
        ref=f"{tap.proposal_id} {tap.nonce} {tap.message_id}",
        user_id=tap.person.user_id,
        chat_id=tap.chat_id,
        valid_until=desk.clock.wall() + CONFIRM_FOR,
    )
    _audit_tap(tx, tap, type_="tap.accepted", outcome="to_be_confirmed")
    return ActionResult(code="confirm-asked", ok=True, facts={"id": str(tap.proposal_id), "nonce": nonce})


def turned_down(tx: Transaction, tap: Tap, code: str) -> ActionResult:
    """The tap cannot have what it asks for; the chain says so too."""
    _audit_tap(tx, tap, type_="tap.refused", outcome=code)
    return ActionResult(code=code, ok=False, facts={"id": str(tap.proposal_id)})


def _answer(outcome: ClaimOutcome, tap: Tap) -> ActionResult:
    if outcome.is_claimed:
        return ActionResult(code="approve-claimed", ok=True, facts={"id": str(tap.proposal_id)})
    facts = {"id": str(tap.proposal_id)}
    if outcome.decided_at is not None:
        facts["at"] = f"{outcome.decided_at:%H:%M} UTC"
    facts["who"] = outcome.decided_by if outcome.decided_by is not None else "-"
    facts["state"] = outcome.state.value if outcome.state is not None else "-"
    return ActionResult(code=CLAIM_ANSWERS[outcome.code], ok=False, facts=facts)
