"""The one door for `bot`: what a person or a transport may ask of the engine."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from engine.core.model import Strategy
from engine.views import (
    ActionResult,
    AuditLine,
    Chart,
    EquityChart,
    ForceCloseQuote,
    HistoryView,
    MarketChart,
    MarketView,
    PayoffChart,
    PendingView,
    Person,
    PositionView,
    ReplaySummary,
    StatusView,
    Tap,
    TimelineChart,
    VerifyView,
    WhyView,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """A person on the list; `chat_id` is their private chat, `role` viewer, approver or admin."""

    user_id: int
    chat_id: int
    role: str
    language: str


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

    `env` is what stands on every message: PAPER, TESTNET or LIVE.
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


@dataclass(frozen=True, slots=True, kw_only=True)
class NewMessage:
    """A message to put into the outbox; the same `dedupe_key` is stored once only."""

    chat_id: int
    kind: str
    payload_json: str
    dedupe_key: str
    priority: int = 5


class Engine(Protocol):
    """Typed queries and commands. Every call is safe to repeat; refusals are `ActionResult`s or `ActionRefused`."""

    # what a person reads
    async def status(self) -> StatusView: ...
    async def positions(self) -> tuple[PositionView, ...]: ...
    async def position(self, trade_id: int) -> PositionView | None: ...
    async def pending(self) -> tuple[PendingView, ...]: ...
    async def market(self) -> MarketView: ...
    async def why(self, decision_id: int | None = None) -> WhyView | None: ...
    async def equity(self, period: str) -> EquityChart: ...
    async def history(self, period: str, *, reason: str | None = None, outcome: str | None = None) -> HistoryView: ...
    async def audit_tail(self, count: int, *, type_filter: str | None = None) -> tuple[AuditLine, ...]: ...
    async def audit_verify(self, footer: str | None = None) -> VerifyView: ...
    async def digest_json(self) -> str: ...
    async def card_json(self, proposal_id: int) -> tuple[str, str] | None: ...

    # what a person orders
    async def scan(self, by: Person) -> ActionResult: ...
    async def monitor(self, by: Person) -> ActionResult: ...
    async def approve(self, tap: Tap) -> ActionResult: ...
    async def reject(self, tap: Tap) -> ActionResult: ...
    async def postpone(self, tap: Tap) -> ActionResult: ...
    async def inspect(self, tap: Tap) -> ActionResult: ...
    async def pause(self, by: Person, reason: str) -> ActionResult: ...
    async def resume(self, by: Person) -> ActionResult: ...
    async def kill(self, by: Person, reason: str) -> ActionResult: ...
    async def disarm_phrase(self) -> str | None: ...
    async def disarm(self, by: Person, phrase: str, reason: str) -> ActionResult: ...
    async def force_close_quote(self, trade_id: int, by: Person) -> ForceCloseQuote: ...
    async def force_close(self, tap: Tap) -> ActionResult: ...
    async def replay(self, *, from_on: str | None, to_on: str | None, by: Person) -> ReplaySummary: ...

    # what a transport needs
    def latch_kill(self, by: Person, reason: str) -> None: ...
    async def operator(self, user_id: int) -> Operator | None: ...
    async def operators(self) -> tuple[Operator, ...]: ...
    async def record_stranger(self, user_id: int, what: str) -> None: ...
    async def store_update(self, update_id: int, raw_json: str, callback_id: str | None = None) -> bool: ...
    async def next_update(self, busy: frozenset[int] = frozenset()) -> InboxItem | None: ...
    async def finish_update(self, update_id: int, replies: tuple[NewMessage, ...], *, outcome: str) -> None: ...
    async def owe(self, message: NewMessage) -> None: ...
    async def fail_update(self, update_id: int, error: str) -> None: ...
    async def claim_outgoing(self) -> OutboxItem | None: ...
    async def settle_sent(self, outbox_id: int, message_id: int) -> None: ...
    async def settle_retry(self, outbox_id: int, *, delay_s: float, error: str) -> None: ...
    async def settle_dead(self, outbox_id: int, *, error: str, ambiguous: bool = False) -> None: ...
    async def next_poll_offset(self) -> int: ...
    async def note_poll(self) -> None: ...
    async def hold(self, code: str, detail: str) -> None: ...
    async def release(self, code: str) -> None: ...


__all__ = [
    "ActionResult",
    "AuditLine",
    "Chart",
    "Engine",
    "EquityChart",
    "ForceCloseQuote",
    "HistoryView",
    "InboxItem",
    "MarketChart",
    "MarketView",
    "NewMessage",
    "Operator",
    "OutboxItem",
    "PayoffChart",
    "PendingView",
    "Person",
    "PositionView",
    "ReplaySummary",
    "StatusView",
    "Strategy",
    "Tap",
    "TimelineChart",
    "VerifyView",
    "WhyView",
]
