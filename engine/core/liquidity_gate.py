"""Whether a spread can be bought back: one check per leg and question, then the price of impatience.

Rules of this file: the whole list is always returned; a side that is empty where it
is needed is a "no". A long leg without a bid is allowed: it is left to expire.
Source: strategy §1.5.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from engine.core.checks import above, age_s, at_least, at_most, coin_unit, not_evaluated, verdict_of
from engine.core.decision import AT_LEAST, AT_MOST, ETH, FRAC, NOT_EVALUATED, PASSED, SECONDS, WARNED, Check
from engine.core.model import Quote, Spread, Vertical
from engine.core.rules import FreshnessRules, LegLiquidity, LiquidityRules
from engine.core.spread_prices import EXPECTED_SHARE, ZERO, bid_or_nothing_coin, entry_mid_coin


@dataclass(frozen=True, slots=True, kw_only=True)
class GateTerms:
    """What every leg is held against."""

    quantity_eth: Decimal
    index_usd: Decimal
    now: datetime
    rules: LiquidityRules
    freshness: FreshnessRules


def check(spread: Spread, quantity_eth: Decimal, *, rules: LiquidityRules, now: datetime, index_usd: Decimal, freshness: FreshnessRules) -> tuple[Check, ...]:
    """Every liquidity check of all legs and of the spread at this size; it passes when none of them blocks.

    Shape: per vertical the short leg's checks and the long leg's, then the spread's;
    `subject` is the instrument. Widths stated in ETH are valued at `index_usd` for linear contracts.
    """
    terms = GateTerms(quantity_eth=quantity_eth, index_usd=index_usd, now=now, rules=rules, freshness=freshness)
    return (*(one for vertical in spread.verticals for one in _vertical_checks(vertical, terms)), _slippage(spread, rules))


def expected_slippage_frac(*, mid_coin: Decimal, natural_coin: Decimal) -> Decimal:
    """The share of a positive mid credit a patient order is expected to give up."""
    return EXPECTED_SHARE * (mid_coin - natural_coin) / mid_coin


def _vertical_checks(vertical: Vertical, terms: GateTerms) -> tuple[Check, ...]:
    short, long = vertical.short, vertical.long
    return (
        _side("short_has_bid", short, short.bid_coin),
        *_leg_checks(short, short.bid_size_eth, terms.rules.short_leg, terms),
        _side("long_has_ask", long, long.ask_coin),
        *_leg_checks(long, long.ask_size_eth, terms.rules.long_leg, terms),
    )


def _leg_checks(quote: Quote, top_size_eth: Decimal | None, leg: LegLiquidity, terms: GateTerms) -> tuple[Check, ...]:
    rules, name = terms.rules, quote.instrument.name
    top_size_min_eth = max(rules.top_size_min_eth, rules.top_size_min_multiple * terms.quantity_eth)
    interest_min_eth = leg.open_interest_min_eth
    return (
        _not_crossed(quote),
        at_least("L03", "open_interest", observed=quote.open_interest_eth, limit=interest_min_eth, unit=ETH, subject=name),
        _book_spread(quote, leg, terms.index_usd),
        at_least("L05", "top_size", observed=top_size_eth, limit=top_size_min_eth, unit=ETH, subject=name),
        _divergence(quote, rules),
        _volume(quote, rules),
        _age(quote, terms.now, terms.freshness),
    )


def _side(code: str, quote: Quote, price_coin: Decimal | None) -> Check:
    option = quote.instrument
    return above("L01", code, observed=price_coin, limit=ZERO, unit=coin_unit(option.family), subject=option.name)


def _not_crossed(quote: Quote) -> Check:
    option, bid_coin = quote.instrument, bid_or_nothing_coin(quote)
    unit = coin_unit(option.family)
    return above("L02", "book_not_crossed", observed=quote.ask_coin, limit=bid_coin, unit=unit, subject=option.name)


def _book_spread(quote: Quote, leg: LegLiquidity, index_usd: Decimal) -> Check:
    name, unit = quote.instrument.name, coin_unit(quote.instrument.family)
    if quote.ask_coin is None:
        missing = NOT_EVALUATED
        return Check(rule="L04", code="book_spread", verdict=missing, relation=AT_MOST, unit=unit, subject=name, cause="no_ask")
    bid_coin = bid_or_nothing_coin(quote)
    abs_max_coin = quote.instrument.family.coin_of_eth(leg.spread_abs_max_eth, index_usd=index_usd)
    limit = max(abs_max_coin, leg.spread_rel_max_frac * (bid_coin + quote.ask_coin) / 2)
    return at_most("L04", "book_spread", observed=quote.ask_coin - bid_coin, limit=limit, unit=unit, subject=name)


def _divergence(quote: Quote, rules: LiquidityRules) -> Check:
    limit, name = rules.mark_mid_divergence_max_frac, quote.instrument.name
    observed: Decimal | None = None
    if quote.ask_coin is not None and quote.mark_coin is not None and quote.mark_coin > ZERO:
        observed = abs((bid_or_nothing_coin(quote) + quote.ask_coin) / 2 - quote.mark_coin) / quote.mark_coin
    if observed is None:
        missing = NOT_EVALUATED
        return Check(
            rule="L06",
            code="mark_mid_divergence",
            verdict=missing,
            limit=limit,
            relation=AT_MOST,
            unit=FRAC,
            subject=name,
            cause="no_mark_or_ask",
        )
    return at_most("L06", "mark_mid_divergence", observed=observed, limit=limit, unit=FRAC, subject=name)


def _age(quote: Quote, now: datetime, freshness: FreshnessRules) -> Check:
    observed, limit_s = abs(age_s(quote.quoted_at, now)), float(freshness.ticker)
    return at_most("L07", "quote_age", observed=observed, limit=limit_s, unit=SECONDS, subject=quote.instrument.name)


def _volume(quote: Quote, rules: LiquidityRules) -> Check:
    """Thin trading warns and never forbids."""
    limit, volume_eth = rules.volume_24h_warn_below_eth, quote.volume_24h_eth
    return Check(
        rule="L08",
        code="volume_24h",
        verdict=PASSED if volume_eth is not None and volume_eth >= limit else WARNED,
        observed=volume_eth,
        limit=limit,
        relation=AT_LEAST,
        unit=ETH,
        subject=quote.instrument.name,
        cause="missing" if volume_eth is None else "",
    )


def _slippage(spread: Spread, rules: LiquidityRules) -> Check:
    limit, mid_coin, natural_coin = rules.expected_slippage_max_frac, entry_mid_coin(spread), spread.natural_coin
    if mid_coin is None or natural_coin is None:
        return not_evaluated("L09", "expected_slippage", cause="empty_side", limit=limit, relation=AT_MOST, unit=FRAC)
    if mid_coin <= ZERO:
        return not_evaluated("L09", "expected_slippage", cause="credit_not_positive", limit=limit, relation=AT_MOST, unit=FRAC)
    observed = expected_slippage_frac(mid_coin=mid_coin, natural_coin=natural_coin)
    return Check(rule="L09", code="expected_slippage", verdict=verdict_of(observed <= limit), observed=observed, limit=limit, relation=AT_MOST, unit=FRAC)
