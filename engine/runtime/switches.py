"""HOLD and KILL: what a person or a trigger sets, and what only a person lifts."""

from __future__ import annotations

from engine.errors import ActionRefused, InvariantBroken
from engine.execution.cancelling import cancel_everything
from engine.notices import AlertNotice, Level
from engine.runtime import alarms, cards
from engine.runtime.book import BREAKER_RESET_KEY
from engine.runtime.breakers import BREAKER_HOLDS
from engine.runtime.desk import Desk
from engine.runtime.notify import Priority, post
from engine.runtime.under_kill import void_earlier_words
from engine.runtime.waiting_entries import settle_entries
from engine.safety.kill_switch import AUTOMATIC, OPERATOR_HOLD
from engine.safety.restore import RESTORED_HOLD
from engine.state.repository import Transaction
from engine.views import ActionResult, Person

INVARIANT = "invariant broken"
"""The first words of the reason where an impossible state killed."""

DISARM_ANSWERS = {"not-armed": "disarm-not-armed", "wrong-phrase": "disarm-wrong-phrase", "no-reason": "disarm-no-reason", "killed-again": "killed-again"}

DRAWDOWN_HOLD = "drawdown"
CHAT_HOLDS = frozenset({"telegram", "telegram_chat", "telegram-silent"})
"""Holds the chat may be unable to tell: token refused, a second receiver, a closed chat, silence."""


async def kill(desk: Desk, by: Person, reason: str) -> ActionResult:
    """All three latches are set, waiting entries are settled, what was pressed before is void, and the answer lists what stays open."""
    now = desk.now()
    desk.kill_switch.latch(reason, cards.actor_of(by), now)
    _cancel_what_works(desk)

    def work(tx: Transaction) -> ActionResult:
        was_recorded = tx.kill_row().armed
        desk.kill_switch.adopt(tx, now=now)
        if not was_recorded:
            void_earlier_words(tx, desk)
            _tell_the_others(tx, desk, by, code="killed-by", level="critical", facts={"reason": reason})
        settled = settle_entries(tx, desk, result="killed", by=by)
        open_ids = [str(trade.trade_id) for trade in tx.open_trades()]
        facts = {"reason": reason, "settled": str(settled), "open": str(len(open_ids)), "ids": ", ".join(open_ids)}
        return ActionResult(code="already-killed" if was_recorded else "killed", ok=True, facts=facts)

    result = await desk.store.write(work)
    await desk.refresh_attention()
    return result


def _cancel_what_works(desk: Desk) -> None:
    """The venue is asked at once to end every order; the answer is waited for elsewhere."""
    if desk.orders is not None:
        desk.spawn(cancel_everything(desk.orders))


async def trip(desk: Desk, broken: InvariantBroken) -> None:
    """An impossible state has killed the engine."""
    await kill_automatically(desk, f"{INVARIANT}: {broken}")


async def kill_automatically(desk: Desk, reason: str) -> None:
    """The engine has killed itself: the latch first, then the record and the words. The reason of a kill that stands already stays."""
    desk.kill_switch.latch(reason, AUTOMATIC, desk.now())
    _cancel_what_works(desk)
    await record_kill(desk, code="kill")


async def record_kill(desk: Desk, *, code: str) -> None:
    """A latch that was set is on record, entries are settled and everybody is told once, by the alert `code`."""
    now = desk.now()

    def work(tx: Transaction) -> None:
        was_recorded = tx.kill_row().armed
        desk.kill_switch.adopt(tx, now=now)
        settle_entries(tx, desk, result="killed", by=None)
        if not was_recorded:
            void_earlier_words(tx, desk)
            facts = {"reason": desk.kill_switch.reason()}
            cards.alert(tx, desk, code=code, level="critical", key=f"{code}:{tx.head().seq}", facts=facts)

    await desk.store.write(work)
    await desk.refresh_attention()


async def disarm(desk: Desk, by: Person, phrase: str, reason: str) -> ActionResult:
    """The kill switch is lifted into HOLD; entries stay held until a person resumes."""
    try:
        await desk.kill_switch.disarm(desk.store, phrase=phrase, source=cards.actor_of(by), reason=reason, now=desk.now())
    except ActionRefused as refusal:
        return ActionResult(code=DISARM_ANSWERS[refusal.code], ok=False)
    # Whoever lifts the switch has looked at what set it: a burst of strangers is counted anew.
    desk.pulse.strange_taps.clear()

    def work(tx: Transaction) -> None:
        alarms.end_of_kill(tx, desk)
        _tell_the_others(tx, desk, by, code="disarmed-by", level="warning", facts={"reason": reason})

    await desk.store.write(work)
    return ActionResult(code="disarmed", ok=True, facts={"reason": reason})


async def pause(desk: Desk, by: Person, reason: str) -> ActionResult:
    """No new entries until `/resume`; waiting entry cards are settled in words."""
    now = desk.now()

    def work(tx: Transaction) -> ActionResult:
        if not tx.add_hold(OPERATOR_HOLD, reason, now):
            return ActionResult(code="already-paused", ok=True)
        tx.audit(actor=cards.actor_of(by), type="hold.set", ref=OPERATOR_HOLD, body={"reason": reason, "source": by.source})
        _tell_the_others(tx, desk, by, code="paused-by", level="warning", facts={"reason": reason})
        settled = settle_entries(tx, desk, result="refused", by=by, held_by=OPERATOR_HOLD)
        return ActionResult(code="paused", ok=True, facts={"reason": reason, "settled": str(settled)})

    result = await desk.store.write(work)
    await desk.refresh_attention()
    return result


async def resume(desk: Desk, by: Person) -> ActionResult:
    """The operator's hold, the one after a restore and every tripped breaker are lifted and named; a hold whose cause is still there stays.

    Losses and drawdown are counted anew from here, so that a hold for the drawdown can end too.
    """
    now = desk.now()

    def work(tx: Transaction) -> ActionResult:
        if desk.is_killed(tx):
            return ActionResult(code="resume-killed", ok=False)
        stood = [hold.code for hold in tx.holds()]
        lifted = [code for code in stood if code in (OPERATOR_HOLD, RESTORED_HOLD, *BREAKER_HOLDS) and tx.remove_hold(code)]
        if any(code in (*BREAKER_HOLDS, DRAWDOWN_HOLD) for code in stood):
            tx.set_meta(BREAKER_RESET_KEY, now.isoformat())
        remaining = ", ".join(hold.code for hold in tx.holds())
        if not lifted:
            if DRAWDOWN_HOLD not in stood:
                return ActionResult(code="resume-nothing", ok=False, facts={"holds": remaining})
            tx.audit(actor=cards.actor_of(by), type="hold.counted_anew", ref=DRAWDOWN_HOLD, body={"source": by.source}, anchor=True)
            return ActionResult(code="drawdown-anew", ok=True, facts={"holds": remaining})
        tx.audit(actor=cards.actor_of(by), type="hold.lifted", ref=",".join(lifted), body={"lifted": lifted, "source": by.source}, anchor=True)
        for code in lifted:
            alarms.end_of_hold(tx, desk, code)
        _tell_the_others(tx, desk, by, code="resumed-by", level="warning", facts={"holds": ",".join(lifted)})
        return ActionResult(code="resumed-held" if remaining else "resumed", ok=True, facts={"lifted": ", ".join(lifted), "holds": remaining})

    return await desk.store.write(work)


async def hold(desk: Desk, code: str, detail: str) -> None:
    """A trigger holds new entries until its cause is gone; the operator is told once.

    Where the chat itself is in trouble the second path is told first: the store may hang as well.
    """
    if code in CHAT_HOLDS:
        desk.tell_elsewhere(code, AlertNotice(env=desk.env, code="hold", level="critical", at=desk.clock.wall(), facts={"hold": code}, detail=detail))

    facts = {"hold": code, "minutes": f"{desk.rules.triggers.hold.clear_after_s / 60:g}"}

    def work(tx: Transaction) -> None:
        if tx.add_hold(code, detail, desk.now()):
            head = tx.audit(actor="engine", type="hold.set", ref=code, body={"detail": detail})
            cards.alert(tx, desk, code="hold", level="critical", key=f"hold:{code}:{head.seq}", facts=facts, detail=detail)
            settle_entries(tx, desk, result="refused", by=None, held_by=code)

    await desk.store.write(work)
    await desk.refresh_attention()


async def release(desk: Desk, code: str) -> None:
    """The trigger's hold is lifted because its cause is gone, and the operator is told what still holds."""

    def work(tx: Transaction) -> None:
        if tx.remove_hold(code):
            head = tx.audit(actor="engine", type="hold.lifted", ref=code, body={"lifted": [code], "source": AUTOMATIC})
            alarms.end_of_hold(tx, desk, code)
            stops = ["kill"] * desk.is_killed(tx) + [hold.code for hold in tx.holds()]
            facts = {"hold": code, "holds": ",".join(stops)}
            cards.alert(tx, desk, code="hold-lifted-held" if stops else "hold-lifted", level="info", key=f"lifted:{code}:{head.seq}", facts=facts)

    await desk.store.write(work)
    if desk.second_path is not None:
        desk.second_path.end_of(code)


def _tell_the_others(tx: Transaction, desk: Desk, by: Person, *, code: str, level: Level, facts: dict[str, str]) -> None:
    """Who turned the switch and why is owed to every operator; whoever did it in the chat has the answer already."""
    notice = AlertNotice(env=desk.env, code=code, level=level, at=desk.now(), facts={"who": by.name, **facts})
    priority = Priority.CRITICAL if level == "critical" else Priority.NEWS
    asked_in_chat = by.user_id if by.source == "chat" else None
    post(tx, notice, dedupe_key=f"alert:{code}:{tx.head().seq}", priority=priority, skip_user_id=asked_in_chat)
