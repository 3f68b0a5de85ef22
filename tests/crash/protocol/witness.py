"""Who watches: every commit as it lands, what people really sent, and by whose word each order stands."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from bot.callbacks import Verb
from bot.chat import Role
from engine.state.audit import row_hash
from tests.crash.protocol.phones import Phones, Sent
from tests.crash.protocol.room import RULES, MachineClock, TurnStore
from tests.fakes.scripted_market import ScriptedMarket

DECIDERS = (Role.APPROVER, Role.ADMIN)
YES = (Verb.APPROVE, Verb.CLOSE)
FORCE_CLOSE_VALID = timedelta(seconds=60)
POLICY, CLI = "written-policy", "cli:model"
WHOLE_AUDIT = "SELECT seq, at, boot_id, boot_s, actor, type, ref, body_json, prev_hash, hash FROM audit WHERE seq > ? ORDER BY seq"


@dataclass(frozen=True, slots=True)
class AuditRow:
    seq: int
    at: datetime
    actor: str
    type: str
    ref: str
    body: dict[str, Any]
    hash: str


@dataclass(frozen=True, slots=True)
class Proposal:
    proposal_id: int
    kind: str
    trade_id: int | None
    state: str
    revision: int
    reason: str
    urgency: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Order:
    order_id: int
    proposal_id: int
    trade_id: int
    side: str
    label: str
    quantity_eth: Decimal
    state: str


@dataclass(frozen=True, slots=True)
class Fill:
    fill_id: int
    trade_id: int
    order_id: int
    side: str
    quantity_eth: Decimal
    mid_coin: Decimal
    spot_usd: Decimal


@dataclass(frozen=True, slots=True)
class Trade:
    trade_id: int
    state: str
    quantity_eth: Decimal
    expiry_at: datetime


@dataclass(frozen=True, slots=True)
class Tables:
    """The tables after one commit, and the audit rows and intents that came with it."""

    proposals: dict[int, Proposal]
    orders: dict[int, Order]
    fills: dict[int, Fill]
    trades: dict[int, Trade]
    holds: dict[str, None]
    kill_rows: dict[int, bool]
    outcomes_owed: dict[int, int]
    new_rows: tuple[AuditRow, ...]
    new_orders: tuple[Order, ...]
    new_fills: tuple[Fill, ...]

    @property
    def is_kill_recorded(self) -> bool:
        return self.kill_rows.get(1, True)


@dataclass(frozen=True, slots=True)
class Word:
    """By whose word an order stands: a person's own tap or line, or the written policy; None for nobody's."""

    sent: Sent | None = None
    is_policy: bool = False


@dataclass(slots=True)
class Witness:
    """Everything seen so far, over all the program's lives."""

    phones: Phones
    market: ScriptedMarket
    clock: MachineClock
    audit: list[AuditRow] = field(default_factory=list)
    chain_breaks: list[str] = field(default_factory=list)
    words: dict[int, Word | None] = field(default_factory=dict)
    tables: Tables | None = None
    before: Tables | None = None
    unknown_orders: set[int] = field(default_factory=set)
    armed_since: int | None = None
    disarmed_at: int = 0

    def see(self, store: TurnStore) -> Tables:
        """The tables as this commit left them."""
        before, touched = self.tables, store.changed
        self.before = before
        store.changed = set()

        def read(table: str, statement: str, record: Callable[[Any], Any]) -> dict[Any, Any]:
            if before is not None and table not in touched:
                return getattr(before, KEPT.get(table, table))
            return {row[0]: record(row) for row in store.rows(statement)}

        orders = read("orders", ORDERS, lambda row: Order(*row[:5], Decimal(row[5]), row[6]))
        fills = read("fills", FILLS, lambda row: Fill(*row[:4], *map(Decimal, row[4:])))
        self.tables = Tables(
            proposals=read("proposals", PROPOSALS, lambda row: Proposal(*row[:7], _instant(row[7]))),
            orders=orders,
            fills=fills,
            trades=read("trades", TRADES, lambda row: Trade(row[0], row[1], Decimal(row[2]), _instant(row[3]))),
            holds=read("holds", "SELECT code FROM holds", lambda _: None),
            kill_rows=read("kill_switch", "SELECT kill_id, is_armed FROM kill_switch", lambda row: bool(row[1])),
            outcomes_owed=read("outbox", OUTCOMES, lambda row: row[1]),
            new_rows=self._new_rows(store) if "audit" in touched else (),
            new_orders=tuple(order for number, order in orders.items() if before is None or number not in before.orders),
            new_fills=tuple(fill for number, fill in fills.items() if before is None or number not in before.fills),
        )
        for order in self.tables.new_orders:
            self.words[order.order_id] = self._word_for(self.tables.proposals[order.proposal_id])
        return self.tables

    def latched(self, reason: str) -> None:
        """The switch is set by the line that carries this reason, or by nobody's: everything sent so far came before it then."""
        if self.armed_since is not None:
            return
        line = next((sent for sent in self.phones.ledger if reason and sent.text.endswith(reason) and sent.text.startswith(("/kill", "cli arm"))), None)
        is_new = line is not None and line.order > self.disarmed_at
        self.armed_since = line.order if line is not None and is_new else len(self.phones.ledger)

    def ended(self) -> None:
        """The program has ended: nobody knows what became of an order under way."""
        if self.tables is not None:
            self.unknown_orders |= {order.order_id for order in self.tables.orders.values() if order.state == "intended"}

    def rows_of(self, ref: str, *types: str) -> list[AuditRow]:
        return [row for row in self.audit if row.ref == ref and row.type in types]

    def phrase(self) -> str:
        """What lifts the switch now: the name of the row that set it."""
        armed = [row for row in self.audit if row.type == "kill.armed"]
        return f"DISARM {armed[-1].seq}-{armed[-1].hash[:4].upper()}" if armed else "DISARM 0-0000"

    def is_past_pause(self, trade: Trade) -> bool:
        """True in the settlement pause of the trade's last day and after its expiry."""
        now, (begins, _) = self.clock.now(), RULES.schedule.settlement_blackout_utc
        hour, minute = (int(part) for part in begins.split(":"))
        return now >= trade.expiry_at.replace(hour=hour, minute=minute)

    def _new_rows(self, store: TurnStore) -> tuple[AuditRow, ...]:
        known = len(self.audit)
        fresh = store.rows(WHOLE_AUDIT, known)
        for row in fresh:
            before = self.audit[-1].hash if self.audit else "0" * 64
            if row[0] != len(self.audit) + 1 or row[8] != before or row[9] != row_hash(row[:8], prev_hash=before):
                self.chain_breaks.append(f"row {row[0]} does not follow the row before it")
            self.audit.append(AuditRow(row[0], _instant(row[1]), row[4], row[5], row[6], json.loads(row[7]), row[9]))
        return tuple(self.audit[known:])

    def _word_for(self, proposal: Proposal) -> Word | None:
        claims = self.rows_of(f"proposal:{proposal.proposal_id}", "tap.accepted", "card.claimed")
        if not claims:
            return None
        claim = claims[-1]
        if claim.actor == POLICY:
            return Word(is_policy=True)
        if claim.actor == CLI:
            return _last(sent for sent in self.phones.ledger if sent.text in (f"cli approve {proposal.proposal_id}", f"cli force_close {proposal.trade_id}"))
        if claim.type == "tap.accepted":
            return _last(sent for sent in self.taps_of(claim.actor) if _says_yes(sent, proposal) and sent.message_id == claim.body["message_id"])
        return _last(sent for sent in self.taps_of(claim.actor) if _orders_close(sent, proposal))

    def taps_of(self, actor: str) -> Iterable[Sent]:
        """What the operator pressed of what was shown, and may decide."""
        return (sent for sent in self.phones.ledger if sent.button is not None and sent.is_allowed(*DECIDERS) and actor == f"chat:{sent.user_id}")


PROPOSALS = "SELECT proposal_id, kind, trade_id, state, revision, reason, urgency, expires_at FROM proposals"
ORDERS = "SELECT order_id, proposal_id, trade_id, side, label, quantity_eth, state FROM orders"
FILLS = "SELECT fill_id, trade_id, order_id, side, quantity_eth, mid_at_approval_coin, spot_usd FROM fills"
OUTCOMES = "SELECT proposal_id, count(*) FROM outbox WHERE kind = 'card_outcome' GROUP BY proposal_id"
KEPT = {"kill_switch": "kill_rows", "outbox": "outcomes_owed"}
TRADES = "SELECT trade_id, state, quantity_eth, expiry_at FROM trades"


def _says_yes(sent: Sent, proposal: Proposal) -> bool:
    """A yes on the face of the card that was asked last, where and as it was shown."""
    button = sent.button
    if button is None or button.meaning.verb not in YES:
        return False
    return button.meaning.number == proposal.proposal_id and button.revision == proposal.revision


def _orders_close(sent: Sent, proposal: Proposal) -> bool:
    button = sent.button
    if button is None or button.meaning.verb is not Verb.FORCE_CLOSE or proposal.reason != "manual":
        return False
    return button.meaning.ref.partition("-")[0] == str(proposal.trade_id) and sent.at - button.shown_at <= FORCE_CLOSE_VALID


def _last(found: Iterable[Sent]) -> Word | None:
    everything = list(found)
    return Word(sent=everything[-1]) if everything else None


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)
