"""The rules asked without anything coming of it: a fresh look, the same decisions as the cycles make, no row and no card."""

from __future__ import annotations

from engine.core.combo_builder import select_strikes
from engine.core.decision import Approved, Refused
from engine.core.entry_cycle import EntryDecision, decide_entry
from engine.core.exit_decision import evaluate
from engine.core.lifecycle import TradeState
from engine.core.model import Book, MarketSnapshot, Proposal, Spread, Strategy
from engine.core.sound_snapshot import sound_snapshot
from engine.runtime.book import read_book
from engine.runtime.desk import Desk
from engine.runtime.evaluation import Evaluation
from engine.runtime.gather import gather
from engine.runtime.orchestrator import bias_of
from engine.runtime.positions import exit_inputs, look_at


class AskedRules:
    """Answers from the desk's market and store; the store may be one that cannot be written."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def evaluate_entry(self) -> Evaluation:
        snapshot, book = await self._entry_inputs()
        return _entry(decide_entry(snapshot, book, self._desk.rules), snapshot)

    async def select_strikes(self, strategy: Strategy) -> Evaluation:
        snapshot, book = await self._entry_inputs()
        bias = bias_of(snapshot, self._desk)
        sound = sound_snapshot(snapshot)
        found = (
            Refused(checks=())
            if sound.chain is None
            else select_strikes(sound.chain, sound, strategy=strategy, stage=book.stage, rules=self._desk.rules, now=sound.taken_at)
        )
        spread = found.value.spread if isinstance(found, Approved) else None
        return Evaluation(
            at=snapshot.taken_at,
            outcome="found" if isinstance(found, Approved) else "none",
            reason="no_chain" if sound.chain is None else "",
            bias=bias.bias.value,
            bias_row=bias.row,
            strategy=strategy.value,
            legs=_legs(spread),
            quantity_eth=None,
            credit_mid_coin=found.value.economics.credit_mid_coin if isinstance(found, Approved) else None,
            max_loss_eur=None,
            checks=found.checks,
        )

    async def evaluate_exit(self, trade_id: int) -> Evaluation | None:
        desk = self._desk
        async with desk.cycle():
            trades = tuple(trade for trade in await desk.store.read(lambda tx: tx.open_trades()) if trade.state is TradeState.OPEN)
            if trade_id not in [trade.trade_id for trade in trades]:
                return None
            gathered = await gather(desk, with_chain=True)
            looks = tuple([await look_at(desk, trade) for trade in trades])
            bias = bias_of(gathered.snapshot, desk)
            look = next(look for look in looks if look.trade.trade_id == trade_id)
            decision = evaluate(exit_inputs(look, looks, gathered, desk.rules, bias_now=bias.bias), desk.rules)
        return Evaluation(
            at=gathered.snapshot.taken_at,
            outcome=decision.action.value,
            reason=decision.reason.value,
            bias=bias.bias.value,
            bias_row=bias.row,
            strategy=look.trade.strategy.value,
            legs=_legs(look.spread),
            quantity_eth=look.trade.quantity_eth,
            credit_mid_coin=None,
            max_loss_eur=look.trade.max_loss_eur,
            checks=decision.checks,
        )

    async def _entry_inputs(self) -> tuple[MarketSnapshot, Book]:
        desk = self._desk
        async with desk.cycle():
            snapshot = (await gather(desk, with_chain=True)).snapshot
            book = await desk.store.read(lambda tx: read_book(tx, desk.rules.sizing, stage=desk.stage, now=snapshot.taken_at, is_killed=desk.is_killed(tx)))
        return snapshot, book


def _entry(decision: EntryDecision, snapshot: MarketSnapshot) -> Evaluation:
    proposal: Proposal | None = decision.outcome.value if isinstance(decision.outcome, Approved) else None
    return Evaluation(
        at=snapshot.taken_at,
        outcome="approved" if proposal is not None else "refused",
        reason="",
        bias=decision.bias.bias.value,
        bias_row=decision.bias.row,
        strategy=None if decision.bias.strategy is None else decision.bias.strategy.value,
        legs=_legs(None if proposal is None else proposal.candidate.spread),
        quantity_eth=None if proposal is None else proposal.sizing.quantity_eth,
        credit_mid_coin=None if proposal is None else proposal.candidate.economics.credit_mid_coin,
        max_loss_eur=None if proposal is None else proposal.sizing.max_loss_eur,
        checks=decision.outcome.checks,
    )


def _legs(spread: Spread | None) -> tuple[str, ...]:
    if spread is None:
        return ()
    return tuple(text for vertical in spread.verticals for text in (f"sell {vertical.short.instrument.name}", f"buy {vertical.long.instrument.name}"))
