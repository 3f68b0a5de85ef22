"""The paper fill: prices of section 1.12, fees as on the venue, slippage kept with its source."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from engine.core.fees import combo_fee_coin, fee_terms
from engine.core.model import Spread
from engine.core.model_venue import Direction
from engine.core.rules import StrategyRules
from engine.core.spread_prices import close_mid_coin, entry_expected_coin, entry_mid_coin, paper_entry_price, paper_exit_price
from engine.errors import VenueError
from engine.execution.door import Send
from engine.execution.holdings import Carried
from engine.execution.orders import COMBO
from engine.execution.permission import MODELLED
from engine.state.records import OrderRecord
from engine.state.venue_records import IntentTerms


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperFill:
    """Price and fee per 1 ETH in coin; the price is a credit on opening and a debit on closing, never negative."""

    price_coin: Decimal
    mid_coin: Decimal
    fee_coin: Decimal

    def carried(self, quantity_eth: Decimal, *, side: str, index_usd: Decimal, at: datetime) -> Carried:
        """The whole amount done at this price, as an order at the venue would have come to it."""
        cash_coin = self.price_coin * quantity_eth
        return Carried(
            quantity_eth=quantity_eth,
            cash_coin=cash_coin if side == "open" else -cash_coin,
            fees_coin=self.fee_coin * quantity_eth,
            index_usd=index_usd,
            at=at,
            source=MODELLED,
        )


def fill_open(spread: Spread, rules: StrategyRules, *, floor_coin: Decimal, index_usd: Decimal) -> PaperFill | None:
    """The spread is sold at mid less 35 % of the way to natural; None when that lies below the lowest limit of the order.

    A limit order never fills below its limit: where the expected price is above the
    floor but its tick below is not, it fills at the floor. Raises VenueError while a side is empty.
    """
    expected, mid = entry_expected_coin(spread), entry_mid_coin(spread)
    price = paper_entry_price(spread, rules.execution)
    if expected is None or price is None or mid is None:
        raise VenueError("a side of the book is empty, the paper order cannot fill", server="paper", tool="open")
    if expected < floor_coin:
        return None
    return PaperFill(price_coin=max(price, floor_coin), mid_coin=mid, fee_coin=_fee_coin(spread, rules, index_usd))


def fill_close(spread: Spread, rules: StrategyRules, *, index_usd: Decimal) -> PaperFill:
    """The spread is bought back half-way between mid and natural. Raises VenueError while the short leg has no ask."""
    price = paper_exit_price(spread, rules.execution, index_usd=index_usd)
    mid = close_mid_coin(spread)
    if price is None or mid is None:
        raise VenueError("nobody offers the short leg, the paper order cannot fill", server="paper", tool="close")
    return PaperFill(price_coin=price, mid_coin=mid, fee_coin=_fee_coin(spread, rules, index_usd))


def _fee_coin(spread: Spread, rules: StrategyRules, index_usd: Decimal) -> Decimal:
    shorts, longs = ([quote.mark_coin for quote in quotes if quote.mark_coin is not None] for quotes in (spread.shorts, spread.longs))
    if len(shorts) + len(longs) < len(spread.quotes):
        raise VenueError("a leg has no mark, its fee cannot be told", server="paper", tool="fees")
    return combo_fee_coin(short_prices_coin=shorts, long_prices_coin=longs, terms=fee_terms(spread, index_usd=index_usd, rules=rules.fees))


def paper_send(intent: OrderRecord, terms: IntentTerms, *, received_coin: Decimal) -> Send:
    """The paper order as the door judges it: the whole amount at the price it is filled at."""
    return Send(
        intent=intent,
        terms=terms,
        part=COMBO,
        instrument="paper",
        direction=Direction.SELL,
        amount_eth=intent.quantity_eth,
        limit_coin=received_coin,
        received_coin=received_coin,
        is_paper=True,
    )
