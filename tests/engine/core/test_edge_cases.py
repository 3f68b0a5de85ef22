"""Every edge case of the strategy has a test: here the list, and what happens to strikes, books, prices and the calendar.

The cases of core are named after their number in strategy §6, in the files beside this one:
`test_edge_cases_entry.py` (inputs, caps, sizes) and `test_edge_cases_exit.py` (open trades, payoffs).
The others belong to the rooms named in `NOT_OF_CORE`, with the test that proves them there.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from engine.core.combo_builder import select_strikes
from engine.core.decision import Approved, Check, Refused, Verdict
from engine.core.entry_cycle import decide_entry, named_legs
from engine.core.model import (
    BookState,
    Chain,
    ExitReason,
    Family,
    MacroCalendar,
    MacroEvent,
    MarketSnapshot,
    OptionType,
    Quote,
    Severity,
    Stage,
    Strategy,
    TickStep,
)
from engine.core.rules import StrategyRules

from .builders import (
    COVERED_UNTIL,
    EXPIRY_AT,
    NOW,
    RULES,
    book,
    chain,
    dec,
    every_leg_changed,
    exit_inputs,
    leg_changed,
    marked,
    priced,
    read,
    snapshot,
    spread,
)
from .edge_cases import blocking, entry_check, exit_of, judged_again, with_quote

ROOT = Path(__file__).resolve().parents[3]
PUT, CALL = OptionType.PUT, OptionType.CALL

# Number of the case: the room it belongs to, and the test there. No test: nothing of the kind can happen while
# orders are filled in paper, whole or not at all; it has to be written with the first order sent to the venue.
NOT_OF_CORE = {
    12: (
        "state: a smaller fill makes a smaller trade",
        "engine/state/test_trades.py::test_a_smaller_fill_makes_a_smaller_trade_and_a_larger_one_is_impossible",
    ),
    13: ("execution: paper fills every leg or none", "engine/execution/test_paper.py::test_an_entry_with_an_empty_side_cannot_fill"),
    14: (
        "state: one live order per side, found by its label",
        "engine/state/test_trades.py::test_a_trade_has_one_live_order_per_side_and_a_label_is_used_once",
    ),
    15: ("runtime: an order without an end", "engine/runtime/test_watch_holds.py::test_an_order_whose_end_is_not_known_holds"),
    17: ("runtime: settlement hours", "scenarios/test_settlement.py::test_a_close_ordered_in_settlement_hours_asks_again_instead_of_inventing_a_fill"),
    18: ("clients: a server that asks to wait", "engine/clients/test_mcp.py::test_a_server_that_asks_for_a_minute_is_not_waited_for"),
    19: ("execution: an order the venue refuses for want of funds", ""),
    20: ("execution: the venue's limit of combos", ""),
    22: ("runtime: a card past its time", "scenarios/test_weekly_open.py::test_a_tap_past_its_time_is_refused_before_the_expiry_job_has_run"),
    23: ("runtime: a market that moved", "scenarios/test_weekly_open.py::test_a_moved_market_asks_again_with_old_and_new_and_the_second_tap_opens"),
    24: ("state: many taps", "engine/state/test_proposals.py::test_two_hundred_taps_have_one_winner"),
    25: ("bot: a stranger", "bot/commands/test_access.py::test_a_stranger_changes_nothing_learns_nothing_and_is_recorded"),
    26: ("runtime: nobody answers", "scenarios/test_exits.py::test_a_vol_stop_nobody_answers_runs_as_written_after_its_deadline"),
    27: ("runtime: monitor before open", "engine/runtime/test_scheduler.py::test_the_table_guards_open_trades_before_it_opens_new_ones"),
    29: (
        "safety: a second process",
        "engine/safety/test_instance.py::test_a_second_instance_is_refused_with_the_pid_of_the_first_and_a_killed_one_frees_the_home",
    ),
    30: ("runtime: a crash before the order", "scenarios/test_recovery.py::test_killed_between_approval_and_fill_nothing_was_placed_and_the_operator_is_told"),
    31: ("safety: a position we do not know", "engine/safety/test_start_up.py::test_a_venue_that_does_not_agree_keeps_the_hold_until_it_does"),
    32: ("safety: a trade the venue does not know", "engine/safety/test_start_up.py::test_a_venue_that_does_not_agree_keeps_the_hold_until_it_does"),
    33: ("runtime: delivery while a card waits", "scenarios/test_settlement.py::test_a_delivery_takes_the_waiting_exit_card_with_it"),
    36: ("runtime: a settlement is booked once", "scenarios/test_settlement.py::test_a_delivery_is_booked_as_the_worked_example_says"),
    57: ("reporting: slippage keeps its sign", "engine/reporting/test_fills.py::test_worse_than_the_approved_mid_is_positive_slippage"),
    62: ("home: one environment each", "e2e/test_command_line.py::test_a_demo_and_a_real_home_do_not_mix"),
}


def numbers_tested_here() -> set[int]:
    sources = Path(__file__).parent.glob("test_edge_cases*.py")
    return {int(number) for source in sources for number in re.findall(r"^def test_case_(\d\d)_", source.read_text(encoding="utf-8"), re.MULTILINE)}


def test_every_edge_case_is_tested_in_core_or_named_elsewhere() -> None:
    assert numbers_tested_here() | NOT_OF_CORE.keys() == set(range(1, 66))
    assert numbers_tested_here() & NOT_OF_CORE.keys() == set()


@pytest.mark.parametrize("where", sorted({where for _, where in NOT_OF_CORE.values() if where}))
def test_the_test_named_for_another_room_is_there(where: str) -> None:
    path, name = where.split("::")

    assert re.search(rf"^(async )?def {name}\(", (ROOT / "tests" / path).read_text(encoding="utf-8"), re.MULTILINE)


def search(quotes: Chain, rules: StrategyRules = RULES) -> Approved | Refused:
    return select_strikes(quotes, snapshot(), strategy=Strategy.BULL_PUT, stage=Stage.PAPER, rules=rules, now=NOW)


def listed(*strikes: tuple[int, OptionType]) -> Chain:
    return chain(quotes=tuple(priced(strike, kind) for strike, kind in strikes))


@pytest.mark.parametrize(("low", "high", "is_found"), [(0.142, 0.17, False), (0.10, 0.104, False), (0.14, 0.142, True)])
def test_case_01_no_strike_in_the_delta_band_names_the_nearest_delta(low: float, high: float, is_found: bool) -> None:
    rules = replace(RULES, strikes=replace(RULES.strikes, short_delta_min=low, short_delta_max=high))
    outcome = search(chain(), rules)

    assert isinstance(outcome, Approved) is is_found
    if isinstance(outcome, Refused):
        refusal = outcome.reasons[0]
        # The 1750 put is nearest to the target of 0.13.
        assert (refusal.code, refusal.observed) == ("no_strike_in_band", pytest.approx(0.1411, abs=1e-4))


@pytest.mark.parametrize(("days", "is_found"), [(13.99, False), (14.0, True), (18.0, True), (21.0, True), (21.01, False)])
def test_case_02_no_expiry_between_fourteen_and_twenty_one_days_is_no_trade(days: float, is_found: bool) -> None:
    only = NOW + timedelta(days=days)
    quotes = tuple(replace(quote, instrument=replace(quote.instrument, expiry_at=only)) for quote in chain().quotes if quote.instrument.expiry_at == EXPIRY_AT)
    outcome = search(chain(quotes=quotes))

    assert [check.code for check in outcome.checks if check.rule == "S01"] == ["expiry_in_band" if is_found else "no_expiry"]


@pytest.mark.parametrize(
    ("missing", "long"),
    [([], 1650), ([1650], 1600), ([1650, 1600], None)],
)
def test_case_03_a_missing_long_strike_gives_way_to_the_next_one_within_the_width(missing: list[int], long: int | None) -> None:
    """At 2 000 the width is 60 to 180: 1650 and 1600 serve a short at 1750, 1700 and 1550 do not."""
    rules = replace(RULES, strikes=replace(RULES.strikes, short_delta_min=0.12))
    outcome = search(chain(quotes=tuple(quote for quote in chain().quotes if int(quote.instrument.strike_usd) not in missing)), rules)

    if long is None:
        assert isinstance(outcome, Refused)
    else:
        assert isinstance(outcome, Approved)
        assert [quote.instrument.strike_usd for quote in outcome.value.spread.quotes] == [1750, long]


@pytest.mark.parametrize(("long", "is_found"), [(1691, False), (1690, True), (1689, True), (1571, True), (1570, True), (1569, False)])
def test_case_03_the_width_ends_at_three_and_at_nine_percent(long: int, is_found: bool) -> None:
    assert isinstance(search(listed((1750, PUT), (long, PUT), (2300, CALL))), Approved) is is_found


@pytest.mark.parametrize("leg", [1750, 1650])
@pytest.mark.parametrize(("over", "passes"), [("-0.0001", False), ("0", False), ("0.0001", True)])
def test_case_04_a_crossed_or_locked_book_fails(leg: int, over: str, passes: bool) -> None:
    bid = priced(leg, PUT).bid_coin
    assert bid is not None
    checks = [
        one for one in judged_again(with_quote(leg, PUT, ask_coin=bid + dec(over))).checks if one.code == "book_not_crossed" and f"-{leg}-" in one.subject
    ]

    assert [one.verdict for one in checks] == [Verdict.PASSED if passes else Verdict.FAILED]


@pytest.mark.parametrize(("bid", "passes"), [(None, False), ("0", False), ("0.0001", True)])
def test_case_05_a_short_leg_nobody_bids_for_is_not_sold(bid: str | None, passes: bool) -> None:
    outcome = judged_again(with_quote(1750, PUT, bid_coin=None if bid is None else dec(bid), ask_coin=dec("0.0208")))

    assert ("short_has_bid" in blocking(outcome)) is (not passes and bid is not None)
    # Without a bid at all there is no credit to speak of.
    assert ("spread_priced" in blocking(outcome)) is (bid is None)


@pytest.mark.parametrize("bid", [None, "0"])
def test_case_06_a_long_leg_nobody_bids_for_may_be_bought(bid: str | None) -> None:
    worthless = with_quote(1650, PUT, bid_coin=None if bid is None else dec(bid), ask_coin=dec("0.0006"), mark_coin=dec("0.0003"))

    assert isinstance(judged_again(worthless), Approved)


@pytest.mark.parametrize("bid", [None, "0"])
def test_case_06_a_long_leg_nobody_bids_for_is_left_to_expire(bid: str | None) -> None:
    held = leg_changed(marked("0.0070", "0.0001"), "long", bid_coin=None if bid is None else dec(bid))
    decision = exit_of(spread=held)

    assert decision.reason is ExitReason.HOLD
    # Only the short leg is bought back: its ask, nothing for the long one.
    assert decision.evidence.natural_coin == held.shorts[0].ask_coin


@pytest.mark.parametrize(
    ("mark", "passes"),
    [("0.0116", True), ("0.0115", True), ("0.0100", True), ("0.00999", False), ("0.01352", True), ("0.01353", False), ("0", False), (None, False)],
)
def test_case_09_a_mark_too_far_from_the_mid_keeps_an_entry_away(mark: str | None, passes: bool) -> None:
    """The mid is 0.0115; 15 % of the mark either way."""
    outcome = judged_again(with_quote(1750, PUT, bid_coin=dec("0.0113"), ask_coin=dec("0.0117"), mark_coin=None if mark is None else dec(mark)))

    assert ("mark_mid_divergence" in blocking(outcome) or "spread_priced" in blocking(outcome)) is not passes


@pytest.mark.parametrize(("mark", "ask", "reason"), [("0.0129", "0.0300", ExitReason.HOLD), ("0.0130", "0.0071", ExitReason.STOP_LOSS)])
def test_case_09_an_exit_is_triggered_by_the_mark_and_shows_the_executable_price(mark: str, ask: str, reason: ExitReason) -> None:
    """Credit 0.0040: the stop is a mark of 0.0100, whatever the book asks."""
    decision = exit_of(spread=leg_changed(leg_changed(marked("0.0070", "0.0030"), "short", ask_coin=dec(ask)), "short", mark_coin=dec(mark)))

    assert decision.reason is reason
    assert decision.evidence.natural_coin == dec(ask) - dec("0.0029")


def announced(at: datetime, name: str = "FOMC") -> MarketSnapshot:
    event = MacroEvent(name=name, severity=Severity.HIGH, at=at, source="test")
    return snapshot(macro=read(MacroCalendar(events=(event,), covered_until=COVERED_UNTIL)))


@pytest.mark.parametrize(("hours", "passes"), [(71.9, False), (72.0, False), (72.1, True)])
def test_case_11_an_event_within_three_days_keeps_an_entry_away(hours: float, passes: bool) -> None:
    check = entry_check(announced(NOW + timedelta(hours=hours)), "macro_high")

    assert (check.verdict is Verdict.PASSED) is passes


@pytest.mark.parametrize(("mode", "verdict"), [("window", Verdict.PASSED), ("strict_before_expiry", Verdict.FAILED)])
def test_case_11_an_event_on_the_day_of_the_expiry_is_for_strict_mode_to_refuse(mode: str, verdict: Verdict) -> None:
    rules = replace(RULES, entry=replace(RULES.entry, macro=replace(RULES.entry.macro, mode=mode)))
    codes = {"window": "macro_high", "strict_before_expiry": "macro_before_expiry"}

    assert entry_check(announced(EXPIRY_AT), codes[mode], rules=rules).verdict is verdict


@pytest.mark.parametrize(
    ("hours", "mark", "delta", "reason"),
    [
        (24.0, "0.0071", -0.20, ExitReason.EVENT_GUARD),
        (24.01, "0.0071", -0.20, ExitReason.HOLD),
        (24.0, "0.0070", -0.20, ExitReason.HOLD),
        (24.0, "0.0071", -0.199, ExitReason.HOLD),
    ],
)
def test_case_11_a_weak_open_trade_is_guarded_against_the_event(hours: float, mark: str, delta: float, reason: ExitReason) -> None:
    assert exit_of(spread=marked(mark, "0.0030", delta=delta), high_event_at=NOW + timedelta(hours=hours)).reason is reason


NEW_YORK = ZoneInfo("America/New_York")


@pytest.mark.parametrize(
    ("local", "hours"),
    [
        # 14:00 in New York is 19:00 UTC until 7 March and 18:00 UTC from 8 March on; Europe changes three weeks later.
        (datetime(2026, 3, 6, 14, tzinfo=NEW_YORK), 101.0),
        (datetime(2026, 3, 9, 14, tzinfo=NEW_YORK), 172.0),
        (datetime(2026, 3, 9, 14, 15, tzinfo=ZoneInfo("Europe/Berlin")), 167.25),
    ],
)
def test_case_21_an_event_keeps_its_own_clock_through_summer_time(local: datetime, hours: float) -> None:
    assert entry_check(announced(local), "macro_high").observed == hours


@pytest.mark.parametrize(("minute", "reason"), [(0, ExitReason.EVENT_GUARD), (1, ExitReason.HOLD)])
def test_case_21_a_day_of_twenty_three_hours_does_not_stretch_the_guard(minute: int, reason: ExitReason) -> None:
    """From Saturday 15:00 UTC, 10:00 in New York, to Sunday 11:00 there are 24 hours, the clock having been put forward."""
    now = datetime(2026, 3, 7, 15, tzinfo=ZoneInfo("UTC"))
    weak = every_leg_changed(marked("0.0071", "0.0030", delta=-0.20), quoted_at=now)

    assert exit_of(now=now, spread=weak, high_event_at=datetime(2026, 3, 8, 11, minute, tzinfo=NEW_YORK)).reason is reason


@pytest.mark.parametrize(("bid", "is_sound"), [("0.0549", True), ("0.0550", True), ("0.0551", False)])
def test_case_43_a_credit_above_the_width_is_bad_data(bid: str, is_sound: bool) -> None:
    """The width of 100 USD is 0.05 ETH at 2 000; the long leg's mid is 0.0050."""
    dear = with_quote(1750, PUT, bid_coin=dec(bid), ask_coin=dec(bid))
    market = snapshot(chain=replace(dear, quotes=tuple(long_at_five(quote) for quote in dear.quotes)))
    outcome = decide_entry(market, book(), RULES, shown=named_legs(spread())).outcome

    assert ("credit_below_width" not in blocking(outcome)) is is_sound


def long_at_five(quote: Quote) -> Quote:
    return replace(quote, bid_coin=dec("0.0050"), ask_coin=dec("0.0050")) if quote.instrument.name == spread().longs[0].instrument.name else quote


@pytest.mark.parametrize(("tick", "limit", "floor"), [("0.1", "12.5", "11.8"), ("0.25", "12.50", "11.75"), ("0.5", "12.5", "11.5")])
def test_case_54_prices_follow_the_tick_the_instrument_has_today(tick: str, limit: str, floor: str) -> None:
    """A credit of 12.45 USDC, at the least 95 % of it."""
    ticks = (TickStep(above_coin=dec(0), tick_coin=dec(tick)),)
    quotes = tuple(replace(quote, instrument=replace(quote.instrument, ticks=ticks)) for quote in chain(Family.LINEAR_USDC).quotes)
    outcome = decide_entry(snapshot(chain=chain(Family.LINEAR_USDC, quotes=quotes)), book(), RULES).outcome

    assert isinstance(outcome, Approved)
    assert (outcome.value.combo.limit_coin, outcome.value.combo.floor_coin, outcome.value.combo.tick_coin) == (dec(limit), dec(floor), dec(tick))


@pytest.mark.parametrize("state", BookState)
@pytest.mark.parametrize("leg", [1750, 1650])
def test_case_55_a_leg_whose_book_is_not_open_is_not_traded(leg: int, state: BookState) -> None:
    outcome = judged_again(with_quote(leg, PUT, state=state))
    check = next(one for one in outcome.checks if one.code == "books_open")

    assert (check.verdict is Verdict.PASSED) is (state is BookState.OPEN)
    assert check.observed == state.value


@pytest.mark.parametrize("leg", [1750, 1650])
def test_case_55_a_leg_that_is_not_listed_any_more_is_named(leg: int) -> None:
    outcome = judged_again(chain(quotes=tuple(quote for quote in chain().quotes if (quote.instrument.strike_usd, quote.instrument.option_type) != (leg, PUT))))
    gone: list[Check] = [one for one in outcome.checks if one.code == "leg_quoted"]

    assert isinstance(outcome, Refused)
    assert [(one.verdict, f"-{leg}-P" in one.subject) for one in gone] == [(Verdict.NOT_EVALUATED, True)]


@pytest.mark.parametrize("state", [state for state in BookState if state is not BookState.OPEN])
@pytest.mark.parametrize("leg", ["short", "long"])
def test_case_55_an_open_trade_whose_book_closed_is_held(leg: str, state: BookState) -> None:
    decision = exit_of(spread=leg_changed(marked("0.0200", "0.0030"), leg, state=state))

    assert decision.reason is ExitReason.BLACKOUT
    assert next(check.cause for check in decision.checks if check.code == "blackout") == "book_not_open"


def test_the_cases_of_this_file_start_from_a_market_and_a_trade_that_pass() -> None:
    """Otherwise a refusal would prove nothing."""
    assert isinstance(judged_again(chain()), Approved)
    assert exit_of(**{"spread": exit_inputs().spread}).reason is ExitReason.HOLD
