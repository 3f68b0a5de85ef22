"""Option chains as columns: one row per option, the rows of one instant together.

Rules of this file: every column is what a quote of that option says, rounded the same
way, so a decision made on rows and one made on quotes see the same numbers; a bid of
zero means nobody bids. Prices are in the quote coin of the family: over the forward in
ETH, as they are in USDC. Memory follows what is asked in one call and nothing else:
ask a long period in parts (`in_parts`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING

import numpy as np

from engine.core.model import Family, Instrument, OptionType
from engine.market.black import black_76
from engine.market.depth import level_of_tenor_eth, modelled_depth
from engine.market.fitted import BOOK
from engine.market.grid import listed_expiries, listed_options
from engine.market.inputs import SurfaceInputs
from engine.market.parameters import BookParameters
from engine.market.surface import POINT_ESTIMATE, Slices, SurfaceBand, implied_volatility, slices_of
from engine.market.ticks import ceil_to_tick, floor_to_tick, round_mark, round_usd, tick_of, usd_per_coin

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Bools = NDArray[np.bool_]

INSTANTS_AT_ONCE = 256
NOT_RECORDED = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class OptionRows:
    """Priced options, one row each; `instant` numbers the instants of the question.

    `recorded_s` is the snapshot a row was carried from, NOT_RECORDED for a modelled one.
    Greeks are of one long contract.
    """

    instant: Ints
    expiry_s: Ints
    strike_usd: Floats
    is_call: Bools
    forward_usd: Floats
    iv_frac: Floats
    mark_coin: Floats
    bid_coin: Floats
    ask_coin: Floats
    delta: Floats
    gamma_per_usd: Floats
    vega_usd_per_pt: Floats
    theta_usd_per_day: Floats
    open_interest_eth: Floats
    volume_24h_eth: Floats
    bid_size_eth: Floats
    ask_size_eth: Floats
    recorded_s: Ints

    def __len__(self) -> int:
        return len(self.instant)

    def taken(self, which: Bools | Ints | slice) -> OptionRows:
        """Only these rows, by mask, by number or as a slice."""
        return OptionRows(**{field.name: getattr(self, field.name)[which] for field in fields(self)})


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainRows:
    """The chains of several instants: the rows of instant `n` are `starts[n]` to `starts[n + 1]`, by expiry, strike, call before put.

    `index_usd` is NaN where there is no chain at all; `source` is the one of `Chain`, `recorded_s` the snapshot behind it.
    """

    family: Family
    at_s: Ints
    index_usd: Floats
    source: tuple[str, ...]
    recorded_s: Ints
    starts: Ints
    rows: OptionRows

    def of_instant(self, instant: int) -> OptionRows:
        """The rows of one instant."""
        return self.rows.taken(np.arange(self.starts[instant], self.starts[instant + 1]))


def chain_rows(family: Family, at_s: Ints, *, index_usd: Floats, source: tuple[str, ...], recorded_s: Ints, rows: OptionRows) -> ChainRows:
    """The chains of rows that are ordered by instant."""
    starts = np.searchsorted(rows.instant, np.arange(len(at_s) + 1))
    return ChainRows(family=family, at_s=at_s, index_usd=index_usd, source=source, recorded_s=recorded_s, starts=starts, rows=rows)


def surface_rows(inputs: SurfaceInputs, *, expiry_from_s: Ints, expiry_to_s: Ints, family: Family, band: SurfaceBand = POINT_ESTIMATE) -> OptionRows:
    """Every option listed at each instant with expiry_from <= expiry <= expiry_to, priced by the surface."""
    instant, expiry_s = listed_expiries(inputs.at_s)
    is_wanted = (expiry_s >= expiry_from_s[instant]) & (expiry_s <= expiry_to_s[instant])
    slices = slices_of(inputs, instant[is_wanted], expiry_s[is_wanted], band=band)
    # Which strikes are listed follows the point estimate's own volatility, never a scenario's: the venue does not relist for a band.
    listed_by = slices if band == POINT_ESTIMATE else slices_of(inputs, instant[is_wanted], expiry_s[is_wanted])
    listed = listed_options(listed_by, inputs.spot_usd[slices.instant])
    return priced_rows(slices, listed.row, listed.strike_usd, is_call=listed.is_call, family=family, spread_factor=band.spread_factor)


def legs_rows_of(inputs: SurfaceInputs, instant: Ints, legs: Sequence[Instrument], *, which: Bools, band: SurfaceBand = POINT_ESTIMATE) -> OptionRows:
    """Options of one expiry and family, whether their strikes are listed or not, priced by the surface.

    `which` says by leg and instant where; the rows come leg by leg.
    """
    slices = slices_of(inputs, instant, np.full(len(instant), int(legs[0].expiry_at.timestamp())), band=band)
    leg, row = np.nonzero(which)
    strike = np.array([float(option.strike_usd) for option in legs])[leg]
    is_call = np.array([option.option_type is OptionType.CALL for option in legs])[leg]
    return priced_rows(slices, row, strike, is_call=is_call, family=legs[0].family, spread_factor=band.spread_factor)


def priced_rows(slices: Slices, row: Ints, strike_usd: Floats, *, is_call: Bools, family: Family, spread_factor: float) -> OptionRows:
    """The options of some slices at the surface's volatilities, with the modelled book around each mark."""
    iv = implied_volatility(slices, row, strike_usd)
    forward = slices.forward_usd[row]
    years = slices.years[row]
    black = black_76(forward, strike_usd, years, sigma=iv, is_call=is_call)
    mark = black.price_usd / usd_per_coin(family, forward)
    half = half_spread_coin(mark, vega_usd_per_pt=black.vega_usd_per_pt, forward_usd=forward, family=family) * spread_factor
    expiry_s = slices.expiry_s[row]
    level_eth = level_of_tenor_eth(slices.expiry_s, slices.years * 365.0)[row]
    depth = modelled_depth(expiry_s, strike_usd, is_call, level_eth=level_eth, delta=black.delta)
    bid = floor_to_tick(mark - half, family)
    return OptionRows(
        instant=slices.instant[row],
        expiry_s=expiry_s,
        strike_usd=strike_usd,
        is_call=is_call,
        forward_usd=round_usd(forward),
        iv_frac=iv,
        mark_coin=round_mark(mark),
        bid_coin=bid,
        ask_coin=ceil_to_tick(mark + half, family),
        delta=black.delta,
        gamma_per_usd=black.gamma_per_usd,
        vega_usd_per_pt=black.vega_usd_per_pt,
        theta_usd_per_day=black.theta_usd_per_day,
        open_interest_eth=depth.open_interest_eth,
        volume_24h_eth=depth.volume_24h_eth,
        bid_size_eth=np.where(bid > 0.0, depth.bid_size_eth, 0.0),
        ask_size_eth=depth.ask_size_eth,
        recorded_s=np.full(len(row), NOT_RECORDED, dtype=np.int64),
    )


def half_spread_coin(mark_coin: Floats, *, vega_usd_per_pt: Floats, forward_usd: Floats, family: Family, parameters: BookParameters = BOOK) -> Floats:
    """Half the bid/ask distance before rounding, valued in the coin: the fit in vega, at least a part of a tick.

    The fit was made in ETH on inverse options; nobody recorded linear ones, and they are taken to be quoted alike.
    """
    vega_1e4 = vega_usd_per_pt / forward_usd * 1e4
    coin_per_eth = forward_usd / usd_per_coin(family, forward_usd)
    fitted = (parameters.base_1e4 + parameters.per_vega * vega_1e4) * 1e-4 * coin_per_eth
    half: Floats = np.maximum(parameters.ticks_min * tick_of(mark_coin, family), fitted)
    return half


def merged(parts: Sequence[tuple[OptionRows, Ints]]) -> OptionRows:
    """The rows of several answers by instant; each comes with the numbers that its own instants have in the whole question."""
    numbered = [replace(rows, instant=numbers[rows.instant]) for rows, numbers in parts]
    if len(numbered) == 1:
        return numbered[0]
    rows = OptionRows(**{field.name: np.concatenate([getattr(part, field.name) for part in numbered]) for field in fields(OptionRows)})
    return rows.taken(np.argsort(rows.instant, kind="stable"))


def in_parts(instants: int, *, at_once: int = INSTANTS_AT_ONCE) -> Iterator[slice]:
    """Consecutive parts of a long question, so that memory stays flat whatever its length."""
    for start in range(0, instants, at_once):
        yield slice(start, min(start + at_once, instants))
