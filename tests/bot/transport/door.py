"""The delivery half of the engine's door over the real store, with a switch for each way it can misbehave."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

from engine.api import InboxItem, NewMessage, Operator, OutboxItem, Person
from engine.clock import SystemClock
from engine.errors import StateError
from engine.state.records import NewOutgoing, OperatorRecord
from engine.state.store import Store
from engine.state.transaction import Transaction
from engine.views import ActionResult
from tests.bot.fake_people import FakePeople

ADA, BEA, VIC, STRANGER = 1001, 1002, 1003, 6666
NONCE = "AAAAAAAAAAAAAAAA"


class StoreDoor:
    """What a transport needs of the engine; `is_free` cleared keeps store calls waiting, `failures` makes the named ones fail."""

    def __init__(self, path: Path) -> None:
        self.store = Store.open(path, origin="demo", clock=SystemClock(), boot="test")
        self.kills: list[tuple[Person, str]] = []
        self.strangers: list[tuple[int, str]] = []
        self.polls = 0
        self.strange_taps = 0
        self.polling_began = False
        self.outcomes: dict[int, str] = {}
        self.people = FakePeople(lambda _name, _asked: None)
        self.people.answer = ActionResult(code="pair-refused", ok=False)
        self.is_free = asyncio.Event()
        self.is_free.set()
        self.failures: dict[str, int] = {}
        self.told_holds: dict[str, str] = {}
        self.card_kinds = {"entry_card"}
        self.edits: dict[str, tuple[int, ...]] = {}
        for user_id, role, language in ((ADA, "admin", "en"), (BEA, "approver", "it"), (VIC, "viewer", "en")):
            record = OperatorRecord(user_id=user_id, chat_id=user_id, role=role, language=language)
            self.store.write_sync(lambda tx, record=record: tx.upsert_operator(record))
        self.store.write_sync(lambda tx: tx.recover_sending(SystemClock().wall()))

    def close(self) -> None:
        self.store.close()

    def _fail_if_told(self, name: str) -> None:
        if self.failures.get(name, 0) > 0:
            self.failures[name] -= 1
            raise StateError(f"{name}: the disk said no")

    def latch_kill(self, by: Person, reason: str) -> None:
        self.kills.append((by, reason))

    async def operator(self, user_id: int) -> Operator | None:
        return next((each for each in await self.operators() if each.user_id == user_id), None)

    async def operators(self) -> tuple[Operator, ...]:
        self._fail_if_told("operators")
        await self.is_free.wait()
        records = await self.store.read(lambda tx: tx.operators())
        return tuple(Operator(user_id=each.user_id, chat_id=each.chat_id, role=each.role, language=each.language) for each in records)

    async def record_stranger(self, user_id: int, what: str) -> None:
        self.strangers.append((user_id, what))

    def note_strange_tap(self) -> None:
        self.strange_taps += 1

    def begin_polling(self) -> None:
        self.polling_began = True

    async def store_update(self, update_id: int, raw_json: str, callback_id: str | None = None) -> bool:
        self._fail_if_told("store_update")
        await self.is_free.wait()
        now = SystemClock().wall()
        return await self.store.write(lambda tx: tx.add_update(update_id=update_id, raw_json=raw_json, callback_id=callback_id, now=now))

    async def next_update(self, busy: frozenset[int] = frozenset()) -> InboxItem | None:
        self._fail_if_told("next_update")
        await self.is_free.wait()
        found = await self.store.write(lambda tx: tx.next_update(busy))
        if found is None:
            return None
        return InboxItem(update_id=found.update_id, raw_json=found.raw_json, received_at=found.received_at, attempts=found.attempts)

    async def finish_update(self, update_id: int, replies: tuple[NewMessage, ...], *, outcome: str) -> None:
        def work(tx: Transaction) -> None:
            if tx.finish_update(update_id, outcome=outcome, now=SystemClock().wall()):
                for reply in replies:
                    tx.add_outgoing(_outgoing(reply))

        await self.store.write(work)
        self.outcomes[update_id] = outcome

    async def owe(self, message: NewMessage) -> None:
        await self.store.write(lambda tx: tx.add_outgoing(_outgoing(message)))

    async def fail_update(self, update_id: int, error: str) -> None:
        is_dead = await self.store.write(lambda tx: tx.fail_update(update_id, error=error, now=SystemClock().wall()))
        if is_dead:
            self.outcomes[update_id] = f"dead: {error}"

    async def owe_notice(self, chat_id: int, kind: str, payload_json: str = "{}", *, key: str | None = None, priority: int = 5) -> None:
        """The engine owes the chat a message."""
        message = NewMessage(
            chat_id=chat_id, kind=kind, payload_json=payload_json, dedupe_key=key if key is not None else f"{kind}:{payload_json}", priority=priority
        )
        await self.store.write(lambda tx: tx.add_outgoing(_outgoing(message)))

    async def claim_outgoing(self) -> OutboxItem | None:
        self._fail_if_told("claim_outgoing")
        await self.is_free.wait()
        found = await self.store.write(lambda tx: tx.claim_outgoing(SystemClock().wall()))
        if found is None:
            return None
        return OutboxItem(
            outbox_id=found.outbox_id,
            chat_id=found.chat_id,
            kind=found.kind,
            payload_json=found.payload_json,
            attempts=found.attempts,
            audit_seq=12,
            audit_hash8="0a1b2c3d",
            env="PAPER",
            nonce=NONCE if found.kind in self.card_kinds else None,
            edit_message_ids=self.edits.get(found.kind, ()),
        )

    async def settle_sent(self, outbox_id: int, message_id: int) -> None:
        await self.store.write(lambda tx: tx.settle_sent(outbox_id, message_id=message_id))

    async def settle_retry(self, outbox_id: int, *, delay_s: float, error: str) -> None:
        not_before = SystemClock().wall() + timedelta(seconds=delay_s)
        await self.store.write(lambda tx: tx.settle_retry(outbox_id, not_before=not_before, error=error))

    async def settle_dead(self, outbox_id: int, *, error: str, ambiguous: bool = False) -> None:
        await self.store.write(lambda tx: tx.settle_dead(outbox_id, error=error, ambiguous=ambiguous))

    async def next_poll_offset(self) -> int:
        await self.is_free.wait()
        last = await self.store.read(lambda tx: tx.max_update_id())
        return 0 if last is None else last + 1

    async def note_poll(self) -> None:
        self.polls += 1

    async def hold(self, code: str, detail: str) -> None:
        self.told_holds[code] = detail
        await self.store.write(lambda tx: tx.add_hold(code, detail, SystemClock().wall()))

    async def release(self, code: str) -> None:
        await self.store.write(lambda tx: tx.remove_hold(code))

    def holds(self) -> dict[str, str]:
        """Standing holds with their detail."""
        return {hold.code: hold.detail for hold in self.store.read_sync(lambda tx: tx.holds())}

    def outbox_states(self) -> list[str]:
        """State of every message ever owed, oldest first."""
        return self.store.read_sync(lambda tx: [str(row[0]) for row in tx._sql("SELECT state FROM outbox ORDER BY outbox_id")])

    def inbox_states(self) -> list[str]:
        """State of every update ever stored, oldest first."""
        return self.store.read_sync(lambda tx: [str(row[0]) for row in tx._sql("SELECT state FROM inbox ORDER BY inbox_id")])


def _outgoing(message: NewMessage) -> NewOutgoing:
    return NewOutgoing(
        chat_id=message.chat_id,
        kind=message.kind,
        payload_json=message.payload_json,
        dedupe_key=message.dedupe_key,
        priority=message.priority,
    )
