"""Building chains: prices and Greeks over arrays beside core's one by one, and a history of chains as columns beside quotes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np

from engine.core.model import OptionType
from engine.core.pricing import greeks, price_usd
from engine.market.black import black_76
from engine.market.history import RecordedMarket
from engine.market.rows import in_parts
from engine.market.shipped import shipped_history
from tests.benchmarks.figures import Figure, median_ms

OPTIONS = 10_000
FIRST_AT = datetime(2024, 2, 1, 14, 0, tzinfo=UTC)
DAY_S = 86_400
YEAR = timedelta(days=400)
FULL_WAY_DAYS = 3


def measure(*, days: int, times: int) -> tuple[Figure, ...]:
    """Nanoseconds an option, and milliseconds a history of daily chains on the shipped synthetic market."""
    market = RecordedMarket(shipped_history())
    at_s = int(FIRST_AT.timestamp()) + DAY_S * np.arange(min(days, 690))
    rows = _rows(market, at_s, dte_days=(0, 400))
    one_way_ms = median_ms(lambda: _full_way(market), times=min(times, 3)) / FULL_WAY_DAYS
    return (
        _pricing(times),
        Figure(
            name=f"{len(at_s)} daily chains as columns, every listed option ({rows:,} rows)",
            value=median_ms(lambda: _rows(market, at_s, dte_days=(0, 400)), times=times),
            unit="ms",
            peer="the same chains as quotes",
            peer_value=one_way_ms * len(at_s),
        ),
        Figure(
            name=f"{len(at_s)} chains of 13 to 22 days, what an entry looks at",
            value=median_ms(lambda: _rows(market, at_s, dte_days=(13, 22)), times=times),
            unit="ms",
            peer="every listed option",
            peer_value=median_ms(lambda: _rows(market, at_s, dte_days=(0, 400)), times=times),
        ),
    )


def _pricing(times: int) -> Figure:
    random = np.random.default_rng(1)
    forward, years, sigma = np.full(OPTIONS, 2000.0), np.full(OPTIONS, 18 / 365), random.uniform(0.4, 1.0, OPTIONS)
    strike, is_call = random.uniform(1400.0, 2800.0, OPTIONS), random.random(OPTIONS) < 0.5
    few = list(zip(strike.tolist()[:500], sigma.tolist()[:500], is_call.tolist()[:500], strict=True))

    def one_by_one() -> None:
        for level, vol, call in few:
            side = OptionType.CALL if call else OptionType.PUT
            price_usd(side, F=2000.0, K=level, sigma=vol, T=18 / 365)
            greeks(side, F=2000.0, K=level, sigma=vol, T=18 / 365)

    return Figure(
        name=f"price and Greeks of {OPTIONS:,} options, one thread",
        value=median_ms(lambda: black_76(forward, strike, years, sigma=sigma, is_call=is_call), times=times) * 1e6 / OPTIONS,
        unit="ns each",
        budget="<= 40 ns on two threads, compiled",
        peer="core, one by one",
        peer_value=median_ms(one_by_one, times=times) * 1e6 / len(few),
    )


def _rows(market: RecordedMarket, at_s: np.ndarray, *, dte_days: tuple[int, int]) -> int:
    total = 0
    for part in in_parts(len(at_s)):
        asked = at_s[part]
        total += len(market.rows_at(asked, expiry_from_s=asked + dte_days[0] * DAY_S, expiry_to_s=asked + dte_days[1] * DAY_S).rows)
    return total


def _full_way(market: RecordedMarket) -> None:
    for day in range(FULL_WAY_DAYS):
        at = FIRST_AT + timedelta(days=day)
        market.chain(at, expiry_from=at, expiry_to=at + YEAR)
