"""Black-76 against published tables, its own identities and recorded marks."""

from __future__ import annotations

import csv
import gzip
import math
import statistics
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.core.model import OptionType
from engine.core.pricing import (
    forward_at_delta,
    greeks,
    implied_vol,
    price_coin,
    price_usd,
    probability_above,
    probability_below,
    years_between,
)

PUT, CALL = OptionType.PUT, OptionType.CALL


@pytest.mark.parametrize(
    ("option_type", "spot", "strike", "rate", "carry", "sigma", "years", "published"),
    [
        (CALL, 19, 19, 0.10, 0.0, 0.28, 0.75, 1.7011),
        (PUT, 19, 19, 0.10, 0.0, 0.28, 0.75, 1.7011),
        (CALL, 60, 65, 0.08, 0.08, 0.30, 0.25, 2.1334),
        (PUT, 100, 95, 0.10, 0.05, 0.20, 0.5, 2.4648),
        (PUT, 75, 70, 0.10, 0.05, 0.35, 0.5, 4.0870),
        (CALL, 90, 100, 0.10, 0.0, 0.15, 0.1, 0.0205),
        (CALL, 100, 100, 0.10, 0.0, 0.15, 0.1, 1.8734),
        (CALL, 110, 100, 0.10, 0.0, 0.15, 0.1, 9.9413),
        (CALL, 90, 100, 0.10, 0.0, 0.25, 0.1, 0.3150),
        (CALL, 90, 100, 0.10, 0.0, 0.15, 0.5, 0.8069),
        (CALL, 100, 100, 0.10, 0.0, 0.15, 0.5, 4.0232),
        (CALL, 110, 100, 0.10, 0.0, 0.15, 0.5, 10.5769),
        (CALL, 42, 40, 0.10, 0.10, 0.20, 0.5, 4.759422),
        (PUT, 42, 40, 0.10, 0.10, 0.20, 0.5, 0.808599),
        (CALL, 49, 50, 0.05, 0.05, 0.20, 0.3846, 2.4005),
        (PUT, 20, 20, 0.09, 0.0, 0.25, 4 / 12, 1.116641),
        (PUT, 2500, 2250, 0.0, 0.0, 0.70, 7 / 365, 16.177963),
    ],
)
def test_prices_match_the_tables_of_haug_and_hull(*, option_type, spot, strike, rate, carry, sigma, years, published) -> None:
    """A discounted price on a spot with carry is the undiscounted one on the forward, discounted."""
    forward = spot * math.exp(carry * years)

    computed = math.exp(-rate * years) * price_usd(option_type, F=forward, K=strike, sigma=sigma, T=years)

    assert computed == pytest.approx(published, abs=1e-4)


def test_deltas_match_haug() -> None:
    forward, discount = 105.0, math.exp(-0.10 * 0.5)

    assert discount * greeks(CALL, F=forward, K=100, sigma=0.36, T=0.5).delta == pytest.approx(0.5946, abs=1e-4)
    assert discount * greeks(PUT, F=forward, K=100, sigma=0.36, T=0.5).delta == pytest.approx(-0.3566, abs=1e-4)


def test_gamma_and_vega_match_haug() -> None:
    growth = math.exp(0.10 * 0.75)
    computed = greeks(CALL, F=55 * growth, K=60, sigma=0.30, T=0.75)

    # Spot gamma of a discounted price: discount times forward gamma times growth squared.
    assert computed.gamma_per_usd * growth == pytest.approx(0.0278, abs=1e-4)
    assert 100 * computed.vega_usd_per_pt / growth == pytest.approx(18.9358, abs=1e-4)


def test_greeks_match_hull() -> None:
    growth = math.exp(0.05 * 0.3846)
    computed = greeks(CALL, F=49 * growth, K=50, sigma=0.20, T=0.3846)

    assert computed.delta == pytest.approx(0.522, abs=5e-4)
    assert computed.gamma_per_usd * growth == pytest.approx(0.066, abs=5e-4)
    assert 100 * computed.vega_usd_per_pt / growth == pytest.approx(12.1, abs=0.05)


def test_greeks_of_a_weekly_put_match_the_reference() -> None:
    computed = greeks(PUT, F=2500, K=2250, sigma=0.70, T=7 / 365)

    assert computed.delta == pytest.approx(-0.128117, abs=1e-6)
    assert computed.gamma_per_usd == pytest.approx(0.000864, abs=1e-6)
    assert 100 * computed.vega_usd_per_pt == pytest.approx(72.5022, abs=1e-4)


def test_theta_is_per_day_and_per_lifetime_when_less_than_a_day_is_left() -> None:
    long_lived = greeks(PUT, F=2000, K=1900, sigma=0.6, T=20 / 365)
    last_hours = greeks(PUT, F=2000, K=1990, sigma=0.6, T=0.25 / 365)
    yearly = -2000 * 0.6 / (2 * math.sqrt(0.25 / 365)) * math.exp(-0.5 * _d1(2000, 1990, 0.6, 0.25 / 365) ** 2) / math.sqrt(2 * math.pi)

    one_day_later = price_usd(PUT, F=2000, K=1900, sigma=0.6, T=19 / 365)
    assert one_day_later - price_usd(PUT, F=2000, K=1900, sigma=0.6, T=20 / 365) == pytest.approx(long_lived.theta_usd_per_day, rel=0.05)
    assert last_hours.theta_usd_per_day == pytest.approx(yearly * 0.25 / 365)


def _d1(forward: float, strike: float, sigma: float, years: float) -> float:
    total = sigma * math.sqrt(years)
    return math.log(forward / strike) / total + total / 2


@pytest.mark.parametrize(
    ("option_type", "forward", "value", "delta"), [(CALL, 110, 10, 1), (CALL, 90, 0, 0), (PUT, 90, 10, -1), (PUT, 110, 0, 0), (CALL, 100, 0, 0)]
)
@pytest.mark.parametrize(("sigma", "years"), [(0.0, 1.0), (0.5, 0.0), (0.5, -1.0), (-0.5, 1.0), (math.nan, 1.0)])
def test_without_time_or_volatility_an_option_is_worth_its_intrinsic_value(*, option_type, forward, value, delta, sigma, years) -> None:
    computed = greeks(option_type, F=forward, K=100, sigma=sigma, T=years)

    assert price_usd(option_type, F=forward, K=100, sigma=sigma, T=years) == value
    assert (computed.delta, computed.gamma_per_usd, computed.vega_usd_per_pt, computed.theta_usd_per_day) == (delta, 0, 0, 0)
    assert probability_above(F=forward, K=100, sigma=sigma, T=years) == (1 if forward > 100 else 0)


@pytest.mark.parametrize(("forward", "strike"), [(0.0, 100.0), (-1.0, 100.0), (100.0, 0.0), (math.nan, 100.0)])
def test_a_price_needs_a_positive_forward_and_strike(forward: float, strike: float) -> None:
    with pytest.raises(ValueError, match="must be positive"):
        price_usd(PUT, F=forward, K=strike, sigma=0.5, T=0.1)


def test_coin_price_is_the_usd_price_over_the_forward() -> None:
    assert price_coin(PUT, F=2500, K=2250, sigma=0.70, T=7 / 365) == pytest.approx(16.177963 / 2500, abs=1e-9)


def test_probabilities_are_complements_and_follow_the_price() -> None:
    above = probability_above(F=2000, K=2100, sigma=0.6, T=0.05)
    step = 0.01
    slope = (price_usd(CALL, F=2000, K=2100 + step, sigma=0.6, T=0.05) - price_usd(CALL, F=2000, K=2100 - step, sigma=0.6, T=0.05)) / (2 * step)

    assert above + probability_below(F=2000, K=2100, sigma=0.6, T=0.05) == 1
    assert above == pytest.approx(-slope, abs=1e-7)


FORWARDS = st.floats(500, 8000)
VOLS = st.floats(0.15, 2.5)
YEARS = st.floats(1 / 365, 1.0)
DEVIATIONS = st.floats(-3, 3)


@given(FORWARDS, VOLS, YEARS, DEVIATIONS)
def test_put_and_call_keep_parity(forward: float, sigma: float, years: float, deviations: float) -> None:
    strike = forward * math.exp(deviations * sigma * math.sqrt(years))
    call, put = (price_usd(kind, F=forward, K=strike, sigma=sigma, T=years) for kind in (CALL, PUT))

    assert call - put == pytest.approx(forward - strike, abs=1e-9 * max(forward, strike))


@given(FORWARDS, VOLS, YEARS, DEVIATIONS)
def test_greeks_have_the_signs_of_a_long_option_and_match_finite_differences(forward: float, sigma: float, years: float, deviations: float) -> None:
    strike = forward * math.exp(deviations * sigma * math.sqrt(years))
    step = forward * 1e-5 * sigma * math.sqrt(years)
    for kind in OptionType:
        computed = greeks(kind, F=forward, K=strike, sigma=sigma, T=years)
        up, down = (price_usd(kind, F=forward + move, K=strike, sigma=sigma, T=years) for move in (step, -step))

        assert (computed.delta <= 0) == (kind is PUT)
        assert computed.gamma_per_usd > 0
        assert computed.vega_usd_per_pt > 0
        assert computed.theta_usd_per_day < 0
        assert computed.delta == pytest.approx((up - down) / (2 * step), abs=1e-5)


@given(FORWARDS, VOLS, YEARS, DEVIATIONS)
def test_implied_volatility_of_an_otm_price_is_the_volatility_it_was_made_with(forward: float, sigma: float, years: float, deviations: float) -> None:
    strike = forward * math.exp(deviations * sigma * math.sqrt(years))
    kind = CALL if strike >= forward else PUT
    price = price_usd(kind, F=forward, K=strike, sigma=sigma, T=years)

    assert implied_vol(kind, price=price, F=forward, K=strike, T=years) == pytest.approx(sigma, abs=1e-11, rel=1e-10)


def test_implied_volatility_is_accurate_over_three_deviations() -> None:
    worst = 0.0
    for deviations in range(-30, 31):
        strike = 2500 * math.exp(deviations / 10 * 0.7 * math.sqrt(7 / 365))
        kind = CALL if strike >= 2500 else PUT
        price = price_usd(kind, F=2500, K=strike, sigma=0.7, T=7 / 365)
        worst = max(worst, abs(implied_vol(kind, price=price, F=2500, K=strike, T=7 / 365) - 0.7))

    assert worst <= 1e-11


def test_implied_volatility_of_an_itm_price_uses_its_twin() -> None:
    price = price_usd(PUT, F=2000, K=2100, sigma=0.6, T=0.05)

    assert implied_vol(PUT, price=price, F=2000, K=2100, T=0.05) == pytest.approx(0.6, abs=1e-9)


@pytest.mark.parametrize("sigma", [0.01, 0.05, 8.0, 20.0])
def test_implied_volatility_survives_the_ends(sigma: float) -> None:
    price = price_usd(CALL, F=2000, K=2010, sigma=sigma, T=0.25)

    assert implied_vol(CALL, price=price, F=2000, K=2010, T=0.25) == pytest.approx(sigma, rel=1e-6)


def test_a_price_far_below_a_cent_still_has_a_volatility() -> None:
    price = price_usd(CALL, F=2000, K=4000, sigma=0.2, T=0.05)

    assert 0 < price < 1e-40
    assert implied_vol(CALL, price=price, F=2000, K=4000, T=0.05) == pytest.approx(0.2, rel=1e-6)


@pytest.mark.parametrize(
    ("price", "forward", "strike", "years"),
    [
        (0.0, 2000.0, 2100.0, 0.05),
        (-1.0, 2000.0, 2100.0, 0.05),
        (2000.0, 2000.0, 2100.0, 0.05),
        (99.0, 2100.0, 2000.0, 0.05),
        (math.nan, 2000.0, 2100.0, 0.05),
        (math.inf, 2000.0, 2100.0, 0.05),
        (10.0, 0.0, 2100.0, 0.05),
        (10.0, 2000.0, 0.0, 0.05),
        (10.0, 2000.0, 2100.0, 0.0),
        (10.0, math.inf, 2100.0, 0.05),
        (10.0, 2000.0, 2100.0, math.inf),
    ],
)
def test_a_price_outside_its_bounds_has_no_volatility(price: float, forward: float, strike: float, years: float) -> None:
    assert implied_vol(CALL, price=price, F=forward, K=strike, T=years) is None


@pytest.mark.parametrize("kind", list(OptionType))
@pytest.mark.parametrize("delta", [0.10, 0.30, 0.50, 0.85])
def test_the_forward_of_a_delta_has_that_delta(kind: OptionType, delta: float) -> None:
    forward = forward_at_delta(kind, delta_abs=delta, K=1750, sigma=0.6, T=17.75 / 365)

    assert abs(greeks(kind, F=forward, K=1750, sigma=0.6, T=17.75 / 365).delta) == pytest.approx(delta, abs=1e-9)


@pytest.mark.parametrize(("delta", "strike", "sigma", "years"), [(0, 1, 1, 1), (1, 1, 1, 1), (0.3, 0, 1, 1), (0.3, 1, 0, 1), (0.3, 1, 1, 0), (0.3, 1, 1e9, 1)])
def test_no_forward_has_an_impossible_delta(delta: float, strike: float, sigma: float, years: float) -> None:
    assert forward_at_delta(PUT, delta_abs=delta, K=strike, sigma=sigma, T=years) is None


def test_a_year_has_365_days() -> None:
    now = datetime(2026, 3, 1, tzinfo=UTC)

    assert years_between(now, now + timedelta(days=365)) == 1
    assert years_between(now, now - timedelta(days=73)) == -0.2


def test_recorded_marks_are_reproduced_from_their_volatility(history_dir: Path) -> None:
    errors_coin: list[float] = []
    with gzip.open(history_dir / "chains" / "eth_chain_2026-03.csv.gz", "rt") as lines:
        for row in csv.DictReader(lines):
            years = years_between(datetime.fromisoformat(row["timestamp"]), datetime.fromisoformat(row["expiry"]))
            if not row["mark"] or years <= 0:
                continue
            kind = PUT if row["option_type"] == "put" else CALL
            computed = price_coin(kind, F=float(row["underlying_price"]), K=float(row["strike"]), sigma=float(row["mark_iv"]), T=years)
            errors_coin.append(abs(computed - float(row["mark"])))

    print(f"{len(errors_coin)} recorded marks: median error {statistics.median(errors_coin):.2e} ETH")
    assert len(errors_coin) > 10_000
    assert statistics.median(errors_coin) <= 1e-5
