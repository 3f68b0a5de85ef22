"""The iron condor: opened on both sides of a market without a trend, closed one side after the other."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from engine.core.model import OptionType
from tests.engine.core.builders import NOW
from tests.fakes.scripted_market import Book
from tests.scenarios.house import CHEAP, unguarded
from tests.scenarios.trades.hand import Hand
from tests.scenarios.trades.losers import told_books
from tests.scenarios.trades.story import Story, Tale
from tests.scenarios.trades.world import StoryMarket

DEARER_CALLS = {
    "ETH-20MAR26-2350-C": Book(bid="0.0128", ask="0.0132", mark="0.0130", delta=0.19),
    "ETH-20MAR26-2450-C": Book(bid="0.0068", ask="0.0072", mark="0.0070", delta=0.11),
}
"""The call side costs 0.0060 after a rise to 2100; it was sold at a mid of 0.00375."""


async def one_side_closed(told: Story) -> None:
    await told.open()
    told.trade(f"spot 2100 · {told_books(DEARER_CALLS)}", spot_usd=Decimal(2100), books=DEARER_CALLS)
    await told.until("03-03 08:00")
    await told.force_close(1, side=OptionType.CALL)
    told.trade(f"spot 2150 · {told_books(CHEAP)}", spot_usd=Decimal(2150), books=CHEAP)
    await told.until("03-03 19:05")
    await told.tap("approve")


def without_a_trend() -> StoryMarket:
    """The index has gone up and down around 2000 for two months, as volatile as DVOL says."""
    return StoryMarket(closes_usd={NOW - timedelta(days=62): 2000.0}, wobble_frac=0.0064)


# Sold together at 35 per cent of the way from mid (0.00625 + 0.00375) to natural, down to tick: 0.0098.
# Of that 0.625 belong to the puts and 0.375 to the calls, as their mids stood; each side paid for one leg.
TALES = {
    "condor_one_side_closed": Tale(
        title="A market without a trend takes an iron condor; the bias turns in a rise, the operator buys the calls back, the puts go on alone.",
        play=one_side_closed,
        trades=(
            Hand(
                state="closed",
                reason="profit_take",
                credit="0.006125",
                debit="0.0013",
                open_fee="0.0003",
                close_fee="0.0002625",
                eth="2",
                spot="2150",
                earlier=(Hand(state="", reason="manual", credit="0.003675", debit="0.0062", open_fee="0.0003", close_fee="0.0003", eth="2", spot="2100"),),
            ),
        ),
        alerts=("bias-flip",),
        outcomes=("executed", "executed", "executed"),
        rules=unguarded(),
        market=without_a_trend,
    ),
}
