"""One look at every open trade of a fast replay, made exactly: core judges, and what it closes is booked."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal

from engine.core.exit_decision import evaluate
from engine.core.lifecycle import TradeState
from engine.core.model import ExitAction, ExitDecision, ExitReason, ExitUrgency, Reading
from engine.core.result import TradeResult, trade_result
from engine.core.rules import StrategyRules
from engine.execution.paper import fill_close
from engine.research.fast_book import FastBook, FillFacts, fill_of
from engine.research.holding import Holding
from engine.research.past import MONITOR, SETTLE, PaperWealth, Past
from engine.runtime.gather import Gathered, snapshot_of
from engine.runtime.positions import Look, booking_rate_usd_per_eur, exit_inputs, exposure_of, flows_of, look_of, margin_usage_frac, unrealised
from engine.runtime.settlement import delivered_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed:
    """A trade that is to be bought back, and why."""

    holding: Holding
    look: Look
    reason: ExitReason


class ExactLook:
    """The market and the open trades at one due run."""

    def __init__(
        self,
        past: Past,
        rules: StrategyRules,
        book: FastBook,
        wealth: PaperWealth,
        *,
        row: int,
        fx: tuple[Reading[Decimal] | None, Reading[Decimal] | None],
    ) -> None:
        self.now = past.instant(row)
        self._past, self._rules, self._book, self._row = past, rules, book, row
        self._is_hard_only = past.kind[row] != MONITOR
        answers = past.answers(self.now, wealth=wealth.at(self.now))
        snapshot = snapshot_of(answers, now=self.now, fx_before_usd_per_eur=fx[1], rules=rules)
        self._gathered = Gathered(snapshot=snapshot, closes=answers.closes, dvols=(), failures=())
        self._looks = tuple(self._look(holding) for holding in book.holdings)

    @property
    def margin_usage_frac(self) -> float | None:
        """Maintenance margin over equity, as the trigger table reads it."""
        return margin_usage_frac(self._looks, self._gathered, self._rules)

    def judge_all(self) -> list[Closed]:
        """Every trade is marked and judged; the delivered ones are booked, those to be bought back are returned in their order."""
        closes: list[Closed] = []
        for holding, look in zip(list(self._book.holdings), self._looks, strict=True):
            decision = evaluate(exit_inputs(look, self._looks, self._gathered, self._rules, bias_now=None), self._rules)
            self._note(holding, look, decision)
            if decision.action is ExitAction.SETTLE:
                self._settle(holding, look)
            elif decision.action is ExitAction.CLOSE and (not self._is_hard_only or decision.urgency is ExitUrgency.HARD):
                self._book.proposals += 1
                closes.append(Closed(holding=holding, look=look, reason=decision.reason))
        return closes

    def close(self, close: Closed) -> None:
        """The trade is bought back at the paper price and booked."""
        index = self._gathered.snapshot.index_usd
        if index is None:
            return
        look, trade = close.look, close.holding.trade
        fill, rate = fill_close(look.spread, self._rules, index_usd=index.value), booking_rate_usd_per_eur(trade, self._gathered)
        result = trade_result(flows_of(look, debit_coin=fill.price_coin, close_fee_coin=fill.fee_coin), index_usd=index.value, fx_usd_per_eur=rate)
        facts = FillFacts(at=self.now, side="close", spot_usd=index.value, fx_usd_per_eur=rate)
        self._book.add_fill(fill_of(trade, facts, price_coin=fill.price_coin, mid_coin=fill.mid_coin, fee_coin=fill.fee_coin))
        self._end(close.holding, TradeState.CLOSED, close.reason, debit_coin=fill.price_coin, close_fee_coin=fill.fee_coin, result=result)

    def _look(self, holding: Holding) -> Look:
        past, trade = self._past, holding.record(self._past)
        if self.now >= trade.expiry_at:
            return look_of(trade, None, self.now, delivery_price_usd=past.market.delivery_price(trade.expiry_at, t=self.now))
        if past.kind[self._row] == SETTLE:
            return look_of(trade, holding.quoted(past, self.now), self.now)
        return look_of(trade, holding.spread_at(int(past.look_number[self._row]), past), self.now)

    def _note(self, holding: Holding, look: Look, decision: ExitDecision) -> None:
        """What the store would remember of the look: its mark, and when the trade was last checked."""
        result = unrealised(look, self._gathered, self._rules)
        if look.is_quoted:
            holding.unrealised_eur = 0.0 if result is None else float(result.pnl_eur)
            holding.expose(exposure_of(look, self._gathered))
        if decision.reason is not ExitReason.DATA:
            holding.checked_at = self.now

    def _settle(self, holding: Holding, look: Look) -> None:
        price = look.delivery_price_usd
        if price is None:
            return
        delivered = delivered_at(look, self._rules, price_usd=price, fx_usd_per_eur=booking_rate_usd_per_eur(look.trade, self._gathered))
        self._end(holding, TradeState.SETTLED, ExitReason.SETTLED, debit_coin=delivered.payout_coin, close_fee_coin=delivered.fee_coin, result=delivered.result)

    def _end(self, holding: Holding, state: TradeState, reason: ExitReason, *, debit_coin: Decimal, close_fee_coin: Decimal, result: TradeResult) -> None:
        ended = replace(
            holding.trade,
            state=state,
            closed_at=self.now,
            close_reason=reason.value,
            debit_coin=debit_coin,
            close_fee_coin=close_fee_coin,
            pnl_coin=result.pnl_coin,
            pnl_usd=result.pnl_usd,
            pnl_eur=result.pnl_eur,
        )
        self._book.close(holding, ended, self.now)
