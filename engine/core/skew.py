"""The shape of one expiry: volatility at the money and the 25-delta risk reversal.

Rules of this file: volatilities are interpolated between listed strikes, never
extrapolated; without quotes on both sides the answer is None. Source: strategy §1.3, §1.4.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from itertools import pairwise

from engine.core.model import Chain, OptionType, Quote
from engine.core.quote_soundness import sound_forward_usd, sound_greeks, sound_iv_frac

RISK_REVERSAL_DELTA = 0.25


def rr25_pts(chain: Chain, expiry_at: datetime, now: datetime) -> float | None:
    """Volatility of the 25-delta call minus that of the 25-delta put in points; None where either cannot be interpolated."""
    quotes = [quote for quote in chain.quotes if quote.instrument.expiry_at == expiry_at]
    call = _iv_at_delta(quotes, OptionType.CALL, now)
    put = _iv_at_delta(quotes, OptionType.PUT, now)
    return None if call is None or put is None else 100.0 * (call - put)


def atm_iv_frac(quotes: Iterable[Quote]) -> float | None:
    """Volatility where the strike equals the forward, from out-of-the-money quotes of one expiry; None without both sides."""
    points: dict[Decimal, tuple[float, float]] = {}
    # At a strike that is the forward itself both options count as out of the money: the put's volatility is kept, whatever the order of the rows.
    for quote in sorted(quotes, key=lambda quote: quote.instrument.option_type):
        iv_frac, forward_usd = sound_iv_frac(quote), sound_forward_usd(quote)
        if iv_frac is None or forward_usd is None:
            continue
        moneyness = float(quote.instrument.strike_usd) / forward_usd - 1.0
        is_otm = moneyness >= 0.0 if quote.instrument.option_type is OptionType.CALL else moneyness <= 0.0
        if is_otm:
            points[quote.instrument.strike_usd] = (moneyness, iv_frac)
    return _interpolated(sorted(points.values()), 0.0)


def _iv_at_delta(quotes: Iterable[Quote], option_type: OptionType, now: datetime) -> float | None:
    points: list[tuple[float, float]] = []
    for quote in quotes:
        if quote.instrument.option_type is not option_type:
            continue
        iv_frac, greeks = sound_iv_frac(quote), sound_greeks(quote, now)
        if iv_frac is not None and greeks is not None:
            points.append((abs(greeks.delta), iv_frac))
    return _interpolated(sorted(points), RISK_REVERSAL_DELTA)


def _interpolated(points: Sequence[tuple[float, float]], x: float) -> float | None:
    for (left, below), (right, above) in pairwise(points):
        if left <= x <= right:
            value = below if right == left else below + (above - below) * (x - left) / (right - left)
            # Rounding may lead a hair beyond the two ends.
            return min(max(value, min(below, above)), max(below, above))
    return None
