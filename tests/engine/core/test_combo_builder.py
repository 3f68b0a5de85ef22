"""Which expiry, which strikes, why none, and the order that follows."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.core.combo_builder import build, choose_expiry, rr25_pts, select_strikes
from engine.core.decision import Approved, Refused, Verdict
from engine.core.economics import credit_checks, credit_floor_coin, spread_economics, width_that_fits_usd
from engine.core.fees import fee_terms
from engine.core.liquidity_gate import check as liquidity
from engine.core.model import BookState, Chain, Family, OptionType, Spread, Stage, Strategy
from engine.core.quote_soundness import sound_forward_usd, sound_greeks, sound_iv_frac, with_sound_greeks
from engine.core.rules import StrategyRules
from engine.core.skew import atm_iv_frac
from engine.core.spread_prices import round_up_to_tick

from .builders import (
    EXPIRY_AT,
    INDEX_USD,
    IV_FRAC,
    NOW,
    RULES,
    TICK,
    candidate,
    chain,
    dec,
    every_leg_changed,
    leg_changed,
    priced,
    read,
    snapshot,
    spread,
)


def select(market: Chain | None = None, *, strategy: Strategy = Strategy.BULL_PUT, stage: Stage = Stage.PAPER, rules: StrategyRules = RULES, **changes):
    return select_strikes(chain() if market is None else market, snapshot(**changes), strategy=strategy, stage=stage, rules=rules, now=NOW)


def each_quote(market: Chain, change) -> Chain:
    return replace(market, quotes=tuple(change(quote) for quote in market.quotes))


def codes(outcome) -> list[str]:
    return [check.code for check in outcome.checks if check.blocks]


def dropped(outcome, code: str) -> dict[str, int]:
    return {check.subject: check.observed for check in outcome.checks if check.code == code}


def test_a_bull_put_is_chosen_in_the_band_nearest_to_its_targets() -> None:
    outcome = select()

    assert isinstance(outcome, Approved)
    assert (outcome.value.spread.shorts[0].instrument.name, outcome.value.spread.longs[0].instrument.name) == ("ETH-20MAR26-1750-P", "ETH-20MAR26-1650-P")
    assert outcome.value.dte_days == 17.75
    assert outcome.value.rr25_pts == pytest.approx(0.0)
    bands = ["expiry_in_band", "short_delta_in_band", "short_otm_in_band", "beyond_expected_move", "width_in_band"]
    assert [check.code for check in outcome.checks[:5]] == bands
    assert not [check for check in outcome.checks if check.blocks]


def test_a_bear_call_sells_above_the_market() -> None:
    outcome = select(strategy=Strategy.BEAR_CALL)

    assert isinstance(outcome, Approved)
    short, long = outcome.value.spread.shorts[0].instrument, outcome.value.spread.longs[0].instrument
    assert short.option_type is OptionType.CALL
    assert INDEX_USD < short.strike_usd < long.strike_usd
    assert 0.10 <= outcome.value.spread.shorts[0].greeks.delta <= 0.17


@pytest.mark.parametrize(
    ("days", "chosen"),
    [((13.99, 21.01), None), ((14.0, 30.0), 14.0), ((21.0, 30.0), 21.0), ((14.5, 17.0, 20.5), 17.0), ((16.0, 20.0), 16.0), ((), None)],
)
def test_the_expiry_nearest_to_eighteen_days_is_chosen(days, chosen: float | None) -> None:
    market = replace(chain(), quotes=tuple(priced(1750, OptionType.PUT, expiry_at=NOW + timedelta(days=day)) for day in days))

    assert choose_expiry(market, RULES.strikes, NOW) == (None if chosen is None else NOW + timedelta(days=chosen))


def test_of_two_expiries_equally_near_the_one_with_more_open_interest_wins() -> None:
    early, late = NOW + timedelta(days=16), NOW + timedelta(days=20)
    quotes = (priced(1750, OptionType.PUT, expiry_at=early, open_interest_eth=None), priced(1750, OptionType.PUT, expiry_at=late, open_interest_eth=dec(1)))

    assert choose_expiry(replace(chain(), quotes=quotes), RULES.strikes, NOW) == late


@pytest.mark.parametrize(("days", "nearest"), [((7.0, 30.0), 7.0), ((), None)])
def test_without_an_expiry_in_the_band_the_nearest_is_named(days, nearest: float | None) -> None:
    outcome = select(replace(chain(), quotes=tuple(priced(1750, OptionType.PUT, expiry_at=NOW + timedelta(days=day)) for day in days)))

    assert isinstance(outcome, Refused)
    assert [(check.code, check.observed, check.limit) for check in outcome.checks] == [("no_expiry", nearest, "14.0..21.0")]


@pytest.mark.parametrize(
    ("changes", "causes"), [({"index_usd": None}, ["no_index"]), ({"fx_usd_per_eur": read(dec(0)), "index_usd": read(dec(-1))}, ["no_index", "no_fx"])]
)
def test_without_an_index_or_a_rate_nothing_is_searched(changes, causes: list[str]) -> None:
    outcome = select(**changes)

    assert isinstance(outcome, Refused)
    assert [check.cause for check in outcome.checks] == causes


def puts(*pairs: tuple[int, dict]) -> Chain:
    """A chain of the given puts plus enough around the money to read a volatility from."""
    around = (priced(1950, OptionType.PUT), priced(2050, OptionType.CALL))
    return replace(chain(), quotes=(*around, *(priced(strike, OptionType.PUT, **changes) for strike, changes in pairs)))


def with_delta(delta: float) -> dict:
    return {"greeks": replace(priced(1750, OptionType.PUT).greeks, delta=delta)}


@pytest.mark.parametrize(("delta", "is_in_band"), [(-0.0999, False), (-0.10, True), (-0.17, True), (-0.1701, False)])
def test_the_short_delta_must_lie_in_the_band(delta: float, is_in_band: bool) -> None:
    outcome = select(puts((1750, with_delta(delta)), (1650, {})))

    assert isinstance(outcome, Approved) is is_in_band
    if not is_in_band:
        assert codes(outcome) == ["no_strike_in_band"]
        assert outcome.checks[0].observed == abs(delta)
        assert dropped(outcome, "shorts_dropped")["short_delta_in_band"] == 3


@pytest.mark.parametrize(
    ("strike", "index", "strategy", "is_in_band"),
    [
        (1740, "1851.06", Strategy.BULL_PUT, False),
        (1740, "1851.07", Strategy.BULL_PUT, True),
        (1740, "2175", Strategy.BULL_PUT, True),
        (1740, "2175.01", Strategy.BULL_PUT, False),
        (2300, "2149.54", Strategy.BEAR_CALL, False),
        (2300, "2149.53", Strategy.BEAR_CALL, True),
        (2300, "1885.25", Strategy.BEAR_CALL, True),
        (2300, "1885.24", Strategy.BEAR_CALL, False),
    ],
)
def test_the_short_strike_must_lie_out_of_the_money_by_the_band(strike: int, index: str, strategy: Strategy, is_in_band: bool) -> None:
    option_type = strategy.sides[0]
    sign = -1 if option_type is OptionType.PUT else 1
    short = priced(strike, option_type, greeks=replace(priced(strike, option_type).greeks, delta=sign * 0.13))
    market = replace(chain(), quotes=(priced(1950, OptionType.PUT), priced(2050, OptionType.CALL), short, priced(strike + sign * 100, option_type)))
    outcome = select(market, strategy=strategy, index_usd=read(dec(index)))

    assert dropped(outcome, "shorts_dropped").get("short_otm_in_band", 0) == (0 if is_in_band else 1)


def test_the_short_strike_must_lie_beyond_three_quarters_of_the_expected_move() -> None:
    # 0.75 * 2000 * iv * sqrt(17.75/365) = 165.4 * iv/0.5: at a volatility of 0.70 the strike of 1770 lies too near.
    calm = puts((1770, with_delta(-0.15)), (1670, {}))
    wild = each_quote(calm, lambda quote: replace(quote, iv_frac=0.70))

    assert isinstance(select(calm), Approved)
    assert dropped(select(wild), "shorts_dropped") == {"short_delta_in_band": 2, "beyond_expected_move": 1}


def test_without_a_volatility_at_the_money_no_short_is_believed() -> None:
    outcome = select(each_quote(chain(), lambda quote: replace(quote, iv_frac=None)))

    assert codes(outcome) == ["no_strike_in_band"]
    assert set(dropped(outcome, "shorts_dropped")) == {"no_model_figures"}
    # The venue's own delta lies in its band, so the refusal must say that something else is missing.
    nearest = outcome.checks[0]
    assert (nearest.verdict, nearest.cause) == (Verdict.FAILED, "no_model_figures")
    assert nearest.observed == pytest.approx(0.1411, abs=1e-4)


def test_without_a_forward_no_short_is_believed() -> None:
    outcome = select(puts((1750, {"forward_usd": None}), (1650, {})))

    assert dropped(outcome, "shorts_dropped")["no_model_figures"] == 1


@pytest.mark.parametrize(("long", "is_wide_enough"), [(1691, False), (1690, True), (1570, True), (1569, False), (1800, False)])
def test_the_width_must_lie_between_three_and_nine_percent_of_spot(long: int, is_wide_enough: bool) -> None:
    assert isinstance(select(puts((1750, {}), (long, {}))), Approved) is is_wide_enough


def test_a_missing_long_strike_is_replaced_by_the_next_listed_one() -> None:
    market = chain()
    outcome = select(replace(market, quotes=tuple(quote for quote in market.quotes if quote.instrument.strike_usd != 1650)))

    assert isinstance(outcome, Approved)
    assert outcome.value.spread.longs[0].instrument.strike_usd == 1600


def test_when_every_width_exceeds_the_cap_the_width_and_the_spot_that_fit_are_named() -> None:
    outcome = select(puts((1750, {}), (1650, {})), stage=Stage.SOFT, fx_usd_per_eur=read(dec("1.00")))

    assert codes(outcome) == ["cap_below_one_lot"]
    told = {check.code: check.observed for check in outcome.checks}
    assert told["cap_below_one_lot"] == dec("102.4")
    assert told["width_that_fits"] == dec("97.6")
    assert told["spot_that_fits"] == dec(100) / dec("0.0312")
    assert dropped(outcome, "pairs_dropped")["trade_cap"] == 1


def test_the_cheapest_of_the_too_dear_pairs_is_told() -> None:
    outcome = select(puts((1750, {}), (1590, {}), (1650, {}), (1600, {})), stage=Stage.SOFT, fx_usd_per_eur=read(dec("1.00")))

    assert next(check.observed for check in outcome.checks if check.code == "cap_below_one_lot") == dec("102.4")


def test_a_pair_exactly_at_the_cap_is_affordable() -> None:
    exact = dec("102.4") / 100

    assert isinstance(select(puts((1750, {}), (1650, {})), stage=Stage.SOFT, fx_usd_per_eur=read(exact)), Approved)


def test_when_every_pair_is_gated_the_best_one_speaks_and_the_drops_are_counted() -> None:
    outcome = select(each_quote(chain(), lambda quote: replace(quote, open_interest_eth=dec(10))))

    assert codes(outcome) == ["open_interest", "open_interest"]
    assert dropped(outcome, "pairs_dropped")["open_interest"] == 2


def test_without_a_short_in_the_band_the_nearest_delta_is_told() -> None:
    outcome = select(puts((1900, {}), (1650, {})))

    assert codes(outcome) == ["no_strike_in_band"]
    assert outcome.checks[0].observed == pytest.approx(0.0642, abs=1e-3)


def test_without_a_long_at_the_width_the_nearest_width_is_told() -> None:
    outcome = select(puts((1750, {}), (1730, {}), (1300, {})))

    assert codes(outcome) == ["no_width_in_band"]
    assert outcome.checks[0].observed == dec("0.01")


def test_pairs_without_a_price_say_so() -> None:
    outcome = select(each_quote(chain(), lambda quote: replace(quote, ask_coin=None)))

    assert [(check.rule, check.code, check.cause) for check in outcome.reasons] == [("S05", "spread_priced", "not_priced")]


def test_a_pair_without_prices_is_counted() -> None:
    outcome = select(each_quote(chain(), lambda quote: replace(quote, ask_coin=None)))

    assert dropped(outcome, "pairs_dropped")["no_price"] == 2


def test_missing_greeks_are_computed_and_marked_as_modelled() -> None:
    outcome = select(each_quote(chain(), lambda quote: replace(quote, greeks=None, modelled=("sizes", "greeks"))))

    assert isinstance(outcome, Approved)
    assert outcome.value.spread == every_leg_changed(spread(1750, 1650), modelled=("sizes", "greeks"))


@given(st.randoms(use_true_random=False))
def test_the_order_of_the_chain_is_irrelevant(generator: random.Random) -> None:
    quotes = list(MARKET.quotes)
    generator.shuffle(quotes)

    assert select(replace(MARKET, quotes=tuple(quotes))) == CHOSEN


MARKET = chain()
CHOSEN = select(MARKET)


@given(st.floats(0.5, 1), st.floats(1, 2), st.sampled_from(Strategy))
def test_tightening_a_gate_never_admits_a_refused_market(factor: float, dearer: float, strategy: Strategy) -> None:
    share = Decimal(repr(factor))
    strikes = replace(RULES.strikes, credit_over_width_min_frac=RULES.strikes.credit_over_width_min_frac * Decimal(repr(dearer)))
    tight = replace(RULES, strikes=strikes, liquidity=replace(RULES.liquidity, expected_slippage_max_frac=RULES.liquidity.expected_slippage_max_frac * share))
    thin = each_quote(MARKET, lambda quote: replace(quote, bid_coin=quote.bid_coin * share))
    if isinstance(select(thin, strategy=strategy), Refused):
        assert isinstance(select(thin, strategy=strategy, rules=tight), Refused)


def test_ranking_prefers_delta_then_width_then_return_then_the_lower_strike() -> None:
    near = select(puts((1750, with_delta(-0.131)), (1760, with_delta(-0.149)), (1630, {}), (1640, {})))
    by_width = select(puts((1750, with_delta(-0.131)), (1760, with_delta(-0.135)), (1640, {}), (1660, {})))
    by_return = select(puts((1750, with_delta(-0.131)), (1760, with_delta(-0.131)), (1630, {}), (1640, {})))
    twin = {"bid_coin": dec("0.0100"), "ask_coin": dec("0.0102"), "mark_coin": dec("0.0101"), **with_delta(-0.131)}
    far = {"bid_coin": dec("0.0040"), "ask_coin": dec("0.0042"), "mark_coin": dec("0.0041")}
    by_strike = select(puts((1760, twin), (1750, twin), (1640, far), (1630, far)))

    assert [one.value.spread.shorts[0].instrument.strike_usd for one in (near, by_width, by_return, by_strike)] == [1750, 1760, 1760, 1750]


def test_a_spread_whose_credit_covers_its_loss_ranks_first_and_is_refused_as_bad_data() -> None:
    rich = {"bid_coin": dec("0.0700"), "ask_coin": dec("0.0702"), "mark_coin": dec("0.0701")}
    outcome = select(puts((1750, rich), (1650, {})))

    assert "credit_below_width" in codes(outcome)


# Economics


def test_the_figures_of_the_worked_spread() -> None:
    figures = spread_economics(_worked(), index_usd=dec(1914), now=NOW, rules=RULES)

    assert figures.credit_mid_coin == dec("0.0040")
    assert figures.credit_natural_coin == dec("0.0037")
    assert figures.credit_expected_coin == dec("0.003895")
    assert figures.credit_floor_coin == dec("0.0038")
    assert figures.credit_over_width_frac == dec("0.07656")
    assert figures.max_loss_usd == dec("102.2968")
    assert figures.loss_at_long_strike_usd == dec("93.60")
    assert [level.quantize(dec("0.1")) for level in figures.break_evens_usd] == [dec("1693.2")]
    assert (figures.open_fee_coin, figures.roundtrip_fees_coin) == (dec("0.0003"), dec("0.0006"))
    assert figures.expected_slippage_frac == dec("0.02625")
    assert (figures.initial_margin_eth, figures.maintenance_margin_eth) == (dec("0.1076"), dec("0.0826"))
    assert figures.break_even_win_rate_frac == pytest.approx(1 - 0.0037 * 19.14)
    assert 0.8 < figures.prob_profit_frac < 1


def _worked():
    """1700/1600 put at 1 914 for a credit of 0.0040."""
    book = spread(1700, 1600)
    short = {"bid_coin": dec("0.0075"), "ask_coin": dec("0.0077"), "mark_coin": dec("0.0076")}
    return leg_changed(leg_changed(book, "short", **short), "long", bid_coin=dec("0.0034"), ask_coin=dec("0.0038"), mark_coin=dec("0.0036"))


def test_the_probability_of_a_call_spread_lies_below_its_break_even() -> None:
    figures = spread_economics(spread(2300, 2400, strategy=Strategy.BEAR_CALL), index_usd=INDEX_USD, now=NOW, rules=RULES)

    assert 0.8 < figures.prob_profit_frac < 1
    assert figures.break_evens_usd[0] > 2300


@pytest.mark.parametrize(
    ("leg", "changes"),
    [
        ("short", {"bid_coin": None}),
        ("long", {"ask_coin": None}),
        ("short", {"mark_coin": None}),
        ("short", {"iv_frac": None}),
        ("short", {"forward_usd": None}),
        ("long", {"ask_coin": dec("0.0200")}),
        ("short", {"ask_coin": dec("3")}),
    ],
)
def test_a_spread_without_its_prices_has_no_figures(leg: str, changes) -> None:
    assert spread_economics(leg_changed(spread(), leg, **changes), index_usd=INDEX_USD, now=NOW, rules=RULES) is None


def credit(coin: str, *, width: int = 100, index: int = 2000):
    figures = candidate().economics
    side = replace(figures.sides[0], credit_mid_coin=dec(coin), credit_over_width_frac=dec(coin) * index / width)
    return replace(figures, sides=(side,))


@pytest.mark.parametrize(
    ("figures", "failed"),
    [
        (credit("0.0030"), []),
        (credit("0.0029"), ["credit_min", "fees_over_credit"]),
        (credit("0.0031"), []),
        (credit("0.0040", width=160), []),
        (credit("0.0040", width=161), ["credit_over_width"]),
        (credit("0.0400", width=80), []),
        (credit("0.0401", width=80), ["credit_below_width"]),
    ],
)
def test_a_credit_must_be_worth_its_fees_and_its_width(figures, failed: list[str]) -> None:
    assert [check.code for check in credit_checks(figures, Family.INVERSE, RULES.strikes) if check.verdict is Verdict.FAILED] == failed


def floor_of(whole: Spread, mid: Decimal) -> Decimal:
    return credit_floor_coin(whole, mid_coin=mid, fees=fee_terms(whole, index_usd=INDEX_USD, rules=RULES.fees), rules=RULES)


@pytest.mark.parametrize(
    ("mid", "width", "floor"),
    [("0.0040", 100, "0.0038"), ("0.0031", 100, "0.0030"), ("0.0040", 160, "0.0040"), ("0.00625", 100, "0.0059"), ("0.00405", 100, "0.0038")],
)
def test_the_floor_concedes_five_percent_but_never_a_gate(mid: str, width: int, floor: str) -> None:
    assert floor_of(spread(1750, 1750 - width), dec(mid)) == dec(floor)


def test_the_width_that_fits_costs_exactly_the_cap() -> None:
    width = width_that_fits_usd(cap_eur=dec(100), fx_usd_per_eur=dec("1.16"), index_usd=dec(2000), lot_eth=dec(1), fee_allowance_eth=dec("0.0012"))

    assert width == dec("113.6")


# The order


def test_the_order_sells_the_short_leg_and_asks_for_mid_rounded_up() -> None:
    chosen = candidate()
    combo = build(chosen, dec(2), RULES)

    assert [(leg.instrument, leg.quantity_eth) for leg in combo.legs] == [("ETH-20MAR26-1750-P", -2), ("ETH-20MAR26-1650-P", 2)]
    assert (combo.limit_coin, combo.floor_coin, combo.tick_coin) == (dec("0.0063"), dec("0.0059"), TICK)


@given(st.decimals("0.0030", "0.0200", places=5))
def test_the_order_never_asks_for_less_than_its_floor(mid: Decimal) -> None:
    floor = floor_of(spread(), mid)

    assert floor <= round_up_to_tick(mid, TICK)
    assert floor >= dec("0.0030")


# The shape of an expiry


def test_risk_reversal_is_interpolated_in_delta() -> None:
    market = chain(
        quotes=(
            priced(2200, OptionType.CALL, iv_frac=0.50, greeks=replace(priced(2200, OptionType.CALL).greeks, delta=0.20)),
            priced(2150, OptionType.CALL, iv_frac=0.52, greeks=replace(priced(2150, OptionType.CALL).greeks, delta=0.30)),
            priced(1800, OptionType.PUT, iv_frac=0.60, greeks=replace(priced(1800, OptionType.PUT).greeks, delta=-0.25)),
            priced(1750, OptionType.PUT, iv_frac=0.64, greeks=replace(priced(1750, OptionType.PUT).greeks, delta=-0.15)),
            priced(1700, OptionType.PUT, iv_frac=None),
        )
    )

    assert rr25_pts(market, EXPIRY_AT, NOW) == pytest.approx(51 - 60)


@pytest.mark.parametrize("kept", list(OptionType))
def test_risk_reversal_needs_both_sides(kept: OptionType) -> None:
    market = chain()

    assert rr25_pts(replace(market, quotes=tuple(quote for quote in market.quotes if quote.instrument.option_type is kept)), EXPIRY_AT, NOW) is None
    assert rr25_pts(market, NOW, NOW) is None


def test_two_strikes_of_equal_delta_do_not_break_the_interpolation() -> None:
    greeks = replace(priced(1750, OptionType.PUT).greeks, delta=-0.25)
    quotes = (
        *(quote for quote in chain().quotes if quote.instrument.option_type is OptionType.CALL and quote.instrument.expiry_at == EXPIRY_AT),
        priced(1750, OptionType.PUT, iv_frac=0.7, greeks=greeks),
        priced(1800, OptionType.PUT, iv_frac=0.7, greeks=greeks),
    )

    assert rr25_pts(chain(quotes=quotes), EXPIRY_AT, NOW) == pytest.approx(-10)


def test_volatility_at_the_money_is_interpolated_between_the_nearest_strikes() -> None:
    quotes = [priced(1950, OptionType.PUT, iv_frac=0.60), priced(2150, OptionType.CALL, iv_frac=0.56), priced(1950, OptionType.CALL, iv_frac=0.99)]

    assert atm_iv_frac(quotes) == pytest.approx(0.59)
    assert atm_iv_frac(quotes[:1]) is None
    assert atm_iv_frac([priced(1950, OptionType.PUT, iv_frac=-1.0), priced(2150, OptionType.CALL, forward_usd=None)]) is None


# Sound figures


@pytest.mark.parametrize(
    "greeks",
    [
        replace(priced(1750, OptionType.PUT).greeks, delta=0.13),
        replace(priced(1750, OptionType.PUT).greeks, delta=-1.01),
        replace(priced(1750, OptionType.PUT).greeks, gamma_per_usd=float("nan")),
    ],
)
def test_impossible_greeks_are_no_greeks(greeks) -> None:
    quote = priced(1750, OptionType.PUT, greeks=greeks)

    assert sound_greeks(quote, NOW) is None
    assert with_sound_greeks(quote, NOW) == replace(quote, greeks=None)


@pytest.mark.parametrize("changes", [{"iv_frac": None}, {"iv_frac": float("nan")}, {"iv_frac": 0.0}, {"forward_usd": None}, {"forward_usd": dec("NaN")}])
def test_greeks_are_not_computed_from_impossible_figures(changes) -> None:
    quote = replace(priced(1750, OptionType.PUT), greeks=None, **changes)

    assert sound_greeks(quote, NOW) is None
    assert with_sound_greeks(quote, NOW) == quote


def test_greeks_of_an_expired_quote_are_not_computed() -> None:
    assert sound_greeks(replace(priced(1750, OptionType.PUT), greeks=None), EXPIRY_AT) is None


def test_sound_figures_are_passed_through() -> None:
    quote = priced(1750, OptionType.PUT)

    assert sound_greeks(quote, NOW) == quote.greeks
    assert with_sound_greeks(quote, NOW) is quote
    assert (sound_iv_frac(quote), sound_forward_usd(quote)) == (IV_FRAC, 2000.0)
    assert sound_forward_usd(replace(quote, forward_usd=dec(0))) is None


def test_liquidity_is_asked_for_the_lot_the_instrument_has() -> None:
    thin = each_quote(chain(), lambda quote: replace(quote, bid_size_eth=dec(5), ask_size_eth=dec(5)))

    assert isinstance(select(thin), Approved)
    assert any(check.blocks for check in liquidity(spread(), dec(26), rules=RULES.liquidity, now=NOW, index_usd=INDEX_USD, freshness=RULES.freshness_s))


def test_a_closed_book_does_not_hide_a_spread_from_the_search() -> None:
    """Book states are judged by the entry rules, so that a refusal can name them."""
    assert isinstance(select(each_quote(chain(), lambda quote: replace(quote, state=BookState.LOCKED))), Approved)
