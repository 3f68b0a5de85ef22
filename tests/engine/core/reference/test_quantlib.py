"""Prices, Greeks and implied volatilities against QuantLib, and against sixty digits where QuantLib loses its own."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator
from decimal import Decimal

import pytest
import QuantLib

from engine.core.model import OptionType
from engine.core.pricing import DAYS_PER_YEAR, forward_at_delta, greeks, implied_vol, price_usd, probability_above

from .exact import FORWARD, SIGMAS, YEARS, Option, black76, options, relative_error, tail

EXACT_TO = 1e-10

# What is not a difference of two products loses less: only the digits of d1, times its square.
GREEKS_EXACT_TO = 2e-12

# QuantLib takes tails as 1/2·(1 + erf), which is good to about 1e-16 absolutely and so leaves a tail of
# 1e-6 no more than ten digits, and it subtracts two of them for a price and one from 1 for a put's delta.
# Its density loses nothing: gamma, vega and theta hold much further out.
QUANTLIB_TAILS_SD = 2.0
QUANTLIB_DENSITY_SD = 6.0

# Below this a float has fewer than its 53 bits, in the answer or in the density on the way to it.
SMALLEST_WHOLE = 1e-290

KINDS = {OptionType.CALL: QuantLib.Option.Call, OptionType.PUT: QuantLib.Option.Put}


def total_vol(option: Option) -> float:
    return option.sigma * math.sqrt(option.years)


def price_of(option: Option) -> float:
    return price_usd(option.kind, **option.terms)


def ours(option: Option) -> dict[str, float]:
    computed = greeks(option.kind, **option.terms)
    return {
        "price": price_of(option),
        "delta": computed.delta,
        "gamma": computed.gamma_per_usd,
        "vega": computed.vega_usd_per_pt,
        "theta": computed.theta_usd_per_day,
        "above": probability_above(**option.terms),
    }


def quantlib(option: Option) -> dict[str, float]:
    """QuantLib's figures, which are per 1.00 of volatility and per year, in the engine's units."""
    payoff = QuantLib.PlainVanillaPayoff(KINDS[option.kind], option.strike)
    calculator = QuantLib.BlackCalculator(payoff, option.forward, total_vol(option))
    figures = {
        "gamma": calculator.gammaForward(),
        "vega": calculator.vega(option.years) / 100.0,
        "theta": calculator.theta(option.forward, option.years) * min(1.0 / DAYS_PER_YEAR, option.years),
    }
    if abs(option.deviations) <= QUANTLIB_TAILS_SD:
        figures |= {"price": QuantLib.blackFormula(KINDS[option.kind], option.strike, option.forward, total_vol(option)), "delta": calculator.deltaForward()}
    return figures


def worst_errors(compared: Iterable[tuple[str, float]]) -> dict[str, float]:
    """The largest error by figure, printed for the record with how many were compared."""
    errors: defaultdict[str, list[float]] = defaultdict(list)
    for figure, error in compared:
        errors[figure].append(error)
    for figure, measured in errors.items():
        print(f"{figure}: worst relative error {max(measured):.1e} of {len(measured)}")
    return {figure: max(measured) for figure, measured in errors.items()}


def against_quantlib() -> Iterator[tuple[str, float]]:
    for option in options(deviations_max=QUANTLIB_DENSITY_SD):
        computed = ours(option)
        for figure, reference in quantlib(option).items():
            yield figure, abs(computed[figure] / reference - 1.0)


def against_sixty_digits() -> Iterator[tuple[str, float]]:
    for option in options(deviations_max=36.0):
        computed, exact = ours(option), vars(black76(option))
        for figure, reference in exact.items():
            if abs(reference) >= SMALLEST_WHOLE:
                yield figure, relative_error(computed[figure], reference)


def test_prices_and_greeks_are_those_of_quantlib_where_quantlib_has_the_digits() -> None:
    worst = worst_errors(against_quantlib())

    assert worst.keys() == {"price", "delta", "gamma", "vega", "theta"}
    assert max(worst.values()) <= EXACT_TO


def test_prices_greeks_and_probabilities_are_exact_out_to_the_smallest_float() -> None:
    worst = worst_errors(against_sixty_digits())

    assert worst.keys() == {"price", "delta", "gamma", "vega", "theta", "above"}
    assert worst.pop("price") <= EXACT_TO
    assert max(worst.values()) <= GREEKS_EXACT_TO


def test_prices_are_those_of_quantlib_everywhere_when_measured_in_dollars() -> None:
    worst = 0.0
    for option in options(deviations_max=36.0):
        reference = QuantLib.blackFormula(KINDS[option.kind], option.strike, option.forward, total_vol(option))
        worst = max(worst, abs(price_of(option) - reference) / max(option.forward, option.strike))
    print(f"price: worst difference {worst:.1e} of the larger of forward and strike")

    assert worst <= 1e-14


def test_the_volatility_of_a_price_within_three_deviations_comes_back() -> None:
    worst = worst_errors(
        ("in the money" if option.is_itm else "out of the money", abs(vol_of(option) / option.sigma - 1.0)) for option in options(deviations_max=3.0)
    )

    assert max(worst.values()) <= EXACT_TO


def test_the_volatility_of_an_otm_price_comes_back_out_to_the_smallest_float() -> None:
    far_out = [option for option in options(deviations_max=36.0) if not option.is_itm and price_of(option) >= SMALLEST_WHOLE]
    worst = worst_errors(("out of the money", abs(vol_of(option) / option.sigma - 1.0)) for option in far_out)

    assert max(worst.values()) <= EXACT_TO


def test_implied_volatilities_are_those_of_quantlib_within_three_deviations() -> None:
    worst = worst_errors(("volatility", abs(vol_of(option) / quantlib_vol_of(option) - 1.0)) for option in options(deviations_max=3.0))

    assert max(worst.values()) <= EXACT_TO


def vol_of(option: Option) -> float:
    solved = implied_vol(option.kind, price=price_of(option), F=option.forward, K=option.strike, T=option.years)

    assert solved is not None
    return solved


def quantlib_vol_of(option: Option) -> float:
    """QuantLib's Newton solver from a start 20 % off, asked for more digits than it can give."""
    start, accuracy, steps_max = 1.2 * total_vol(option), 1e-14, 1000
    solved = QuantLib.blackFormulaImpliedStdDev(KINDS[option.kind], option.strike, option.forward, price_of(option), 1.0, 0.0, start, accuracy, steps_max)
    return solved / math.sqrt(option.years)


@pytest.mark.parametrize("kind", list(OptionType))
@pytest.mark.parametrize("delta_abs", [1e-6, 0.01, 0.13, 0.25, 0.50, 0.75, 0.99])
def test_the_forward_of_a_delta_has_that_delta_in_sixty_digits(kind: OptionType, delta_abs: float) -> None:
    for sigma in SIGMAS:
        for years in YEARS:
            forward = forward_at_delta(kind, delta_abs=delta_abs, K=FORWARD, sigma=sigma, T=years)
            assert forward is not None
            option = Option(kind=kind, forward=forward, strike=FORWARD, sigma=sigma, years=years, deviations=0.0)

            assert relative_error(delta_abs, abs(black76(option).delta)) <= EXACT_TO


@pytest.mark.parametrize(
    ("z", "published"),
    [("0", "0.5"), ("1", "0.158655253931457051"), ("5", "2.86651571879193912e-7"), ("10", "7.61985302416052607e-24"), ("-1", "0.841344746068542949")],
)
def test_the_sixty_digits_themselves_are_right(z: str, published: str) -> None:
    assert abs(tail(Decimal(z)) / Decimal(published) - 1) <= Decimal("1e-17")


def test_the_sixty_digits_agree_with_the_complementary_error_function() -> None:
    """Both sides of the seam between series and continued fraction."""
    for step in range(1, 300):
        x = step / 8

        assert relative_error(math.erfc(x / math.sqrt(2)) / 2, tail(Decimal(x))) <= 4e-16 * (1 + x * x)
