"""The one door for `bot`: what a person or a transport may ask of the engine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from engine.clients.nearness import Memory
from engine.clients.ping import ServerHealth, ServerSeen
from engine.core.model import OptionType, Strategy
from engine.reporting.written_rules import RuleView
from engine.runtime.accounts_api import Accounts
from engine.runtime.by_hand_api import ByHand
from engine.runtime.card_api import Cards
from engine.runtime.drills_api import Drills
from engine.runtime.evaluation import Evaluation
from engine.runtime.follow_api import Follows
from engine.runtime.lab_api import Lab
from engine.runtime.people_api import People
from engine.runtime.stage_api import Stages
from engine.views import (
    ActionResult,
    AuditLine,
    BackupsView,
    Chart,
    EndedTradeView,
    EquityChart,
    ForceCloseQuote,
    GreeksChart,
    HistoryView,
    LogLine,
    MarketChart,
    MarketView,
    PayoffChart,
    PendingView,
    Person,
    PositionView,
    ReplaySummary,
    RiskChart,
    RiskView,
    SettingsView,
    SmileChart,
    SmileView,
    StatusView,
    Tap,
    TimelineChart,
    VerifyView,
    VersionView,
    WhyView,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """A person on the list; `chat_id` is their private chat, `role` viewer, approver or admin."""

    user_id: int
    chat_id: int
    role: str
    language: str
    zone: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxItem:
    """A stored update, raw as it came. `attempts` counts the times handling it began."""

    update_id: int
    raw_json: str
    received_at: datetime
    attempts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxItem:
    """A message owed to a chat. `payload_json` is a `Notice` (kind names which) or a stored reply.

    `env` is what stands on every message: PAPER, TESTNET or LIVE. `alarm_id` is what it wants acknowledged,
    `replaced_message_ids` the earlier sayings of that alarm, which go once this one stands; a silent one makes no sound.
    """

    outbox_id: int
    chat_id: int
    kind: str
    payload_json: str
    attempts: int
    audit_seq: int
    audit_hash8: str
    env: str
    nonce: str | None = None
    edit_message_ids: tuple[int, ...] = ()
    reply_to_message_id: int | None = None
    replaced_message_ids: tuple[int, ...] = ()
    alarm_id: int | None = None
    is_silent: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NewMessage:
    """A message to put into the outbox, in the place of `edits_message_id` if given; the same `dedupe_key` is stored once only."""

    chat_id: int
    kind: str
    payload_json: str
    dedupe_key: str
    priority: int = 5
    edits_message_id: int | None = None


class DeskLooks(Protocol):
    """A desk looked at from outside."""

    async def status(self) -> StatusView:
        """The engine as its store knows it."""

    async def positions(self) -> tuple[PositionView, ...]:
        """Every open or closing trade at present prices, oldest first."""

    async def equity(self, period: str) -> EquityChart:
        """The result curve of the period (`30d` or `all`) as a chart."""

    async def replay(self, from_on: date, to_on: date) -> ReplaySummary:
        """The days lived through by the whole engine on the simulated market."""


class DeskRules(Protocol):
    """The rules asked from outside: each answer is made from a fresh look and changes nothing."""

    async def evaluate_entry(self) -> Evaluation:
        """Whether an entry would be proposed now, and every reason why not."""

    async def select_strikes(self, strategy: Strategy) -> Evaluation:
        """The spread the rules would choose for this strategy now, whatever the bias."""

    async def evaluate_exit(self, trade_id: int) -> Evaluation | None:
        """What the exit table says of an open trade now; None when no open trade has the number."""


class DeskMemory(Protocol):
    """What the desk remembers; nothing of it is read by a decision."""

    async def remember(self, entity: str, observations: Sequence[str]) -> int:
        """The observations are kept; returns how many were new."""

    async def recall(self, query: str, count: int) -> tuple[Memory, ...]:
        """The things whose notes share most with the query, nearest first."""


class Engine(Protocol):
    """Typed queries and commands. Every call is safe to repeat; refusals are `ActionResult`s or `ActionRefused`."""

    @property
    def stages(self) -> Stages:
        """What the next stage asks for."""

    @property
    def card_room(self) -> Cards:
        """What can be asked of a card besides yes and no."""

    @property
    def by_hand(self) -> ByHand:
        """What is ordered for the whole book at once, and what of it works at the venue."""

    @property
    def people(self) -> People:
        """Who is admitted, and how each is spoken to."""

    @property
    def drills(self) -> Drills:
        """What must work when it is needed, tried before."""

    @property
    def follows(self) -> Follows:
        """Messages that change while they stand."""

    @property
    def lab(self) -> Lab:
        """Research: Monte Carlo and Kelly."""

    @property
    def accounts(self) -> Accounts:
        """What is owned and what was earned."""

    # what a person reads
    async def status(self) -> StatusView:
        """The engine as it stands now, from the store and from memory; it asks no venue."""

    async def ping(self) -> tuple[ServerSeen, ...]:
        """Every MCP server of the desk, asked now: reachable, how fast, which tools it lacks."""

    async def positions(self) -> tuple[PositionView, ...]:
        """Every open or closing trade at present prices, oldest first."""

    async def position(self, trade_id: int) -> PositionView | None:
        """The same for one trade; None when no open trade has the number."""

    async def ended_trade(self, trade_id: int) -> EndedTradeView | None:
        """A closed or settled trade with its notes; None when no such trade has the number."""

    async def pending(self) -> tuple[PendingView, ...]:
        """The cards that wait for an answer."""

    async def market(self) -> MarketView:
        """What the engine sees of the market now and what its rules make of it."""

    async def risk(self) -> RiskView:
        """The open book under jumps of the index and of volatility."""

    async def smile(self, expiry_on: date | None = None) -> SmileView:
        """The volatilities of one expiry with the strikes held; without a day, of the one an entry would take. Raises VenueError."""

    async def why(self, decision_id: int | None = None) -> WhyView | None:
        """A decision with every check it stood on, the latest without a number; None when there is none."""

    async def rules(self) -> tuple[RuleView, ...]:
        """Every written rule with the thresholds in force, in the order in which they are asked."""

    async def equity(self, period: str) -> EquityChart:
        """The result curve of the period (`30d` or `all`) as a chart."""

    async def history(self, period: str, *, reason: str | None = None, outcome: str | None = None) -> HistoryView:
        """The trades that ended in the period, only those with the reason or outcome if one is given."""

    async def similar(self, proposal_id: int) -> tuple[Memory, ...]:
        """The past trades most like the card's, nearest first; words for a person, read by no decision."""

    async def audit_tail(self, count: int, *, type_filter: str | None = None) -> tuple[AuditLine, ...]:
        """The last rows of the audit chain, newest first; with a filter only types that start with it."""

    async def audit_verify(self, footer: str | None = None) -> VerifyView:
        """Whether the chain is whole, and whether it holds the row a footer names."""

    async def digest_json(self) -> str:
        """The digest of this moment as a stored notice."""

    async def card_json(self, proposal_id: int) -> tuple[str, str] | None:
        """(kind, notice) of a proposal, to be shown again, a decided one with its ending; None when there is no such proposal."""

    async def sent(self, chat_id: int, message_id: int) -> tuple[str, str] | None:
        """(kind, payload) of the message that stands under this number in the chat, as it was sent or edited last; None when none does."""

    async def version(self) -> VersionView:
        """What runs, by name and number."""

    async def settings(self) -> SettingsView:
        """The settings of this run, and what the file says otherwise by now."""

    async def log_tail(self, count: int) -> tuple[LogLine, ...]:
        """The last events of the log, oldest first."""

    # what a person orders
    async def back_up(self, by: Person) -> BackupsView:
        """A backup was tried at once. Raises ActionRefused where nothing is kept."""

    async def scan(self, by: Person) -> ActionResult:
        """The market was looked at once for an entry."""

    async def monitor(self, by: Person) -> ActionResult:
        """Every open trade was looked at once."""

    async def approve(self, tap: Tap) -> ActionResult:
        """The card is claimed for a yes; what it asked for begins."""

    async def reject(self, tap: Tap) -> ActionResult:
        """The card ended with a no."""

    async def postpone(self, tap: Tap) -> ActionResult:
        """The deadline of a hard exit is later, once."""

    async def pause(self, by: Person, reason: str) -> ActionResult:
        """No entry is proposed or placed until resumed; exits go on."""

    async def resume(self, by: Person) -> ActionResult:
        """The hold of a pause and of every breaker is lifted; a hold whose cause is still there stays."""

    async def kill(self, by: Person, reason: str) -> ActionResult:
        """Until a disarm, also after a restart, no entry is placed and no exit without a yes given under the kill."""

    async def disarm_phrase(self) -> str | None:
        """The phrase that lifts the kill; None when nothing is killed."""

    async def disarm(self, by: Person, phrase: str, reason: str) -> ActionResult:
        """The kill is lifted and a hold stands in its place."""

    async def force_close_quote(self, trade_id: int, by: Person, *, side: OptionType | None = None) -> ForceCloseQuote:
        """What closing the trade, or one side of an iron condor, costs now, with a nonce that lets this person confirm it once."""

    async def force_close(self, tap: Tap, *, side: OptionType | None = None) -> ActionResult:
        """The confirmed close has begun."""

    async def replay(self, *, from_on: str | None, to_on: str | None, by: Person, words: tuple[str, ...] = ()) -> ReplaySummary:
        """The stretch of history was lived through, with the values of the words (KEY=VALUE); dates None mean the last thirty days."""

    # what a transport needs
    def latch_kill(self, by: Person, reason: str) -> None:
        """The kill stands in memory and in its file, without waiting for the store, which hears of it as soon as it can."""

    async def operator(self, user_id: int) -> Operator | None:
        """The person with the number, if on the list."""

    async def operators(self) -> tuple[Operator, ...]:
        """Everyone on the list."""

    async def record_stranger(self, user_id: int, what: str) -> None:
        """The attempt of somebody not on the list stands in the audit chain."""

    def note_strange_tap(self) -> None:
        """Somebody not on the list tapped a button that looks like ours: counted, for a burst of them kills."""

    async def record_refusal(self, by: Person, what: str, why: str) -> None:
        """What somebody on the list sent and may not do, or not any more, stands in the audit chain."""

    async def store_update(self, update_id: int, raw_json: str, callback_id: str | None = None) -> bool:
        """The update is kept; False when it, or its tap, was kept before."""

    async def next_update(self, busy: frozenset[int] = frozenset()) -> InboxItem | None:
        """The oldest update not handled and not `busy` (the numbers in hand), its attempt counted; None when none waits."""

    async def finish_update(self, update_id: int, replies: tuple[NewMessage, ...], *, outcome: str) -> None:
        """The update is handled and its replies are owed, in one transaction."""

    async def owe(self, message: NewMessage) -> None:
        """The message is in the outbox."""

    async def fail_update(self, update_id: int, error: str) -> None:
        """Handling the update failed; it is tried again until its tries are used up."""

    async def claim_outgoing(self) -> OutboxItem | None:
        """The most urgent message that may go now is the caller's to send; None when none may."""

    async def settle_sent(self, outbox_id: int, message_id: int) -> None:
        """The claimed message is sent, under this number in its chat."""

    async def settle_retry(self, outbox_id: int, *, delay_s: float, error: str) -> None:
        """The claimed message goes again after the delay."""

    async def settle_dead(self, outbox_id: int, *, error: str, ambiguous: bool = False) -> None:
        """The claimed message will not go again; `ambiguous` when it may have arrived."""

    async def next_poll_offset(self) -> int:
        """The number the next poll asks from: everything before it is stored."""

    def begin_polling(self) -> None:
        """Telegram is listened to from now on: from here its silence counts."""

    async def note_poll(self) -> None:
        """Telegram was heard from just now."""

    async def hold(self, code: str, detail: str) -> None:
        """Entries are held under this code."""

    async def release(self, code: str) -> None:
        """The hold of this code is lifted."""


__all__ = [
    "Accounts",
    "ActionResult",
    "AuditLine",
    "BackupsView",
    "Chart",
    "DeskLooks",
    "DeskMemory",
    "DeskRules",
    "Engine",
    "EquityChart",
    "Evaluation",
    "ForceCloseQuote",
    "GreeksChart",
    "HistoryView",
    "InboxItem",
    "LogLine",
    "MarketChart",
    "MarketView",
    "Memory",
    "NewMessage",
    "Operator",
    "OutboxItem",
    "PayoffChart",
    "PendingView",
    "Person",
    "PositionView",
    "ReplaySummary",
    "RiskChart",
    "RiskView",
    "ServerHealth",
    "ServerSeen",
    "SettingsView",
    "SmileChart",
    "SmileView",
    "StatusView",
    "Strategy",
    "Tap",
    "TimelineChart",
    "VerifyView",
    "VersionView",
    "WhyView",
]
