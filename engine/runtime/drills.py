"""Drills asked in the chat or from the command line of a running engine.

Rules of this file: a practice card is no proposal, so nothing that places orders can ever find it; only the newest one counts, once.
"""

from __future__ import annotations

import asyncio
import json
from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime, timedelta

from engine.clock import Clock
from engine.errors import ActionRefused, ConfigError
from engine.home import Home
from engine.notices import AlertNotice, PracticeCard, encode_notice
from engine.runtime import cards
from engine.runtime.desk import Desk
from engine.runtime.notify import Priority
from engine.safety.drill import drill_restore
from engine.safety.exercise import Exercise, exercise
from engine.safety.outside_chat import try_ways
from engine.state.records import NewOutgoing
from engine.state.repository import Json, Transaction, new_nonce
from engine.views import ActionResult, Person, Tap

KEY = "drill.proposal"
VALID_FOR = timedelta(minutes=15)
CHOICES = ("yes", "no")
SENT_REMEMBERED_MAX = 100


class DrillRoom:
    """Drills of one run; when a message was sent is known for the last ones only."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._sent_at: OrderedDict[int, datetime] = OrderedDict()

    def note_sent(self, outbox_id: int) -> None:
        """The message is in its chat from now on."""
        self._sent_at[outbox_id] = self._desk.clock.wall()
        if len(self._sent_at) > SENT_REMEMBERED_MAX:
            self._sent_at.popitem(last=False)

    async def run(self, name: str, by: Person) -> ActionResult:
        home, clock = self._desk.home, self._desk.clock
        if home is None:
            raise ActionRefused("drill-no-home")
        done = await asyncio.to_thread(self._exercise(name, home, clock))
        body: dict[str, Json] = {"ok": done.ok, "took_s": done.took_s, "problem": done.problem}
        await self._desk.store.write(lambda tx: tx.audit(actor=cards.actor_of(by), type=f"drill.{name}", ref="drill", body=body))
        facts = {"drill": name, "took": f"{done.took_s:.2f}", "detail": done.problem}
        return ActionResult(code="drill-ok" if done.ok else "drill-not-ok", ok=done.ok, facts=facts)

    def _exercise(self, name: str, home: Home, clock: Clock) -> Callable[[], Exercise]:
        if name in ("kill", "dead-man"):
            return lambda: exercise(name, home, clock=clock)
        return (lambda: _restored(home, clock)) if name == "restore" else (lambda: self._told_elsewhere(home))

    def _told_elsewhere(self, home: Home) -> Exercise:
        desk = self._desk
        words = desk.say(AlertNotice(env=desk.env, code="drill-second-path", level="info", at=desk.clock.wall()))
        try:
            problem, _ = try_ways(home, words)
        except ConfigError as error:
            problem = str(error)
        return Exercise(name="second-path", took_s=0.0, problem=problem)

    async def practise(self, by: Person) -> ActionResult:
        return await self._desk.store.write(lambda tx: practise(tx, self._desk, by))

    async def answer(self, tap: Tap, *, choice: str, received_at: datetime) -> ActionResult:
        now = self._desk.clock.wall()

        def work(tx: Transaction) -> ActionResult:
            stored = tx.get_meta(KEY)
            card = {} if stored is None else json.loads(stored)
            sent = tx.sent_as(tap.chat_id, tap.message_id)
            is_it = card == {**card, "number": tap.proposal_id, "nonce": tap.nonce, "user_id": tap.person.user_id} and tap.chat_id == tap.person.user_id
            if not card or not is_it or choice not in CHOICES or sent is None or now > datetime.fromisoformat(card["until"]):
                tx.audit(actor=cards.actor_of(tap.person), type="tap.refused", ref=f"practice:{tap.proposal_id}", body={"why": "no open practice card"})
                return ActionResult(code="drill-over", ok=False, facts={"id": str(tap.proposal_id)})
            arrived_at = self._sent_at.get(sent.outbox_id)
            delivery = None if arrived_at is None else (arrived_at - datetime.fromisoformat(card["owed"])).total_seconds()
            tap_s = (now - received_at).total_seconds()
            tx.set_meta(KEY, "{}")
            body: dict[str, Json] = {"choice": choice, "delivery_s": delivery, "tap_s": tap_s, "orders": 0}
            tx.audit(actor=cards.actor_of(tap.person), type=KEY, ref=f"practice:{tap.proposal_id}", body=body)
            facts = {"id": str(tap.proposal_id), "delivery": "" if delivery is None else f"{delivery:.2f}", "tap": f"{tap_s:.2f}"}
            return ActionResult(code="drill-proposal-done", ok=True, facts=facts)

        return await self._desk.store.write(work)


def practise(tx: Transaction, desk: Desk, by: Person) -> ActionResult:
    """A practice card with a nonce of its own is owed to the person, or from the command line to the first admin. Raises ActionRefused without one."""
    readers = [operator for operator in tx.operators() if operator.user_id == by.user_id or (by.source == "cli" and operator.role == "admin")]
    if not readers:
        raise ActionRefused("drill-nobody")
    reader, nonce, now = readers[0], new_nonce(), desk.clock.wall()
    number = tx.audit(actor=cards.actor_of(by), type=f"{KEY}.asked", ref="drill", body={"to": reader.user_id}).seq
    until = now + VALID_FOR
    tx.set_meta(KEY, json.dumps({"number": number, "nonce": nonce, "user_id": reader.user_id, "owed": now.isoformat(), "until": until.isoformat()}))
    kind, payload_json = encode_notice(PracticeCard(env=desk.env, number=number, nonce=nonce, at=now, expires_at=until))
    key = f"practice:{number}@{reader.chat_id}"
    tx.add_outgoing(NewOutgoing(chat_id=reader.chat_id, kind=kind, payload_json=payload_json, dedupe_key=key, priority=Priority.CARD), lasts=VALID_FOR)
    return ActionResult(code="drill-proposal-asked", ok=True, facts={"id": str(number)})


def _restored(home: Home, clock: Clock) -> Exercise:
    done = drill_restore(home, clock=clock)
    return Exercise(name="restore", took_s=done.took_s, problem=done.problem)
