"""What a spread is worth on entering and on leaving, and the prices paper fills happen at.

Rules of this file: coin per 1 ETH; a credit is rounded down to tick and a debit up,
always against us. A long leg nobody bids for is worth nothing: that never forbids
an entry and never helps an exit. Source: strategy §1.5, §1.9 and §1.12.
"""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from engine.core.model import Family, Quote, Spread, Vertical
from engine.core.rules import ExecutionRules

EXPECTED_SHARE = Decimal("0.35")
PAPER_EXIT_SHARE = Decimal("0.5")
ZERO = Decimal(0)
ONE = Decimal(1)


def round_down_to_tick(price_coin: Decimal, tick_coin: Decimal) -> Decimal:
    """The highest multiple of the tick that is not above the price."""
    return (price_coin / tick_coin).to_integral_value(rounding=ROUND_FLOOR) * tick_coin


def round_up_to_tick(price_coin: Decimal, tick_coin: Decimal) -> Decimal:
    """The lowest multiple of the tick that is not below the price."""
    return (price_coin / tick_coin).to_integral_value(rounding=ROUND_CEILING) * tick_coin


def bid_or_nothing_coin(quote: Quote) -> Decimal:
    """The bid, or zero where nobody bids: the price one can sell at for certain."""
    return quote.bid_coin if quote.bid_coin is not None else ZERO


def combo_tick_coin(spread: Spread, execution: ExecutionRules) -> Decimal:
    """The grid a combo's price lies on: the venue's own for inverse combos, the legs' finest step for linear ones."""
    if spread.family is Family.INVERSE:
        return execution.combo_tick_eth
    return min(step.tick_coin for quote in spread.quotes for step in quote.instrument.ticks)


def entry_mid_coin(spread: Spread) -> Decimal | None:
    """The net credit at mid; a long leg without a bid is taken as bid at zero, any other empty side is None."""
    mids = [vertical_entry_mid_coin(vertical) for vertical in spread.verticals]
    known = [mid for mid in mids if mid is not None]
    return sum(known, ZERO) if len(known) == len(mids) else None


def vertical_entry_mid_coin(vertical: Vertical) -> Decimal | None:
    """One vertical's part of the net credit at mid."""
    short_mid_coin = vertical.short.mid_coin
    if short_mid_coin is None or vertical.long.ask_coin is None:
        return None
    return short_mid_coin - (bid_or_nothing_coin(vertical.long) + vertical.long.ask_coin) / 2


def entry_expected_coin(spread: Spread) -> Decimal | None:
    """The net credit a patient limit order is expected to get: 35 % of the way from mid to natural."""
    mid_coin, natural_coin = entry_mid_coin(spread), spread.natural_coin
    if mid_coin is None or natural_coin is None:
        return None
    return mid_coin - EXPECTED_SHARE * (mid_coin - natural_coin)


def close_mid_coin(spread: Spread) -> Decimal | None:
    """The cost to close at mid; a long leg counts for its bid where nobody offers it, for nothing where nobody bids."""
    costs = [_vertical_close_mid_coin(vertical) for vertical in spread.verticals]
    known = [cost for cost in costs if cost is not None]
    return sum(known, ZERO) if len(known) == len(costs) else None


def close_expected_coin(spread: Spread) -> Decimal | None:
    """The cost a patient closing order is expected to pay: 35 % of the way from mid to natural."""
    return _towards_natural_coin(spread, EXPECTED_SHARE)


def paper_entry_price(spread: Spread, execution: ExecutionRules) -> Decimal | None:
    """The credit a paper entry gets, rounded down to tick; None while a side is empty."""
    expected_coin = entry_expected_coin(spread)
    return None if expected_coin is None else round_down_to_tick(expected_coin, combo_tick_coin(spread, execution))


def paper_exit_price(spread: Spread, execution: ExecutionRules, *, index_usd: Decimal) -> Decimal | None:
    """The debit a paper exit pays, rounded up to tick, never below zero and never more than the width is worth."""
    cost_coin = _towards_natural_coin(spread, PAPER_EXIT_SHARE)
    if cost_coin is None:
        return None
    tick_coin = combo_tick_coin(spread, execution)
    cap_coin = round_down_to_tick(spread.family.coin_of_usd(spread.width_usd, index_usd=index_usd), tick_coin)
    return min(max(round_up_to_tick(cost_coin, tick_coin), ZERO), cap_coin)


def _vertical_close_mid_coin(vertical: Vertical) -> Decimal | None:
    if vertical.short.ask_coin is None:
        return None
    # Where nobody bids for the short leg half its ask would be a price nobody has named.
    short_bid_coin = bid_or_nothing_coin(vertical.short)
    short_mid_coin = (short_bid_coin + vertical.short.ask_coin) / 2 if short_bid_coin > ZERO else vertical.short.ask_coin
    long_bid_coin = bid_or_nothing_coin(vertical.long)
    if long_bid_coin > ZERO and vertical.long.ask_coin is not None:
        return short_mid_coin - (long_bid_coin + vertical.long.ask_coin) / 2
    return short_mid_coin - long_bid_coin


def _towards_natural_coin(spread: Spread, share: Decimal) -> Decimal | None:
    mid_coin, natural_coin = close_mid_coin(spread), spread.natural_close_coin
    if mid_coin is None or natural_coin is None:
        return None
    return mid_coin + share * (natural_coin - mid_coin)
