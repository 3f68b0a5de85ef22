"""The inbox and the outbox: what came is handled once, what is owed is sent or accounted for."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

from engine.state.models import Inbox, Outbox, utc_text
from engine.state.records import InboxRecord, NewOutgoing, OutboxRecord
from engine.state.rows import Rows, columns, values_of

ATTEMPTS_MAX = 3

GIVE_UP = """
UPDATE inbox SET state = 'dead', outcome = 'gave up'
WHERE state = 'queued' AND attempts > ? AND update_id NOT IN (SELECT value FROM json_each(?))
"""

NEXT_UPDATE = """
UPDATE inbox SET attempts = attempts + 1 WHERE inbox_id = (
    SELECT inbox_id FROM inbox WHERE state = 'queued' AND update_id NOT IN (SELECT value FROM json_each(?)) ORDER BY inbox_id LIMIT 1)
RETURNING update_id
"""

# What a message tells of: the trade its proposal closes or led to.
_TRADE = """coalesce((SELECT trade_id FROM proposals WHERE proposal_id = {row}.proposal_id),
        (SELECT trade_id FROM trades WHERE proposal_id = {row}.proposal_id))"""

# A message waits for every earlier one of the same chat and priority, also while that one is being sent or retried; and for every
# earlier one of its own trade, whatever the priorities: nobody reads of a close before its fill. What is critical (0) waits for its like only.
CLAIM_OUTGOING = f"""
UPDATE outbox SET state = 'sending', attempts = attempts + 1 WHERE outbox_id = (
    SELECT o.outbox_id FROM outbox AS o
    WHERE o.state IN ('queued', 'sending', 'retry') AND (o.state = 'queued' OR (o.state = 'retry' AND o.not_before_at <= :now))
    AND NOT EXISTS (
        SELECT 1 FROM outbox AS earlier WHERE earlier.state IN ('queued', 'sending', 'retry')
        AND earlier.chat_id = o.chat_id AND earlier.outbox_id < o.outbox_id
        AND (earlier.priority = o.priority OR (o.priority > 0 AND earlier.proposal_id IS NOT NULL AND o.proposal_id IS NOT NULL
            AND (earlier.proposal_id = o.proposal_id OR {_TRADE.format(row="earlier")} = {_TRADE.format(row="o")}))))
    ORDER BY o.priority, o.outbox_id LIMIT 1)
RETURNING outbox_id
"""  # noqa: S608 -- constant text


class InboxRows(Rows):
    """Updates as they came, handled in that order by one worker."""

    def add_update(self, *, update_id: int, raw_json: str, callback_id: str | None, now: datetime) -> bool:
        """The update is stored; False when this update or this button press was stored before."""
        values = {"update_id": update_id, "raw_json": raw_json, "callback_id": callback_id, "received_at": now}
        return self._insert_new(Inbox, {**values, "state": "queued", "attempts": 0, "outcome": ""}) is not None

    def next_update(self, busy: frozenset[int] = frozenset()) -> InboxRecord | None:
        """The oldest update not done and not `busy` (in the worker's hands), its attempt counted.

        The attempt is counted before the work, so an update that crashes the process comes to its end too: after ATTEMPTS_MAX tries
        it is handed out once more, to be buried in words; where even that crashes it is dead and skipped.
        """
        in_hand = json.dumps(sorted(busy))
        self._sql(GIVE_UP, (ATTEMPTS_MAX, in_hand))
        found = self._sql(NEXT_UPDATE, (in_hand,))
        if not found:
            return None
        return self._first(InboxRecord, Inbox.select(*columns(Inbox, InboxRecord)).where(Inbox.update_id == found[0][0]))

    def finish_update(self, update_id: int, *, outcome: str, now: datetime) -> bool:
        """The update is done; False when it was not waiting."""
        waiting = (Inbox.update_id == update_id) & (Inbox.state == "queued")
        return self._change(Inbox.update(state="done", outcome=outcome, finished_at=now).where(waiting))

    def fail_update(self, update_id: int, *, error: str, now: datetime) -> bool:
        """The failure is noted; True when it was the last try and the update is dead."""
        waiting = (Inbox.update_id == update_id) & (Inbox.state == "queued")
        self._change(Inbox.update(outcome=error).where(waiting))
        return self._change(Inbox.update(state="dead", finished_at=now).where(waiting & (Inbox.attempts >= ATTEMPTS_MAX)))

    def max_update_id(self) -> int | None:
        """The number of the update stored last: the poll goes on after it.

        Not the largest: the chat service starts a new, possibly lower, series after a quiet week.
        """
        found = self._sql("SELECT update_id FROM inbox ORDER BY inbox_id DESC LIMIT 1")
        return int(found[0][0]) if found else None

    def inbox_dead(self) -> tuple[InboxRecord, ...]:
        """Updates given up on, oldest first."""
        return self._records(InboxRecord, Inbox.select(*columns(Inbox, InboxRecord)).where(Inbox.state == "dead").order_by(Inbox.inbox_id))


class OutboxRows(Rows):
    """Messages owed: claimed, sent, settled. Every instant here is the wall clock's."""

    def add_outgoing(self, outgoing: NewOutgoing, *, lasts: timedelta | None = None) -> int | None:
        """The message is owed from this wall-clock instant, for as long as it `lasts`; None when its dedupe key was stored before.

        A later edit of a card, or of any other message, replaces one still waiting.
        """
        now = self._context.clock.wall()
        values = values_of(outgoing) if lasts is None else {**values_of(outgoing), "not_after_at": now + lasts}
        number = self._insert_new(Outbox, {**values, "state": "queued", "attempts": 0, "created_at": now, "error": ""})
        if number is not None and outgoing.is_edit and outgoing.proposal_id is not None:
            self._sql(
                "UPDATE outbox SET state = 'dead', error = 'a later edit replaced it' WHERE is_edit = 1 AND proposal_id = ? AND chat_id = ?"
                " AND outbox_id < ? AND state IN ('queued', 'retry')",
                (outgoing.proposal_id, outgoing.chat_id, number),
            )
        if number is not None and outgoing.edits_message_id is not None:
            self._sql(
                "UPDATE outbox SET state = 'dead', error = 'a later edit replaced it' WHERE edits_message_id = ? AND chat_id = ?"
                " AND outbox_id < ? AND state IN ('queued', 'retry')",
                (outgoing.edits_message_id, outgoing.chat_id, number),
            )
        return number

    def take_expired(self, now: datetime) -> tuple[OutboxRecord, ...]:
        """The messages past their time by the wall, oldest first; they are dead now."""
        late = Outbox.state.in_(("queued", "retry")) & (Outbox.not_after_at <= now)
        found = self._records(OutboxRecord, Outbox.select(*columns(Outbox, OutboxRecord)).where(late).order_by(Outbox.outbox_id))
        if found:
            self._change(Outbox.update(state="dead", error="expired").where(late))
        return found

    def replace_waiting(self, chat_id: int, kind: str) -> OutboxRecord | None:
        """The message of this kind that waits for the chat, which will not go any more: the caller says it anew. None when none waits."""
        waiting = Outbox.state.in_(("queued", "retry")) & (Outbox.chat_id == chat_id) & (Outbox.kind == kind)
        found = self._first(OutboxRecord, Outbox.select(*columns(Outbox, OutboxRecord)).where(waiting))
        if found is not None:
            self._change(Outbox.update(state="dead", error="a later one replaced it").where(Outbox.outbox_id == found.outbox_id))
        return found

    def is_owed(self, dedupe_key: str) -> bool:
        """True when a message of this key was stored, whatever became of it."""
        return bool(self._sql("SELECT 1 FROM outbox WHERE dedupe_key = ?", (dedupe_key,)))

    def standing(self, dedupe_key: str) -> int | None:
        """The number under which the message of this key stands in its chat; None while, or where, it does not."""
        found = self._sql("SELECT message_id FROM outbox WHERE dedupe_key = ? AND state = 'sent'", (dedupe_key,))
        return None if not found or found[0][0] is None else int(found[0][0])

    def claim_outgoing(self, now: datetime) -> OutboxRecord | None:
        """The most urgent message that may go now is ours to send; None when none may.

        Lower priority numbers first, then age; within a chat and priority the order of arrival holds. Expired ones are dead.
        """
        stamp = utc_text(now)
        self._sql("UPDATE outbox SET state = 'dead', error = 'expired' WHERE state IN ('queued', 'retry') AND not_after_at <= ?", (stamp,))
        found = list(self._database.connection().execute(CLAIM_OUTGOING, {"now": stamp}))
        return self.outgoing(found[0][0]) if found else None

    def outgoing(self, outbox_id: int) -> OutboxRecord | None:
        return self._first(OutboxRecord, Outbox.select(*columns(Outbox, OutboxRecord)).where(Outbox.outbox_id == outbox_id))

    def settle_sent(self, outbox_id: int, *, message_id: int) -> bool:
        """The message is sent, and the card attempt of this sending knows it; False when it was not being sent.

        An earlier attempt of the same row may have reached the chat as a message nobody
        told us of: it stays without one, and the first good tap on it records it.
        """
        settled = self._settle(outbox_id, {"state": "sent", "message_id": message_id, "error": ""})
        if settled:
            newest = "SELECT max(rowid) FROM cards WHERE outbox_id = ?"
            self._sql(f"UPDATE cards SET message_id = ? WHERE rowid = ({newest}) AND message_id IS NULL AND is_void = 0", (message_id, outbox_id))  # noqa: S608 -- constants
        return settled

    def settle_retry(self, outbox_id: int, *, not_before: datetime, error: str) -> bool:
        """The message goes again at `not_before`; False when it was not being sent."""
        return self._settle(outbox_id, {"state": "retry", "not_before_at": not_before, "error": error})

    def settle_dead(self, outbox_id: int, *, error: str, ambiguous: bool) -> bool:
        """The message will not go again; `ambiguous` when it may have arrived. False when it was not being sent."""
        return self._settle(outbox_id, {"state": "ambiguous" if ambiguous else "dead", "error": error})

    def outbox_depth(self) -> tuple[int, datetime | None]:
        """(messages still owed, when the oldest of them was made)."""
        count, oldest = self._sql("SELECT count(*), min(created_at) FROM outbox WHERE state IN ('queued', 'sending', 'retry')")[0]
        return int(count), None if oldest is None else datetime.fromisoformat(oldest)

    def last_sent_at(self, kind: str) -> datetime | None:
        """When the newest message of this kind that has arrived was made, by the wall clock; None when none has."""
        (made_at,) = self._sql("SELECT max(created_at) FROM outbox WHERE kind = ? AND state = 'sent'", (kind,))[0]
        return None if made_at is None else datetime.fromisoformat(made_at)

    def sent_as(self, chat_id: int, message_id: int) -> OutboxRecord | None:
        """What stands in the chat under this number: the message, or the newest edit of it; None when we sent none such."""
        query = Outbox.select(*columns(Outbox, OutboxRecord)).where((Outbox.chat_id == chat_id) & (Outbox.message_id == message_id))
        return self._first(OutboxRecord, query.order_by(Outbox.outbox_id.desc()).limit(1))

    def last_of_card(self, proposal_id: int, kind: str) -> str | None:
        """What the newest message of this kind that the proposal's card became holds; None when there was none."""
        query = Outbox.select(*columns(Outbox, OutboxRecord)).where((Outbox.proposal_id == proposal_id) & (Outbox.kind == kind))
        found = self._first(OutboxRecord, query.order_by(Outbox.outbox_id.desc()).limit(1))
        return None if found is None else found.payload_json

    def recover_sending(self, now: datetime) -> tuple[int, ...]:
        """What a crash left in sending is settled: cards and edits go again, every other message is ambiguous, stays, and is returned.

        A card sent twice is safe, its answer lives in the database; an edit sent twice changes nothing; an alarm is better said twice
        than lost; other information is not repeated.
        """
        repeatable = "(is_edit = 1 OR edits_message_id IS NOT NULL OR alarm_id IS NOT NULL OR outbox_id IN (SELECT outbox_id FROM cards))"
        again = self._sql(f"SELECT outbox_id FROM outbox WHERE state = 'sending' AND {repeatable} ORDER BY outbox_id")  # noqa: S608 -- constant text
        rest = self._sql(f"SELECT outbox_id FROM outbox WHERE state = 'sending' AND NOT {repeatable} ORDER BY outbox_id")  # noqa: S608 -- constant text
        for (outbox_id,) in again:
            self.settle_retry(outbox_id, not_before=now, error="possible duplicate: the program ended while sending")
        for (outbox_id,) in rest:
            self.settle_dead(outbox_id, error="the program ended while sending", ambiguous=True)
        return tuple(outbox_id for (outbox_id,) in rest)

    def _settle(self, outbox_id: int, changes: dict[str, object]) -> bool:
        return self._change(Outbox.update(**changes).where((Outbox.outbox_id == outbox_id) & (Outbox.state == "sending")))
