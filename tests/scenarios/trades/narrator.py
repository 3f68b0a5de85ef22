"""Listens to one engine's store and writes down everything that happens, in the order it happened.

Rules of this file: nothing is left out but what differs from run to run (nonces, hashes,
durations); looks at a trade that change nothing are told as one line with their number.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from engine.state.codec import decode_checks
from engine.state.records import AuditRecord, DecisionRecord, FillRecord, JobRunRecord, OrderRecord, OutboxRecord, TradeRecord
from engine.state.repository import Store, Transaction
from tests.engine.core.builders import NOW
from tests.scenarios.trades import words

TRADES_MAX = 9
LONG_BEFORE = NOW.replace(year=2000)
GAP_MAX = 10
"""A message owed twice is stored once but uses up a number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """What the store holds."""

    decisions: tuple[DecisionRecord, ...]
    orders: tuple[OrderRecord, ...]
    fills: tuple[FillRecord, ...]
    audit: tuple[AuditRecord, ...]
    runs: tuple[JobRunRecord, ...]
    messages: tuple[OutboxRecord, ...]


@dataclass(slots=True)
class Run:
    """Looks at one trade that followed each other with the same figures and the same answer; `line` is where they are told."""

    first: int
    words: tuple[str, ...]
    line: int


@dataclass(slots=True)
class Narrator:
    """The text so far, and what of the store it has told."""

    lines: list[str] = field(default_factory=list)
    told_at: datetime | None = None
    decision: int = 0
    audit: int = 0
    fill: int = 0
    message: int = 0
    orders: dict[int, str] = field(default_factory=dict)
    runs: set[tuple[str, datetime, str]] = field(default_factory=set)
    cards: dict[tuple[int, int], list[str]] = field(default_factory=dict)
    run: Run | None = None

    def write(self, at: datetime, kind: str, text: str, block: list[str] | None = None) -> None:
        """A line of the story under its instant, and a block of quoted lines below it."""
        stamp = f"{at:%Y-%m-%d %H:%M}" if at != self.told_at else ""
        if stamp and self.lines:
            self.lines.append("")
        self.told_at, self.run = at, None
        first, *more = words.column(kind, text)
        self.lines.append(f"{stamp:<{words.STAMP}}{first}")
        self.lines += [" " * words.STAMP + line for line in more]
        self.lines += [(" " * words.MARGIN + line).rstrip() for line in block or ()]

    async def look(self, store: Store) -> None:
        """Everything new in the store is told."""
        news = await store.read(_news)
        found = [*self._decisions(news), *self._orders(news), *self._fills(news), *self._audit(news), *self._runs(news), *self._messages(news)]
        for _, tell in sorted(enumerate(found), key=lambda each: (each[1][0], each[0])):
            at, kind, text, block = tell
            if kind == "look":
                self._look(at, text, block)
            else:
                self.write(at, kind, text, block)

    def _decisions(self, news: News) -> Iterator[tuple[datetime, str, str, list[str]]]:
        for decision in news.decisions:
            if decision.decision_id <= self.decision:
                continue
            self.decision = decision.decision_id
            checks = decode_checks(decision.checks_json)
            if decision.kind == "entry":
                first, *more = words.entry_words(decision, checks)
            else:
                first, *more = words.exit_words(decision, checks)
            yield decision.at, "look" if decision.kind == "exit" else "decision", first, more

    def _orders(self, news: News) -> Iterator[tuple[datetime, str, str, list[str]]]:
        for order in news.orders:
            if self.orders.get(order.order_id) == order.state:
                continue
            self.orders[order.order_id] = order.state
            yield order.created_at if order.settled_at is None else order.settled_at, "order", words.order_words(order), []

    def _fills(self, news: News) -> Iterator[tuple[datetime, str, str, list[str]]]:
        for record in news.fills:
            if record.fill_id > self.fill:
                self.fill = record.fill_id
                yield record.fill.at, "fill", words.fill_words(record), []

    def _audit(self, news: News) -> Iterator[tuple[datetime, str, str, list[str]]]:
        for row in news.audit:
            if row.seq > self.audit:
                self.audit = row.seq
                yield row.at, "audit", words.audit_words(row), []

    def _runs(self, news: News) -> Iterator[tuple[datetime, str, str, list[str]]]:
        for run in news.runs:
            key = (run.job, run.due_at, run.outcome)
            if run.outcome in ("ok", "running") or key in self.runs:
                continue
            self.runs.add(key)
            yield run.started_at, "run", f"{run.job} due {run.due_at:%Y-%m-%d %H:%M} {run.outcome}" + (f": {run.error}" if run.error else ""), []

    def _messages(self, news: News) -> Iterator[tuple[datetime, str, str, list[str]]]:
        for row in news.messages:
            if row.outbox_id > self.message:
                self.message = row.outbox_id
                yield row.created_at, "message", *self._message(row)

    def _message(self, row: OutboxRecord) -> tuple[str, list[str]]:
        """A new message in full; of an edited card what changed."""
        lines = words.message_lines(words.reply_of(row))
        unsent = "" if row.state == "sent" else f" ({row.state})"
        card = None if row.proposal_id is None else (row.chat_id, row.proposal_id)
        before = None if card is None else self.cards.get(card)
        if card is not None and row.state == "sent" and (row.is_edit or before is None):
            self.cards[card] = lines
        if row.is_edit and before is not None:
            changed = words.changed_lines(before, lines)
            now = "now reads" if changed else "reads as before, its buttons are new"
            return f"{row.kind} to {row.chat_id}{unsent}: card {row.proposal_id} {now}", changed
        under = f" under card {row.proposal_id}" if before is not None else f" (card {row.proposal_id})" if card is not None else ""
        return f"{row.kind} to {row.chat_id}{under}{unsent}", [f"| {line}" for line in lines]

    def _look(self, at: datetime, text: str, more: list[str]) -> None:
        """A look at a trade; one that saw what the look before saw joins it when nothing else was told in between."""
        decision_id, _, figures = text.partition(" ")
        run = self.run
        if run is None or run.words != (figures, *more):
            line = len(self.lines) + (1 if at != self.told_at and self.lines else 0)
            self.write(at, "decision", text, more)
            self.run = Run(int(decision_id), (figures, *more), line)
            return
        stamp, told_at = self.lines[run.line][: words.STAMP], self.told_at
        del self.lines[run.line :]
        first, *wrapped = words.column("decision", f"{run.first} to {decision_id}, the last at {at:%m-%d %H:%M}: {figures}")
        self.lines += [stamp + first, *(" " * words.STAMP + line for line in wrapped), *(" " * words.MARGIN + line for line in more)]
        self.told_at = told_at


def _news(tx: Transaction) -> News:
    trades = trades_of(tx)
    orders = tuple(order for trade in trades for order in tx.orders(trade.trade_id))
    fills = tuple(fill for trade in trades for fill in tx.fills(trade.trade_id))
    return News(
        decisions=tuple(sorted((*tx.decisions("entry"), *tx.decisions("exit")), key=lambda one: one.decision_id)),
        orders=orders,
        fills=fills,
        audit=tuple(reversed(tx.audit_tail(10_000))),
        runs=tx.runs(LONG_BEFORE),
        messages=tuple(_outbox(tx)),
    )


def trades_of(tx: Transaction) -> tuple[TradeRecord, ...]:
    found = (tx.trade(number) for number in range(1, TRADES_MAX + 1))
    return tuple(trade for trade in found if trade is not None)


def _outbox(tx: Transaction) -> Iterator[OutboxRecord]:
    number, missed = 1, 0
    while missed < GAP_MAX:
        row = tx.outgoing(number)
        number, missed = number + 1, 0 if row is not None else missed + 1
        if row is not None:
            yield row
