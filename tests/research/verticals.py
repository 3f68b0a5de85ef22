"""What the surface makes of whole trades: credits of verticals, the gates they meet, the spread that core would choose."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import numpy as np

from engine.config import default_rules
from engine.core.combo_builder import select_strikes
from engine.core.decision import Approved
from engine.core.model import Candidate, Chain, MarketSnapshot, Reading, Stage, Strategy
from engine.market.history import RecordedMarket
from engine.market.quotes import chain_of
from engine.market.rows import NOT_RECORDED, chain_rows, surface_rows
from engine.market.surface import unix_s
from tests.research.observed import FAMILY, Bools, Floats, Ints, Observed

SHORT_DELTA, LONG_DELTA = 0.20, 0.10
SOLD_DELTA = (0.10, 0.17)
SOLD_WIDTH = (0.03, 0.09)
CREDIT_MIN_COIN, CREDIT_OVER_WIDTH_MIN = 0.0030, 0.05
SLIPPAGE_MAX = 0.05 / 0.35
NEAR, FAR = timedelta(days=13), timedelta(days=22)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairs:
    """Verticals of recorded options by row number: the one sold and the one bought."""

    short: Ints
    long: Ints
    is_call: Bools


def twenty_ten(observed: Observed, delta: Floats, which: Bools) -> Pairs:
    """In every slice and side the options nearest to 20 and 10 delta, where they are two."""
    found = []
    for rows in _by_slice_and_side(observed, which):
        size = np.abs(delta[rows])
        short, long = rows[np.argmin(np.abs(size - SHORT_DELTA))], rows[np.argmin(np.abs(size - LONG_DELTA))]
        if short != long:
            found.append((short, long, observed.is_call[short]))
    return _pairs(found)


def sellable(observed: Observed, delta: Floats, which: Bools) -> Pairs:
    """Every pair of a short in the delta band and a long at the width, as the strategy searches them."""
    found = []
    for rows in _by_slice_and_side(observed, which):
        size = np.abs(delta[rows])
        for short in rows[(size >= SOLD_DELTA[0]) & (size <= SOLD_DELTA[1])]:
            sign = 1.0 if observed.is_call[short] else -1.0
            width = sign * (observed.strike_usd[rows] - observed.strike_usd[short]) / observed.index_usd[short]
            found += [(short, long, observed.is_call[short]) for long in rows[(width >= SOLD_WIDTH[0]) & (width <= SOLD_WIDTH[1])]]
    return _pairs(found)


def credit_errors(pairs: Pairs, modelled_usd: Floats, recorded_usd: Floats) -> Floats:
    """Modelled over recorded credit, less one."""
    errors: Floats = (modelled_usd[pairs.short] - modelled_usd[pairs.long]) / (recorded_usd[pairs.short] - recorded_usd[pairs.long]) - 1.0
    return errors


@dataclass(frozen=True, slots=True, kw_only=True)
class Gates:
    """How the pairs of one side meet the credit and the slippage gate."""

    pairs: int
    credit_over_width: float
    credit_passed: float
    slippage: float
    slippage_passed: float


def gates_met(pairs: Pairs, observed: Observed, bid: Floats, ask: Floats, *, is_call: bool) -> Gates:
    """Medians and shares; the slippage is of the pairs whose credit passes."""
    side = pairs.is_call == is_call
    short, long = pairs.short[side], pairs.long[side]
    mid = (bid[short] + ask[short] - bid[long] - ask[long]) / 2.0
    slippage = (mid - (bid[short] - ask[long])) / np.where(mid > 0.0, mid, np.nan)
    over_width = mid * observed.index_usd[short] / np.abs(observed.strike_usd[short] - observed.strike_usd[long])
    passed = (mid >= CREDIT_MIN_COIN) & (over_width >= CREDIT_OVER_WIDTH_MIN)
    return Gates(
        pairs=len(short),
        credit_over_width=float(np.median(over_width)),
        credit_passed=float(passed.mean()),
        slippage=float(np.median(slippage[passed])),
        slippage_passed=float((slippage[passed] <= SLIPPAGE_MAX).mean()),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """What core would sell at one recorded instant, on the recorded chain and on the surface; None where it finds nothing."""

    month: str
    strategy: Strategy
    recorded: Candidate | None
    modelled: Candidate | None


def chosen_by_core(folder: Path, months: tuple[str, ...]) -> list[Chosen]:
    """The strike search of the written rules at every recorded instant, once per chain and strategy; the other filters are not asked."""
    exact = RecordedMarket(folder, exact=True)
    found = []
    for month in months:
        for at in exact.snapshots.recorded_at(month):
            recorded, modelled = exact.chain(at, expiry_from=at + NEAR, expiry_to=at + FAR), surface_chain(exact, at)
            fx = exact.fx_usd_per_eur(at)
            if recorded is not None and modelled is not None and fx is not None:
                for strategy in (Strategy.BULL_PUT, Strategy.BEAR_CALL):
                    told = [_searched(chain, strategy, fx) for chain in (recorded, modelled)]
                    found.append(Chosen(month=month, strategy=strategy, recorded=told[0], modelled=told[1]))
    return found


def surface_chain(market: RecordedMarket, at: datetime) -> Chain | None:
    """The chain the surface makes at an instant, also where a snapshot stands."""
    inputs = market.surface_inputs(unix_s(at))
    rows = surface_rows(inputs, expiry_from_s=unix_s(at + NEAR), expiry_to_s=unix_s(at + FAR), family=FAMILY)
    nowhere = np.array([NOT_RECORDED])
    return chain_of(chain_rows(FAMILY, inputs.at_s, index_usd=inputs.spot_usd, source=("surface",), recorded_s=nowhere, rows=rows), 0, taken_at=at)


def _searched(chain: Chain, strategy: Strategy, fx: Reading[Decimal]) -> Candidate | None:
    now = chain.taken_at
    known = {"taken_at": now, "index_usd": Reading(value=chain.index_usd, observed_at=now), "fx_usd_per_eur": fx, "chain": chain}
    snapshot = MarketSnapshot(**{**dict.fromkeys(field.name for field in fields(MarketSnapshot)), **known})
    found = select_strikes(chain, snapshot, strategy=strategy, stage=Stage.PAPER, rules=default_rules(), now=now)
    return found.value if isinstance(found, Approved) else None


def _by_slice_and_side(observed: Observed, which: Bools) -> Iterator[Ints]:
    rows = np.flatnonzero(which)
    key = observed.slice_row[rows] * 2 + observed.is_call[rows]
    order = np.argsort(key, kind="stable")
    borders = np.flatnonzero(np.diff(key[order])) + 1
    yield from np.split(rows[order], borders)


def _pairs(found: list[tuple[int, int, bool]]) -> Pairs:
    table = np.array(found, dtype=np.int64).reshape(-1, 3)
    return Pairs(short=table[:, 0], long=table[:, 1], is_call=table[:, 2] == 1)
