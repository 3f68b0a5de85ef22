"""Everything the search for strikes tells: what it chose, the step that left nothing, and what each gate dropped."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from engine.core.combo_builder import build, choose_expiry, select_strikes
from engine.core.decision import Approved, Check, Refused, Relation, Unit, Verdict
from engine.core.economics import spread_economics
from engine.core.model import Candidate, Family, OptionType, Quote, Stage, Strategy
from engine.core.rules import DriftMax
from engine.core.strike_bands import SearchTerms, dte_days, in_band, short_checks, width_band, width_check, widths_check
from engine.core.strike_search import SearchTrace, first_lot_loss_eur, ranked_pairs
from tests.engine.core.builders import EXPIRY_AT, INDEX_USD, NOW, RULES, candidate, chain, condor_spread, dec, priced, read, snapshot, spread

PASSED, FAILED, UNSEEN = Verdict.PASSED, Verdict.FAILED, Verdict.NOT_EVALUATED
ONE_OF, AT_MOST, NONE = Relation.ONE_OF, Relation.AT_MOST, Relation.NONE
PUT, CALL = OptionType.PUT, OptionType.CALL
AROUND = (priced(1950, PUT), priced(2050, CALL))


def select(*quotes: Quote, strategy: Strategy = Strategy.BULL_PUT, stage: Stage = Stage.PAPER, **changes: Any) -> Approved[Candidate] | Refused:
    market = replace(chain(), quotes=quotes) if quotes else chain()
    return select_strikes(market, snapshot(**changes), strategy=strategy, stage=stage, rules=RULES, now=NOW)


def puts(*strikes: int, **changes: Any) -> tuple[Quote, ...]:
    return (*AROUND, *(priced(strike, PUT, **changes) for strike in strikes))


def shorts(count: int, gate: str = "short_delta_in_band") -> Check:
    return Check("S02", "shorts_dropped", PASSED, count, unit=Unit.COUNT, subject=gate)


def pairs(count: int, gate: str) -> Check:
    return Check("S03", "pairs_dropped", PASSED, count, unit=Unit.COUNT, subject=gate)


def chosen(delta: float, otm: str, moves: float, side: str = "") -> tuple[Check, ...]:
    return (
        Check("S02", "short_delta_in_band", PASSED, pytest.approx(delta), "0.1..0.17", ONE_OF, subject=side),
        Check("S02", "short_otm_in_band", PASSED, float(otm), "0.07..0.22" if float(otm) > 0.15 else "0.06..0.2", ONE_OF, Unit.FRAC, side),
        Check("S02", "beyond_expected_move", PASSED, pytest.approx(moves), 0.75, Relation.AT_LEAST, Unit.MULTIPLE, side),
        Check("S03", "width_in_band", PASSED, dec("0.05"), "0.03..0.09", ONE_OF, Unit.FRAC, side),
    )


EXPIRY = Check("S01", "expiry_in_band", PASSED, 17.75, "14.0..21.0", ONE_OF, Unit.DAYS)
PUT_DELTA, CALL_DELTA = abs(priced(1750, PUT).greeks.delta), priced(2350, CALL).greeks.delta
# A move to be expected until expiry, of an index of 2000 at a volatility of 60 %.
MOVE_USD = 2000 * 0.6 * math.sqrt(17.75 / 365)
PUT_SIDE, CALL_SIDE = (PUT_DELTA, "0.125", 250 / MOVE_USD), (CALL_DELTA, "0.175", 350 / MOVE_USD)
STEP = Check("S06", "widths_within_a_step", PASSED, dec(0), dec(50), AT_MOST, Unit.USD)


@pytest.mark.parametrize(
    ("strategy", "expected"),
    [
        (Strategy.BULL_PUT, (*chosen(*PUT_SIDE), shorts(15), pairs(9, "width_band"))),
        (Strategy.BEAR_CALL, (*chosen(*CALL_SIDE), shorts(18), pairs(23, "width_band"))),
        (Strategy.IRON_CONDOR, (*chosen(*PUT_SIDE, "put"), *chosen(*CALL_SIDE, "call"), STEP, shorts(33), pairs(32, "width_band"))),
    ],
)
def test_a_choice_tells_its_expiry_its_strikes_and_what_was_dropped(strategy: Strategy, expected: tuple[Check, ...]) -> None:
    assert select(strategy=strategy).checks == (EXPIRY, *expected)


BARE = tuple(replace(quote, ask_coin=None) for quote in chain().quotes)
LOW_FX = {"fx_usd_per_eur": read(dec("1.00")), "stage": Stage.SOFT}


@pytest.mark.parametrize(
    ("quotes", "asked", "expected"),
    [
        (
            puts(1900, 1650),
            {},
            (Check("S02", "no_strike_in_band", FAILED, pytest.approx(abs(priced(1650, PUT).greeks.delta)), "0.1..0.17", ONE_OF), shorts(3)),
        ),
        (
            puts(1750, 1730, 1300),
            {},
            (Check("S03", "no_width_in_band", FAILED, dec("0.01"), "0.03..0.09", ONE_OF, Unit.FRAC), shorts(2), pairs(3, "width_band")),
        ),
        (BARE, {}, (Check("S05", "spread_priced", UNSEEN, cause="not_priced"), shorts(15), pairs(2, "no_price"), pairs(9, "width_band"))),
        (
            BARE,
            {"strategy": Strategy.IRON_CONDOR},
            (
                Check("S05", "spread_priced", UNSEEN, subject="put", cause="not_priced"),
                Check("S05", "spread_priced", UNSEEN, subject="call", cause="not_priced"),
                shorts(33),
                pairs(6, "no_price"),
                pairs(32, "width_band"),
            ),
        ),
        (
            puts(1750, 1590, 1650, 1600),
            LOW_FX,
            (
                Check("S04", "cap_below_one_lot", FAILED, dec("102.4"), dec(100), AT_MOST, Unit.EUR, "bull_put"),
                Check("S04", "width_that_fits", PASSED, dec("97.6"), unit=Unit.USD),
                Check("S04", "spot_that_fits", PASSED, dec(100) / dec("0.0312"), unit=Unit.USD),
                shorts(4),
                pairs(3, "trade_cap"),
            ),
        ),
    ],
    ids=["short", "width", "price", "condor", "cap"],
)
def test_an_empty_search_tells_the_step_that_left_nothing(quotes: Sequence[Quote], asked: dict[str, Any], expected: tuple[Check, ...]) -> None:
    assert select(*quotes, **asked).checks == expected


def test_a_cap_too_small_for_a_condor_counts_the_fees_of_both_sides() -> None:
    checks = select(strategy=Strategy.IRON_CONDOR, **(LOW_FX | {"fx_usd_per_eur": read(dec("0.5"))})).checks
    allowance = RULES.sizing.fee_allowance_eth.condor

    assert checks[:3] == (
        Check("S04", "cap_below_one_lot", FAILED, (100 + allowance * 2000) * 2, dec(100), AT_MOST, Unit.EUR, "iron_condor"),
        Check("S04", "width_that_fits", PASSED, 50 - allowance * 2000, unit=Unit.USD),
        Check("S04", "spot_that_fits", PASSED, 50 / (dec("0.03") + allowance), unit=Unit.USD),
    )


def test_a_lot_of_a_tenth_needs_a_tenth_of_the_cap() -> None:
    quotes = [priced(strike, kind, family=Family.LINEAR_USDC) for strike, kind in ((1950, PUT), (2050, CALL), (1750, PUT), (1650, PUT))]
    told = {check.code: check.observed for check in select(*quotes, stage=Stage.SOFT, fx_usd_per_eur=read(dec("0.1"))).checks}

    assert told["cap_below_one_lot"] == dec("102.4") / 10 / dec("0.1")
    assert (told["width_that_fits"], told["spot_that_fits"]) == (dec("97.6"), 10 / (dec("0.1") * dec("0.0312")))


def test_blocked_pairs_let_the_best_one_speak() -> None:
    thin = tuple(replace(quote, open_interest_eth=dec(10)) for quote in chain().quotes)
    legs = (("ETH-20MAR26-1750-P", 100), ("ETH-20MAR26-1650-P", 50))

    assert select(*thin).checks == (
        *(Check("L03", "open_interest", FAILED, dec(10), dec(limit), Relation.AT_LEAST, Unit.ETH, name) for name, limit in legs),
        shorts(15),
        pairs(2, "open_interest"),
        pairs(9, "width_band"),
    )


def test_a_blocked_credit_of_a_condor_names_its_side_and_that_of_a_vertical_none() -> None:
    """Calls at a third of their price; the puts are untouched."""
    third = dec(1) / 3
    cheap = {quote.instrument: {"bid_coin": quote.bid_coin * third, "ask_coin": quote.ask_coin * third} for quote in chain().quotes}
    poor = tuple(replace(quote, **cheap[quote.instrument]) if quote.instrument.option_type is CALL else quote for quote in chain().quotes)
    told = [[check for check in select(*poor, strategy=strategy).checks if check.rule == "E13"] for strategy in (Strategy.IRON_CONDOR, Strategy.BEAR_CALL)]

    assert [{check.subject for check in found} for found in told] == [{"call"}, {""}]


@pytest.mark.parametrize(("days", "nearest"), [((7, 24, 31), 24.0), ((7, 30), 7.0), ((6, 30), 6.0), ((-1, 40), -1.0)])
def test_of_no_expiry_in_the_band_the_nearest_to_the_target_is_told_and_of_equals_the_earlier(days: tuple[int, ...], nearest: float) -> None:
    outcome = select(*(expiring(day) for day in days))

    assert outcome.checks == (Check("S01", "no_expiry", FAILED, nearest, "14.0..21.0", ONE_OF, Unit.DAYS),)


def test_an_empty_chain_has_no_expiry_to_tell() -> None:
    outcome = select_strikes(chain(quotes=()), snapshot(), strategy=Strategy.BULL_PUT, stage=Stage.PAPER, rules=RULES, now=NOW)

    assert outcome.checks == (Check("S01", "no_expiry", FAILED, None, "14.0..21.0", ONE_OF, Unit.DAYS),)


def test_a_short_with_nothing_below_it_has_no_width_to_tell() -> None:
    assert select(*puts(1750)).checks[0] == Check("S03", "no_width_in_band", FAILED, None, "0.03..0.09", ONE_OF, Unit.FRAC)


def test_sides_that_do_not_go_together_tell_the_widths_of_the_best_two() -> None:
    """Puts 60 wide, calls 120 wide, strikes every 20 of which nobody holds the others."""
    held = {1750, 1690, 2300, 2420}
    listed = [(PUT, strike) for strike in range(1690, 1751, 20)] + [(CALL, strike) for strike in range(2300, 2421, 20)]
    quotes = [priced(strike, kind, open_interest_eth=dec(1000 if strike in held else 0)) for kind, strike in listed]
    expected = Check("S06", "widths_within_a_step", FAILED, dec(60), dec(20), AT_MOST, Unit.USD)

    assert select(*quotes, strategy=Strategy.IRON_CONDOR).checks[0] == expected


def expiring(days: float, interest: str | None = "1000") -> Quote:
    quote = priced(1750, PUT)
    instrument = replace(quote.instrument, expiry_at=NOW + timedelta(days=days))
    return replace(quote, instrument=instrument, open_interest_eth=None if interest is None else dec(interest))


@pytest.mark.parametrize(
    ("quotes", "expected"),
    [
        ((expiring(16, "2"), expiring(20, "1")), 16),
        ((expiring(16, "1"), expiring(20, "2")), 20),
        ((expiring(16, "1"), expiring(16, "1"), expiring(20, "1.5")), 16),
        ((expiring(16, "1"), expiring(20, "1")), 16),
        ((expiring(20, "1"), expiring(16, "1")), 16),
        ((expiring(16, "NaN"), expiring(20, "1")), 20),
        ((expiring(16, "Infinity"), expiring(20, "1")), 20),
        ((expiring(16, None), expiring(20, "0.5")), 20),
        ((expiring(17, "0"), expiring(20, "9")), 17),
    ],
)
def test_two_expiries_equally_near_are_told_apart_by_interest_then_by_date(quotes: tuple[Quote, ...], expected: int) -> None:
    assert choose_expiry(replace(chain(), quotes=quotes), RULES.strikes, NOW) == NOW + timedelta(days=expected)


def test_days_to_expiry_are_told_as_a_fraction_below_zero_once_passed() -> None:
    assert [dte_days(NOW + timedelta(hours=hours), NOW) for hours in (36, 0, -12)] == [1.5, 0.0, -0.5]


@pytest.mark.parametrize(
    ("changes", "causes"),
    [
        ({"index_usd": None, "fx_usd_per_eur": None}, ["no_index", "no_fx"]),
        ({"fx_usd_per_eur": None}, ["no_fx"]),
        ({"fx_usd_per_eur": read(dec(0))}, ["no_fx"]),
        ({"index_usd": read(dec(0))}, ["no_index"]),
    ],
)
def test_a_search_without_index_or_rate_tells_which(changes: dict[str, Any], causes: list[str]) -> None:
    assert select(**changes).checks == tuple(Check("S01", "expiry_in_band", UNSEEN, cause=cause) for cause in causes)


def test_a_choice_keeps_the_figures_of_its_spread() -> None:
    found = select().value
    figures = spread_economics(spread(), index_usd=INDEX_USD, now=NOW, rules=RULES)

    assert found == Candidate(spread=spread(), economics=figures, dte_days=17.75, rr25_pts=found.rr25_pts)


# The search itself


def terms(strategy: Strategy = Strategy.BULL_PUT, **changes: Any) -> SearchTerms:
    shared = SearchTerms(
        strategy=strategy, side=strategy.sides[0], index_usd=INDEX_USD, fx_usd_per_eur=dec("1.16"), cap_trade_eur=dec(200), now=NOW, rules=RULES
    )
    return replace(shared, **changes)


def with_delta(strike: int, delta: float) -> Quote:
    quote = priced(strike, PUT)
    return replace(quote, greeks=replace(quote.greeks, delta=delta))


def traced(*quotes: Quote, **changes: Any) -> SearchTrace:
    trace = SearchTrace()
    ranked_pairs((*AROUND, *quotes), terms(**changes), trace)
    return trace


def test_a_rank_is_delta_bucket_width_distance_return_and_strikes() -> None:
    trace = SearchTrace()
    best, *_ = ranked_pairs((*AROUND, with_delta(1750, -0.1551), priced(1640, PUT)), terms(), trace)
    figures = best.economics
    earned = (figures.credit_mid_coin - figures.roundtrip_fees_coin) * 2000
    at_stake = figures.max_loss_usd - figures.credit_mid_coin * 2000

    assert best.rank == (
        2,
        abs(dec("0.055") - RULES.strikes.width_target_frac),
        -earned / at_stake,
        1750,
        1640,
    )
    assert (trace.shorts_in_band, best.blocking) == (1, ())


@pytest.mark.parametrize(("delta", "bucket"), [(-0.13, 0), (-0.1399, 0), (-0.14, 1), (-0.12, 1), (-0.15, 2), (-0.11, 2), (-0.1001, 2), (-0.17, 4)])
def test_deltas_within_a_hundredth_of_each_other_rank_alike(delta: float, bucket: int) -> None:
    best, *_ = ranked_pairs((*AROUND, with_delta(1750, delta), priced(1650, PUT)), terms(), SearchTrace())

    assert best.rank[0] == bucket


def test_a_spread_of_garbage_prices_has_nothing_at_stake() -> None:
    rich = priced(1750, PUT, bid_coin=dec("0.0700"), ask_coin=dec("0.0702"), mark_coin=dec("0.0701"))
    best, *_ = ranked_pairs((*AROUND, rich, priced(1650, PUT)), terms(), SearchTrace())

    assert best.rank[2] == Decimal("-Infinity")


@pytest.mark.parametrize(("mid", "returns"), [("0.0548", dec("0.0503") / dec("0.0003")), ("0.0551", Decimal("Infinity")), ("0.0552", Decimal("Infinity"))])
def test_a_return_is_infinite_once_the_credit_covers_the_loss(mid: str, returns: Decimal) -> None:
    """A long leg of 0.0039 at mid; 0.0512 of credit are the 102.4 dollars of the strict loss."""
    rich = priced(1750, PUT, bid_coin=dec(mid), ask_coin=dec(mid), mark_coin=dec(mid))
    best, *_ = ranked_pairs((*AROUND, rich, priced(1650, PUT)), terms(), SearchTrace())

    assert best.rank[2] == -returns


def test_a_linear_pair_is_held_against_its_books_at_the_index() -> None:
    quotes = [priced(strike, kind, family=Family.LINEAR_USDC) for strike, kind in ((1950, PUT), (2050, CALL), (1750, PUT), (1650, PUT))]
    best, *_ = ranked_pairs(quotes, terms(), SearchTrace())

    assert best.blocking == ()


@pytest.mark.parametrize(("deltas", "nearest"), [((-0.05, -0.20), 0.20), ((-0.09, -0.30), 0.09), ((-0.30, -0.09), 0.09), ((-0.18,), 0.18)])
def test_the_delta_nearest_to_its_target_is_remembered(deltas: tuple[float, ...], nearest: float) -> None:
    trace = SearchTrace()
    ranked_pairs([with_delta(1700 + 10 * place, delta) for place, delta in enumerate(deltas)] + [priced(1950, CALL), priced(2050, CALL)], terms(), trace)

    assert trace.nearest_delta == nearest


@pytest.mark.parametrize(("longs", "nearest"), [((1730, 1300), "0.01"), ((1300, 1730), "0.01"), ((1730, 1720, 1500), "0.015"), ((1550, 1500), "0.1")])
def test_the_width_nearest_to_its_target_is_remembered(longs: tuple[int, ...], nearest: str) -> None:
    trace = traced(with_delta(1750, -0.13), *(priced(strike, PUT, forward_usd=None) for strike in longs))

    assert trace.nearest_width_frac == dec(nearest)


@pytest.mark.parametrize(
    ("index", "width", "expected"), [("1999", 60, True), ("2000", 60, True), ("2001", 60, False), ("2000", 180, True), ("1999", 180, False)]
)
def test_a_width_on_the_edge_of_the_band_is_inside(index: str, width: int, expected: bool) -> None:
    trace = traced(with_delta(1750, -0.13), priced(1750 - width, PUT), index_usd=dec(index), cap_trade_eur=dec(999))

    assert (trace.nearest_width_frac is None) is expected


def test_a_strike_at_the_money_is_no_short_and_is_not_counted() -> None:
    trace = SearchTrace()
    ranked_pairs((priced(1950, CALL), priced(2050, CALL), priced(2000, PUT), priced(2100, PUT)), terms(), trace)

    assert (trace.shorts_dropped, trace.nearest_delta, trace.shorts_in_band) == ({}, None, 0)


def test_the_first_lot_costs_its_width_and_its_fees_in_euro() -> None:
    assert first_lot_loss_eur(dec(100), dec("0.1"), terms(fx_usd_per_eur=dec("1.25"))) == dec("102.4") * dec("0.1") / dec("1.25")
    condor = first_lot_loss_eur(dec(100), dec(1), terms(Strategy.IRON_CONDOR, fx_usd_per_eur=dec(1)))
    assert condor == 100 + RULES.sizing.fee_allowance_eth.condor * 2000


def test_the_cheapest_unaffordable_pair_is_remembered_whatever_the_order() -> None:
    for longs in ((1650, 1600, 1590), (1590, 1600, 1650)):
        trace = traced(with_delta(1750, -0.13), *(replace(priced(strike, PUT), greeks=None, iv_frac=None) for strike in longs), cap_trade_eur=dec(50))

        assert trace.cheapest_loss_eur == dec("102.4") / dec("1.16")
        assert trace.pairs_dropped == {"trade_cap": 3}


# The bands, and the second look that lets them drift

DRIFT = RULES.approval.drift_max


@pytest.mark.parametrize(
    ("drift", "bands"),
    [
        (None, [("0.1..0.17", 0.75), ("0.06..0.2", 0.75)]),
        (DRIFT, [("0.07..0.2", 0.75), ("0.045..0.215", 0.75 - 0.015 * 2000 / MOVE_USD)]),
    ],
)
def test_the_bands_of_a_short_widen_by_the_drift_of_an_approval(drift: DriftMax | None, bands: list[tuple[str, float]]) -> None:
    assert (DRIFT.short_delta, DRIFT.spot_frac) == (0.03, dec("0.015"))
    (delta_band, _), (otm_band, moves) = bands

    assert short_checks(priced(1750, PUT), 0.6, terms(drift=drift)) == (
        Check("S02", "short_delta_in_band", PASSED, PUT_DELTA, delta_band, ONE_OF),
        Check("S02", "short_otm_in_band", PASSED, 0.125, otm_band, ONE_OF, Unit.FRAC),
        Check("S02", "beyond_expected_move", PASSED, pytest.approx(250 / MOVE_USD), pytest.approx(moves), Relation.AT_LEAST, Unit.MULTIPLE),
    )


@pytest.mark.parametrize(("changes", "atm"), [({"forward_usd": None}, 0.6), ({}, None)])
def test_a_short_without_forward_or_volatility_has_no_expected_move(changes: dict[str, Any], atm: float | None) -> None:
    *_, moves = short_checks(priced(1750, PUT, **changes), atm, terms())

    assert moves == Check("S02", "beyond_expected_move", UNSEEN, None, 0.75, Relation.AT_LEAST, Unit.MULTIPLE, cause="missing")


def test_a_short_on_the_day_it_expires_has_no_expected_move() -> None:
    *_, moves = short_checks(priced(1750, PUT), 0.6, terms(now=EXPIRY_AT))

    assert moves.verdict is UNSEEN


def test_a_short_without_greeks_or_volatility_has_no_delta() -> None:
    delta, *_ = short_checks(priced(1750, PUT, greeks=None, iv_frac=None), 0.6, terms())

    assert delta == Check("S02", "short_delta_in_band", UNSEEN, None, "0.1..0.17", ONE_OF, cause="no_model_figures")


def test_a_call_has_its_own_distances() -> None:
    _, otm, _ = short_checks(priced(2350, CALL), 0.6, terms(Strategy.BEAR_CALL))

    assert otm == Check("S02", "short_otm_in_band", PASSED, 0.175, "0.07..0.22", ONE_OF, Unit.FRAC)


@pytest.mark.parametrize(("drift", "band"), [(None, ("0.03", "0.09")), (DRIFT, ("0.02955", "0.09135"))])
def test_the_band_of_a_width_widens_by_the_drift_of_the_spot(drift: DriftMax | None, band: tuple[str, str]) -> None:
    low, high = (dec(end) for end in band)
    check = width_check(spread().verticals[0], terms(drift=drift))

    assert width_band(terms(drift=drift)) == (low, high)
    assert check == Check("S03", "width_in_band", PASSED, dec("0.05"), f"{check.limit}", ONE_OF, Unit.FRAC)
    assert [dec(end) for end in str(check.limit).split("..")] == [low, high]


@pytest.mark.parametrize(("observed", "verdict"), [(0.9, FAILED), (1.0, PASSED), (2.0, PASSED), (2.1, FAILED)])
def test_both_ends_of_a_band_belong_to_it(observed: float, verdict: Verdict) -> None:
    assert in_band("S01", "here", observed, (1.0, 2.0), unit=Unit.DAYS) == Check("S01", "here", verdict, observed, "1.0..2.0", ONE_OF, Unit.DAYS)


def test_a_step_is_the_widest_gap_inside_either_side() -> None:
    """Puts 1750/1650 with 1680 between, calls 2300/2400 with nothing between; strikes outside do not count."""
    listed = ([dec(strike) for strike in (1500, 1650, 1680, 1750, 1990)], [dec(strike) for strike in (2000, 2300, 2400, 2900)])

    assert widths_check(condor_spread(), listed) == Check("S06", "widths_within_a_step", PASSED, dec(0), dec(100), AT_MOST, Unit.USD)
    apart = widths_check(condor_spread(call=(2300, 2410)), (listed[0], [dec(2300), dec(2305), dec(2410)]))
    assert (apart.observed, apart.limit, apart.verdict) == (10, 105, PASSED)
    assert widths_check(condor_spread(call=(2300, 2475)), (listed[0], [dec(2300 + 25 * step) for step in range(8)])).verdict is FAILED


# The order


def test_an_order_of_a_condor_sells_both_shorts_and_buys_both_longs() -> None:
    whole = condor_spread()
    figures = spread_economics(whole, index_usd=INDEX_USD, now=NOW, rules=RULES)
    combo = build(replace(candidate(), spread=whole, economics=figures), dec(3), RULES)

    assert [(leg.instrument[-6:], leg.quantity_eth) for leg in combo.legs] == [("1750-P", -3), ("1650-P", 3), ("2300-C", -3), ("2400-C", 3)]
    assert combo.limit_coin >= figures.credit_mid_coin
    assert (combo.floor_coin, combo.tick_coin) == (figures.credit_floor_coin, dec("0.0001"))
