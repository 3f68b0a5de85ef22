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
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.core.model import Family, Greeks, Instrument, Quote
from engine.market.listing import recorded_instrument
from engine.market.quotes import mark_of, modelled_depth, usd
from engine.market.series import instant
from engine.market.snapshots import Snapshot
from engine.market.surface import black_76, years_between
from engine.market.ticks import ceil_to_tick, floor_to_tick, on_tick, usd_per_coin

if TYPE_CHECKING:
    from numpy.typing import NDArray

CARRIED_MODELLED = {
    Family.INVERSE: ("greeks", "sizes"),
    Family.LINEAR_USDC: ("bid", "ask", "mark", "greeks", "sizes", "open_interest"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """What happened since the snapshot: spot and DVOL now over spot and DVOL then."""

    at: datetime
    spot_ratio: float
    dvol_ratio: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """One carried option, still in floats; zero means nobody quotes."""

    bid_coin: float
    ask_coin: float
    mark_coin: float
    iv: float
    open_interest_eth: float
    volume_24h_eth: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Frame:
    """What all quotes of one carried expiry share."""

    at: datetime
    recorded_at: datetime
    family: Family
    forward_usd: Decimal
    dte_days: float


def carried_quotes(snapshot: Snapshot, drift: Drift, *, expiry_from: datetime, expiry_to: datetime, family: Family) -> list[Quote]:
    """The snapshot's unexpired options within the bounds, as they would stand at `drift.at`; by expiry, in recorded order."""
    first_s, last_s = expiry_from.timestamp(), expiry_to.timestamp()
    wanted = (snapshot.expiry_s >= first_s) & (snapshot.expiry_s <= last_s) & (snapshot.expiry_s > drift.at.timestamp())
    quotes: list[Quote] = []
    for expiry_s in np.unique(snapshot.expiry_s[wanted]):
        quotes.extend(_carried_expiry(snapshot, drift, snapshot.rows[snapshot.expiry_s == expiry_s], expiry_at=instant(int(expiry_s)), family=family))
    return quotes


def recorded_quotes(snapshot: Snapshot, *, expiry_from: datetime, expiry_to: datetime, family: Family) -> list[Quote]:
    """The snapshot as it was: recorded prices at their own instant, Greeks and sizes from the model."""
    unmoved = Drift(at=snapshot.recorded_at, spot_ratio=1.0, dvol_ratio=1.0)
    return carried_quotes(snapshot, unmoved, expiry_from=expiry_from, expiry_to=expiry_to, family=family)


def _carried_expiry(snapshot: Snapshot, drift: Drift, rows: NDArray[Any], *, expiry_at: datetime, family: Family) -> list[Quote]:
    # One forward per expiry: rows of one snapshot are seconds apart, the median stands for all.
    forward = float(np.median(rows["underlying_price"])) * drift.spot_ratio
    instruments = [recorded_instrument(name.decode(), family) for name in rows["instrument_name"].tolist()]
    is_call = np.array([name.endswith(b"C") for name in rows["instrument_name"].tolist()])
    iv = np.maximum(rows["mark_iv"], 0.01) * drift.dvol_ratio
    years = years_between(drift.at, expiry_at)
    black = black_76(forward, rows["strike"], years, sigma=iv, is_call=is_call)
    mark_eth = rows["mark"] if drift.at == snapshot.recorded_at else black.price_usd / forward
    greeks_by_row = _greeks(black.delta, black.gamma_per_usd, black.vega_usd_per_pt, black.theta_usd_per_day)
    frame = _Frame(at=drift.at, recorded_at=snapshot.recorded_at, family=family, forward_usd=usd(forward), dte_days=years * 365.0)
    priced = _rows(mark_eth, iv, rows, coin_per_eth=forward / usd_per_coin(family, forward_usd=forward), family=family)
    return [
        _quote(instrument, row, greeks, frame) for instrument, row, greeks in zip(instruments, priced, greeks_by_row, strict=True) if instrument is not None
    ]


def _quote(instrument: Instrument, row: _Row, greeks: Greeks, frame: _Frame) -> Quote:
    """One carried option as a quote."""
    depth = modelled_depth(instrument, dte_days=frame.dte_days, delta=greeks.delta)
    bid, ask = on_tick(row.bid_coin, frame.family), on_tick(row.ask_coin, frame.family)
    return Quote(
        instrument=instrument,
        quoted_at=frame.at,
        bid_coin=bid,
        ask_coin=ask,
        mark_coin=mark_of(row.mark_coin),
        bid_size_eth=depth.bid_size_eth if bid is not None else None,
        ask_size_eth=depth.ask_size_eth if ask is not None else None,
        iv_frac=row.iv,
        greeks=greeks,
        open_interest_eth=_amount(row.open_interest_eth),
        volume_24h_eth=_amount(row.volume_24h_eth),
        forward_usd=frame.forward_usd,
        recorded_at=frame.recorded_at,
        modelled=CARRIED_MODELLED[frame.family],
    )


def _rows(mark_eth: NDArray[np.float64], iv: NDArray[np.float64], rows: NDArray[Any], *, coin_per_eth: float, family: Family) -> list[_Row]:
    """Each option's book around its present mark, in the coin and on the grid of the family."""
    bid = np.nan_to_num(floor_to_tick((mark_eth + (rows["bid"] - rows["mark"])) * coin_per_eth, family), nan=0.0)
    ask = np.nan_to_num(ceil_to_tick((mark_eth + (rows["ask"] - rows["mark"])) * coin_per_eth, family), nan=0.0)
    mark = mark_eth * coin_per_eth
    columns = (bid.tolist(), ask.tolist(), mark.tolist(), iv.tolist(), rows["open_interest"].tolist(), rows["volume_24h"].tolist())
    return [
        _Row(bid_coin=bid_coin, ask_coin=ask_coin, mark_coin=mark_coin, iv=sigma, open_interest_eth=interest, volume_24h_eth=volume)
        for bid_coin, ask_coin, mark_coin, sigma, interest, volume in zip(*columns, strict=True)
    ]


def _greeks(*columns: NDArray[np.float64]) -> list[Greeks]:
    listed = [column.tolist() for column in columns]
    return [Greeks(delta=delta, gamma_per_usd=gamma, vega_usd_per_pt=vega, theta_usd_per_day=theta) for delta, gamma, vega, theta in zip(*listed, strict=True)]


def _amount(amount_eth: float) -> Decimal | None:
    return Decimal(repr(amount_eth)) if np.isfinite(amount_eth) else None
