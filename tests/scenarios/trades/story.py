"""Tells one trade: the script moves the market and taps the cards, the narrator writes what the engine made of it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, fields
from datetime import datetime
from pathlib import Path

from bot.callbacks import Verb, decode
from bot.format import plain_of, to_html
from bot.messages import render, voice
from bot.views.results import result_text
from bot.views.safety import close_quote
from engine.config import default_rules
from engine.core.model import OptionType, Stage
from engine.core.rules import StrategyRules
from engine.notices import EntryCard, ExitCard
from engine.state.codec import decode_checks
from engine.state.records import TradeRecord
from engine.views import ActionResult, Tap
from tests.engine.core.builders import NOW
from tests.scenarios.house import ANNA, OPERATOR, START_AT, House, Sent, at, house
from tests.scenarios.trades.hand import Hand
from tests.scenarios.trades.narrator import Narrator, trades_of
from tests.scenarios.trades.words import NONCE, number
from tests.scenarios.trades.world import StoryClock, StoryMarket

VERBS = {"approve": (Verb.APPROVE, Verb.CLOSE), "reject": (Verb.REJECT, Verb.KEEP), "postpone": (Verb.POSTPONE,)}
OUTBOX_MAX = 200
LOOKS_FOR_ENTRIES = ("open", "open_retry", "digest")


@dataclass(slots=True)
class Story:
    """One engine with its narrator."""

    engine: House
    narrator: Narrator
    seen: tuple[int, int] = (0, 0)

    @property
    def market(self) -> StoryMarket:
        if not isinstance(self.engine.market, StoryMarket):
            raise TypeError("a story is told over a story market")
        return self.engine.market

    async def until(self, instant: str | datetime) -> None:
        """The table's jobs have run up to the instant, each of them told."""
        await self.engine.run_until(at(instant) if isinstance(instant, str) else instant, after_job=self.look_at_news)
        await self.look()

    async def look_at_news(self) -> None:
        """What was audited or sent is told; a look at a trade that led to neither is told with the next news, under its own instant."""
        head = await self.engine.desk.store.read(lambda tx: tx.head().seq)
        if (head, len(self.engine.sent)) != self.seen:
            self.seen = (head, len(self.engine.sent))
            await self.look()

    async def look(self) -> None:
        await self.narrator.look(self.engine.desk.store)

    def say(self, kind: str, text: str) -> None:
        self.narrator.write(self.engine.clock.now(), kind, text)

    def trade(self, text: str, **changes: object) -> None:
        """The market has changed as told; a new spot is what the hours from now on close at."""
        if "spot_usd" in changes and "closes_usd" not in changes:
            changes["closes_usd"] = {**self.market.closes_usd, self.engine.clock.now(): float(str(changes["spot_usd"]))}
        for name, value in changes.items():
            if name not in {known.name for known in fields(self.market)}:
                raise ValueError(f"the market has no {name}")
            setattr(self.market, name, value)
        self.say("market", text)

    async def open(self) -> None:
        """The Monday card was entered at once, and the desk looks for no further entry."""
        await self.until(NOW)
        await self.tap("approve")
        self.engine.jobs = tuple(job for job in self.engine.jobs if job.name not in LOOKS_FOR_ENTRIES)
        self.say("story", "the trade is open; daily scans and digests are left out from here on")

    async def tap(self, verb: str, card: Sent | None = None) -> ActionResult:
        """The card's button was tapped, by the name it carries, and what it started has ended."""
        chosen = self.engine.card() if card is None else card
        if not isinstance(chosen.notice, EntryCard | ExitCard):
            raise TypeError("only a card has buttons")
        label = _label(chosen.notice, verb)
        result = await self.engine.press(verb, chosen)
        await self.engine.desk.settled()
        await self.engine.deliver()
        self._answered(f"anna: [{label}] on card {chosen.notice.proposal_id}", result)
        await self.look()
        return result

    async def force_close(self, trade_id: int, *, side: OptionType | None = None) -> None:
        """The trade, or one side of a condor, was closed by command: its cost is shown and the button below it tapped."""
        quote = await self.engine.door.force_close_quote(trade_id, ANNA, side=side)
        shown = plain_of(to_html(close_quote(quote, side, voice("en")))).split("\n")
        self.narrator.write(
            self.engine.clock.now(), "command", f"anna: /force_close {trade_id}" + (f" {side.value}" if side else ""), [f"| {line}" for line in shown]
        )
        tap = Tap(person=ANNA, chat_id=ANNA.user_id, message_id=1, verb="force_close", proposal_id=trade_id, nonce=quote.nonce)
        result = await self.engine.door.force_close(tap, side=side)
        await self.engine.desk.settled()
        await self.engine.deliver()
        self._answered("anna: the button below it", result)
        await self.look()

    async def command(self, line: str, order: Awaitable[ActionResult]) -> None:
        """A command was given and carried out."""
        result = await order
        await self.engine.desk.settled()
        await self.engine.deliver()
        self._answered(f"anna: {line}", result)
        await self.look()

    def _answered(self, asked: str, result: ActionResult) -> None:
        self.say("tap", f"{asked} → “{result_text(result.code, result.facts, voice('en'))}”")

    async def books(self) -> None:
        """The end of every trade, its P&L laid out as credit less debit less fees."""
        for trade in await self.engine.desk.store.read(trades_of):
            self.say("books", _books(trade))


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """What the test looks at once a story is told."""

    text: str
    trades: tuple[TradeRecord, ...]
    audit: tuple[tuple[int, str], ...]
    decisions: int
    messages: int
    alerts: tuple[str, ...]
    outcomes: tuple[str, ...]
    refused: frozenset[str]
    is_audit_whole: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Tale:
    """A story to tell and the facts that must come out of it, whatever its text says.

    `trades` are worked out by hand, `refused` are codes that must be among the reasons
    of a refused entry, `alerts` and `outcomes` of cards are all that may be, in order.
    `before` happens to the engine's home before the story's engine starts.
    """

    title: str
    play: Callable[[Story], Awaitable[None]]
    trades: tuple[Hand, ...] = ()
    alerts: tuple[str, ...] = ()
    outcomes: tuple[str, ...] = ()
    refused: frozenset[str] = frozenset()
    rules: StrategyRules = field(default_factory=default_rules)
    market: Callable[[], StoryMarket] = StoryMarket
    stage: Stage = Stage.PAPER
    start_at: datetime = START_AT
    before: Callable[[Path], None] = lambda _home: None


async def tell(tale: Tale, home: Path) -> Ending:
    """The story from its first line to the books, and what the store holds at its end."""
    narrator = Narrator(lines=[tale.title])
    async with story(tale, home, narrator) as told:
        market = told.market
        await told.engine.deliver()
        await told.look()
        told.say("market", f"spot {market.spot_usd} · DVOL {market.dvol:g} · EUR/USD {market.fx} · stage {tale.stage.value}")
        await tale.play(told)
        await told.look()
        await told.books()
        return await _ending(told)


@asynccontextmanager
async def story(tale: Tale, home: Path, narrator: Narrator) -> AsyncIterator[Story]:
    """An engine under the story's clock, in its home."""
    tale.before(home)
    clock = StoryClock(tale.start_at)
    async with house(home, market=tale.market(), start_at=tale.start_at, rules=tale.rules, stage=tale.stage, operators=(OPERATOR,), clock=clock) as engine:
        engine.clock = clock
        yield Story(engine, narrator)


async def _ending(told: Story) -> Ending:
    engine = told.engine
    store = engine.desk.store
    entries = await store.read(lambda tx: tx.decisions("entry"))
    return Ending(
        text="\n".join(told.narrator.lines) + "\n",
        trades=await store.read(trades_of),
        audit=tuple((row.seq, row.type) for row in await engine.audit()),
        decisions=len(entries) + len(await store.read(lambda tx: tx.decisions("exit"))),
        messages=await store.read(lambda tx: sum(1 for number in range(1, OUTBOX_MAX) if tx.outgoing(number) is not None)),
        alerts=tuple(engine.alerts()),
        outcomes=tuple(engine.outcomes()),
        refused=frozenset(check.code for one in entries for check in decode_checks(one.checks_json) if check.blocks),
        is_audit_whole=await engine.is_audit_whole(),
    )


def _label(card: EntryCard | ExitCard, verb: str) -> str:
    """What the tapped button says; a card that does not offer it raises."""
    offered = [button for row in render(card, language="en", nonce=NONCE, footer="").buttons for button in row]
    for button in offered:
        callback = decode(button.action)
        if callback is not None and callback.verb in VERBS[verb]:
            return button.label
    raise LookupError(f"card {card.proposal_id} has no button to {verb}")


def _books(trade: TradeRecord) -> str:
    told = f"trade {trade.trade_id} {trade.strategy.value.replace('_', ' ')} {trade.state.value}"
    if trade.pnl_coin is None or trade.pnl_usd is None or trade.pnl_eur is None or not trade.pnl_coin:
        return f"{told} · no result"
    figures = (trade.credit_coin, trade.debit_coin, trade.open_fee_coin, trade.close_fee_coin)
    credit, debit, open_fee, close_fee = (number(figure) for figure in figures)
    sum_coin = f"({credit} credit − {debit} debit − {open_fee} fee − {close_fee} fee) × {number(trade.quantity_eth)} ETH = {number(trade.pnl_coin)} ETH"
    earlier = [(side.strikes.option_type.value, side.closing) for side in trade.sides if side.closing is not None]
    parts = [f"the {kind}s brought {number(end.pnl_coin)} ETH, {number(end.pnl_usd)} USD, {number(end.pnl_eur)} EUR" for kind, end in earlier]
    if parts:
        total = f"together {number(trade.pnl_usd)} USD, {number(trade.pnl_eur)} EUR"
        return " · ".join([told, str(trade.close_reason), sum_coin, *parts, total])
    spot, fx = number(trade.pnl_usd / trade.pnl_coin), number(trade.pnl_usd / trade.pnl_eur)
    return f"{told} · {trade.close_reason} · {sum_coin} × {spot} = {number(trade.pnl_usd)} USD ÷ {fx} = {number(trade.pnl_eur)} EUR"
