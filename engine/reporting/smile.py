"""One expiry's smile: what its options out of the money are quoted at, with the strikes of the open trades on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from engine.core.model import Chain, OptionType, Quote
from engine.core.quote_soundness import sound_forward_usd, sound_iv_frac
from engine.core.skew import atm_iv_frac, rr25_pts
from engine.views import ChosenStrike, SmileChart

REACH_FRAC = 0.5
"""Strikes farther from the forward than this share of it are left out: nobody trades them and they press the rest together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldStrike:
    """A leg of an open trade of this expiry."""

    trade_id: int
    option_type: OptionType
    strike_usd: Decimal
    is_short: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SmileInputs:
    """The chain of one expiry and what is held of it; without a chain the picture says so."""

    env: str
    expiry_at: datetime | None
    chain: Chain | None
    held: tuple[HeldStrike, ...]
    dvol_pts: float | None
    as_of: datetime


def smile(inputs: SmileInputs) -> SmileChart:
    """The smile as it is quoted; a quote without a sound volatility is left out."""
    chain, expiry_at = inputs.chain, inputs.expiry_at
    quotes = () if chain is None else tuple(quote for quote in chain.quotes if quote.instrument.expiry_at == expiry_at)
    forward_usd = next((usd for quote in quotes if (usd := sound_forward_usd(quote)) is not None), None)
    oldest_at = min((quote.quoted_at for quote in quotes), default=inputs.as_of)
    return SmileChart(
        env=inputs.env,
        expiry_at=expiry_at,
        puts=_points(quotes, OptionType.PUT, forward_usd),
        calls=_points(quotes, OptionType.CALL, forward_usd),
        chosen=tuple(_chosen(held, quotes) for held in inputs.held),
        spot_usd=None if chain is None else float(chain.index_usd),
        forward_usd=forward_usd,
        atm_iv_frac=atm_iv_frac(quotes),
        rr25_pts=None if chain is None or expiry_at is None else rr25_pts(chain, expiry_at, inputs.as_of),
        dvol_pts=inputs.dvol_pts,
        as_of=inputs.as_of,
        data_age_s=(inputs.as_of - oldest_at).total_seconds(),
        is_modelled=any("iv" in quote.modelled for quote in quotes),
    )


def _points(quotes: Sequence[Quote], option_type: OptionType, forward_usd: float | None) -> tuple[tuple[float, float], ...]:
    """Out of the money and within reach, ascending in strike."""
    if forward_usd is None:
        return ()
    found = []
    for quote in quotes:
        iv_frac, strike_usd = sound_iv_frac(quote), float(quote.instrument.strike_usd)
        distance = strike_usd / forward_usd - 1.0
        is_otm = distance <= 0.0 if option_type is OptionType.PUT else distance >= 0.0
        if quote.instrument.option_type is option_type and iv_frac is not None and is_otm and abs(distance) <= REACH_FRAC:
            found.append((strike_usd, iv_frac))
    return tuple(sorted(found))


def _chosen(held: HeldStrike, quotes: Sequence[Quote]) -> ChosenStrike:
    own = (quote for quote in quotes if (quote.instrument.option_type, quote.instrument.strike_usd) == (held.option_type, held.strike_usd))
    found = next(own, None)
    return ChosenStrike(
        trade_id=held.trade_id, strike_usd=float(held.strike_usd), is_short=held.is_short, iv_frac=None if found is None else sound_iv_frac(found)
    )
