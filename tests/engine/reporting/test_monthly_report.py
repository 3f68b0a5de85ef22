"""The monthly report: its averages, its gates, and what it says without trades."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from engine.config import default_rules
from engine.core.model import Stage, Strategy
from engine.reporting.gates import gate_table
from engine.reporting.monthly_report import MonthTrade, build
from tests.bot.fake_accounts import MONTHLY, NO_RECORD
from tests.engine.reporting.test_stats import closed

GATES = default_rules().gates


def month(*results: tuple[str, str]) -> list[MonthTrade]:
    return [MonthTrade(trade=closed(pnl), credit_eur=Decimal(credit), slips=()) for pnl, credit in results]


def test_averages_are_in_multiples_of_the_credit() -> None:
    report = build(month(("10", "20"), ("5", "20"), ("-50", "20")), (), MONTHLY.report.ledger)

    assert (report.average_win_credits, report.average_loss_credits) == (0.375, -2.5)


def test_a_trade_without_a_credit_has_no_share_of_one() -> None:
    report = build(month(("10", "0")), (), MONTHLY.report.ledger)

    assert (report.average_win_credits, report.average_loss_credits) == (None, None)


@pytest.mark.parametrize(("stage", "closed_least"), [(Stage.PAPER, 30), (Stage.SOFT, 6)])
def test_each_stage_is_held_against_its_own_gate(stage: Stage, closed_least: int) -> None:
    rows = {row.code: row for row in gate_table(stage, NO_RECORD, GATES)}

    assert (rows["closed_trades"].limit, rows["closed_trades"].measured, rows["closed_trades"].is_met) == (closed_least, 0, False)


def test_the_last_stage_has_no_gate() -> None:
    assert gate_table(Stage.FULL, NO_RECORD, GATES) == ()


@pytest.mark.parametrize(("days", "is_met"), [(89.9, False), (90.0, True), (None, False)])
def test_a_gate_is_met_from_its_threshold_on_and_not_while_unmeasured(days: float | None, *, is_met: bool) -> None:
    rows = gate_table(Stage.PAPER, replace(NO_RECORD, days=days), GATES)

    assert rows[0].is_met is is_met


def test_condors_stand_outside_the_pool_of_the_gates() -> None:
    trades = (closed("5", 0.1), replace(closed("-50", -0.9), strategy=Strategy.IRON_CONDOR))
    rows = {row.code: row.measured for row in gate_table(Stage.PAPER, replace(NO_RECORD, trades=trades), GATES)}

    assert (rows["closed_trades"], rows["win_rate_frac"], rows["mean_r"]) == (1, 1.0, 0.1)


@pytest.mark.parametrize(("z", "is_met"), [(2.0, True), (2.01, False), (-2.0, True), (-2.01, False), (None, False)])
def test_z_blocks_beyond_its_limit_on_either_side(z: float | None, *, is_met: bool) -> None:
    rows = {row.code: row for row in gate_table(Stage.PAPER, replace(NO_RECORD, z=z), GATES)}

    assert (rows["z_abs"].measured, rows["z_abs"].is_met) == (None if z is None else abs(z), is_met)


@pytest.mark.parametrize(("drills", "is_met"), [(4, False), (5, True)])
def test_paper_must_have_practised_and_soft_must_not_have_alarms_open(drills: int, *, is_met: bool) -> None:
    paper = {row.code: row.is_met for row in gate_table(Stage.PAPER, replace(NO_RECORD, restore_drills=1, failure_drills=drills), GATES)}
    soft = {row.code: row.is_met for row in gate_table(Stage.SOFT, replace(NO_RECORD, open_incidents=1), GATES)}

    assert (paper["restore_drills"], paper["failure_drills"], "open_incidents" in paper) == (True, is_met, False)
    assert (soft["open_incidents"], soft["hard_exit_latency_s"], "failure_drills" in soft) == (False, False, False)
