"""Edge cases of the inputs of an entry, of its caps, its size and the account behind it; see `test_edge_cases.py`."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from engine.core.decision import Approved, Refused, Verdict
from engine.core.entry_cycle import decide_entry, named_legs
from engine.core.model import Bias, Book, Family, Greeks, MacroCalendar, MarketSnapshot, OptionType, Quote, Reading, Sentiment, Stage, VenueStatus
from engine.core.rules import StrategyRules

from .builders import COVERED_UNTIL, EXPIRY_AT, NOW, RULES, WEALTH, book, calm_snapshot, chain, dec, open_trade, priced, read, snapshot, spread
from .edge_cases import blocking, decided, entry_check, judged_again, warned, with_quote

PUT, CALL = OptionType.PUT, OptionType.CALL
DAY_S, HOUR_S = 86400.0, 3600.0


def passes(market: MarketSnapshot, code: str, own: Book | None = None, rules: StrategyRules = RULES) -> bool:
    return entry_check(market, code, own=own, rules=rules).verdict is Verdict.PASSED


def capped(eur: str | int) -> StrategyRules:
    return replace(RULES, caps=replace(RULES.caps, paper=replace(RULES.caps.paper, trade_eur=dec(eur))))


@pytest.mark.parametrize("age_s", [None, 900.1, 899.9, 900.0, -900.1])
def test_case_07_a_missing_or_stale_dvol_is_no_entry(age_s: float | None) -> None:
    outcome = decided(snapshot(dvol_pts=None if age_s is None else read(62.0, age_s=age_s)))

    assert isinstance(outcome, Approved) is (age_s in (899.9, 900.0))
    assert ("dvol_age" in blocking(outcome)) is isinstance(outcome, Refused)


@pytest.mark.parametrize(("age_s", "is_fresh"), [(29.9, True), (30.0, True), (30.1, False)])
def test_case_08_a_stale_quote_is_no_entry(age_s: float, is_fresh: bool) -> None:
    outcome = judged_again(with_quote(1650, PUT, quoted_at=NOW - timedelta(seconds=age_s)))

    assert ("quote_age" not in blocking(outcome)) is is_fresh


@pytest.mark.parametrize(("is_locked", "is_open"), [(True, False), (False, True)])
def test_case_16_a_locked_venue_takes_no_new_trade(is_locked: bool, is_open: bool) -> None:
    assert passes(snapshot(venue=read(VenueStatus(is_locked=is_locked))), "venue_open") is is_open


@pytest.mark.parametrize(("minutes", "is_outside"), [(15.1, True), (15.0, False), (0.0, False), (-15.0, False), (-15.1, True)])
def test_case_16_an_announced_maintenance_keeps_entries_away_for_a_quarter_of_an_hour(minutes: float, is_outside: bool) -> None:
    market = snapshot(venue=read(VenueStatus(is_locked=False, maintenance_at=NOW + timedelta(minutes=minutes))))

    assert passes(market, "outside_maintenance") is is_outside


@pytest.mark.parametrize(
    ("changes", "is_alone"),
    [
        ({"expiry_at": EXPIRY_AT}, False),
        ({"expiry_at": EXPIRY_AT, "is_pending": True}, False),
        ({"expiry_at": EXPIRY_AT, "sides": (CALL,)}, True),
        ({"expiry_at": EXPIRY_AT + timedelta(days=7)}, True),
    ],
)
def test_case_28_one_expiry_and_side_is_sold_once_with_real_money(changes: dict[str, Any], is_alone: bool) -> None:
    own = book(stage=Stage.SOFT, open_trades=(open_trade(**changes),))

    assert passes(snapshot(), "same_expiry_and_side", own) is is_alone


@pytest.mark.parametrize(("age_h", "is_known"), [(95.9, True), (96.0, True), (96.1, False), (None, False)])
def test_case_39_an_exchange_rate_serves_for_ninety_six_hours(age_h: float | None, is_known: bool) -> None:
    outcome = decided(snapshot(fx_usd_per_eur=None if age_h is None else read(dec("1.16"), age_s=age_h * HOUR_S)))

    assert isinstance(outcome, Approved) is is_known
    assert ("fx_age" in blocking(outcome)) is not is_known


@pytest.mark.parametrize(("age_h", "is_warned"), [(1.0, False), (74.0, False), (74.1, True), (96.0, True)])
def test_case_39_a_rate_older_than_a_weekend_is_used_with_a_warning(age_h: float, is_warned: bool) -> None:
    outcome = decided(snapshot(fx_usd_per_eur=read(dec("1.16"), age_s=age_h * HOUR_S)))

    assert isinstance(outcome, Approved)
    assert [check.code for check in outcome.warnings] == (["fx_age"] if is_warned else [])


@pytest.mark.parametrize(
    ("rate", "is_sound"), [("0.79", False), ("0.80", True), ("1.16", True), ("1.60", True), ("1.61", False), ("0", False), ("-1.16", False)]
)
def test_case_40_an_exchange_rate_outside_its_band_is_bad_data(rate: str, is_sound: bool) -> None:
    codes = blocking(decided(snapshot(fx_usd_per_eur=read(dec(rate)))))

    assert (not codes & {"fx_min", "fx_max"}) is is_sound


@pytest.mark.parametrize(
    ("before", "is_sound"),
    # 1.16 is 3 % above 1.12621 and 3 % below 1.19588.
    [("1.1262", False), ("1.1263", True), ("1.16", True), ("1.1958", True), ("1.1959", False), (None, True), ("0", True)],
)
def test_case_40_an_exchange_rate_that_jumped_three_percent_is_bad_data(before: str | None, is_sound: bool) -> None:
    market = snapshot(fx_before_usd_per_eur=None if before is None else read(dec(before), age_s=DAY_S))

    assert isinstance(decided(market), Approved) is is_sound
    assert ("fx_jump" not in blocking(decided(market))) is is_sound


@pytest.mark.parametrize(
    ("market", "own", "subject"),
    [
        # Half of what is offered of the long leg, half of the free funds over 0.11 ETH each, the cap that is left.
        (snapshot(chain=with_quote(1650, PUT, ask_size_eth=dec("1.9"))), book(), "liquidity"),
        (snapshot(wealth=read(replace(WEALTH, available_funds_eth=dec("0.22")))), book(), "margin"),
        (snapshot(), book(open_trades=(open_trade(max_loss_eur=dec(950)),)), "total_cap"),
    ],
    ids=["liquidity", "margin", "total cap"],
)
def test_case_41_a_size_below_one_lot_names_what_bound_it(market: MarketSnapshot, own: Book, subject: str) -> None:
    outcome = decide_entry(market, own, RULES, shown=named_legs(spread())).outcome

    assert isinstance(outcome, Refused)
    assert [check.subject for check in outcome.reasons if check.rule == "E16" and check.code in ("size_zero", "cap_below_one_lot")] == [subject]


@pytest.mark.parametrize(("eur", "is_sized"), [("88.27", False), ("88.28", True)])
def test_case_41_the_trade_cap_that_holds_no_lot_says_which_width_would(eur: str, is_sized: bool) -> None:
    """One lot 100 wide puts 102.40 USD at risk: 88.276 EUR at 1.16."""
    outcome = judged_again(chain(), rules=capped(eur))
    told = {check.code: check for check in outcome.checks}

    assert isinstance(outcome, Approved) is is_sized
    if not is_sized:
        assert told["cap_below_one_lot"].subject == "trade_cap"
        assert told["width_that_fits"].observed == dec(eur) * dec("1.16") - dec("2.4")


@pytest.mark.parametrize(("bid", "is_positive"), [("0.0043", False), ("0.0044", False), ("0.0045", True)])
def test_case_42_a_credit_of_nothing_or_less_is_refused(bid: str, is_positive: bool) -> None:
    """The long leg's mid is 0.0044."""
    pair = with_quote(1750, PUT, bid_coin=dec(bid), ask_coin=dec(bid))
    quotes = tuple(replace(quote, bid_coin=dec("0.0044"), ask_coin=dec("0.0044")) if is_1650_put(quote) else quote for quote in pair.quotes)

    assert ("spread_priced" in blocking(judged_again(replace(pair, quotes=quotes)))) is not is_positive


def is_1650_put(quote: Quote) -> bool:
    return quote.instrument.name == spread().longs[0].instrument.name


@pytest.mark.parametrize(("bid", "is_worth_it"), [("0.0073", False), ("0.0074", True), ("0.0075", True)])
def test_case_42_a_credit_its_fees_eat_is_refused(bid: str, is_worth_it: bool) -> None:
    """0.0006 ETH there and back is a fifth of 0.0030; the long leg's mid is 0.0044."""
    pair = with_quote(1750, PUT, bid_coin=dec(bid), ask_coin=dec(bid))
    quotes = tuple(replace(quote, bid_coin=dec("0.0044"), ask_coin=dec("0.0044")) if is_1650_put(quote) else quote for quote in pair.quotes)

    assert ("fees_over_credit" not in blocking(judged_again(replace(pair, quotes=quotes)))) is is_worth_it


@pytest.mark.parametrize(("eur", "quantity"), [(200, "2"), (100, "1"), (88, None)])
def test_case_44_a_cap_changed_while_the_card_waits_is_the_one_that_counts(eur: int, quantity: str | None) -> None:
    shown = decided(snapshot())
    outcome = judged_again(chain(), rules=capped(eur))

    assert isinstance(shown, Approved)
    assert shown.value.sizing.quantity_eth == 2
    assert (outcome.value.sizing.quantity_eth if isinstance(outcome, Approved) else None) == (None if quantity is None else dec(quantity))


@pytest.mark.parametrize(("trades", "fits"), [(2, True), (3, False)])
def test_case_45_larger_trades_of_a_higher_stage_leave_no_room_for_new_ones(trades: int, fits: bool) -> None:
    """200 EUR each from the full stage against 500 EUR of the soft one."""
    own = book(stage=Stage.SOFT, open_trades=tuple(open_trade(trade_id=number, max_loss_eur=dec(200)) for number in range(trades)))
    codes = blocking(decided(snapshot(), own))

    assert ("cap_below_one_lot" not in codes) is fits


@pytest.mark.parametrize(("age_h", "is_known"), [(25.9, True), (26.0, True), (26.1, False), (None, False)])
def test_case_46_without_the_portfolio_there_is_no_entry(age_h: float | None, is_known: bool) -> None:
    outcome = decided(snapshot(wealth=None if age_h is None else read(WEALTH, age_s=age_h * HOUR_S)))

    assert isinstance(outcome, Approved) is is_known
    assert ("portfolio_age" in blocking(outcome)) is not is_known


@pytest.mark.parametrize(("share", "fits"), [("0.2990", True), ("0.3000", False), ("0.3500", False)])
def test_case_47_a_share_of_ether_grown_too_large_stops_entries(share: str, fits: bool) -> None:
    assert passes(snapshot(wealth=read(replace(WEALTH, eth_share_frac=dec(share)))), "eth_share") is fits


@pytest.mark.parametrize("funding", [None, read(math.nan), read(0.11, age_s=5401.0)], ids=["none", "not a number", "stale"])
def test_case_48_missing_funding_reads_as_nothing_with_a_warning_and_forbids_condors(funding: Reading[float] | None) -> None:
    rising, calm = (decide_entry(market, book(), RULES) for market in (snapshot(funding_apr_frac=funding), calm_snapshot(funding_apr_frac=funding)))

    assert isinstance(rising.outcome, Approved)
    assert warned(rising.outcome) == {"optional_inputs_missing", "funding"}
    assert (rising.bias.bias, rising.bias.warnings) == (Bias.BULL, ("funding",))
    assert isinstance(calm.outcome, Refused)
    assert (calm.bias.bias, calm.bias.row) == (Bias.NO_ENTRY, 10)


@pytest.mark.parametrize(("fear_greed", "is_believed"), [(-1, False), (0, True), (90, True), (100, True), (101, False), (None, False)])
def test_case_49_a_mood_outside_its_scale_is_missing(fear_greed: int | None, is_believed: bool) -> None:
    market = snapshot(sentiment=read(Sentiment(fear_greed=fear_greed)))
    check = entry_check(market, "fear_greed")

    assert (check.observed is not None) is is_believed
    assert (check.verdict is Verdict.WARNED) is not is_believed
    assert isinstance(decided(market), Approved) is (fear_greed != 100)


@pytest.mark.parametrize(
    ("heat", "verdict", "cause"),
    [
        (None, Verdict.PASSED, "not_given"),
        (-0.1, Verdict.WARNED, "out_of_range"),
        (0.0, Verdict.PASSED, ""),
        (94.9, Verdict.PASSED, ""),
        (95.0, Verdict.FAILED, ""),
        (100.0, Verdict.FAILED, ""),
        (100.1, Verdict.WARNED, "out_of_range"),
    ],
)
def test_case_49_a_liquidation_heat_outside_its_scale_is_missing_and_said_to_be(heat: float | None, verdict: Verdict, cause: str) -> None:
    check = entry_check(snapshot(sentiment=read(Sentiment(fear_greed=50, liquidation_heat_pctile=heat))), "liquidation_heat")

    assert (check.verdict, check.cause) == (verdict, cause)
    assert check.observed == (None if cause else heat)


@pytest.mark.parametrize("macro", [None, read(MacroCalendar(events=(), covered_until={}))], ids=["none", "empty"])
def test_case_50_an_empty_calendar_is_missing_and_not_a_quiet_week(macro: Reading[MacroCalendar] | None) -> None:
    codes = blocking(decided(snapshot(macro=macro)))

    assert {"macro_coverage", "macro_high", "macro_medium"} <= codes


@pytest.mark.parametrize("name", COVERED_UNTIL)
def test_case_50_a_type_of_event_nobody_covers_is_warned_about(name: str) -> None:
    """A feed may know of no event and still be whole; which dates it covers says so for each type."""
    covered = {event: until for event, until in COVERED_UNTIL.items() if event != name}

    assert "macro_uncovered" in warned(decided(snapshot(macro=read(MacroCalendar(events=(), covered_until=covered)))))


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize(("apart", "is_close"), [("19.9", True), ("20.0", True), ("20.1", False)])
def test_case_52_index_and_perpetual_more_than_a_percent_apart_is_no_entry(sign: int, apart: str, is_close: bool) -> None:
    market = snapshot(perp_mark_usd=read(2000 + sign * dec(apart)))

    assert isinstance(decided(market), Approved) is is_close
    assert passes(market, "index_perp_divergence") is is_close


@pytest.mark.parametrize(("skew_s", "agrees"), [(1.9, True), (-2.0, True), (2.0, True), (2.1, False), (-2.1, False), (None, False), (math.nan, False)])
def test_case_53_clocks_more_than_two_seconds_apart_place_no_order(skew_s: float | None, agrees: bool) -> None:
    market = snapshot(clock_skew_s=skew_s)

    assert isinstance(decided(market), Approved) is agrees
    assert passes(market, "clock_skew") is agrees


@pytest.mark.parametrize(
    ("rate", "open_fee", "roundtrip", "is_worth_it"),
    [
        ("0.00015", "0.00015", "0.0003", True),
        ("0.0003", "0.0003", "0.0006", True),
        ("0.000625", "0.000625", "0.00125", True),
        ("0.00063", "0.00063", "0.00126", False),
    ],
)
def test_case_56_another_fee_rate_changes_every_figure_and_the_gate(rate: str, open_fee: str, roundtrip: str, is_worth_it: bool) -> None:
    """The credit is 0.00625 ETH, a fifth of which is 0.00125."""
    rules = replace(RULES, fees=replace(RULES.fees, inverse_of_underlying_frac=dec(rate)))
    again = judged_again(chain(), rules=rules)
    figures = spread_figures(rules)

    assert figures == (dec(open_fee), dec(roundtrip))
    assert ("fees_over_credit" not in blocking(again)) is is_worth_it


def spread_figures(rules: StrategyRules) -> tuple[Decimal, Decimal]:
    generous = replace(rules, strikes=replace(rules.strikes, roundtrip_fees_over_credit_max_frac=dec(1)))
    outcome = judged_again(chain(), rules=generous)
    if isinstance(outcome, Refused):
        raise LookupError("nothing else forbids this spread")
    return outcome.value.candidate.economics.open_fee_coin, outcome.value.candidate.economics.roundtrip_fees_coin


@pytest.mark.parametrize(("in_use", "survives"), [("2.149", True), ("2.150", False), ("2.151", False)])
def test_case_61_the_account_must_survive_a_fall_of_thirty_percent(in_use: str, survives: bool) -> None:
    """Two short 1750 puts at 1 400 need 0.325 ETH each; with what is in use they stay under 70 % of 4 ETH."""
    market = snapshot(wealth=read(replace(WEALTH, maintenance_margin_eth=dec(in_use))))

    assert passes(market, "maintenance_after_fall") is survives


@pytest.mark.parametrize(("trades", "in_use", "survives"), [(0, "2.0", True), (2, "1.499", True), (2, "1.501", False), (3, "1.2", False)])
def test_case_61_what_is_open_already_has_to_survive_the_fall_too(trades: int, in_use: str, survives: bool) -> None:
    """Each open 1750 put needs 0.325 ETH at 1 400 as well, whatever it needs today; 70 % of 4 ETH are 2.8."""
    own = book(open_trades=tuple(open_trade(trade_id=number) for number in range(trades)))
    market = snapshot(wealth=read(replace(WEALTH, maintenance_margin_eth=dec(in_use))))

    assert passes(market, "maintenance_after_fall", own) is survives


@pytest.mark.parametrize(("open_interest", "is_traded"), [(99, False), (100, True)])
@pytest.mark.parametrize("day", [date(2026, 12, 24), date(2026, 12, 28), date(2026, 12, 31)])
def test_case_63_in_a_holiday_week_the_liquidity_gate_decides_as_in_any_other(day: date, open_interest: int, is_traded: bool) -> None:
    market = moved(
        snapshot(chain=chain(quotes=tuple(replace(quote, open_interest_eth=dec(open_interest)) for quote in chain().quotes))), days=(day - NOW.date()).days
    )
    outcome = decided(market)

    assert isinstance(outcome, Approved) is is_traded
    assert ("strikes_found" in blocking(outcome)) is not is_traded


def moved(market: MarketSnapshot, *, days: int) -> MarketSnapshot:
    """The same market some days later, its calendar covered until the spring after."""
    by = timedelta(days=days)

    def later(reading: Reading[Any] | None) -> Reading[Any] | None:
        return None if reading is None else replace(reading, observed_at=reading.observed_at + by)

    names = ("index_usd", "dvol_pts", "funding_apr_frac", "perp_mark_usd", "sentiment", "fx_usd_per_eur", "wealth", "venue")
    calendar = MacroCalendar(events=(), covered_until={name: until + timedelta(days=120) for name, until in COVERED_UNTIL.items()})
    quotes = market.chain.quotes if market.chain is not None else ()
    shifted = tuple(replace(q, quoted_at=q.quoted_at + by, instrument=replace(q.instrument, expiry_at=q.instrument.expiry_at + by)) for q in quotes)
    changes = {name: later(getattr(market, name)) for name in names}
    return replace(market, taken_at=NOW + by, macro=Reading(value=calendar, observed_at=NOW + by), chain=chain(quotes=shifted, taken_at=NOW + by), **changes)


SOUND = priced(1750, PUT).greeks or Greeks(delta=0.0, gamma_per_usd=0.0, vega_usd_per_pt=0.0, theta_usd_per_day=0.0)


@pytest.mark.parametrize(
    "changes",
    [
        {"greeks": replace(SOUND, delta=0.1411)},
        {"greeks": replace(SOUND, delta=-1.01)},
        {"greeks": replace(SOUND, delta=math.nan)},
        {"greeks": replace(SOUND, vega_usd_per_pt=math.inf)},
        {"greeks": None, "iv_frac": math.nan},
        {"greeks": None, "iv_frac": -0.6},
        {"greeks": None, "iv_frac": 0.0},
        {"forward_usd": dec("NaN")},
        {"forward_usd": dec(-2000)},
    ],
    ids=str,
)
def test_case_65_a_short_leg_with_impossible_figures_is_not_sold(changes: dict[str, Any]) -> None:
    outcome = decided(snapshot(chain=with_quote(1750, PUT, **changes)))
    sold = [quote.instrument.strike_usd for quote in outcome.value.candidate.spread.shorts] if isinstance(outcome, Approved) else []

    assert 1750 not in sold


@pytest.mark.parametrize("changes", [{"iv_frac": math.nan}, {"iv_frac": -0.6}, {"iv_frac": None}], ids=str)
def test_case_65_a_spread_whose_short_leg_has_no_volatility_is_not_priced_again(changes: dict[str, Any]) -> None:
    assert "spread_priced" in blocking(judged_again(with_quote(1750, PUT, **changes)))


@pytest.mark.parametrize(("leg", "delta"), [(1750, 0.14), (1650, 0.07), (1650, -1.01)])
def test_case_65_a_leg_whose_delta_has_the_wrong_sign_fails_the_limits_of_the_book(leg: int, delta: float) -> None:
    outcome = judged_again(with_quote(leg, PUT, greeks=replace(SOUND, delta=delta)))

    assert {"net_delta", "short_vega", "short_gamma"} <= blocking(outcome)


@pytest.mark.parametrize("iv_frac", [math.nan, -0.6, 0.0, None])
def test_case_65_a_long_leg_without_a_volatility_is_not_bought(iv_frac: float | None) -> None:
    assert "spread_priced" in blocking(judged_again(with_quote(1650, PUT, iv_frac=iv_frac)))


@pytest.mark.parametrize(
    ("figure", "codes"),
    [("index_usd", {"index_age"}), ("fx_usd_per_eur", {"fx_age"}), ("wealth", {"portfolio_age"}), ("perp_mark_usd", {"index_perp_divergence"})],
)
@pytest.mark.parametrize("text", ["NaN", "sNaN", "Infinity"])
def test_case_65_an_amount_that_is_no_number_counts_as_missing(figure: str, codes: set[str], text: str) -> None:
    value = replace(WEALTH, available_funds_eth=dec(text)) if figure == "wealth" else dec(text)
    outcome = decided(snapshot(**{figure: read(value)}))

    assert codes <= blocking(outcome)


@pytest.mark.parametrize("field", ["bid_coin", "ask_coin", "mark_coin", "bid_size_eth", "open_interest_eth", "volume_24h_eth"])
def test_case_65_a_quote_with_an_amount_that_is_no_number_is_not_sold_for_it(field: str) -> None:
    outcome = decided(snapshot(chain=with_quote(1750, PUT, **{field: dec("NaN")})))
    sold = [quote.instrument.strike_usd for quote in outcome.value.candidate.spread.shorts] if isinstance(outcome, Approved) else []

    assert (1750 in sold) is (field == "volume_24h_eth")


@pytest.mark.parametrize("leg", [1750, 1650])
def test_case_65_a_leg_whose_delta_is_not_a_number_fails_the_limits_of_the_book(leg: int) -> None:
    outcome = judged_again(with_quote(leg, PUT, greeks=replace(SOUND, delta=math.nan)))

    assert {"net_delta", "short_vega", "short_gamma"} <= blocking(outcome)


@pytest.mark.parametrize("family", Family)
def test_the_cases_of_this_file_start_from_a_market_that_passes(family: Family) -> None:
    assert isinstance(decided(snapshot(chain=chain(family))), Approved)
