"""Which of a quote's model figures can be believed, and Greeks where the venue sent none.

Rules of this file: a figure that is impossible (a put with positive delta, a
volatility that is not a positive number) is bad data and counts as absent. In the last
half hour before expiry the venue's deltas fade to zero and are not believed either.
Source: strategy §6, cases 38 and 65.
"""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import datetime, timedelta

from engine.core.model import Greeks, OptionType, Quote
from engine.core.pricing import greeks, years_between

FADING_BEFORE_EXPIRY = timedelta(minutes=30)


def sound_iv_frac(quote: Quote) -> float | None:
    """The quote's implied volatility, or None when it is absent or impossible."""
    iv_frac = quote.iv_frac
    return iv_frac if iv_frac is not None and math.isfinite(iv_frac) and iv_frac > 0.0 else None


def sound_forward_usd(quote: Quote) -> float | None:
    """The quote's forward as a model quantity, or None when it is absent or impossible."""
    if quote.forward_usd is None or not quote.forward_usd.is_finite():
        return None
    forward_usd = float(quote.forward_usd)
    return forward_usd if math.isfinite(forward_usd) and forward_usd > 0.0 else None


def sound_greeks(quote: Quote, now: datetime) -> Greeks | None:
    """The quote's Greeks, computed from its volatility and forward where it has none, None where they are impossible."""
    if quote.greeks is not None and not _is_fading(quote, now):
        return quote.greeks if _is_possible(quote.greeks, quote.instrument.option_type) else None
    iv_frac, forward_usd = sound_iv_frac(quote), sound_forward_usd(quote)
    years = years_between(now, quote.instrument.expiry_at)
    if iv_frac is None or forward_usd is None or years <= 0.0:
        return None
    computed = greeks(quote.instrument.option_type, F=forward_usd, K=float(quote.instrument.strike_usd), sigma=iv_frac, T=years)
    return computed if _is_possible(computed, quote.instrument.option_type) else None


def with_sound_greeks(quote: Quote, now: datetime) -> Quote:
    """The same quote with computed Greeks, marked as modelled, where the venue sent none to believe; impossible ones are left out."""
    if quote.greeks is not None and not _is_fading(quote, now):
        return quote if _is_possible(quote.greeks, quote.instrument.option_type) else replace(quote, greeks=None)
    computed = sound_greeks(quote, now)
    if computed is None:
        return replace(quote, greeks=None)
    return replace(quote, greeks=computed, modelled=(*(part for part in quote.modelled if part != "greeks"), "greeks"))


def _is_fading(quote: Quote, now: datetime) -> bool:
    return timedelta(0) <= quote.instrument.expiry_at - now <= FADING_BEFORE_EXPIRY


def _is_possible(values: Greeks, option_type: OptionType) -> bool:
    figures = (values.delta, values.gamma_per_usd, values.vega_usd_per_pt, values.theta_usd_per_day)
    if not all(math.isfinite(figure) for figure in figures) or values.gamma_per_usd < 0.0 or values.vega_usd_per_pt < 0.0:
        return False
    return -1.0 <= values.delta <= 0.0 if option_type is OptionType.PUT else 0.0 <= values.delta <= 1.0
