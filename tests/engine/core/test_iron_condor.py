"""An iron condor is chosen and priced as two verticals of one expiry, either of which may say no."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from engine.core.combo_builder import build, select_strikes
from engine.core.decision import Approved, Check, Refused, Relation, Unit, Verdict
from engine.core.economics import credit_checks, credit_floor_coin, spread_economics
from engine.core.entry_cycle import decide_entry
from engine.core.fees import fee_terms
from engine.core.margin import maintenance_after_move_eth, spread_margin
from engine.core.model import Chain, Family, MarketSnapshot, OptionType, Quote, Spread, SpreadEconomics, Stage, Strategy
from engine.core.pricing import probability_above, probability_below, years_between
from engine.core.rules import StrategyRules

from .builders import (
    EXPIRY_AT,
    INDEX_USD,
    IV_FRAC,
    NOW,
    RULES,
    book,
    calm_snapshot,
    chain,
    condor_spread,
    dec,
    leg_changed,
    priced,
    read,
    spread,
)

PUT, CALL = OptionType.PUT, OptionType.CALL


def booked(quote: Quote, bid: str, ask: str) -> Quote:
    """The quote with this book and its mark in the middle."""
    return replace(quote, bid_coin=dec(bid), ask_coin=dec(ask), mark_coin=(dec(bid) + dec(ask)) / 2)


def by_hand() -> Spread:
    """1750/1650 puts for a credit of 0.0040 and 2300/2400 calls for 0.0034 at an index of 2 000."""
    books = {(0, "short"): ("0.0070", "0.0072"), (0, "long"): ("0.0030", "0.0032"), (1, "short"): ("0.0064", "0.0066"), (1, "long"): ("0.0030", "0.0032")}
    whole = condor_spread()
    for (side, leg), (bid, ask) in books.items():
        whole = leg_changed(whole, leg, side=side, bid_coin=dec(bid), ask_coin=dec(ask), mark_coin=(dec(bid) + dec(ask)) / 2)
    return whole


def economics_of(whole: Spread, rules: StrategyRules = RULES) -> SpreadEconomics:
    found = spread_economics(whole, index_usd=INDEX_USD, now=NOW, rules=rules)
    if found is None:
        raise LookupError("every figure of this condor is there")
    return found


def select(market: MarketSnapshot, quotes: Chain | None = None, rules: StrategyRules = RULES) -> Approved | Refused:
    chosen_from = quotes if quotes is not None else chain()
    return select_strikes(chosen_from, market, strategy=Strategy.IRON_CONDOR, stage=Stage.PAPER, rules=rules, now=NOW)


def names(whole: Spread) -> list[tuple[OptionType, Decimal]]:
    return [(quote.instrument.option_type, quote.instrument.strike_usd) for quote in whole.quotes]


def reasons(outcome: Approved | Refused) -> list[tuple[str, str, str]]:
    return [(check.rule, check.code, check.subject) for check in outcome.checks if check.blocks]


# Selection: strategy §1.4, step 5.


@pytest.mark.parametrize("family", Family)
def test_a_condor_is_the_best_put_and_the_best_call_vertical_of_one_expiry(family: Family) -> None:
    market, quotes = calm_snapshot(), chain(family)
    alone = [select_strikes(quotes, market, strategy=strategy, stage=Stage.PAPER, rules=RULES, now=NOW) for strategy in (Strategy.BULL_PUT, Strategy.BEAR_CALL)]
    both = select(market, quotes)

    assert isinstance(both, Approved)
    assert both.value.spread.verticals == tuple(side.value.spread.verticals[0] for side in alone if isinstance(side, Approved))
    assert (both.value.spread.strategy, both.value.spread.family) == (Strategy.IRON_CONDOR, family)
    assert {quote.instrument.expiry_at for quote in both.value.spread.quotes} == {EXPIRY_AT}


def test_one_side_does_not_change_what_the_other_prefers() -> None:
    without_best_call = chain(quotes=tuple(quote for quote in chain().quotes if (quote.instrument.option_type, quote.instrument.strike_usd) != (CALL, 2350)))
    first, second = select(calm_snapshot()), select(calm_snapshot(), without_best_call)

    assert isinstance(first, Approved)
    assert isinstance(second, Approved)
    assert names(first.value.spread)[2:] == [(CALL, 2350), (CALL, 2450)]
    assert names(second.value.spread)[2:] == [(CALL, 2300), (CALL, 2400)]
    assert names(second.value.spread)[:2] == names(first.value.spread)[:2] == [(PUT, 1750), (PUT, 1650)]


@pytest.mark.parametrize("missing", OptionType)
def test_a_side_without_strikes_refuses_and_is_named(missing: OptionType) -> None:
    outcome = select(calm_snapshot(), chain(quotes=tuple(quote for quote in chain().quotes if quote.instrument.option_type is not missing)))

    assert isinstance(outcome, Refused)
    # Without one type there is no volatility at the money either, so the other side is dropped as well.
    assert ("S02", "no_strike_in_band", missing.value) in reasons(outcome)


@pytest.mark.parametrize("blocked", OptionType)
def test_a_side_whose_gates_are_shut_refuses_with_the_gates_of_its_own_legs(blocked: OptionType) -> None:
    thin = tuple(replace(quote, open_interest_eth=dec(10)) if quote.instrument.option_type is blocked else quote for quote in chain().quotes)
    outcome = select(calm_snapshot(), chain(quotes=thin))

    assert isinstance(outcome, Refused)
    assert [(code, subject[-1]) for rule, code, subject in reasons(outcome) if rule == "L03"] == [("open_interest", blocked.value[0].upper())] * 2


def test_both_sides_without_a_pair_both_speak() -> None:
    outcome = select(calm_snapshot(), chain(quotes=tuple(replace(quote, open_interest_eth=dec(10)) for quote in chain().quotes)))

    assert isinstance(outcome, Refused)
    assert [subject[-1] for rule, _, subject in reasons(outcome) if rule == "L03"] == ["P", "P", "C", "C"]


def stepped(call_long: int) -> Chain:
    """Strikes every 20 USD of which only 1750/1690 puts and 2300/`call_long` calls are held by anybody."""
    held = {(PUT, 1750), (PUT, 1690), (CALL, 2300), (CALL, call_long)}
    listed = [(PUT, strike) for strike in range(1690, 1751, 20)] + [(CALL, strike) for strike in range(2300, 2421, 20)]
    return chain(quotes=tuple(priced(strike, kind, open_interest_eth=dec(1000 if (kind, strike) in held else 0)) for kind, strike in listed))


@pytest.mark.parametrize(("call_long", "is_found"), [(2360, True), (2380, True), (2400, False), (2420, False)])
def test_widths_lie_within_one_step_of_each_other(call_long: int, is_found: bool) -> None:
    """Puts 60 wide: calls 60 and 80 wide go with them, 100 and 120 do not."""
    outcome = select(calm_snapshot(), stepped(call_long))

    assert isinstance(outcome, Approved) is is_found
    if isinstance(outcome, Refused):
        check = next(check for check in outcome.checks if check.blocks)
        assert check == Check("S06", "widths_within_a_step", Verdict.FAILED, dec(call_long - 2360), dec(20), Relation.AT_MOST, Unit.USD)


@pytest.mark.parametrize(("strategy", "cap", "is_found"), [("iron_condor", "103.59", False), ("iron_condor", "103.60", True), ("iron_condor", "103.61", True)])
def test_each_side_must_fit_the_trade_cap_with_the_condors_fee_allowance(strategy: str, cap: str, is_found: bool) -> None:
    """100 USD wide, 0.0018 ETH at 2 000 and one USD per EUR: 103.60; a vertical alone would need 102.40."""
    caps = replace(RULES.caps.paper, trade_eur=dec(cap))
    only_100_wide = replace(RULES.strikes, width_min_frac=dec("0.05"), width_max_frac=dec("0.05"))
    rules = replace(RULES, caps=replace(RULES.caps, paper=caps), strikes=only_100_wide)
    outcome = select(calm_snapshot(fx_usd_per_eur=read(dec(1))), rules=rules)

    assert isinstance(outcome, Approved) is is_found
    if isinstance(outcome, Refused):
        over = [check for check in outcome.checks if check.code == "cap_below_one_lot"]
        assert [(check.subject, check.observed, check.limit) for check in over] == [(strategy, dec("103.6"), dec(cap))] * 2


# Economics: strategy §1.6 and §2, worked by hand.


def test_credit_is_the_sum_of_its_sides_and_each_keeps_its_own_share() -> None:
    figures = economics_of(by_hand())

    assert [(side.option_type, side.credit_mid_coin, side.credit_over_width_frac, side.roundtrip_fees_coin) for side in figures.sides] == [
        (PUT, dec("0.0040"), dec("0.08"), dec("0.0006")),
        (CALL, dec("0.0034"), dec("0.068"), dec("0.0006")),
    ]
    assert (figures.credit_mid_coin, figures.credit_natural_coin, figures.credit_expected_coin) == (dec("0.0074"), dec("0.0070"), dec("0.00726"))
    assert figures.credit_over_width_frac == dec("0.148")
    assert figures.expected_slippage_frac == dec("0.35") * dec("0.0004") / dec("0.0074")


def test_break_evens_losses_fees_and_margin_are_those_worked_out_by_hand() -> None:
    figures = economics_of(by_hand())

    assert figures.break_evens_usd == (dec(1750) / dec("1.0074"), dec(2300) / dec("0.9926"))
    # The put side loses its whole 100, the call side 100 − 0.0074·2400 = 82.24; 0.0018 ETH at 2 000 on top.
    assert (figures.max_loss_usd, figures.loss_at_long_strike_usd) == (dec("103.60"), dec("87.79"))
    assert (figures.open_fee_coin, figures.roundtrip_fees_coin) == (dec("0.0006"), dec("0.0012"))
    assert (figures.initial_margin_eth, figures.maintenance_margin_eth) == (dec("0.2136"), dec("0.1636"))
    # 1 − (0.0074 − 0.0006)·2000/100.
    assert figures.break_even_win_rate_frac == 0.864


def test_the_worse_side_may_be_the_calls() -> None:
    """Puts 50 wide and calls 100 wide: 100 − c·2400 and the fees, c being the floor: 95 % of 0.00865, down to the tick, is 0.0082."""
    figures = economics_of(condor_spread(put=(1750, 1700), call=(2300, 2400)))

    assert (figures.credit_mid_coin, figures.credit_floor_coin) == (dec("0.00865"), dec("0.0082"))
    assert figures.max_loss_usd == dec("83.92")
    assert figures.loss_at_long_strike_usd == dec("79.24")


def test_margin_is_asked_for_both_short_legs() -> None:
    put, call = (spread_margin(each, index_usd=INDEX_USD) for each in (spread(1750, 1650), spread(2300, 2400, strategy=Strategy.BEAR_CALL)))
    both = spread_margin(condor_spread(), index_usd=INDEX_USD)

    assert put is not None
    assert call is not None
    assert both is not None
    assert both.initial_eth == put.initial_eth + call.initial_eth
    assert both.maintenance_eth == put.maintenance_eth + call.maintenance_eth
    assert spread_margin(leg_changed(condor_spread(), "short", side=1, mark_coin=None), index_usd=INDEX_USD) is None
    # After a fall of 30 % the put is 350 in the money, the call needs its floor only.
    assert maintenance_after_move_eth(condor_spread().sides, moved_index_usd=dec(1400)) == dec("0.325") + dec("0.075")


def test_the_probability_of_profit_is_that_of_ending_between_the_break_evens() -> None:
    figures = economics_of(by_hand())
    low, high = (float(level) for level in figures.break_evens_usd)
    model = {"F": 2000.0, "sigma": IV_FRAC, "T": years_between(NOW, EXPIRY_AT)}
    between = 1.0 - probability_below(K=low, **model) - probability_above(K=high, **model)

    assert figures.prob_profit_frac == pytest.approx(between)
    assert figures.prob_profit_frac < economics_of(spread(1750, 1650)).prob_profit_frac


def test_break_evens_that_cross_leave_no_probability_rather_than_a_negative_one() -> None:
    """Credits so large that the condor earns nowhere in the middle of its own model."""
    wild = leg_changed(leg_changed(condor_spread(), "short", iv_frac=9.0), "short", side=1, iv_frac=9.0)

    assert 0.0 <= economics_of(wild).prob_profit_frac < 0.1


@pytest.mark.parametrize(
    ("side", "leg", "changes"),
    [
        (1, "short", {"iv_frac": None}),
        (0, "short", {"forward_usd": None}),
        (1, "short", {"bid_coin": None}),
        (0, "long", {"ask_coin": None}),
        (1, "short", {"mark_coin": None}),
    ],
)
def test_a_figure_missing_on_either_side_leaves_no_economics(side: int, leg: str, changes: dict[str, None]) -> None:
    assert spread_economics(leg_changed(condor_spread(), leg, side=side, **changes), index_usd=INDEX_USD, now=NOW, rules=RULES) is None


def test_a_side_that_pays_nothing_is_not_carried_by_the_other() -> None:
    dear_long = leg_changed(by_hand(), "long", side=1, bid_coin=dec("0.0064"), ask_coin=dec("0.0066"))

    assert spread_economics(dear_long, index_usd=INDEX_USD, now=NOW, rules=RULES) is None


@pytest.mark.parametrize(("call_bid", "passes"), [("0.0059", False), ("0.0060", True), ("0.0061", True)])
def test_each_side_passes_the_credit_gates_by_itself(call_bid: str, passes: bool) -> None:
    """The call side's mid is 0.0029, 0.0030 and 0.0031 against a least credit of 0.0030; the put side's 0.0040 cannot help."""
    ask = dec(call_bid) + dec("0.0002")
    figures = economics_of(leg_changed(by_hand(), "short", side=1, bid_coin=dec(call_bid), ask_coin=ask))
    failed = [(check.code, check.subject) for check in credit_checks(figures, Family.INVERSE, RULES.strikes) if check.blocks]

    assert (("credit_min", "call") not in failed) is passes
    assert "put" not in {subject for _, subject in failed}


@pytest.mark.parametrize(
    ("mid", "floor"),
    [
        # 5 % below the mid, down to tick; never under twice the least credit of one vertical, which is 0.0060.
        ("0.0074", "0.0070"),
        ("0.0064", "0.0060"),
        ("0.0063", "0.0060"),
        ("0.0060", "0.0060"),
    ],
)
def test_the_floor_is_the_concession_but_never_under_the_gates_of_both_sides(mid: str, floor: str) -> None:
    whole = by_hand()
    fees = fee_terms(whole, index_usd=INDEX_USD, rules=RULES.fees)

    assert credit_floor_coin(whole, mid_coin=dec(mid), fees=fees, rules=RULES) == dec(floor)


def test_the_floor_counts_both_widths() -> None:
    """5 % of 150 and 150 USD at 2 000 are 0.0075 together."""
    wide = condor_spread(put=(1750, 1600), call=(2300, 2450))
    fees = fee_terms(wide, index_usd=INDEX_USD, rules=RULES.fees)

    assert credit_floor_coin(wide, mid_coin=dec("0.0075"), fees=fees, rules=RULES) == dec("0.0075")


def test_each_side_brings_its_own_last_gate_to_the_floor() -> None:
    """Of 100 and 150 USD at 2 000 the one needs the least credit of 0.0030, the other 5 % or 0.00375."""
    uneven = condor_spread(put=(1750, 1650), call=(2300, 2450))
    fees = fee_terms(uneven, index_usd=INDEX_USD, rules=RULES.fees)

    assert credit_floor_coin(uneven, mid_coin=dec("0.0066"), fees=fees, rules=RULES) == dec("0.0068")


def test_the_order_sells_both_shorts_and_buys_both_longs() -> None:
    outcome = decide_entry(calm_snapshot(), book(), RULES).outcome

    assert isinstance(outcome, Approved)
    combo = build(outcome.value.candidate, dec(2), RULES)
    assert [(leg.instrument[-6:], leg.quantity_eth) for leg in combo.legs] == [("1750-P", -2), ("1650-P", 2), ("2350-C", -2), ("2450-C", 2)]
    assert combo.floor_coin <= outcome.value.candidate.economics.credit_mid_coin <= combo.limit_coin
