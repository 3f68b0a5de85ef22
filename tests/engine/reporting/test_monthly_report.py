"""The monthly report: its averages, its gates, and what it says without trades."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from engine.config import default_rules
from engine.core.model import Stage, Strategy
from engine.reporting.gates import StageRecord, gate_rows
from engine.reporting.monthly_report import MonthTrade, build
from tests.bot.fake_accounts import MONTHLY
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
    rows = {row.code: row for row in gate_rows(stage, StageRecord(days=1.0, trades=(), monitor_success_frac=None), GATES)}

    assert (rows["closed_trades"].least, rows["closed_trades"].measured, rows["closed_trades"].is_met) == (closed_least, 0, False)


def test_the_last_stage_has_no_gate() -> None:
    assert gate_rows(Stage.FULL, StageRecord(days=1.0, trades=(), monitor_success_frac=1.0), GATES) == ()


@pytest.mark.parametrize(("days", "is_met"), [(89.9, False), (90.0, True), (None, None)])
def test_a_gate_is_met_from_its_threshold_on_and_open_while_unmeasured(days: float | None, is_met: bool | None) -> None:
    rows = gate_rows(Stage.PAPER, StageRecord(days=days, trades=(), monitor_success_frac=None), GATES)

    assert rows[0].is_met is is_met


def test_condors_stand_outside_the_pool_of_the_gates() -> None:
    trades = (closed("5", 0.1), replace(closed("-50", -0.9), strategy=Strategy.IRON_CONDOR))
    rows = {row.code: row.measured for row in gate_rows(Stage.PAPER, StageRecord(days=1.0, trades=trades, monitor_success_frac=1.0), GATES)}

    assert (rows["closed_trades"], rows["win_rate_frac"], rows["mean_r"]) == (1, 1.0, 0.1)
