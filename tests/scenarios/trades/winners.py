"""Trades that ended as hoped: the profit taken, the spread left to expire, the card that asked twice."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from engine.core.rules import StrategyRules
from tests.engine.core.builders import EXPIRY_AT
from tests.fakes.scripted_market import Book
from tests.scenarios.house import CHEAP, LONG, SHORT, unguarded
from tests.scenarios.trades.hand import Hand
from tests.scenarios.trades.story import Story, Tale

RIPE = {SHORT: Book(bid="0.0014", ask="0.0016", mark="0.0015", delta=-0.04), LONG: Book(bid="0.0003", ask="0.0005", mark="0.0004", delta=-0.01)}
"""Marks at which four fifths of the credit are earned: M 0.0011 of a credit of 0.0061."""

DEAD = {SHORT: Book(bid="0.0003", ask="0.0005", mark="0.0004", delta=-0.01), LONG: Book(bid=None, ask="0.0001", mark="0.00005", delta=-0.005)}
"""Marks of a spread that is worth next to nothing: M 0.00035."""


def patient() -> StrategyRules:
    """The default rules of an operator who takes a profit at 95 % only and looks twice a day."""
    rules = unguarded()
    return replace(rules, exit=replace(rules.exit, profit_take_net_frac=0.95))


async def take_profit(told: Story) -> None:
    await told.open()
    told.trade(f"{SHORT} 0.0020/0.0022 mark 0.0021 Δ −0.05 · {LONG} 0.0008/0.0010 mark 0.0009 Δ −0.02", books=CHEAP)
    await told.until("03-02 19:06")
    await told.tap("approve")


async def ask_again(told: Story) -> None:
    await told.until("03-02 14:00")
    first = told.engine.card()
    await told.until("03-02 14:11")
    told.trade("spot 2040, two per cent above the card", spot_usd=Decimal(2040))
    await told.tap("approve", first)
    told.say("story", "a phone that was offline still shows the first face of the card: its button is dead")
    await told.tap("approve", first)
    await told.tap("approve")


async def let_expire(told: Story) -> None:
    await told.open()
    told.trade(f"{SHORT} 0.0014/0.0016 mark 0.0015 Δ −0.04 · {LONG} 0.0003/0.0005 mark 0.0004 Δ −0.01", books=RIPE)
    await told.until("03-19 12:00")
    told.trade(f"spot 2100 · {SHORT} 0.0003/0.0005 mark 0.0004 Δ −0.01 · {LONG} no bid/0.0001 mark 0.00005 Δ −0.005", spot_usd=Decimal(2100), books=DEAD)
    await told.until("03-20 08:00")
    told.trade("delivery price 2100", deliveries={EXPIRY_AT: Decimal(2100)})
    await told.until("03-20 08:10")


# A close costs half-way between mid (0.0021 - 0.0009) and natural (0.0022 - 0.0008): 0.0013; the dearer leg's fee is an eighth of its mark of 0.0021.
TALES = {
    "profit_take": Tale(
        title="A bull put opened on Monday earns four fifths of its credit by the evening; the monitor proposes to close and the operator does.",
        play=take_profit,
        trades=(Hand(state="closed", reason="profit_take", credit="0.0061", debit="0.0013", open_fee="0.0003", close_fee="0.0002625", eth="2", spot="2000"),),
        outcomes=("executed", "executed"),
    ),
    "drift_at_approval": Tale(
        title="The market moves between card and tap: the card asks again with old and new, the old face is dead, the second yes opens.",
        play=ask_again,
        trades=(Hand(state="open", reason=None, credit="0.0061", debit="0", open_fee="0.0003", close_fee="0", eth="2", spot="2040"),),
        outcomes=("executed",),
    ),
    "let_expire_worthless": Tale(
        title="A spread that is worth next to nothing on its last evening is left alone; it expires without a fee and the whole credit is kept.",
        play=let_expire,
        trades=(Hand(state="settled", reason="settled", credit="0.0061", debit="0", open_fee="0.0003", close_fee="0", eth="2", spot="2100"),),
        alerts=("let-expire",),
        outcomes=("executed",),
        rules=patient(),
    ),
}
