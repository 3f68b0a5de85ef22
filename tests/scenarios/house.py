"""A whole engine in one process: real store, real MCP session, real job table; the market and the chat are the test's."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from engine.clients.bundle import SIM, connect_clients
from engine.clients.mcp import McpConnection, in_memory
from engine.clock import Clock, ManualClock
from engine.config import default_rules
from engine.core.lifecycle import ProposalState
from engine.core.model import Stage
from engine.core.rules import StrategyRules
from engine.door import Door
from engine.notices import AlertNotice, CardOutcome, EntryCard, ExitCard, Notice, StartUpNotice, decode_notice
from engine.runtime.desk import Desk
from engine.runtime.jobs import Job, job_table
from engine.runtime.ledger import run_due
from engine.runtime.scheduler import drive_replay
from engine.runtime.start import bring_up
from engine.safety.kill_switch import KillSwitch
from engine.servers.sim import build_sim_server
from engine.state.anchors import AnchorFile, read_anchors
from engine.state.audit import Anchor
from engine.state.records import AuditRecord, Head, OperatorRecord, OrderRecord, ProposalRecord, TradeRecord
from engine.state.repository import Store
from engine.views import ActionResult, Person, ReplaySummary, Tap
from tests.engine.core.builders import NOW
from tests.fakes.scripted_market import Book, ScriptedMarket

START_AT = NOW - timedelta(minutes=2)
OPERATOR = OperatorRecord(user_id=7, chat_id=7, role="admin", language="en")
SECOND = OperatorRecord(user_id=8, chat_id=8, role="approver", language="it")
ANNA = Person(user_id=7, name="anna", source="chat")
BRUNO = Person(user_id=8, name="bruno", source="chat")
VERSION = "0.0.test"
AUDIT_ROWS_MAX = 10_000


class WatchedAnchors(AnchorFile):
    """The anchor file on a medium that can be slow: it is told of every append before it is made."""

    def __init__(self, path: Path, on_append: Callable[[], None]) -> None:
        super().__init__(path)
        self.on_append = on_append

    def append(self, head: Head, *, at: datetime, why: str) -> bool:
        self.on_append()
        return super().append(head, at=at, why=why)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A message as it reached one chat."""

    chat_id: int
    message_id: int
    notice: Notice
    nonce: str | None
    edited: tuple[int, ...]
    reply_to: int | None


@dataclass(slots=True, kw_only=True)
class House:
    """One engine, and what the operators have on their phones."""

    desk: Desk
    door: Door
    jobs: tuple[Job, ...]
    clock: ManualClock
    market: ScriptedMarket
    missed: tuple[str, ...] = ()
    sent: list[Sent] = field(default_factory=list)

    async def run_until(self, at: datetime, *, after_job: Callable[[], Any] | None = None) -> None:
        """The market jobs of the table have run up to `at`, and every message owed is on the phones."""

        async def delivered() -> None:
            await self.deliver()
            if after_job is not None:
                await after_job()

        await drive_replay(self.desk, self.clock, self.jobs, until=at, after_job=delivered)
        self.clock.advance_to(at)
        await self.deliver()

    async def run_job(self, name: str) -> None:
        """The host job `name` has run as due now."""
        await run_due(self.desk, self.job(name), self.clock.now())
        await self.deliver()

    def job(self, name: str) -> Job:
        return next(job for job in self.jobs if job.name == name)

    async def deliver(self) -> None:
        """Every owed message has reached its chat."""
        while (item := await self.door.claim_outgoing()) is not None:
            number = item.edit_message_ids[0] if item.edit_message_ids else 1000 + item.outbox_id
            await self.door.settle_sent(item.outbox_id, number)
            notice = decode_notice(item.kind, item.payload_json)
            reply_to = item.reply_to_message_id
            self.sent.append(Sent(chat_id=item.chat_id, message_id=number, notice=notice, nonce=item.nonce, edited=item.edit_message_ids, reply_to=reply_to))

    async def tap(self, verb: str, card: Sent, *, by: Person = ANNA) -> ActionResult:
        """`verb` was tapped on the card, and what the tap started has ended."""
        result = await self.press(verb, card, by=by)
        await self.desk.settled()
        await self.deliver()
        return result

    async def press(self, verb: str, card: Sent, *, by: Person = ANNA) -> ActionResult:
        assert isinstance(card.notice, EntryCard | ExitCard)
        assert card.nonce is not None
        # A question about an exit offers close and keep where one about an entry offers approve and reject.
        offered = {"approve": "close", "reject": "keep"}.get(verb, verb) if isinstance(card.notice, ExitCard) else verb
        tap = Tap(person=by, chat_id=card.chat_id, message_id=card.message_id, verb=offered, proposal_id=card.notice.proposal_id, nonce=card.nonce)
        actions = {"approve": self.door.approve, "reject": self.door.reject, "postpone": self.door.postpone}
        return await actions[verb](tap)

    async def approve_twice(self, card: Sent, *, by: Person = ANNA) -> ActionResult:
        """The entry was approved and, as a live stage asks, approved once more; what that started has ended."""
        asked = await self.press("approve", card, by=by)
        second = Tap(
            person=by,
            chat_id=card.chat_id,
            message_id=card.message_id + 1,
            verb="confirm",
            proposal_id=int(asked.facts["id"]),
            nonce=asked.facts["nonce"],
        )
        result = await self.door.card_room.confirm(second)
        await self.desk.settled()
        await self.deliver()
        return result

    def notices(self, kind: type[Any], *, chat_id: int = OPERATOR.chat_id) -> list[Any]:
        return [sent.notice for sent in self.sent if sent.chat_id == chat_id and isinstance(sent.notice, kind)]

    def card(self, *, chat_id: int = OPERATOR.chat_id) -> Sent:
        """The newest card with live buttons in the chat."""
        return [sent for sent in self.sent if sent.chat_id == chat_id and isinstance(sent.notice, EntryCard | ExitCard)][-1]

    def outcomes(self) -> list[str]:
        return [notice.outcome.result for notice in self.notices(CardOutcome)]

    def alerts(self) -> list[str]:
        """What was said; the last edit of an alarm that is over says nothing new."""
        return [notice.code for notice in self.notices(AlertNotice) if notice.seen_at is None]

    def notices_of_alerts(self) -> list[AlertNotice]:
        return self.notices(AlertNotice)

    def start_ups(self) -> list[StartUpNotice]:
        return self.notices(StartUpNotice)

    async def proposals(self) -> tuple[ProposalRecord, ...]:
        return await self.desk.store.read(lambda tx: tx.proposals())

    async def states(self) -> list[str]:
        return [record.state.value for record in await self.proposals()]

    async def trades(self) -> list[TradeRecord]:
        return await self.desk.store.read(lambda tx: [t for number in range(1, 20) if (t := tx.trade(number)) is not None])

    async def orders(self, trade_id: int = 1) -> tuple[OrderRecord, ...]:
        return await self.desk.store.read(lambda tx: tx.orders(trade_id))

    async def audit(self) -> list[AuditRecord]:
        return list(reversed(await self.desk.store.read(lambda tx: tx.audit_tail(AUDIT_ROWS_MAX))))

    async def audited(self, type_: str) -> int:
        return len([row for row in await self.audit() if row.type == type_])

    async def is_audit_whole(self) -> bool:
        """The chain follows and agrees with its anchors."""
        anchors: tuple[Anchor, ...] = () if self.desk.store.anchors is None else read_anchors(self.desk.store.anchors.path)
        return (await self.desk.store.verify(anchors)).ok

    async def pending(self) -> list[ProposalRecord]:
        return [record for record in await self.proposals() if record.state is ProposalState.PENDING]


@asynccontextmanager
async def house(
    home: Path,
    *,
    market: ScriptedMarket | None = None,
    start_at: datetime = START_AT,
    rules: StrategyRules | None = None,
    stage: Stage = Stage.PAPER,
    operators: tuple[OperatorRecord, ...] = (OPERATOR,),
    is_dry_run: bool = False,
    clock: Clock | None = None,
    on_anchor: Callable[[], None] | None = None,
) -> AsyncIterator[House]:
    """An engine that started in the order of the composition root, over the scripted market."""
    world = ScriptedMarket() if market is None else market
    chosen = default_rules() if rules is None else rules
    manual = ManualClock(start_at)
    time = manual if clock is None else clock
    path = home / "anchors.jsonl"
    anchors = AnchorFile(path) if on_anchor is None else WatchedAnchors(path, on_anchor)
    store = Store.open(home / "cerbero.db", origin="demo", clock=time, boot="test", anchors=anchors)
    clients = connect_clients({SIM: McpConnection(SIM, in_memory(build_sim_server(world, time.now, chosen.paper_account)))})
    desk = Desk(
        clock=time,
        store=store,
        clients=clients,
        rules=chosen,
        stage=stage,
        env="PAPER",
        origin="demo",
        market="scripted",
        fingerprint="f" * 64,
        is_dry_run=is_dry_run,
        kill_switch=KillSwitch(home),
        heartbeat=home / "heartbeat",
    )
    jobs = job_table(chosen.schedule, stage)
    try:
        for operator in operators:
            await store.write(lambda tx, operator=operator: tx.upsert_operator(operator))
        missed = await start(desk, jobs, home)
        door = Door(desk, jobs, version=VERSION, replayer=no_replay, is_config_changed=lambda: False)
        yield House(desk=desk, door=door, jobs=jobs, clock=manual, market=world, missed=missed)
        await desk.settled()
    finally:
        await clients.aclose()
        store.close()


async def start(desk: Desk, jobs: tuple[Job, ...], home: Path) -> tuple[str, ...]:
    """Start-up in its order; returns the missed jobs."""
    return await bring_up(desk, jobs, anchors_path=home / "anchors.jsonl", version=VERSION)


def at(text: str) -> datetime:
    """An instant from `03-02 14:00`, in the year of the scripted market."""
    return datetime.fromisoformat(f"2026-{text}").replace(tzinfo=UTC)


def unguarded() -> StrategyRules:
    """The default rules without the hourly look, for tests that live through weeks."""
    rules = default_rules()
    guard = replace(rules.schedule.hourly_guard, paper=False)
    return replace(rules, schedule=replace(rules.schedule, hourly_guard=guard))


async def no_replay(from_at: datetime | None, to_at: datetime | None) -> ReplaySummary:
    raise LookupError(f"nobody replays {from_at} to {to_at} here")


SHORT, LONG = "ETH-20MAR26-1750-P", "ETH-20MAR26-1650-P"
"""What the Monday scan of the scripted market chooses: 2 ETH, credit 0.0061 at a mid of 0.00625, fee 0.0003."""

CHEAP = {SHORT: Book(bid="0.0020", ask="0.0022", mark="0.0021", delta=-0.05), LONG: Book(bid="0.0008", ask="0.0010", mark="0.0009", delta=-0.02)}
"""Books at which more than half of the net credit is earned; a close costs 0.0013 and a fee of 0.0002625."""


async def open_trade(engine: House) -> None:
    """The Monday card was approved at once and the trade is open."""
    await engine.run_until(NOW)
    await engine.tap("approve", engine.card())
