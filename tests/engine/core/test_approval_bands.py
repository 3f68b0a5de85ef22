"""A spread a person said yes to is held against every band again, each end moved by the drift an approval may have; the search has no slack."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any

import pytest

from engine.core.decision import Approved, Check, Refused
from engine.core.entry_cycle import decide_entry, named_legs
from engine.core.model import Greeks, MarketSnapshot, OptionType, Proposal, Quote, Spread, Vertical
from engine.core.pricing import greeks, price_coin, years_between

from .builders import IV_FRAC, NOW, RULES, book, calm_snapshot, chain, condor_spread, dec, on_tick, priced, read, snapshot, spread

PUT, CALL = OptionType.PUT, OptionType.CALL
# Three quarters of 2000 · 0.6 · √(17.75/365), and 1.5 % of the forward less for a second look.
SEARCHED_USD = dec(f"{0.75 * 2000.0 * 0.6 * math.sqrt(17.75 / 365):.2f}")
DRIFTED_USD = SEARCHED_USD - 30
FAR_PUT, FAR_CALL = dec(2600), dec(1500)


def leg(strike: str | Decimal, kind: OptionType, *, delta: float = 0.14, **changes: Any) -> Quote:
    """A quote of any strike and delta, priced as the nearest whole strike."""
    quote = priced(round(Decimal(strike)), kind, **changes)
    signed = Greeks(delta=-delta if kind is PUT else delta, gamma_per_usd=0.0005, vega_usd_per_pt=0.8, theta_usd_per_day=-1.0)
    name = f"ETH-{quote.instrument.expiry_at:%d%b%y}-{strike}-{kind.value[0]}".upper()
    return replace(quote, instrument=replace(quote.instrument, strike_usd=Decimal(strike), name=name), greeks=signed)


def pair(short: Quote, long_strike: str | Decimal, **changes: Any) -> Spread:
    return Spread(verticals=(Vertical(short=short, long=leg(long_strike, short.instrument.option_type, delta=0.05, **changes)),))


def market_of(whole: Spread, **changes: Any) -> MarketSnapshot:
    """A chain of these legs alone, with what makes a volatility at the money."""
    expiry_at = whole.expiry_at
    around = tuple(priced(strike, kind, expiry_at=expiry_at) for strike in (1950, 2050) for kind in OptionType)
    is_call = whole.shorts[0].instrument.option_type is CALL
    rising = snapshot(chain=chain(quotes=(*around, *whole.quotes)), trend_30d_frac=-0.10 if is_call else 0.10)
    return replace(rising, **changes)


def second_look(whole: Spread, market: MarketSnapshot | None = None) -> Approved[Proposal] | Refused:
    return decide_entry(market if market is not None else market_of(whole), book(), RULES, shown=named_legs(whole)).outcome


def first_look(whole: Spread) -> Approved[Proposal] | Refused:
    return decide_entry(market_of(whole), book(), RULES).outcome


def outside(outcome: Approved[Proposal] | Refused) -> list[str]:
    """Which bands forbid the trade."""
    return [check.code for check in outcome.checks if check.rule.startswith("S") and check.blocks]


def is_found(outcome: Approved[Proposal] | Refused) -> bool:
    """A spread was there to be judged; what its credit and book say is another matter."""
    return bool(next(check for check in outcome.checks if check.code == "strikes_found").observed)


def test_what_was_shown_in_a_market_that_stood_still_is_approved_with_its_bands() -> None:
    outcome = second_look(spread(), snapshot())

    assert isinstance(outcome, Approved)
    told = [check.code for check in outcome.checks if check.rule.startswith("S")]
    assert told == ["expiry_in_band", "short_delta_in_band", "short_otm_in_band", "beyond_expected_move", "width_in_band"]


# Every band: what a first look finds, and how far it may have drifted at the second.


@pytest.mark.parametrize("kind", OptionType)
@pytest.mark.parametrize(
    ("delta", "first", "second"),
    [
        (0.0699, False, False),
        (0.07, False, True),
        (0.0999, False, True),
        (0.10, True, True),
        (0.17, True, True),
        (0.1701, False, True),
        (0.20, False, True),
        (0.2001, False, False),
    ],
)
def test_a_delta_may_drift_by_three_hundredths(kind: OptionType, delta: float, first: bool, second: bool) -> None:
    whole = pair(leg("1750" if kind is PUT else "2300", kind, delta=delta), "1650" if kind is PUT else "2400")
    again = second_look(whole)

    assert (is_found(first_look(whole)), is_found(again), isinstance(again, Approved)) == (first, second, second)
    assert outside(again) == ([] if second else ["short_delta_in_band"])


@pytest.mark.parametrize(
    ("kind", "strike", "first", "second"),
    [
        # Puts 6 to 20 % below 2000, and 1.5 % beyond either end.
        (PUT, "1910.01", False, False),
        (PUT, "1910", False, True),
        (PUT, "1880.01", False, True),
        (PUT, "1880", True, True),
        (PUT, "1600", True, True),
        (PUT, "1599.99", False, True),
        (PUT, "1570", False, True),
        (PUT, "1569.99", False, False),
        # Calls 7 to 22 % above.
        (CALL, "2109.99", False, False),
        (CALL, "2110", False, True),
        (CALL, "2139.99", False, True),
        (CALL, "2140", True, True),
        (CALL, "2440", True, True),
        (CALL, "2440.01", False, True),
        (CALL, "2470", False, True),
        (CALL, "2470.01", False, False),
    ],
)
def test_a_distance_may_drift_by_a_hundredth_and_a_half_of_spot(kind: OptionType, strike: str, first: bool, second: bool) -> None:
    """The forward of the short leg lies far away, so that nothing but the distance from spot is asked."""
    rich = {"bid_coin": dec("0.0100"), "ask_coin": dec("0.0102"), "mark_coin": dec("0.0101")}
    cheap = {"bid_coin": dec("0.0058"), "ask_coin": dec("0.0060"), "mark_coin": dec("0.0059")}
    sold = leg(strike, kind, forward_usd=FAR_PUT if kind is PUT else FAR_CALL, **rich)
    whole = pair(sold, Decimal(strike) + (-100 if kind is PUT else 100), **cheap)
    again = second_look(whole)

    assert (is_found(first_look(whole)), is_found(again)) == (first, second)
    assert outside(again) == ([] if second else ["short_otm_in_band"])


@pytest.mark.parametrize(
    ("distance_usd", "first", "second"),
    [
        (DRIFTED_USD - dec("0.02"), False, False),
        (DRIFTED_USD + dec("0.02"), False, True),
        (SEARCHED_USD - dec("0.02"), False, True),
        (SEARCHED_USD + dec("0.02"), True, True),
    ],
)
@pytest.mark.parametrize("kind", OptionType)
def test_the_distance_in_expected_moves_may_drift_by_a_hundredth_and_a_half_of_the_forward(
    kind: OptionType, distance_usd: Decimal, first: bool, second: bool
) -> None:
    strike = 2000 - distance_usd if kind is PUT else 2000 + distance_usd
    rich = {"bid_coin": dec("0.0100"), "ask_coin": dec("0.0102"), "mark_coin": dec("0.0101")}
    cheap = {"bid_coin": dec("0.0058"), "ask_coin": dec("0.0060"), "mark_coin": dec("0.0059")}
    whole = pair(leg(strike, kind, **rich), strike + (-100 if kind is PUT else 100), **cheap)
    again = second_look(whole)

    assert (is_found(first_look(whole)), is_found(again)) == (first, second)
    assert outside(again) == ([] if second else ["beyond_expected_move"])


@pytest.mark.parametrize(
    ("width_usd", "first", "second"),
    [
        # 3 to 9 % of 2000 are 60 to 180; an end gives way by a hundredth and a half of itself.
        ("59.09", False, False),
        ("59.1", False, True),
        ("59.99", False, True),
        ("60", True, True),
        ("180", True, True),
        ("180.01", False, True),
        ("182.7", False, True),
        ("182.71", False, False),
    ],
)
def test_a_width_may_drift_by_a_hundredth_and_a_half_of_itself(width_usd: str, first: bool, second: bool) -> None:
    dear = {"bid_coin": dec("0.0058"), "ask_coin": dec("0.0060"), "mark_coin": dec("0.0059")}
    short = leg("1750", PUT, bid_coin=dec("0.0120"), ask_coin=dec("0.0122"), mark_coin=dec("0.0121"))
    whole = pair(short, 1750 - Decimal(width_usd), **dear)
    again = second_look(whole)

    assert (is_found(first_look(whole)), is_found(again)) == (first, second)
    assert outside(again) == ([] if second else ["width_in_band"])


@pytest.mark.parametrize(
    ("ahead", "is_inside"),
    [
        (timedelta(days=14, seconds=-1), False),
        (timedelta(days=14), True),
        (timedelta(days=21), True),
        (timedelta(days=21, seconds=1), False),
    ],
)
def test_an_expiry_does_not_drift(ahead: timedelta, is_inside: bool) -> None:
    expiry_at = NOW + ahead
    whole = pair(leg("1750", PUT, expiry_at=expiry_at), "1650", expiry_at=expiry_at)
    again = second_look(whole)

    assert (is_found(first_look(whole)), is_found(again)) == (is_inside, is_inside)
    assert outside(again) == ([] if is_inside else ["expiry_in_band"])


@pytest.mark.parametrize(("call_long", "is_level"), [(2350, False), (2375, True), (2400, True), (2425, True), (2450, False)])
def test_a_condor_whose_widths_are_apart_by_more_than_a_step_is_refused(call_long: int, is_level: bool) -> None:
    """The puts are 100 wide and strikes are listed every 25."""
    listed = chain(quotes=tuple(priced(strike, kind) for strike in range(1600, 2501, 25) for kind in OptionType))
    whole = condor_spread(put=(1750, 1650), call=(2300, call_long))
    again = second_look(whole, calm_snapshot(chain=listed))
    # Fifty of two thousand is a width no band allows either.
    narrow = ["width_in_band"] if call_long == 2350 else []

    assert is_found(again) is is_level
    assert outside(again) == ([] if is_level else [*narrow, "widths_within_a_step"])


@pytest.mark.parametrize(("side", "name"), [(0, "put"), (1, "call")])
def test_of_a_condor_the_side_that_drifted_is_named(side: int, name: str) -> None:
    whole = condor_spread()
    drifted = whole.shorts[side].instrument.name
    quotes = tuple(
        replace(quote, greeks=replace(quote.greeks, delta=-0.21 if name == "put" else 0.21)) if quote.instrument.name == drifted else quote
        for quote in chain().quotes
    )
    told: list[Check] = [check for check in second_look(whole, calm_snapshot(chain=chain(quotes=quotes))).checks if check.blocks and check.rule == "S02"]

    assert isinstance(second_look(whole, calm_snapshot()), Approved)
    assert [(check.code, check.subject, check.observed, check.limit) for check in told] == [("short_delta_in_band", name, 0.21, "0.07..0.2")]


# The market moved under the card.


def repriced(index_usd: int) -> MarketSnapshot:
    """The liquid chain with every price and Greek as of another spot."""

    def quoted(quote: Quote) -> Quote:
        option = quote.instrument
        model = {"F": float(index_usd), "K": float(option.strike_usd), "sigma": IV_FRAC, "T": years_between(NOW, option.expiry_at)}
        mark = price_coin(option.option_type, **model)
        prices = {"bid_coin": on_tick(mark * 0.99, ROUND_FLOOR), "ask_coin": on_tick(mark * 1.01, ROUND_CEILING), "mark_coin": dec(f"{mark:.6f}")}
        return replace(quote, greeks=greeks(option.option_type, **model), forward_usd=dec(index_usd), **prices)

    moved = chain(index_usd=dec(index_usd), quotes=tuple(quoted(quote) for quote in chain().quotes))
    return snapshot(index_usd=read(dec(index_usd)), perp_mark_usd=read(dec(index_usd)), chain=moved)


@pytest.mark.parametrize(
    ("index_usd", "left"),
    [
        (2000, []),
        (1960, []),
        (1900, ["short_delta_in_band", "beyond_expected_move"]),
        (1850, ["short_delta_in_band", "beyond_expected_move"]),
        (1800, ["short_delta_in_band", "short_otm_in_band", "beyond_expected_move"]),
        (2200, ["short_delta_in_band"]),
        (2300, ["short_delta_in_band", "short_otm_in_band"]),
    ],
)
def test_a_yes_to_a_put_spread_does_not_hold_once_the_market_has_left_its_bands(index_usd: int, left: list[str]) -> None:
    outcome = second_look(spread(), repriced(index_usd))

    assert outside(outcome) == left
    assert isinstance(outcome, Refused) is bool(left)


@pytest.mark.parametrize("lost", [{"greeks": None, "iv_frac": None}, {"forward_usd": None}], ids=["delta", "forward"])
def test_a_figure_that_is_gone_at_the_second_look_refuses(lost: dict[str, None]) -> None:
    short = spread().shorts[0].instrument.name
    quotes = tuple(replace(quote, **lost) if quote.instrument.name == short else quote for quote in chain().quotes)
    outcome = second_look(spread(), snapshot(chain=chain(quotes=quotes)))

    assert isinstance(outcome, Refused)
    assert outside(outcome)
