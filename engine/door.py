"""The engine behind `api.Engine`: every question and order handed to the room that answers it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import date, datetime, timedelta

from engine.api import InboxItem, NewMessage, Operator, OutboxItem
from engine.clients.nearness import Memory
from engine.clients.ping import NOTES, ServerSeen, ping_all
from engine.core.model import OptionType
from engine.notices import DigestNotice, encode_notice
from engine.reporting.written_rules import RuleView
from engine.research.lab import LabRoom
from engine.research.past_room import PastAsk, PastRoom
from engine.runtime import (
    approvals,
    backups,
    force_close,
    log_tail,
    monitoring,
    orchestrator,
    post_office,
    queries,
    risk,
    settings,
    smile,
    status,
    switches,
    versions,
    watch_evidence,
)
from engine.runtime.accounts import AccountsRoom
from engine.runtime.by_hand import HandRoom
from engine.runtime.card_room import CardRoom
from engine.runtime.desk import Desk
from engine.runtime.digest import build_digest
from engine.runtime.drills import DrillRoom
from engine.runtime.explained import rule_views
from engine.runtime.follows import FollowRoom
from engine.runtime.jobs import Job
from engine.runtime.notify import ANSWERS_LAST
from engine.runtime.payloads import last_face
from engine.runtime.people import PeopleRoom
from engine.runtime.remembering import similar_trades
from engine.runtime.stages import StageRoom
from engine.runtime.views_of import audit_line, ended_view, history_view, why_view
from engine.state.records import NewOutgoing, OperatorRecord
from engine.state.repository import Json, Transaction
from engine.views import (
    ActionResult,
    AuditLine,
    BackupsView,
    EndedTradeView,
    EquityChart,
    ForceCloseQuote,
    HistoryView,
    LogLine,
    MarketView,
    PendingView,
    Person,
    PositionView,
    ReplaySummary,
    RiskView,
    SettingsView,
    SmileView,
    StatusView,
    Tap,
    VerifyView,
    VersionView,
    WhyView,
)

Replayer = Callable[[PastAsk], Awaitable[ReplaySummary]]
STRANGERS_AUDITED_PER_HOUR = 20


class Door:
    """One running engine, as the chat and the command line see it."""

    def __init__(
        self, desk: Desk, jobs: tuple[Job, ...], *, version: str, replayer: Replayer, is_config_changed: Callable[[], bool], past: PastRoom | None = None
    ) -> None:
        self.desk, self._jobs, self._version = desk, jobs, version
        self.accounts = AccountsRoom(desk)
        self.lab = LabRoom(desk, past)
        self.drills = DrillRoom(desk)
        self.follows = FollowRoom(desk)
        self._replayer, self._is_config_changed = replayer, is_config_changed
        self.people = PeopleRoom(desk)
        self.card_room = CardRoom(desk)
        self.by_hand = HandRoom(desk)
        self.stages = StageRoom(desk, self._measure_z)
        self._strangers: list[datetime] = []
        self._kills: dict[int, asyncio.Task[ActionResult]] = {}

    async def _measure_z(self) -> float | None:
        return (await self.lab.montecarlo()).z

    async def status(self) -> StatusView:
        return await status.status(self.desk, self._jobs, version=self._version, is_config_changed=settings.differs(self._is_config_changed))

    async def ping(self) -> tuple[ServerSeen, ...]:
        unpublished = self.desk.pulse.unpublished
        return await ping_all(self.desk.clients, owed={} if unpublished is None else {NOTES: unpublished})

    async def positions(self) -> tuple[PositionView, ...]:
        return await queries.positions(self.desk)

    async def position(self, trade_id: int) -> PositionView | None:
        return await queries.position(self.desk, trade_id)

    async def ended_trade(self, trade_id: int) -> EndedTradeView | None:
        return await self.desk.store.read(lambda tx: ended_view(tx, trade_id))

    async def pending(self) -> tuple[PendingView, ...]:
        return await queries.pending(self.desk)

    async def market(self) -> MarketView:
        return await queries.market(self.desk)

    async def risk(self) -> RiskView:
        return await risk.risk(self.desk)

    async def smile(self, expiry_on: date | None = None) -> SmileView:
        return await smile.smile(self.desk, expiry_on)

    async def why(self, decision_id: int | None = None) -> WhyView | None:
        record = await self.desk.store.read(lambda tx: tx.decision(decision_id))
        return None if record is None else why_view(record)

    async def rules(self) -> tuple[RuleView, ...]:
        return rule_views(self.desk.rules)

    async def equity(self, period: str) -> EquityChart:
        return await queries.equity(self.desk, period)

    async def history(self, period: str, *, reason: str | None = None, outcome: str | None = None) -> HistoryView:
        now = self.desk.now()
        return await self.desk.store.read(lambda tx: history_view(tx, period=period, now=now, reason=reason, outcome=outcome))

    async def similar(self, proposal_id: int) -> tuple[Memory, ...]:
        return await similar_trades(self.desk, proposal_id)

    async def audit_tail(self, count: int, *, type_filter: str | None = None) -> tuple[AuditLine, ...]:
        rows = await self.desk.store.read(lambda tx: tx.audit_tail(count, type_filter))
        return tuple(audit_line(row) for row in rows)

    async def audit_verify(self, footer: str | None = None) -> VerifyView:
        store = self.desk.store
        result = await watch_evidence.verify(self.desk)
        checked = None if footer is None else await store.verify_footer(footer)
        return VerifyView(
            ok=result.ok and (checked is None or checked.ok),
            rows=result.rows,
            head_seq=result.head.seq,
            head_hash8=result.head.hash[:8],
            first_bad_seq=result.first_bad_seq,
            problem=result.problem,
            anchored_seq=result.anchored_seq,
            unanchored_rows=result.unanchored_rows,
            unanchored_s=result.unanchored_s,
            footer_ok=None if checked is None else checked.ok,
            footer_seq=None if checked is None else checked.seq,
        )

    async def digest_json(self) -> str:
        async with self.desk.cycle():
            return encode_notice(DigestNotice(digest=await build_digest(self.desk)))[1]

    async def card_json(self, proposal_id: int) -> tuple[str, str] | None:
        return await self.desk.store.read(lambda tx: last_face(tx, proposal_id))

    async def sent(self, chat_id: int, message_id: int) -> tuple[str, str] | None:
        record = await self.desk.store.read(lambda tx: tx.sent_as(chat_id, message_id))
        return None if record is None else (record.kind, record.payload_json)

    async def version(self) -> VersionView:
        return versions.versions(self.desk, program=self._version)

    async def settings(self) -> SettingsView:
        return settings.settings(self.desk)

    async def log_tail(self, count: int) -> tuple[LogLine, ...]:
        return await log_tail.newest_lines(self.desk, count)

    async def back_up(self, by: Person) -> BackupsView:
        return await backups.back_up_now(self.desk, actor=_actor(by))

    async def scan(self, by: Person) -> ActionResult:
        return await orchestrator.run_entry_cycle(self.desk, actor=_actor(by))

    async def monitor(self, by: Person) -> ActionResult:
        await self.desk.store.write(lambda tx: tx.audit(actor=_actor(by), type="monitor.asked", ref="monitor", body={}))
        return await monitoring.monitor(self.desk, hard_only=False)

    async def approve(self, tap: Tap) -> ActionResult:
        return await approvals.approve(self.desk, tap)

    async def reject(self, tap: Tap) -> ActionResult:
        return await approvals.reject(self.desk, tap)

    async def postpone(self, tap: Tap) -> ActionResult:
        return await approvals.postpone(self.desk, tap)

    async def pause(self, by: Person, reason: str) -> ActionResult:
        return await switches.pause(self.desk, by, reason)

    async def resume(self, by: Person) -> ActionResult:
        return await switches.resume(self.desk, by)

    async def kill(self, by: Person, reason: str) -> ActionResult:
        result, recorded = await switches.kill(self.desk, by, reason), self._kills.pop(by.user_id, None)
        if result.code != "already-killed" or recorded is None or not recorded.done() or recorded.cancelled() or recorded.exception() is not None:
            return result
        # It was this person's own latch that came first: what it settled is their answer.
        return recorded.result()

    async def disarm_phrase(self) -> str | None:
        return await self.desk.store.read(self.desk.kill_switch.disarm_phrase)

    async def disarm(self, by: Person, phrase: str, reason: str) -> ActionResult:
        return await switches.disarm(self.desk, by, phrase, reason)

    async def force_close_quote(self, trade_id: int, by: Person, *, side: OptionType | None = None) -> ForceCloseQuote:
        # A private chat has its person's number.
        return await force_close.quote(self.desk, trade_id, by=by, chat_id=by.user_id, side=side)

    async def force_close(self, tap: Tap, *, side: OptionType | None = None) -> ActionResult:
        return await force_close.confirm(self.desk, tap, side=side)

    async def replay(self, *, from_on: str | None, to_on: str | None, by: Person, words: tuple[str, ...] = ()) -> ReplaySummary:
        del by
        return await self._replayer(PastAsk.of_days(from_on, to_on, words))

    def latch_kill(self, by: Person, reason: str) -> None:
        self.desk.kill_switch.latch(reason, _actor(by), self.desk.now())
        # Row and waiting cards follow at once, however many handlers the command itself has to wait for.
        self._kills[by.user_id] = self.desk.spawn(switches.kill(self.desk, by, reason))

    async def operator(self, user_id: int) -> Operator | None:
        record = await self.desk.store.read(lambda tx: tx.operator(user_id))
        return None if record is None else _operator(record)

    async def operators(self) -> tuple[Operator, ...]:
        return tuple(_operator(record) for record in await self.desk.store.read(lambda tx: tx.operators()))

    async def record_stranger(self, user_id: int, what: str) -> None:
        """A stranger stands in the audit chain; past a limit per hour only the log tells, so that nobody can fill the disk."""
        wall = self.desk.clock.wall()
        self._strangers = [at for at in self._strangers if wall - at < timedelta(hours=1)]
        if len(self._strangers) < STRANGERS_AUDITED_PER_HOUR:
            self._strangers.append(wall)
            await self.desk.store.write(lambda tx: tx.audit(actor=f"stranger:{user_id}", type="access.refused", ref=f"user:{user_id}", body={"what": what}))

    async def record_refusal(self, by: Person, what: str, why: str) -> None:
        body: dict[str, Json] = {"what": what, "why": why}
        await self.desk.store.write(lambda tx: tx.audit(actor=_actor(by), type="access.refused", ref=f"user:{by.user_id}", body=body))

    def note_strange_tap(self) -> None:
        # One beyond the limit is enough to kill: the rest of a flood is not worth the memory.
        limit = self.desk.rules.triggers.kill.strangers_per_10min_max
        self.desk.pulse.note_strange_tap(self.desk.clock.wall(), at_most=limit + 1)

    async def store_update(self, update_id: int, raw_json: str, callback_id: str | None = None) -> bool:
        now = self.desk.clock.wall()
        return await self.desk.store.write(lambda tx: tx.add_update(update_id=update_id, raw_json=raw_json, callback_id=callback_id, now=now))

    async def next_update(self, busy: frozenset[int] = frozenset()) -> InboxItem | None:
        record = await self.desk.store.write(lambda tx: tx.next_update(busy))
        if record is None:
            return None
        return InboxItem(update_id=record.update_id, raw_json=record.raw_json, received_at=record.received_at, attempts=record.attempts)

    async def owe(self, message: NewMessage) -> None:
        await self.desk.store.write(lambda tx: tx.add_outgoing(_outgoing(message), lasts=ANSWERS_LAST))

    async def finish_update(self, update_id: int, replies: tuple[NewMessage, ...], *, outcome: str) -> None:
        now = self.desk.clock.wall()

        def work(tx: Transaction) -> None:
            for reply in replies:
                tx.add_outgoing(_outgoing(reply), lasts=ANSWERS_LAST)
            tx.finish_update(update_id, outcome=outcome, now=now)

        await self.desk.store.write(work)

    async def fail_update(self, update_id: int, error: str) -> None:
        now = self.desk.clock.wall()
        await self.desk.store.write(lambda tx: tx.fail_update(update_id, error=error, now=now))

    async def claim_outgoing(self) -> OutboxItem | None:
        parcel = await post_office.claim(self.desk)
        if parcel is None:
            return None
        return OutboxItem(
            outbox_id=parcel.record.outbox_id,
            chat_id=parcel.record.chat_id,
            kind=parcel.record.kind,
            payload_json=parcel.record.payload_json,
            attempts=parcel.record.attempts,
            audit_seq=parcel.head.seq,
            audit_hash8=parcel.head.hash[:8],
            env=self.desk.env,
            nonce=parcel.nonce,
            edit_message_ids=parcel.edit_message_ids,
            reply_to_message_id=parcel.reply_to_message_id,
            replaced_message_ids=parcel.replaced_message_ids,
            alarm_id=parcel.record.alarm_id,
            is_silent=parcel.is_silent,
        )

    async def settle_sent(self, outbox_id: int, message_id: int) -> None:
        await self.desk.store.write(lambda tx: tx.settle_sent(outbox_id, message_id=message_id))
        self.drills.note_sent(outbox_id)

    async def settle_retry(self, outbox_id: int, *, delay_s: float, error: str) -> None:
        not_before = self.desk.clock.wall() + timedelta(seconds=delay_s)
        await self.desk.store.write(lambda tx: tx.settle_retry(outbox_id, not_before=not_before, error=error))

    async def settle_dead(self, outbox_id: int, *, error: str, ambiguous: bool = False) -> None:
        await self.desk.store.write(lambda tx: tx.settle_dead(outbox_id, error=error, ambiguous=ambiguous))

    async def next_poll_offset(self) -> int:
        # Updates of the local page have negative numbers and must never move Telegram's offset.
        last = await self.desk.store.read(lambda tx: tx.max_update_id())
        return 0 if last is None or last < 0 else last + 1

    def begin_polling(self) -> None:
        self.desk.pulse.polling_since_at = self.desk.clock.wall()

    async def note_poll(self) -> None:
        self.desk.pulse.polled_at = self.desk.clock.wall()

    async def hold(self, code: str, detail: str) -> None:
        await switches.hold(self.desk, code, detail)

    async def release(self, code: str) -> None:
        await switches.release(self.desk, code)


def _actor(by: Person) -> str:
    return f"{by.source}:{by.user_id}" if by.source == "chat" else f"{by.source}:{by.name}"


def _outgoing(message: NewMessage) -> NewOutgoing:
    return NewOutgoing(
        chat_id=message.chat_id,
        kind=message.kind,
        payload_json=message.payload_json,
        dedupe_key=message.dedupe_key,
        priority=message.priority,
        edits_message_id=message.edits_message_id,
    )


def _operator(record: OperatorRecord) -> Operator:
    return Operator(user_id=record.user_id, chat_id=record.chat_id, role=record.role, language=record.language, zone=record.zone)
