"""The chain of an entry scan as far as the decision can depend on it, cut out of columns.

Rules of this file: rows are left out, never judged. Which expiry is chosen, which leg may
be sold and which pair is best is core's to say; what is left out here could change no
verdict, only how many strikes a refusal counts.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

import numpy as np

from engine.core.combo_builder import choose_expiry
from engine.core.entry_cycle import target_rr25_pts
from engine.core.model import Chain, Instrument, MarketSnapshot, Quote
from engine.core.rules import StrategyRules, StrikeRules
from engine.core.skew import RISK_REVERSAL_DELTA
from engine.market.quotes import instrument_at, quotes_of
from engine.market.rows import NOT_RECORDED, ChainRows, OptionRows
from engine.market.ticks import usd

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Bools = NDArray[np.bool_]
    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

SLACK = 1e-9
NEIGHBOURS = 2
"""Options kept on either side of a point that is interpolated; one would do."""

Kept = tuple[int, datetime, float, float, Decimal]


class ScanChains:
    """The chains of consecutive scans; `numbers` says which chain belongs to which instant (Unix seconds)."""

    def __init__(self, chains: ChainRows) -> None:
        self._chains = chains
        self._numbers = {at_s: number for number, at_s in enumerate(chains.at_s.tolist())}
        self._outlines: dict[int, Chain | None] = {}
        self._kept: dict[Kept, Chain] = {}
        self._rr25: dict[Kept, float | None] = {}

    def source(self, at_s: int) -> str:
        """Where the chain comes from, empty without one."""
        return self._chains.source[self._numbers[at_s]]

    def chain(self, at_s: int, strikes: StrikeRules) -> Chain | None:
        """The chain of a scan: of the expiry that core chooses what may matter, of every other one option; None where there is no chain."""
        now = datetime.fromtimestamp(at_s, UTC)
        if at_s not in self._outlines:
            self._outlines[at_s] = self._outline(at_s, now)
        outline = self._outlines[at_s]
        expiry_at = None if outline is None else choose_expiry(outline, strikes, now)
        if outline is None or expiry_at is None:
            return outline
        key = _kept_of(at_s, expiry_at, strikes)
        if key not in self._kept:
            self._kept[key] = replace(outline, quotes=self._quotes(at_s, expiry_at, strikes, now))
        return self._kept[key]

    def rr25_pts(self, at_s: int, snapshot: MarketSnapshot, rules: StrategyRules) -> float | None:
        """The risk reversal of the expiry an entry would use."""
        expiry_at = None if snapshot.chain is None else choose_expiry(snapshot.chain, rules.strikes, snapshot.taken_at)
        if expiry_at is None:
            return None
        key = _kept_of(at_s, expiry_at, rules.strikes)
        if key not in self._rr25:
            self._rr25[key] = target_rr25_pts(snapshot, rules)
        return self._rr25[key]

    def _outline(self, at_s: int, now: datetime) -> Chain | None:
        """One option an expiry, with the open interest of them all."""
        chains, number = self._chains, self._numbers[at_s]
        index_usd = float(chains.index_usd[number])
        if np.isnan(index_usd):
            return None
        first, last = int(chains.starts[number]), int(chains.starts[number + 1])
        expiry_s, places, of_expiry = np.unique(chains.rows.expiry_s[first:last], return_index=True, return_inverse=True)
        interest_eth = np.bincount(of_expiry, weights=np.nan_to_num(chains.rows.open_interest_eth[first:last]), minlength=len(expiry_s))
        recorded_s = int(chains.recorded_s[number])
        return Chain(
            family=chains.family,
            taken_at=now,
            index_usd=usd(index_usd),
            quotes=tuple(
                Quote(instrument=self._instrument(first + place), quoted_at=now, open_interest_eth=Decimal(repr(interest)))
                for place, interest in zip(places.tolist(), interest_eth.tolist(), strict=True)
            ),
            source=chains.source[number],
            recorded_at=None if recorded_s == NOT_RECORDED else datetime.fromtimestamp(recorded_s, UTC),
        )

    def _instrument(self, row: int) -> Instrument:
        rows = self._chains.rows
        return instrument_at(self._chains.family, int(rows.expiry_s[row]), float(rows.strike_usd[row]), bool(rows.is_call[row]))

    def _quotes(self, at_s: int, expiry_at: datetime, strikes: StrikeRules, now: datetime) -> tuple[Quote, ...]:
        chains, number = self._chains, self._numbers[at_s]
        first, last = int(chains.starts[number]), int(chains.starts[number + 1])
        of_expiry = first + np.flatnonzero(chains.rows.expiry_s[first:last] == int(expiry_at.timestamp()))
        rows = chains.rows.taken(of_expiry)
        kept = _worth_asking(rows, strikes, index_usd=float(chains.index_usd[number]))
        return tuple(quotes_of(rows.taken(kept), now, family=chains.family))


def _kept_of(at_s: int, expiry_at: datetime, strikes: StrikeRules) -> Kept:
    return at_s, expiry_at, strikes.short_delta_min, strikes.short_delta_max, strikes.width_max_frac


def _worth_asking(rows: OptionRows, strikes: StrikeRules, *, index_usd: float) -> Ints:
    """The rows of one expiry that the skew, the volatility at the money, a short leg or its long leg may be read from, in their order."""
    kept: list[Ints] = []
    for is_side, sign in ((~rows.is_call, -1.0), (rows.is_call, 1.0)):
        side = np.flatnonzero(is_side)
        delta = np.abs(rows.delta[side])
        kept += _around(side, delta, RISK_REVERSAL_DELTA)
        # Out of the money is beyond the forward, upwards for calls and downwards for puts.
        beyond = sign * (rows.strike_usd[side] - rows.forward_usd[side])
        kept.append(side[np.argsort(np.where(beyond >= 0.0, beyond, np.inf))[:NEIGHBOURS]])
        away = sign * (rows.strike_usd[side] - index_usd)
        may_sell = (delta >= strikes.short_delta_min - SLACK) & (delta <= strikes.short_delta_max + SLACK) & (away > 0.0)
        if may_sell.any():
            reach = away[may_sell].max() + float(strikes.width_max_frac) * index_usd * (1.0 + SLACK)
            kept.append(side[(away >= away[may_sell].min()) & (away <= reach)])
    return np.unique(np.concatenate(kept))


def _around(side: Ints, delta: Floats, point: float) -> Iterator[Ints]:
    """The options whose deltas lie nearest to the point, below and above it."""
    for gap in (point - delta, delta - point):
        yield side[np.argsort(np.where(gap >= 0.0, gap, np.inf))[:NEIGHBOURS]]
