"""The figures an exit decision stands on, cleaned once so that no rule can trip over them.

Rules of this file: whatever is absent, not a number, infinite or impossible becomes
None here, and nothing raises. Source: strategy §1.9.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from operator import is_

from engine.core.checks import change_pts, finite_or_none, is_fresh
from engine.core.model import BookState, ExitEvidence, ExitInputs, Family, Instrument, OptionType, Quote, Spread, Vertical
from engine.core.quote_soundness import sound_greeks
from engine.core.rules import StrategyRules
from engine.core.spread_prices import ZERO, close_expected_coin

SECONDS_PER_DAY = 86400.0
# Beyond this many digits a figure is garbage, and arithmetic on it could overflow.
MAGNITUDE_MAX = 100
AT_MAX_LOSS_FRAC = Decimal("0.95")
MARK_OVER_WIDTH_MAX = Decimal("1.05")


@dataclass(frozen=True, slots=True, kw_only=True)
class ExitView:
    """One trade and its market, cleaned. `is_market_whole` is what the DATA row asks for.

    With `has_every_delta` False the evidence's short delta is only the least it can be:
    the delta of another short leg is not known.
    """

    inputs: ExitInputs
    spread: Spread
    evidence: ExitEvidence
    mark_over_credit: float | None
    dvol_change_pts: float | None
    worst_move_frac: float | None
    margin_usage_frac: float | None
    delivery_price_usd: Decimal | None
    is_market_whole: bool
    has_every_delta: bool
    is_book_open: bool
    is_at_max_loss: bool


def is_tradable(spread: Spread, now: datetime, rules: StrategyRules) -> bool:
    """True when the spread could be bought back now: every leg quoted, recent and its book open."""
    return _is_whole(spread) and _is_recent(spread, now, rules) and all(quote.state is BookState.OPEN for quote in spread.quotes)


def exit_view(inputs: ExitInputs, rules: StrategyRules) -> ExitView:
    """The cleaned figures of one open trade."""
    spread = _cleaned_spread(inputs.spread)
    index_usd, credit_coin = _positive(inputs.index_usd), _positive(inputs.credit_coin)
    mark_coin, natural_coin, expected_coin = spread.mark_coin, spread.natural_close_coin, close_expected_coin(spread)
    dte_days = (spread.expiry_at - inputs.now).total_seconds() / SECONDS_PER_DAY
    dvol_pts, dvol_entry_pts = finite_or_none(inputs.dvol_pts), finite_or_none(inputs.dvol_entry_pts)
    dvol_change_pts = None if dvol_pts is None or dvol_entry_pts is None else finite_or_none(change_pts(dvol_pts, dvol_entry_pts))
    deltas = [_short_delta(short, inputs.now) for short in spread.shorts]
    known_deltas = [delta for delta in deltas if delta is not None]
    profit_frac = None if credit_coin is None or mark_coin is None else _as_float((credit_coin - mark_coin) / credit_coin)
    evidence = ExitEvidence(
        mark_coin=mark_coin,
        natural_coin=natural_coin,
        expected_close_coin=expected_coin,
        profit_frac=profit_frac,
        profit_net_frac=_profit_net_frac(inputs, expected_coin),
        short_delta=max(known_deltas, default=None),
        dvol_change_pts=dvol_change_pts,
        dte_days=dte_days,
        otm_frac=None if index_usd is None else _otm_frac(spread, index_usd),
    )
    return ExitView(
        inputs=inputs,
        spread=spread,
        evidence=evidence,
        mark_over_credit=None if credit_coin is None or mark_coin is None else _as_float(mark_coin / credit_coin),
        dvol_change_pts=dvol_change_pts,
        worst_move_frac=finite_or_none(inputs.worst_4h_move_frac),
        margin_usage_frac=finite_or_none(inputs.margin_usage_frac),
        delivery_price_usd=_positive(inputs.delivery_price_usd),
        is_market_whole=_is_whole(spread) and _is_recent(spread, inputs.now, rules) and _are_marks_possible(spread, index_usd),
        has_every_delta=len(known_deltas) == len(deltas),
        is_book_open=all(quote.state is BookState.OPEN for quote in spread.quotes),
        is_at_max_loss=_is_at_max_loss(spread, natural_coin, index_usd, dte_days),
    )


def _cleaned_spread(spread: Spread) -> Spread:
    verticals = tuple([_cleaned_vertical(vertical) for vertical in spread.verticals])
    return spread if all(map(is_, verticals, spread.verticals)) else Spread(verticals=verticals)


def _cleaned_vertical(vertical: Vertical) -> Vertical:
    short, long = _cleaned_quote(vertical.short), _cleaned_quote(vertical.long)
    return vertical if short is vertical.short and long is vertical.long else Vertical(short=short, long=long)


def _cleaned_quote(quote: Quote) -> Quote:
    """The quote without its impossible prices; a sound one as it is, which is nearly always."""
    prices = (quote.bid_coin, quote.ask_coin, quote.mark_coin, quote.forward_usd)
    sound = (_not_negative(quote.bid_coin), _not_negative(quote.ask_coin), _not_negative(quote.mark_coin), _positive(quote.forward_usd))
    if all(map(is_, prices, sound)):
        return quote
    bid_coin, ask_coin, mark_coin, forward_usd = sound
    return replace(quote, bid_coin=bid_coin, ask_coin=ask_coin, mark_coin=mark_coin, forward_usd=forward_usd)


def _usable(value: Decimal | None) -> Decimal | None:
    if value is None or not value.is_finite():
        return None
    return value if abs(value.adjusted()) <= MAGNITUDE_MAX else None


def _positive(value: Decimal | None) -> Decimal | None:
    usable = _usable(value)
    return usable if usable is not None and usable > ZERO else None


def _not_negative(value: Decimal | None) -> Decimal | None:
    usable = _usable(value)
    return usable if usable is not None and usable >= ZERO else None


def _as_float(value: Decimal) -> float | None:
    return finite_or_none(float(value))


def _profit_net_frac(inputs: ExitInputs, expected_coin: Decimal | None) -> float | None:
    """What closing now would keep of the net credit, closing fee paid, at the expected price."""
    credit_coin, open_fee_coin, close_fee_coin = _usable(inputs.credit_coin), _usable(inputs.open_fee_coin), _usable(inputs.close_fee_coin)
    if credit_coin is None or open_fee_coin is None or close_fee_coin is None or expected_coin is None:
        return None
    net_coin = credit_coin - open_fee_coin
    return _as_float((net_coin - expected_coin - close_fee_coin) / net_coin) if net_coin > ZERO else None


def _short_delta(quote: Quote, now: datetime) -> float | None:
    greeks = sound_greeks(quote, now)
    return None if greeks is None else abs(greeks.delta)


def _otm_frac(spread: Spread, index_usd: Decimal) -> float | None:
    """How far the nearest short strike lies out of the money as a fraction of the index; negative in the money."""
    return _as_float(min(_otm_usd(short.instrument, index_usd) for short in spread.shorts) / index_usd)


def _otm_usd(option: Instrument, index_usd: Decimal) -> Decimal:
    return index_usd - option.strike_usd if option.option_type is OptionType.PUT else option.strike_usd - index_usd


def _is_whole(spread: Spread) -> bool:
    return all(short.mark_coin is not None and short.ask_coin is not None for short in spread.shorts) and all(
        long.mark_coin is not None for long in spread.longs
    )


def _are_marks_possible(spread: Spread, index_usd: Decimal | None) -> bool:
    """False when a vertical is marked below nothing or above its width: no market can mean that. Source: strategy §6, cases 43 and 65."""
    return all(vertical.mark_coin is not None and _is_mark_possible(vertical, vertical.mark_coin, spread.family, index_usd) for vertical in spread.verticals)


def _is_mark_possible(vertical: Vertical, mark_coin: Decimal, family: Family, index_usd: Decimal | None) -> bool:
    slack_coin = max((step.tick_coin for quote in (vertical.short, vertical.long) for step in quote.instrument.ticks), default=ZERO)
    if index_usd is None:
        return mark_coin >= -slack_coin
    # Marks go by the forward, which may stand some per cent beside the index.
    width_coin = family.coin_of_usd(vertical.width_usd, index_usd=index_usd) * MARK_OVER_WIDTH_MAX
    return -slack_coin <= mark_coin <= width_coin + slack_coin


def _is_recent(spread: Spread, now: datetime, rules: StrategyRules) -> bool:
    return all(_is_quote_recent(quote, now, rules) for quote in spread.quotes)


def _is_quote_recent(quote: Quote, now: datetime, rules: StrategyRules) -> bool:
    if quote.recorded_at is not None and not is_fresh(quote.recorded_at, now, rules.recorded_chain_age_max_h * 3600.0):
        return False
    return is_fresh(quote.quoted_at, now, rules.freshness_s.ticker)


def _is_at_max_loss(spread: Spread, natural_coin: Decimal | None, index_usd: Decimal | None, dte_days: float) -> bool:
    """True on the last day when closing would cost nearly all there is to lose, so that holding risks next to nothing more.

    Of a condor only the side nearer to the money can still lose.
    """
    if natural_coin is None or index_usd is None or not 0.0 <= dte_days < 1.0:
        return False
    threatened = min(spread.verticals, key=lambda vertical: _otm_usd(vertical.short.instrument, index_usd))
    return natural_coin >= AT_MAX_LOSS_FRAC * spread.family.coin_of_usd(threatened.width_usd, index_usd=index_usd)
