"""Linear contracts: everything is per 1 ETH and in USDC, and what the rules state in ETH is valued at the index."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from engine.core.combo_builder import build, select_strikes
from engine.core.decision import Approved, Check, Refused, Verdict
from engine.core.economics import credit_checks, credit_floor_coin, credit_min_coin, spread_economics
from engine.core.entry_cycle import decide_entry
from engine.core.exit_decision import evaluate
from engine.core.fees import FeeTerms, combo_fee_coin, delivery_fee_coin, fee_terms, leg_fee_coin, roundtrip_fees_coin
from engine.core.greeks_aggregator import aggregate, spread_legs
from engine.core.liquidity_gate import check
from engine.core.margin import maintenance_after_move_eth, spread_margin
from engine.core.model import ExitReason, Family, OptionType, Spread, SpreadEconomics, Stage, Strategy, TickStep
from engine.core.payoff import break_evens_usd, max_loss_coin, payoff_terms, payout_coin, pnl_coin, pnl_usd
from engine.core.result import TradeFlows, trade_result
from engine.core.rules import StrategyRules
from engine.core.spread_prices import combo_tick_coin, paper_entry_price, paper_exit_price

from .builders import (
    EXPIRY_AT,
    INDEX_USD,
    NOW,
    RULES,
    book,
    calm_snapshot,
    chain,
    condor_spread,
    dec,
    every_leg_changed,
    exit_inputs,
    leg_changed,
    snapshot,
    spread,
)

LINEAR = Family.LINEAR_USDC
FEES = FeeTerms(family=LINEAR, index_usd=INDEX_USD, rules=RULES.fees)


def usdc(short: int = 1750, long: int = 1650, strategy: Strategy = Strategy.BULL_PUT) -> Spread:
    return spread(short, long, strategy=strategy, family=LINEAR)


def credited(credit: str, *, long: int = 1650) -> Spread:
    """1750 puts against cheaper ones, books 0.1 USDC to each side of marks that lie `credit` apart."""
    whole = usdc(1750, long)
    for leg, mark in (("short", dec(credit) + dec("7.8")), ("long", dec("7.8"))):
        whole = leg_changed(whole, leg, mark_coin=mark, bid_coin=mark - dec("0.1"), ask_coin=mark + dec("0.1"))
    return whole


def economics_of(whole: Spread, rules: StrategyRules = RULES) -> SpreadEconomics:
    found = spread_economics(whole, index_usd=INDEX_USD, now=NOW, rules=rules)
    if found is None:
        raise LookupError("every figure of this spread is there")
    return found


def credit_check(whole: Spread, code: str) -> Check:
    return next(one for one in credit_checks(economics_of(whole), LINEAR, RULES.strikes) if one.code == code)


@pytest.mark.parametrize(("strategy", "trend"), [(Strategy.BULL_PUT, 0.10), (Strategy.BEAR_CALL, -0.10), (Strategy.IRON_CONDOR, 0.0)])
def test_every_strategy_is_found_sized_and_allowed_in_dollars(strategy: Strategy, trend: float) -> None:
    outcome = decide_entry(snapshot(trend_30d_frac=trend, chain=chain(LINEAR)), book(), RULES).outcome

    assert isinstance(outcome, Approved)
    assert outcome.value.strategy is strategy
    assert {quote.instrument.family for quote in outcome.value.candidate.spread.quotes} == {LINEAR}
    assert outcome.value.sizing.quantity_eth % dec("0.1") == 0
    assert outcome.value.combo.limit_coin % dec("0.1") == 0


# The credit and its gates.


@pytest.mark.parametrize(("credit", "passes"), [("5.99", False), ("6.00", True), ("6.01", True)])
def test_the_least_credit_is_six_dollars(credit: str, passes: bool) -> None:
    found = credit_check(credited(credit), "credit_min")

    assert (found.verdict is Verdict.PASSED, found.observed, found.limit) == (passes, dec(credit), dec(6))
    assert credit_min_coin(LINEAR, RULES.strikes) == 6
    assert credit_min_coin(Family.INVERSE, RULES.strikes) == dec("0.0030")


@pytest.mark.parametrize(("credit", "passes"), [("7.49", False), ("7.50", True), ("7.51", True)])
def test_the_credit_is_at_least_five_percent_of_the_width_without_any_index(credit: str, passes: bool) -> None:
    """150 wide: 7.50 USDC whatever the index."""
    found = credit_check(credited(credit, long=1600), "credit_over_width")

    assert (found.verdict is Verdict.PASSED, found.observed) == (passes, dec(credit) / 150)


@pytest.mark.parametrize(("credit", "passes"), [("9.99", False), ("10.00", True), ("10.01", True)])
def test_fees_there_and_back_take_at_most_a_fifth_of_the_credit(credit: str, passes: bool) -> None:
    """0.05 % of 2 000 twice: 2.00 USDC."""
    found = credit_check(credited(credit), "fees_over_credit")

    assert (found.verdict is Verdict.PASSED, found.observed) == (passes, dec("2.00") / dec(credit))


@pytest.mark.parametrize(("credit", "passes"), [("99.99", True), ("100.00", True), ("100.01", False)])
def test_a_credit_above_the_width_is_bad_data(credit: str, passes: bool) -> None:
    assert (credit_check(credited(credit), "credit_below_width").verdict is Verdict.PASSED) is passes


@pytest.mark.parametrize(
    ("mid", "floor"),
    [
        ("12.45", "11.8"),
        ("11.00", "10.4"),
        ("10.60", "10.0"),
        # Twice the fees of 2.00 over a fifth: never under 10.
        ("10.50", "10.0"),
        ("10.00", "10.0"),
    ],
)
def test_the_lowest_credit_is_the_concession_but_never_under_the_gates(mid: str, floor: str) -> None:
    assert credit_floor_coin(credited(mid), mid_coin=dec(mid), fees=FEES, rules=RULES) == dec(floor)


@pytest.mark.parametrize(("credit", "is_priced"), [("1999.9", True), ("2000", False), ("2000.1", False)])
def test_a_credit_of_a_whole_ether_is_garbage_in_dollars_too(credit: str, is_priced: bool) -> None:
    """Just below, the break-even lies under zero and there is no probability: nothing is priced either."""
    priced_at = spread_economics(credited(credit), index_usd=INDEX_USD, now=NOW, rules=RULES)
    calls = spread_economics(called(credit), index_usd=INDEX_USD, now=NOW, rules=RULES)

    assert priced_at is None
    assert (calls is not None) is is_priced


def called(credit: str) -> Spread:
    whole = usdc(2300, 2400, Strategy.BEAR_CALL)
    for leg, mark in (("short", dec(credit) + dec("7.8")), ("long", dec("7.8"))):
        whole = leg_changed(whole, leg, mark_coin=mark, bid_coin=mark, ask_coin=mark)
    return whole


# Liquidity: 0.0006 ETH are 1.20 USDC at 2 000.


@pytest.mark.parametrize(("leg", "share"), [("short", "0.15"), ("long", "0.25")])
@pytest.mark.parametrize(
    ("index", "ask", "passes"),
    [(2000, "2.19", True), (2000, "2.20", True), (2000, "2.21", False), (4000, "2.21", True), (4000, "3.40", True), (4000, "3.41", False)],
)
def test_the_absolute_width_of_a_book_is_valued_at_the_index(*, leg: str, share: str, index: int, ask: str, passes: bool) -> None:
    """A bid of 1.00 leaves the relative width below the absolute one."""
    whole = leg_changed(usdc(), leg, bid_coin=dec("1.00"), ask_coin=dec(ask))
    checks = check(whole, dec(1), rules=RULES.liquidity, now=NOW, index_usd=dec(index), freshness=RULES.freshness_s)
    name = (whole.shorts if leg == "short" else whole.longs)[0].instrument.name
    found = next(one for one in checks if (one.code, one.subject) == ("book_spread", name))

    assert (found.verdict is Verdict.PASSED, found.limit) == (passes, dec("0.0006") * index)
    assert dec(share) * (1 + dec(ask)) / 2 < dec("0.0006") * index


@pytest.mark.parametrize(("ask", "passes"), [("23.24", True), ("23.25", False)])
def test_the_relative_width_of_a_dear_book_needs_no_index(ask: str, passes: bool) -> None:
    """15 % of the mid of 20.00 and 23.243 is 3.243."""
    whole = leg_changed(usdc(), "short", bid_coin=dec("20.00"), ask_coin=dec(ask))
    checks = check(whole, dec(1), rules=RULES.liquidity, now=NOW, index_usd=INDEX_USD, freshness=RULES.freshness_s)

    assert (next(one for one in checks if one.code == "book_spread").verdict is Verdict.PASSED) is passes


# Fees: 0.05 % of the index, an eighth of the price at most.


@pytest.mark.parametrize(("price", "fee"), [("7.99", "0.99875"), ("8.00", "1"), ("8.01", "1"), ("20", "1"), ("0", "0"), ("-1", "0")])
def test_a_leg_pays_a_twentieth_of_a_percent_of_the_index_up_to_an_eighth_of_its_price(price: str, fee: str) -> None:
    assert leg_fee_coin(dec(price), FEES) == dec(fee)


@pytest.mark.parametrize(("index", "fee"), [(1000, "0.5"), (2000, "1"), (4000, "2")])
def test_the_fee_follows_the_index(index: int, fee: str) -> None:
    terms = fee_terms(usdc(), index_usd=dec(index), rules=RULES.fees)

    assert leg_fee_coin(dec(50), terms) == dec(fee)
    assert (roundtrip_fees_coin(terms, verticals=1), roundtrip_fees_coin(terms, verticals=2)) == (2 * dec(fee), 4 * dec(fee))


@pytest.mark.parametrize(("shorts", "longs", "fee"), [(["20"], ["7.8"], "1"), (["20"], ["60"], "1"), (["20", "16"], ["7.8", "6"], "2"), (["4"], ["2"], "0.5")])
def test_the_cheaper_group_of_legs_is_free(shorts: list[str], longs: list[str], fee: str) -> None:
    assert combo_fee_coin(short_prices_coin=[dec(price) for price in shorts], long_prices_coin=[dec(price) for price in longs], terms=FEES) == dec(fee)


@pytest.mark.parametrize(("value", "fee"), [("0", "0"), ("2.39", "0.29875"), ("2.40", "0.3"), ("2.41", "0.3"), ("100", "0.3")])
def test_delivery_takes_three_twentieths_of_a_thousandth_up_to_an_eighth_of_the_value(value: str, fee: str) -> None:
    assert delivery_fee_coin(dec(value), FEES) == dec(fee)


# Loss, settlement and margin.


def test_the_figures_of_one_spread_are_those_worked_out_by_hand() -> None:
    figures = economics_of(credited("12.40"))

    assert (figures.credit_mid_coin, figures.credit_natural_coin, figures.credit_expected_coin) == (dec("12.40"), dec("12.2"), dec("12.33"))
    assert figures.credit_over_width_frac == dec("0.124")
    # The caps are held against 100 − 11.7 + 0.0012·2000, the floor being 95 % of 12.40 down to the tick; the card tells the loss at mid.
    assert (figures.credit_floor_coin, figures.max_loss_usd, figures.loss_at_long_strike_usd) == (dec("11.7"), dec("90.7"), dec("87.60"))
    assert figures.break_evens_usd == (dec("1737.60"),)
    assert (figures.open_fee_coin, figures.roundtrip_fees_coin) == (dec("1.00"), dec("2.00"))
    # A mark of 20.20 is 0.0101 ETH: 0.1 and 0.075 on top of it, in ETH.
    assert (figures.initial_margin_eth, figures.maintenance_margin_eth) == (dec("0.1101"), dec("0.0851"))
    assert figures.break_even_win_rate_frac == 0.886


@pytest.mark.parametrize(
    ("index", "owed", "gained"),
    [(2000, "0", "12"), (1750, "0", "12"), (1749, "1", "11"), (1738, "12", "0"), (1700, "50", "-38"), (1650, "100", "-88"), (100, "100", "-88")],
)
def test_a_put_spread_owes_plain_dollars_and_never_more_than_its_width(index: int, owed: str, gained: str) -> None:
    terms, credit = payoff_terms(usdc()), dec(12)

    assert payout_coin(terms, index_usd=dec(index)) == dec(owed)
    assert pnl_coin(terms, credit_coin=credit, index_usd=dec(index)) == pnl_usd(terms, credit_coin=credit, index_usd=dec(index)) == dec(gained)


def test_break_evens_lie_the_credit_away_from_the_short_strikes_and_the_loss_is_bounded() -> None:
    terms = payoff_terms(condor_spread(family=LINEAR))

    assert break_evens_usd(terms, credit_coin=dec(22)) == (dec(1728), dec(2322))
    assert max_loss_coin(terms, credit_coin=dec(22)) == 78


@pytest.mark.parametrize("strategy", [Strategy.BULL_PUT, Strategy.BEAR_CALL])
def test_margin_is_what_the_same_option_needs_in_ether(strategy: Strategy) -> None:
    strikes = (1750, 1650) if strategy is Strategy.BULL_PUT else (2300, 2400)
    marked_eth = leg_changed(spread(*strikes, strategy=strategy), "short", mark_coin=dec("0.0101"))
    marked_usdc = leg_changed(usdc(*strikes, strategy), "short", mark_coin=dec("20.2"))

    assert spread_margin(marked_usdc, index_usd=INDEX_USD) == spread_margin(marked_eth, index_usd=INDEX_USD)
    assert maintenance_after_move_eth(marked_usdc.sides, moved_index_usd=dec(1400)) == maintenance_after_move_eth(marked_eth.sides, moved_index_usd=dec(1400))


def test_a_result_in_dollars_is_not_valued_again() -> None:
    flows = TradeFlows(family=LINEAR, credit_coin=dec(12), debit_coin=dec(5), open_fee_coin=dec(1), close_fee_coin=dec("0.6"), quantity_eth=dec("2.5"))
    made = trade_result(flows, index_usd=dec(1900), fx_usd_per_eur=dec("1.25"))

    assert (made.pnl_coin, made.pnl_usd, made.pnl_eur) == (dec("13.5"), dec("13.5"), dec("10.8"))


# Tick, lot, size.


@pytest.mark.parametrize(("short", "long", "tick"), [("0.1", "0.1", "0.1"), ("0.5", "0.5", "0.5"), ("0.5", "0.2", "0.2"), ("0.05", "1", "0.05")])
def test_the_tick_is_the_finest_the_instruments_themselves_have(short: str, long: str, tick: str) -> None:
    whole = usdc()
    for leg, step in (("short", short), ("long", long)):
        option = (whole.shorts if leg == "short" else whole.longs)[0].instrument
        steps = (TickStep(above_coin=dec(0), tick_coin=dec(step)), TickStep(above_coin=dec(100), tick_coin=5 * dec(step)))
        whole = leg_changed(whole, leg, instrument=replace(option, ticks=steps))

    assert combo_tick_coin(whole, RULES.execution) == dec(tick)
    assert combo_tick_coin(spread(), RULES.execution) == dec("0.0001")


def test_prices_are_rounded_to_that_tick_against_us() -> None:
    coarse = every_leg_changed(credited("12.45"))
    ticks = (TickStep(above_coin=dec(0), tick_coin=dec("0.5")),)
    coarse = leg_changed(coarse, "short", instrument=replace(coarse.shorts[0].instrument, ticks=ticks))
    coarse = leg_changed(coarse, "long", instrument=replace(coarse.longs[0].instrument, ticks=ticks))

    # Expected 12.45 − 0.35·0.2 = 12.38 on entry, 12.45 + 0.5·0.2 = 12.55 on exit.
    assert paper_entry_price(coarse, RULES.execution) == dec("12.0")
    assert paper_exit_price(coarse, RULES.execution, index_usd=INDEX_USD) == dec("13.0")


def test_the_order_asks_for_the_mid_rounded_up_and_ends_at_the_floor() -> None:
    outcome = decide_entry(snapshot(chain=chain(LINEAR)), book(), RULES).outcome

    assert isinstance(outcome, Approved)
    combo = build(outcome.value.candidate, dec("0.3"), RULES)
    assert outcome.value.candidate.economics.credit_mid_coin == dec("12.45")
    assert (combo.limit_coin, combo.floor_coin, combo.tick_coin) == (dec("12.5"), dec("11.8"), dec("0.1"))
    assert [leg.quantity_eth for leg in combo.legs] == [dec("-0.3"), dec("0.3")]


@pytest.mark.parametrize(("cap", "quantity"), [(8, None), (9, "0.1"), (16, "0.1"), (17, "0.2"), (50, "0.6"), (200, "2.4")])
def test_tenths_of_an_ether_fit_where_a_whole_one_does_not(cap: int, quantity: str | None) -> None:
    """One ETH 100 wide puts 88 EUR at risk in ETH and 77.54 in USDC, of which DVOL 62 lets 60/62 of the cap be used."""
    rules = replace(RULES, caps=replace(RULES.caps, paper=replace(RULES.caps.paper, trade_eur=dec(cap))))
    inverse, linear = (decide_entry(snapshot(chain=chain(family)), book(), rules).outcome for family in Family)

    assert isinstance(inverse, Approved) is (cap >= 89)
    assert isinstance(linear, Approved) is (quantity is not None)
    if isinstance(linear, Approved):
        assert linear.value.sizing.quantity_eth == dec(quantity)


def test_a_cap_below_a_tenth_names_the_width_and_the_spot_that_would_fit() -> None:
    rules = replace(RULES, caps=replace(RULES.caps, paper=replace(RULES.caps.paper, trade_eur=dec(8))))
    outcome = select_strikes(chain(LINEAR), snapshot(), strategy=Strategy.BULL_PUT, stage=Stage.PAPER, rules=rules, now=NOW)

    assert isinstance(outcome, Refused)
    told = {one.code: one for one in outcome.checks}
    assert told["cap_below_one_lot"].observed == dec("102.4") * dec("0.1") / dec("1.16")
    assert told["width_that_fits"].observed == 8 * dec("1.16") / dec("0.1") - dec("2.4")
    assert told["spot_that_fits"].observed == 8 * dec("1.16") / (dec("0.1") * dec("0.0312"))


# Greeks and what wealth is held in.


def test_no_mark_is_taken_off_the_delta_and_none_is_needed() -> None:
    whole = usdc()
    held, unmarked = (aggregate(spread_legs(each, dec(2)), spot_usd=INDEX_USD) for each in (whole, every_leg_changed(whole, mark_coin=None)))
    inverse = aggregate(spread_legs(spread(), dec(2)), spot_usd=INDEX_USD)

    assert held.delta_ntd_eth == held.delta_eth == inverse.delta_eth
    assert inverse.delta_ntd_eth != inverse.delta_eth
    assert unmarked == held
    assert aggregate(spread_legs(every_leg_changed(spread(), mark_coin=None), dec(2)), spot_usd=INDEX_USD).is_partial


def eth_share(family: Family, share: str) -> Check:
    wealth = replace(calm_snapshot().wealth.value, eth_share_frac=dec(share))
    market = snapshot(chain=chain(family), wealth=replace(calm_snapshot().wealth, value=wealth))
    return next(one for one in decide_entry(market, book(), RULES).outcome.checks if one.code == "eth_share")


@pytest.mark.parametrize(
    ("family", "share", "passes"),
    [(Family.INVERSE, "0.2990", True), (Family.INVERSE, "0.30", False), (LINEAR, "0.30", True), (LINEAR, "0.3003", True), (LINEAR, "0.3004", False)],
)
def test_a_credit_in_dollars_does_not_raise_the_share_held_in_ether(family: Family, share: str, passes: bool) -> None:
    """20 000 EUR; 2.4 ETH at 12.45 USDC are 25.76 EUR that dilute the share, in ETH they would be part of it."""
    found = eth_share(family, share)

    assert (found.verdict is Verdict.PASSED) is passes
    if family is LINEAR:
        credit_eur = dec("12.45") * dec("2.4") / dec("1.16")
        assert found.observed == dec(share) * 20000 / (20000 + credit_eur)


# Exits.


@pytest.mark.parametrize(("mark", "price"), [("99.85", "99.9"), ("99.95", "100.0"), ("150.00", "100.0")])
@pytest.mark.parametrize("index", [1000, 2000])
def test_a_close_never_costs_more_than_the_width_in_dollars(mark: str, price: str, index: int) -> None:
    whole = leg_changed(leg_changed(usdc(), "short", bid_coin=dec(mark), ask_coin=dec(mark)), "long", bid_coin=dec(0), ask_coin=dec("0.1"))

    assert paper_exit_price(whole, RULES.execution, index_usd=dec(index)) == dec(price)


@pytest.mark.parametrize(("ask", "is_held"), [("94.9", False), ("95.0", True), ("95.1", True)])
@pytest.mark.parametrize("index", [1700, 2000])
def test_on_the_last_day_a_close_at_nearly_the_whole_width_is_left_alone(ask: str, is_held: bool, index: int) -> None:
    now = EXPIRY_AT - timedelta(hours=13)
    lost = leg_changed(leg_changed(usdc(), "short", bid_coin=dec(ask), ask_coin=dec(ask), mark_coin=dec(ask)), "long", bid_coin=dec(0), mark_coin=dec(0))
    inputs = exit_inputs(
        now=now, spread=every_leg_changed(lost, quoted_at=now), credit_coin=dec("12.4"), open_fee_coin=dec(1), close_fee_coin=dec(1), index_usd=dec(index)
    )

    assert (evaluate(inputs, RULES).reason is not ExitReason.STOP_LOSS) is is_held


@pytest.mark.parametrize(("mark", "reason"), [("30.9", ExitReason.HOLD), ("31.0", ExitReason.STOP_LOSS), ("31.1", ExitReason.STOP_LOSS)])
def test_the_stop_is_two_and_a_half_times_the_credit_in_dollars(mark: str, reason: ExitReason) -> None:
    inputs = exit_inputs(spread=credited(mark), credit_coin=dec("12.4"), open_fee_coin=dec(1), close_fee_coin=dec(1))

    assert evaluate(inputs, RULES).reason is reason


@pytest.mark.parametrize(("family", "amount", "usd", "coin_again"), [(Family.INVERSE, "0.01", "20", "0.01"), (LINEAR, "20", "20", "20")])
def test_the_family_alone_knows_what_its_coin_is_worth(family: Family, amount: str, usd: str, coin_again: str) -> None:
    worth: Decimal = family.usd_of_coin(dec(amount), index_usd=INDEX_USD)

    assert worth == dec(usd)
    assert family.coin_of_usd(worth, index_usd=INDEX_USD) == dec(coin_again)
    assert family.eth_of_coin(dec(amount), index_usd=INDEX_USD) == dec("0.01")
    assert family.coin_of_eth(dec("0.01"), index_usd=INDEX_USD) == dec(amount)


def test_strikes_and_type_do_not_depend_on_the_family() -> None:
    assert payoff_terms(usdc()).sides == payoff_terms(spread()).sides
    assert (LINEAR.coin, Family.INVERSE.coin) == ("USDC", "ETH")
    assert usdc().verticals[0].option_type is OptionType.PUT
