"""A recorded snapshot carried to the present: old quotes, today's forward and volatility level.

Rules of this file: each strike's recorded `mark_iv` moves with DVOL, each recorded
forward with the spot, the option is re-priced, and bid and ask keep their distance
from the mark. Open interest and volume stay as recorded; sizes and Greeks are modelled.
Only inverse options were recorded. A linear quote is the inverse book of the same
expiry, strike and type in USD at the forward, rounded against us to the linear grid:
its bid, ask, mark and open interest are borrowed and count as modelled.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.core.model import Family
from engine.market.black import black_76
from engine.market.depth import level_of_tenor_eth, modelled_depth
from engine.market.rows import OptionRows
from engine.market.snapshots import Snapshot
from engine.market.surface import years_between
from engine.market.ticks import ceil_to_tick, floor_to_tick, round_mark, round_usd, usd_per_coin

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Bools = NDArray[np.bool_]

IV_MIN_FRAC = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """What happened since the snapshot, a row an instant: spot and DVOL then over spot and DVOL at the snapshot."""

    at_s: Ints
    spot_ratio: Floats
    dvol_ratio: Floats


def unmoved(snapshot: Snapshot, instants: int) -> Drift:
    """The snapshot as it was: recorded prices at their own instant, Greeks and sizes from the model."""
    return Drift(at_s=np.full(instants, snapshot.recorded_s), spot_ratio=np.ones(instants), dvol_ratio=np.ones(instants))


def carried_rows(snapshot: Snapshot, drift: Drift, which: Bools, *, family: Family) -> OptionRows:
    """The options of `which` (instants by rows of the snapshot) that still live, brought to each instant; by instant, then expiry, then as recorded."""
    order = np.argsort(snapshot.expiry_s, kind="stable")
    is_taken = which[:, order] & (snapshot.expiry_s[order] > drift.at_s[:, None])
    instant, place = np.nonzero(is_taken)
    taken, at_s = order[place], drift.at_s[instant]
    recorded, expiry_s, is_call = snapshot.rows[taken], snapshot.expiry_s[taken], snapshot.is_call[taken]
    forward = snapshot.forward_usd[taken] * drift.spot_ratio[instant]
    iv = np.maximum(recorded["mark_iv"], IV_MIN_FRAC) * drift.dvol_ratio[instant]
    years = years_between(at_s, expiry_s)
    strike = recorded["strike"]
    black = black_76(forward, strike, years, sigma=iv, is_call=is_call)
    mark_eth = np.where(at_s == snapshot.recorded_s, recorded["mark"], black.price_usd / forward)
    coin_per_eth = forward / usd_per_coin(family, forward)
    bid, ask = _book(recorded, mark_eth, coin_per_eth=coin_per_eth, family=family)
    depth = modelled_depth(expiry_s, strike, is_call, level_eth=level_of_tenor_eth(expiry_s, years * 365.0), delta=black.delta)
    return OptionRows(
        instant=instant,
        expiry_s=expiry_s,
        strike_usd=np.ascontiguousarray(strike),
        is_call=is_call,
        forward_usd=round_usd(forward),
        iv_frac=iv,
        mark_coin=round_mark(mark_eth * coin_per_eth),
        bid_coin=bid,
        ask_coin=ask,
        delta=black.delta,
        gamma_per_usd=black.gamma_per_usd,
        vega_usd_per_pt=black.vega_usd_per_pt,
        theta_usd_per_day=black.theta_usd_per_day,
        open_interest_eth=np.ascontiguousarray(recorded["open_interest"]),
        volume_24h_eth=np.ascontiguousarray(recorded["volume_24h"]),
        bid_size_eth=np.where(bid > 0.0, depth.bid_size_eth, 0.0),
        ask_size_eth=np.where(ask > 0.0, depth.ask_size_eth, 0.0),
        recorded_s=np.full(len(taken), snapshot.recorded_s, dtype=np.int64),
    )


def _book(recorded: NDArray[Any], mark_eth: Floats, *, coin_per_eth: Floats, family: Family) -> tuple[Floats, Floats]:
    """Each option's bid and ask around its present mark, in the coin and on the grid of the family; zero where nobody quoted."""
    bid = floor_to_tick((mark_eth + (recorded["bid"] - recorded["mark"])) * coin_per_eth, family)
    ask = ceil_to_tick((mark_eth + (recorded["ask"] - recorded["mark"])) * coin_per_eth, family)
    return np.where(np.isnan(recorded["bid"]), 0.0, bid), np.where(np.isnan(recorded["ask"]), 0.0, ask)
