"""The search for a vertical inside one expiry: shorts in the band, longs at the width, gates, rank.

Rules of this file: pairs are looked at in strike order, so the chain's row order
never matters; every drop is counted under the gate that caused it. Source: strategy §1.4.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from engine.core.decision import Check, Value, Verdict
from engine.core.economics import credit_checks, spread_economics
from engine.core.fees import fee_allowance_eth
from engine.core.liquidity_gate import check
from engine.core.model import Family, OptionType, Quote, Spread, SpreadEconomics, Vertical
from engine.core.quote_soundness import with_sound_greeks
from engine.core.skew import atm_iv_frac
from engine.core.strike_bands import SearchTerms, otm_frac, short_checks, width_band

DELTA_BUCKET = 0.01
BUCKET_OF_NO_DELTA = 100

RankKey = tuple[int, Decimal, Decimal, Decimal, Decimal]


@dataclass(frozen=True, slots=True, kw_only=True)
class RankedPair:
    """A vertical inside every band, with its figures and the gates that block it (none = tradable)."""

    spread: Spread
    economics: SpreadEconomics
    blocking: tuple[Check, ...]
    rank: RankKey


@dataclass(slots=True, kw_only=True)
class SearchTrace:
    """What the search saw on its way, for the refusal."""

    nearest_delta: float | None = None
    nearest_width_frac: Decimal | None = None
    shorts_dropped: Counter[str] = field(default_factory=Counter)
    pairs_dropped: Counter[str] = field(default_factory=Counter)
    cheapest_loss_eur: Decimal | None = None
    shorts_in_band: int = 0

    def note_delta(self, delta: Value, target: float) -> None:
        """A short delta is remembered when it is the nearest to the target so far."""
        if isinstance(delta, float) and (self.nearest_delta is None or abs(delta - target) < abs(self.nearest_delta - target)):
            self.nearest_delta = delta

    def note_width(self, width_frac: Decimal, target_frac: Decimal) -> None:
        """A width outside the band is remembered when it is the nearest to the target so far."""
        if self.nearest_width_frac is None or abs(width_frac - target_frac) < abs(self.nearest_width_frac - target_frac):
            self.nearest_width_frac = width_frac


def ranked_pairs(quotes: Sequence[Quote], terms: SearchTerms, trace: SearchTrace) -> list[RankedPair]:
    """Every affordable pair of one expiry inside the bands, best first, blocked ones included; `trace` tells what was dropped."""
    atm = atm_iv_frac(quotes)
    side = sorted((quote for quote in quotes if quote.instrument.option_type is terms.side), key=_strike_usd)
    shorts = [quote for quote in side if _is_short_in_band(quote, atm, terms, trace)]
    spreads = [spread for short in shorts for spread in _affordable_spreads(short, side, terms, trace)]
    pairs = [pair for spread in spreads if (pair := _pair(spread, terms, trace)) is not None]
    return sorted(pairs, key=lambda pair: pair.rank)


def first_lot_loss_eur(width_usd: Decimal, lot_eth: Decimal, terms: SearchTerms) -> Decimal:
    """Width plus fee allowance of one lot in EUR: what the trade cap is held against before anything is priced."""
    return (width_usd + fee_allowance_eth(len(terms.strategy.sides), terms.rules.sizing) * terms.index_usd) * lot_eth / terms.fx_usd_per_eur


def _strike_usd(quote: Quote) -> Decimal:
    return quote.instrument.strike_usd


def _is_short_in_band(quote: Quote, atm: float | None, terms: SearchTerms, trace: SearchTrace) -> bool:
    """True when the quote may be sold; what forbids it is counted in `trace`."""
    if otm_frac(quote, terms.index_usd) <= 0.0:
        return False
    checks = short_checks(quote, atm, terms)
    trace.note_delta(checks[0].observed, terms.rules.strikes.short_delta_target)
    blocking = [one for one in checks if one.blocks]
    if blocking:
        trace.shorts_dropped[_cause_of(blocking)] += 1
        return False
    trace.shorts_in_band += 1
    return True


def _cause_of(blocking: Sequence[Check]) -> str:
    """Under what a short is counted: a figure that is missing before the band it lies outside of."""
    is_blind = any(one.verdict is Verdict.NOT_EVALUATED for one in blocking)
    return "no_model_figures" if is_blind else blocking[0].code


def _affordable_spreads(short: Quote, side: Sequence[Quote], terms: SearchTerms, trace: SearchTrace) -> list[Spread]:
    low_frac, high_frac = width_band(terms)
    spreads: list[Spread] = []
    for long in side:
        if not _is_further_out(long, short):
            continue
        width_usd = abs(_strike_usd(short) - _strike_usd(long))
        if not low_frac <= width_usd / terms.index_usd <= high_frac:
            trace.pairs_dropped["width_band"] += 1
            trace.note_width(width_usd / terms.index_usd, terms.rules.strikes.width_target_frac)
            continue
        loss_eur = first_lot_loss_eur(width_usd, short.instrument.lot_eth, terms)
        if loss_eur > terms.cap_trade_eur:
            trace.pairs_dropped["trade_cap"] += 1
            trace.cheapest_loss_eur = loss_eur if trace.cheapest_loss_eur is None else min(loss_eur, trace.cheapest_loss_eur)
            continue
        vertical = Vertical(short=with_sound_greeks(short, terms.now), long=with_sound_greeks(long, terms.now))
        spreads.append(Spread(verticals=(vertical,)))
    return spreads


def _is_further_out(long: Quote, short: Quote) -> bool:
    return _strike_usd(long) < _strike_usd(short) if short.instrument.option_type is OptionType.PUT else _strike_usd(long) > _strike_usd(short)


def _pair(spread: Spread, terms: SearchTerms, trace: SearchTrace) -> RankedPair | None:
    economics = spread_economics(spread, index_usd=terms.index_usd, now=terms.now, rules=terms.rules)
    if economics is None:
        trace.pairs_dropped["no_price"] += 1
        return None
    rules = terms.rules
    liquidity = check(spread, spread.lot_eth, rules=rules.liquidity, now=terms.now, index_usd=terms.index_usd, freshness=rules.freshness_s)
    blocking = tuple(one for one in (*credit_checks(economics, spread.family, rules.strikes), *liquidity) if one.blocks)
    trace.pairs_dropped.update({one.code for one in blocking})
    return RankedPair(spread=spread, economics=economics, blocking=blocking, rank=_rank(spread, economics, terms))


def _rank(spread: Spread, economics: SpreadEconomics, terms: SearchTerms) -> RankKey:
    """Lexicographic preference: delta near its target, width near its target, net return on risk, lower strikes."""
    vertical = spread.verticals[0]
    greeks = vertical.short.greeks
    target = terms.rules.strikes.short_delta_target
    return (
        BUCKET_OF_NO_DELTA if greeks is None else math.floor(abs(abs(greeks.delta) - target) / DELTA_BUCKET + 1e-9),
        abs(spread.width_usd / terms.index_usd - terms.rules.strikes.width_target_frac),
        -_net_return_on_risk(economics, spread.family, terms.index_usd),
        _strike_usd(vertical.short),
        _strike_usd(vertical.long),
    )


def _net_return_on_risk(economics: SpreadEconomics, family: Family, index_usd: Decimal) -> Decimal:
    """Net credit over the strict loss less the credit, as §1.4 writes it; infinite when the credit covers the loss."""
    credit_usd = family.usd_of_coin(economics.credit_mid_coin, index_usd=index_usd)
    at_stake_usd = economics.max_loss_usd - credit_usd
    earned_usd = credit_usd - family.usd_of_coin(economics.roundtrip_fees_coin, index_usd=index_usd)
    return earned_usd / at_stake_usd if at_stake_usd > 0 else Decimal("Infinity")
