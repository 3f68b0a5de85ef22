"""Everything E01 and E15 to E19 tell: of an empty book, of a busy one, and while a step before is missing."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from engine.core.decision import Approved, Check, Relation, Unit, Verdict
from engine.core.entry_checks_book import book_checks, entry_greeks
from engine.core.entry_context import EntryContext
from engine.core.greeks_aggregator import aggregate, spread_legs
from engine.core.model import Family, NetGreeks, OptionType, Stage
from tests.engine.core.builders import EXPIRY_AT, INDEX_USD, NOW, RULES, WEALTH, book, context, dec, open_trade, read, snapshot, spread

PASSED, FAILED, UNSEEN = Verdict.PASSED, Verdict.FAILED, Verdict.NOT_EVALUATED
AT_LEAST, AT_MOST, BELOW, EQUAL, ONE_OF, NONE = Relation.AT_LEAST, Relation.AT_MOST, Relation.BELOW, Relation.EQUAL, Relation.ONE_OF, Relation.NONE
CALM = context()
GREEKS = entry_greeks(CALM)
LOSS_EUR = dec("102.4") / dec("1.16") * 2
CREDIT_EUR = dec("0.0125") * 2000 / dec("1.16")
CALM_CHECKS = (
    Check("E01", "kill_switch_off", PASSED, True, True, EQUAL),
    Check("E01", "not_on_hold", PASSED, True, True, EQUAL),
    Check("E01", "stage_allows_strategy", PASSED, "bull_put", "bull_put,bear_call,iron_condor", ONE_OF),
    Check("E15", "maintenance_usage", PASSED, dec("0.042559"), dec("0.5"), BELOW, Unit.FRAC),
    Check("E15", "initial_margin", PASSED, dec("0.220236"), dec(2), AT_MOST, Unit.ETH),
    Check("E15", "maintenance_after_fall", PASSED, dec("0.1625"), dec("0.7"), BELOW, Unit.FRAC),
    Check("E16", "sized", PASSED, dec(2), dec(1), AT_LEAST, Unit.ETH),
    Check("E16", "trade_cap", PASSED, LOSS_EUR, dec(200), AT_MOST, Unit.EUR),
    Check("E16", "total_cap", PASSED, LOSS_EUR, dec(1000), AT_MOST, Unit.EUR),
    Check("E17", "same_expiry_and_side", PASSED, 0, 3, BELOW, Unit.COUNT),
    Check("E17", "new_this_week", PASSED, 0, 3, BELOW, Unit.COUNT),
    Check("E17", "open_positions", PASSED, 0, 5, BELOW, Unit.COUNT),
    Check("E17", "cooldown_after_stop", PASSED, None, 7.0, AT_LEAST, Unit.DAYS, cause="no_stop"),
    Check("E18", "eth_share", PASSED, (4000 + CREDIT_EUR) / (20000 + CREDIT_EUR), dec("0.3"), AT_MOST, Unit.FRAC),
    Check("E18", "net_delta", PASSED, GREEKS.delta_eth, 1.0, AT_MOST, Unit.ETH),
    Check("E18", "short_vega", PASSED, -GREEKS.vega_usd_per_pt, 10.0, AT_MOST, Unit.USD_PER_PT),
    Check("E18", "short_gamma", PASSED, -GREEKS.gamma_usd_per_1pct, 300.0, AT_MOST, Unit.USD_PER_1PCT),
    Check("E19", "consecutive_losses", PASSED, 0, 4, BELOW, Unit.COUNT),
    Check("E19", "month_loss", PASSED, dec(0), dec(400), BELOW, Unit.EUR),
    Check("E19", "drawdown", PASSED, dec(0), dec(600), BELOW, Unit.EUR),
)
BUSY = book(
    is_killed=True,
    is_on_hold=True,
    open_trades=(open_trade(), open_trade(is_pending=True, max_loss_eur=dec(50), quantity_eth=dec(3))),
    opened_this_week=1,
    consecutive_losses=2,
    month_pnl_eur=dec(-100),
    drawdown_eur=dec(-50),
    last_stop_at=((OptionType.PUT, NOW - timedelta(days=30)), (OptionType.PUT, NOW - timedelta(days=1.5)), (OptionType.CALL, NOW)),
)


def told(asked: EntryContext, greeks: NetGreeks | None = GREEKS) -> dict[str, Check]:
    return {check.code: check for check in book_checks(asked, RULES, greeks)}


def market(**changes: Any) -> EntryContext:
    return replace(CALM, snapshot=snapshot(**changes))


def test_an_empty_book_tells_every_check_in_its_order() -> None:
    assert book_checks(CALM, RULES, GREEKS) == CALM_CHECKS


@pytest.mark.parametrize(
    "expected",
    [
        Check("E01", "kill_switch_off", FAILED, False, True, EQUAL),
        Check("E01", "not_on_hold", FAILED, False, True, EQUAL),
        Check("E15", "maintenance_usage", PASSED, (dec("0.16") + dec("0.170236")) / 4, dec("0.5"), BELOW, Unit.FRAC),
        Check("E15", "initial_margin", PASSED, dec("0.220236"), (4 - dec("0.22")) / 2, AT_MOST, Unit.ETH),
        # Four sold puts of 1750 at 1400 hold 0.325 each, as do the two new ones.
        Check("E15", "maintenance_after_fall", PASSED, 6 * dec("0.325") / 4, dec("0.7"), BELOW, Unit.FRAC),
        Check("E16", "total_cap", PASSED, 150 + LOSS_EUR, dec(1000), AT_MOST, Unit.EUR),
        Check("E17", "new_this_week", PASSED, 2, 3, BELOW, Unit.COUNT),
        Check("E17", "open_positions", PASSED, 2, 5, BELOW, Unit.COUNT),
        Check("E17", "cooldown_after_stop", FAILED, 1.5, 7.0, AT_LEAST, Unit.DAYS),
        Check("E18", "net_delta", PASSED, pytest.approx(GREEKS.delta_eth + 0.12), 1.0, AT_MOST, Unit.ETH),
        Check("E18", "short_vega", PASSED, pytest.approx(0.8 - GREEKS.vega_usd_per_pt), 10.0, AT_MOST, Unit.USD_PER_PT),
        Check("E18", "short_gamma", PASSED, pytest.approx(34.0 - GREEKS.gamma_usd_per_1pct), 300.0, AT_MOST, Unit.USD_PER_1PCT),
        Check("E19", "consecutive_losses", PASSED, 2, 4, BELOW, Unit.COUNT),
        Check("E19", "month_loss", PASSED, dec(100), dec(400), BELOW, Unit.EUR),
        Check("E19", "drawdown", PASSED, dec(50), dec(600), BELOW, Unit.EUR),
    ],
    ids=lambda check: check.code,
)
def test_a_busy_book_is_counted_into_every_check(expected: Check) -> None:
    assert told(replace(CALM, book=BUSY))[expected.code] == expected


WAITING = (
    Check("E15", "maintenance_usage", UNSEEN),
    Check("E15", "initial_margin", UNSEEN),
    Check("E15", "maintenance_after_fall", UNSEEN),
    Check("E16", "sized", UNSEEN, unit=Unit.ETH),
    Check("E16", "trade_cap", UNSEEN, unit=Unit.EUR),
    Check("E16", "total_cap", UNSEEN, unit=Unit.EUR),
    Check("E18", "eth_share", UNSEEN, None, dec("0.3"), AT_MOST, Unit.FRAC),
    Check("E18", "net_delta", UNSEEN),
    Check("E18", "short_vega", UNSEEN),
    Check("E18", "short_gamma", UNSEEN),
)
"""The checks that wait for a candidate and its size."""


@pytest.mark.parametrize(
    ("missing", "cause"), [({"candidate": None, "sizing": None}, "no_candidate"), ({"sizing": None}, "no_size"), ({"candidate": None}, "no_candidate")]
)
def test_what_waits_for_a_step_before_names_it(missing: dict[str, None], cause: str) -> None:
    checks = told(replace(CALM, **missing), None)

    assert tuple(checks[one.code] for one in WAITING) == tuple(one._replace(cause=cause) for one in WAITING)


def test_without_a_candidate_nothing_is_of_its_expiry_and_side() -> None:
    expected = Check("E17", "same_expiry_and_side", UNSEEN, None, 3, NONE, Unit.COUNT, cause="no_candidate")

    assert told(replace(CALM, candidate=None))["same_expiry_and_side"] == expected


def test_without_a_strategy_neither_stage_nor_cooldown_can_be_judged() -> None:
    checks = told(replace(CALM, candidate=None, bias=replace(CALM.bias, strategy=None)))

    assert checks["stage_allows_strategy"] == Check("E01", "stage_allows_strategy", UNSEEN, None, "bull_put,bear_call,iron_condor", ONE_OF, cause="no_strategy")
    assert checks["cooldown_after_stop"] == Check("E17", "cooldown_after_stop", UNSEEN, None, 7.0, NONE, Unit.DAYS, cause="no_strategy")


def test_a_stage_that_does_not_trade_the_strategy_tells_what_it_trades() -> None:
    bear = context(snapshot(trend_30d_frac=-0.10), stage=Stage.SOFT)

    assert told(bear)["stage_allows_strategy"] == Check("E01", "stage_allows_strategy", FAILED, "bear_call", "bull_put", ONE_OF)


@pytest.mark.parametrize(
    ("changes", "cause"),
    [
        ({"wealth": None}, "missing"),
        ({"index_usd": None}, "missing"),
        ({"index_usd": read(dec(0))}, "no_equity_or_index"),
        ({"wealth": read(replace(WEALTH, available_funds_eth=dec(0)))}, "no_equity_or_index"),
        ({"wealth": read(replace(WEALTH, available_funds_eth=dec(-1)))}, "no_equity_or_index"),
    ],
)
def test_a_margin_that_cannot_be_judged_says_what_is_missing(changes: dict[str, Any], cause: str) -> None:
    checks = told(market(**changes))
    codes = ("maintenance_usage", "initial_margin", "maintenance_after_fall")

    assert [checks[code] for code in codes] == [Check("E15", code, UNSEEN, cause=cause) for code in codes]


@pytest.mark.parametrize("changes", [{"wealth": None}, {"index_usd": None}, {"fx_usd_per_eur": None}, {"fx_usd_per_eur": read(dec(0))}])
def test_a_share_of_eth_that_cannot_be_worked_out_keeps_its_limit(changes: dict[str, Any]) -> None:
    assert told(market(**changes))["eth_share"] == Check("E18", "eth_share", UNSEEN, None, dec("0.3"), AT_MOST, Unit.FRAC, cause="missing")


def test_what_the_exchange_holds_already_is_margin_in_use() -> None:
    """Equity is what is available and what is held: 3.5 and 0.5 of initial margin."""
    checks = told(market(wealth=read(replace(WEALTH, available_funds_eth=dec("3.5"), initial_margin_eth=dec("0.5"), maintenance_margin_eth=dec("0.4")))))

    assert checks["maintenance_usage"].observed == (dec("0.4") + dec("0.170236")) / 4
    assert checks["initial_margin"].limit == dec("3.5") / 2
    assert checks["maintenance_after_fall"].observed == (dec("0.4") + dec("0.65")) / 4


def test_greeks_of_which_one_is_missing_are_not_held_against_any_limit() -> None:
    checks = told(CALM, replace(GREEKS, is_partial=True))
    codes = ("net_delta", "short_vega", "short_gamma")

    assert [checks[code] for code in codes] == [Check("E18", code, UNSEEN, cause="greeks_missing") for code in codes]
    assert checks["eth_share"].verdict is PASSED


def test_the_greeks_of_an_entry_are_those_of_its_size_at_the_index() -> None:
    assert aggregate(spread_legs(CALM.chosen.spread, dec(2)), spot_usd=INDEX_USD) == GREEKS


@pytest.mark.parametrize("missing", [replace(CALM, candidate=None), replace(CALM, sizing=None), market(index_usd=None)])
def test_an_entry_without_a_candidate_a_size_or_an_index_has_no_greeks(missing: EntryContext) -> None:
    assert entry_greeks(missing) is None


def test_a_refused_size_speaks_for_itself_ahead_of_the_caps() -> None:
    tiny = context(snapshot(wealth=read(replace(WEALTH, available_funds_eth=dec("0.1")))))
    found = [check for check in book_checks(tiny, RULES, None) if check.rule == "E16"]

    assert found == [
        *tiny.sizing.checks,
        Check("E16", "trade_cap", UNSEEN, unit=Unit.EUR, cause="no_size"),
        Check("E16", "total_cap", UNSEEN, unit=Unit.EUR, cause="no_size"),
    ]


@pytest.mark.parametrize(
    ("code", "limit"),
    [("trade_cap", 100), ("total_cap", 500), ("same_expiry_and_side", 1), ("new_this_week", 1), ("month_loss", 200), ("drawdown", 300)],
)
def test_the_caps_are_those_of_the_stage(code: str, limit: int) -> None:
    assert told(replace(CALM, stage=Stage.SOFT))[code].limit == limit


@pytest.mark.parametrize(
    ("sides", "days", "count"), [((OptionType.PUT,), 0, 1), ((OptionType.CALL,), 0, 0), ((OptionType.PUT, OptionType.CALL), 0, 1), ((OptionType.PUT,), 7, 0)]
)
def test_only_trades_of_the_same_expiry_and_side_are_twins(sides: tuple[OptionType, ...], days: int, count: int) -> None:
    twin = open_trade(sides=sides, expiry_at=EXPIRY_AT - timedelta(days=days))

    assert told(replace(CALM, book=book(open_trades=(twin,))))["same_expiry_and_side"].observed == count


def test_a_wealth_of_nothing_has_no_share_of_ether() -> None:
    assert told(market(wealth=read(replace(WEALTH, wealth_eur=dec(0)))))["eth_share"].cause == "missing"


def test_a_credit_in_dollars_only_thins_the_share_of_ether() -> None:
    dollars = replace(CALM.chosen, spread=spread(family=Family.LINEAR_USDC), economics=replace(CALM.chosen.economics, credit_mid_coin=dec("11.6")))

    assert told(replace(CALM, candidate=Approved(value=dollars)))["eth_share"].observed == dec(4000) / 20020
