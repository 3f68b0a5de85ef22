"""What the same spread would tie up under portfolio margin, which nets its legs: an estimate.

Rules of this file: float, a model figure and shown as one; the venue's own simulation
is what counts before anything is traded on it. Nine price moves by three volatilities,
without the venue's tail table, which is about large positions far out of the money.
Source: strategy §2, margin modes (S7).
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from engine.core.model import Quote, Spread
from engine.core.pricing import DAYS_PER_YEAR, price_usd, years_between
from engine.core.quote_soundness import sound_forward_usd, sound_iv_frac

PRICE_MOVE_MAX_FRAC = 0.16
PRICE_STEPS_EACH_WAY = 4
VOL_UP_FRAC = 0.50
VOL_DOWN_FRAC = 0.25
VOL_SHOCK_AT_DAYS = 30.0
SHORT_TERM_VEGA_POWER = 0.30
LONG_TERM_VEGA_POWER = 0.13


def portfolio_margin_usd(spread: Spread, *, now: datetime) -> float | None:
    """The worst loss in USD per 1 ETH over the scenarios, zero when none loses; None without a volatility or a forward for every leg."""
    legs = [leg for vertical in spread.verticals for leg in ((-1.0, vertical.short), (1.0, vertical.long))]
    years = years_between(now, spread.expiry_at)
    moves = [step * PRICE_MOVE_MAX_FRAC / PRICE_STEPS_EACH_WAY for step in range(-PRICE_STEPS_EACH_WAY, PRICE_STEPS_EACH_WAY + 1)]
    scenarios = [(1.0 + move, shock) for move in moves for shock in _vol_factors(years)]
    losses: list[float] = []
    for forward_factor, vol_factor in scenarios:
        values = [_gain_usd(quote, sign, years=years, forward_factor=forward_factor, vol_factor=vol_factor) for sign, quote in legs]
        known = [value for value in values if value is not None]
        if len(known) < len(values):
            return None
        losses.append(-sum(known))
    return max(0.0, *losses)


def portfolio_margin_eth(spread: Spread, *, index_usd: Decimal, now: datetime) -> Decimal | None:
    """The same in ETH at this index."""
    margin_usd = portfolio_margin_usd(spread, now=now)
    return None if margin_usd is None else Decimal(repr(margin_usd)) / index_usd


def _vol_factors(years: float) -> tuple[float, float, float]:
    """Volatility up, unchanged and down as factors; short-dated options move more."""
    days = max(years * DAYS_PER_YEAR, 1.0)
    power = SHORT_TERM_VEGA_POWER if days < VOL_SHOCK_AT_DAYS else LONG_TERM_VEGA_POWER
    scale = (VOL_SHOCK_AT_DAYS / days) ** power
    return 1.0 + VOL_UP_FRAC * scale, 1.0, 1.0 - VOL_DOWN_FRAC * scale


def _gain_usd(quote: Quote, sign: float, *, years: float, forward_factor: float, vol_factor: float) -> float | None:
    forward_usd, iv_frac = sound_forward_usd(quote), sound_iv_frac(quote)
    if forward_usd is None or iv_frac is None:
        return None
    option, strike_usd = quote.instrument.option_type, float(quote.instrument.strike_usd)
    before = price_usd(option, F=forward_usd, K=strike_usd, sigma=iv_frac, T=years)
    after = price_usd(option, F=forward_usd * forward_factor, K=strike_usd, sigma=iv_frac * vol_factor, T=years)
    return sign * (after - before)
