"""A priced slice becomes quotes: Decimals on the grid, and the stated model of sizes, open interest and volume.

Rules of this file: the depth model is a fixed function of tenor, delta and the
instrument's name, so the same question always gets the same answer.
Source of the levels: open interest and volume of recorded chains (strategy section 1.5).
"""

from __future__ import annotations

import math
import zlib
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

import numpy as np

from engine.core.model import Family, Greeks, Instrument, OptionType, Quote
from engine.market.listing import instrument_name, parse_instrument, strikes_usd
from engine.market.surface import Slice, Strip, SurfaceInputs, atm_volatility, price_slice, years_between
from engine.market.ticks import on_tick

ALL_MODELLED = ("bid", "ask", "mark", "iv", "greeks", "sizes", "open_interest")
MARK_PLACES = 6
LEVEL_DAILY_ETH, LEVEL_WEEKLY_ETH, LEVEL_MONTHLY_ETH, LEVEL_QUARTERLY_ETH = 250.0, 900.0, 6000.0, 9000.0
DELTA_OF_MOST_INTEREST, DELTA_WIDTH = 0.2, 0.3
VOLUME_OVER_OPEN_INTEREST = 0.06
TOP_SIZE_MIN_ETH, TOP_SIZE_SPAN_ETH = 20, 180


@dataclass(frozen=True, slots=True, kw_only=True)
class Depth:
    """What stands in and behind the book of one option, in ETH."""

    open_interest_eth: Decimal
    volume_24h_eth: Decimal
    bid_size_eth: Decimal
    ask_size_eth: Decimal


def surface_quotes(inputs: SurfaceInputs, at: datetime, expiry_at: datetime, *, family: Family) -> list[Quote]:
    """Every option the listing rules give for one expiry, priced by the surface; by strike, call before put."""
    return quotes_of(price_slice(inputs, at, listed_strip(inputs, at, expiry_at, family=family)), at)


def surface_quote(inputs: SurfaceInputs, at: datetime, instrument: Instrument) -> Quote:
    """One option priced by the surface."""
    strip = Strip(
        expiry_at=instrument.expiry_at,
        strikes_usd=np.array([float(instrument.strike_usd)]),
        is_call=np.array([instrument.option_type is OptionType.CALL]),
        family=instrument.family,
    )
    return quotes_of(price_slice(inputs, at, strip), at)[0]


def listed_strip(inputs: SurfaceInputs, at: datetime, expiry_at: datetime, *, family: Family) -> Strip:
    """The listed calls and puts of one expiry and family."""
    years = years_between(at, expiry_at)
    sd = atm_volatility(inputs, at, expiry_at) * math.sqrt(years)
    strikes = np.repeat(np.array(strikes_usd(inputs.spot_usd, dte_days=years * 365.0, move_sd_frac=sd), dtype=float), 2)
    return Strip(expiry_at=expiry_at, strikes_usd=strikes, is_call=np.tile([True, False], len(strikes) // 2), family=family)


def quotes_of(priced: Slice, at: datetime) -> list[Quote]:
    """The slice as quotes, everything modelled and said so."""
    forward = usd(priced.forward_usd)
    days = years_between(at, priced.strip.expiry_at) * 365.0
    instruments = instruments_of(priced.strip)
    columns = zip(instruments, priced.bid_coin, priced.ask_coin, priced.mark_coin, priced.iv, greeks_of(priced), strict=True)
    quotes = []
    for instrument, bid_coin, ask_coin, mark_coin, iv, greeks in columns:
        depth = modelled_depth(instrument, dte_days=days, delta=greeks.delta)
        bid = on_tick(bid_coin, instrument.family)
        quotes.append(
            Quote(
                instrument=instrument,
                quoted_at=at,
                bid_coin=bid,
                ask_coin=on_tick(ask_coin, instrument.family),
                mark_coin=mark_of(mark_coin),
                bid_size_eth=depth.bid_size_eth if bid is not None else None,
                ask_size_eth=depth.ask_size_eth,
                iv_frac=float(iv),
                greeks=greeks,
                open_interest_eth=depth.open_interest_eth,
                volume_24h_eth=depth.volume_24h_eth,
                forward_usd=forward,
                modelled=ALL_MODELLED,
            )
        )
    return quotes


def instruments_of(strip: Strip) -> list[Instrument]:
    """The instruments of a strip, row by row."""
    instruments = []
    for strike, is_call in zip(strip.strikes_usd, strip.is_call, strict=True):
        option_type = OptionType.CALL if is_call else OptionType.PUT
        name = instrument_name(strip.family, expiry_at=strip.expiry_at, strike_usd=Decimal(repr(float(strike))), option_type=option_type)
        instrument = parse_instrument(name)
        if instrument is None:
            raise ValueError(f"{name} is no ETH option")
        instruments.append(instrument)
    return instruments


def greeks_of(priced: Slice) -> list[Greeks]:
    """The slice's Greeks, row by row, of one long contract."""
    columns = (priced.delta.tolist(), priced.gamma_per_usd.tolist(), priced.vega_usd_per_pt.tolist(), priced.theta_usd_per_day.tolist())
    return [Greeks(delta=delta, gamma_per_usd=gamma, vega_usd_per_pt=vega, theta_usd_per_day=theta) for delta, gamma, vega, theta in zip(*columns, strict=True)]


def modelled_depth(instrument: Instrument, *, dte_days: float, delta: float) -> Depth:
    """Open interest, volume and top sizes typical of the tenor and the delta, varied by name."""
    spread_by_name = zlib.crc32(instrument.name.encode()) / 2**32
    shape = math.exp(-(((abs(delta) - DELTA_OF_MOST_INTEREST) / DELTA_WIDTH) ** 2))
    open_interest = int(_tenor_level_eth(instrument.expiry_at, dte_days) * shape * (0.4 + 1.2 * spread_by_name))
    size = TOP_SIZE_MIN_ETH + int(TOP_SIZE_SPAN_ETH * spread_by_name)
    return Depth(
        open_interest_eth=Decimal(open_interest),
        volume_24h_eth=Decimal(int(open_interest * VOLUME_OVER_OPEN_INTEREST)),
        bid_size_eth=Decimal(size),
        ask_size_eth=Decimal(TOP_SIZE_MIN_ETH + TOP_SIZE_SPAN_ETH + TOP_SIZE_MIN_ETH - size),
    )


def mark_of(price_coin: float) -> Decimal:
    """A mark as the venue publishes it: six places."""
    return Decimal(round(float(price_coin) * 10**MARK_PLACES)).scaleb(-MARK_PLACES)


def usd(price_usd: float) -> Decimal:
    """A USD price to the cent."""
    return Decimal(round(float(price_usd) * 100)).scaleb(-2)


def _tenor_level_eth(expiry_at: datetime, dte_days: float) -> float:
    if expiry_at.weekday() != 4:
        return LEVEL_DAILY_ETH
    if expiry_at.day + 7 <= _days_in_month(expiry_at):
        # A weekly starts empty and fills as it ages.
        return LEVEL_WEEKLY_ETH * (1.0 + max(0.0, 21.0 - dte_days) / 7.0)
    return LEVEL_QUARTERLY_ETH if expiry_at.month % 3 == 0 else LEVEL_MONTHLY_ETH


def _days_in_month(at: datetime) -> int:
    return 29 if at.month == 2 and at.year % 4 == 0 else (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)[at.month - 1]
