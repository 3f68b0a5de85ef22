"""Returns, realised volatility and skew against the few lines of pandas and numpy that anyone would write."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from statistics import NormalDist

import numpy
import pandas
import pytest

from engine.core.model import Chain, OptionType
from engine.core.pricing import years_between
from engine.core.realised import GAP_MAX, Close, realised_vol_pts, return_frac, value_at, worst_move_against
from engine.core.skew import atm_iv_frac, rr25_pts
from tests.engine.core.builders import NOW, chain
from tests.engine.core.test_recorded_chains import recorded_chains

EXACT_TO = 1e-11


def hourly_with_holes(seed: int) -> pandas.Series:
    """Ninety days of closes of which one in two hundred is missing, sometimes with its neighbours."""
    generator = random.Random(seed)
    hours = pandas.date_range(end=NOW, periods=24 * 90, freq="h")
    steps = pandas.Series([generator.gauss(0, 0.007) for _ in hours], index=hours)
    series = 2000 * numpy.exp(steps.cumsum())
    missing = {at + hole for at in range(len(series)) if generator.random() < 0.005 for hole in range(generator.choice((1, 1, 1, 3)))}
    return series.drop(series.index[sorted(place for place in missing if place < len(series))])


def closes_of(series: pandas.Series) -> list[Close]:
    return [(at.to_pydatetime(), float(value)) for at, value in series.items()]


def instants(series: pandas.Series, count: int) -> list[datetime]:
    """Moments on and off the hour, the first before the series reaches back far enough."""
    generator, span = random.Random(7), series.index[-1] - series.index[0]
    return [(series.index[0] + generator.random() * span).floor("min").to_pydatetime() for _ in range(count)]


def known(series: pandas.Series, at: pandas.DatetimeIndex | list[datetime]) -> pandas.Series:
    return series.reindex(pandas.DatetimeIndex(at), method="ffill", tolerance=GAP_MAX)


def pandas_return(series: pandas.Series, hours: float, now: datetime) -> float:
    first, last = known(series, [now - timedelta(hours=hours), now])
    return last / first - 1


def pandas_realised(series: pandas.Series, days: float, now: datetime) -> float:
    if known(series, [now - timedelta(days=days), now]).isna().any():
        return math.nan
    window = series[series.index.asof(now - timedelta(days=days)) : series.index.asof(now)]
    if window.index.diff().max() > GAP_MAX:
        return math.nan
    hours = (window.index[-1] - window.index[0]) / pandas.Timedelta(hours=1)
    return 100 * math.sqrt((numpy.log(window).diff() ** 2).sum() / hours * 24 * 365)


def pandas_worst(series: pandas.Series, window_h: float, since_at: datetime, now: datetime) -> tuple[float, float]:
    """The worst fall and the worst rise over the window, both as a sold put and a sold call see them."""
    moves = series / known(series, series.index - timedelta(hours=window_h)).to_numpy() - 1
    ended = moves[(moves.index > since_at) & (moves.index <= now)]
    return ended.min(), -ended.max()


def same(ours: float | None, reference: float) -> bool:
    """None is ours for what pandas calls not a number."""
    if ours is None or math.isnan(reference):
        return ours is None and math.isnan(reference)
    return math.isclose(ours, reference, rel_tol=EXACT_TO, abs_tol=EXACT_TO)


def hold_against_pandas(series: pandas.Series, count: int) -> int:
    """How many realised volatilities were figures and not holes, after everything was compared."""
    closes, measured = closes_of(series), 0
    for now in instants(series, count):
        realised = {days: realised_vol_pts(closes, days=days, now=now) for days in (1, 10, 30)}
        measured += sum(figure is not None for figure in realised.values())

        assert same(value_at(closes, now), known(series, [now]).iloc[0])
        assert all(same(return_frac(closes, hours=hours, now=now), pandas_return(series, hours, now)) for hours in (4, 24, 24 * 7, 24 * 30))
        assert all(same(figure, pandas_realised(series, days, now)) for days, figure in realised.items())
        hold_worst_move(closes, series, now)
    return measured


def hold_worst_move(closes: list[Close], series: pandas.Series, now: datetime) -> None:
    since_at = now - timedelta(hours=9)
    fall, rise = pandas_worst(series, 4, since_at, now)
    by_side = {side: worst_move_against(closes, (side,), window_h=4, since_at=since_at, now=now) for side in OptionType}

    assert same(by_side[OptionType.PUT], fall)
    assert same(by_side[OptionType.CALL], rise)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_returns_and_volatility_of_a_series_with_holes_are_those_of_pandas(seed: int) -> None:
    measured = hold_against_pandas(hourly_with_holes(seed), count=60)

    assert 20 < measured < 180


def test_returns_and_volatility_of_the_recorded_index_are_those_of_pandas(history_dir: Path) -> None:
    candles = pandas.read_csv(history_dir / "eth_usd_1h.csv", parse_dates=["timestamp"])
    known_at = candles["timestamp"] + timedelta(hours=1)
    measured = hold_against_pandas(pandas.Series(candles["close"].to_numpy(), index=pandas.DatetimeIndex(known_at)), count=60)

    assert measured > 120


def table(market: Chain) -> pandas.DataFrame:
    """The chain as a table, with Black-76 deltas from the normal distribution of the standard library."""
    rows = pandas.DataFrame(
        {
            "expiry": quote.instrument.expiry_at,
            "kind": quote.instrument.option_type,
            "strike": float(quote.instrument.strike_usd),
            "iv": quote.iv_frac,
            "forward": float(quote.forward_usd),
            "years": years_between(market.taken_at, quote.instrument.expiry_at),
        }
        for quote in market.quotes
        if quote.forward_usd is not None
    )
    rows = rows[(rows["iv"] > 0) & (rows["years"] > 0)]
    total = rows["iv"] * numpy.sqrt(rows["years"])
    d1 = numpy.log(rows["forward"] / rows["strike"]) / total + total / 2
    is_call = rows["kind"] == OptionType.CALL
    return rows.assign(delta_abs=numpy.where(is_call, d1, -d1)).assign(delta_abs=lambda held: held["delta_abs"].map(NormalDist().cdf))


def interpolated(xs: pandas.Series, ys: pandas.Series, at: float) -> float:
    return float(numpy.interp(at, xs, ys, left=math.nan, right=math.nan)) if len(xs) else math.nan


def numpy_rr25(rows: pandas.DataFrame) -> float:
    sides = {kind: rows[rows["kind"] == kind].sort_values("delta_abs") for kind in OptionType}
    call, put = (interpolated(sides[kind]["delta_abs"], sides[kind]["iv"], 0.25) for kind in (OptionType.CALL, OptionType.PUT))
    return 100 * (call - put)


def numpy_atm(rows: pandas.DataFrame) -> float:
    moneyness = rows["strike"] / rows["forward"] - 1
    is_otm = numpy.where(rows["kind"] == OptionType.CALL, moneyness >= 0, moneyness <= 0)
    otm = rows.assign(moneyness=moneyness)[is_otm].drop_duplicates("strike", keep="last").sort_values("moneyness")
    return interpolated(otm["moneyness"], otm["iv"], 0.0)


def hold_skew_against_numpy(market: Chain) -> Iterator[bool]:
    """Whether each expiry had a risk reversal, after it and the volatility at the money were compared."""
    for expiry_at, rows in table(market).groupby("expiry"):
        of_expiry = [quote for quote in market.quotes if quote.instrument.expiry_at == expiry_at]
        skew = rr25_pts(market, expiry_at.to_pydatetime(), market.taken_at)

        assert same(skew, numpy_rr25(rows))
        assert same(atm_iv_frac(of_expiry), numpy_atm(rows))
        yield skew is not None


def smiling(market: Chain, *, strikes_from: int) -> Chain:
    """A skewed smile over some of the strikes, without Greeks of the venue."""
    kept = [quote for quote in market.quotes if quote.instrument.strike_usd >= strikes_from]
    bent = [replace(quote, greeks=None, iv_frac=0.6 + 0.3 * math.log(float(quote.instrument.strike_usd) / 2100) ** 2) for quote in kept]
    return replace(market, quotes=tuple(bent))


@pytest.mark.parametrize(("strikes_from", "has_skew"), [(0, True), (1700, True), (1950, False), (2050, False)])
def test_the_skew_of_a_smile_is_that_of_numpy_and_absent_when_a_side_is(strikes_from: int, *, has_skew: bool) -> None:
    found = list(hold_skew_against_numpy(smiling(chain(), strikes_from=strikes_from)))

    assert found == [has_skew, has_skew]


def test_quotes_without_a_sound_volatility_or_forward_take_no_part_in_the_skew() -> None:
    market = smiling(chain(), strikes_from=0)
    spoilt = {0: {"iv_frac": None}, 1: {"iv_frac": math.nan}, 2: {"forward_usd": None}}
    quotes = tuple(replace(quote, **spoilt.get(place % 7, {})) for place, quote in enumerate(market.quotes))

    assert list(hold_skew_against_numpy(replace(market, quotes=quotes))) == [True, True]


def test_the_skew_of_recorded_chains_is_that_of_numpy(history_dir: Path) -> None:
    found = [had_one for market in recorded_chains(history_dir / "chains" / "eth_chain_2025-12.csv.gz", every=1) for had_one in hold_skew_against_numpy(market)]

    print(f"{sum(found)} risk reversals of {len(found)} expiries")
    assert sum(found) > 20
