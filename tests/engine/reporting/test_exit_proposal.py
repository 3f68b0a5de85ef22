"""The exit's report: what closing costs at mid and crossed, and what happens without an answer."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from engine.core.exit_decision import evaluate
from engine.core.model import ExitReason, ExitUrgency
from engine.reporting import exit_proposal
from tests.bot.cards.samples import FX, RULES, exit_inputs, exit_report

POSITION = exit_proposal.OpenPosition(trade_id=31, quantity_eth=Decimal(2), max_loss_eur=Decimal(176), postponed=1)


def test_pnl_counts_credit_cost_and_both_fees_of_the_whole_position() -> None:
    report = exit_report(is_soft=False)

    assert report.at_mid is not None
    assert report.at_mid.cost_coin == Decimal("0.0103")
    assert report.at_mid.pnl_coin == (Decimal("0.0040") - Decimal("0.0103") - Decimal("0.0006")) * 2
    assert report.at_mid.pnl_eur == report.at_mid.pnl_coin * Decimal("1722.40") / FX


def test_crossing_costs_more_than_mid() -> None:
    report = exit_report(is_soft=False)

    assert report.at_mid is not None
    assert report.at_natural is not None
    assert report.at_natural.cost_coin > report.at_mid.cost_coin


def test_without_index_or_rate_the_coin_figure_stands_alone() -> None:
    inputs = replace(exit_inputs(is_soft=False), index_usd=None)
    cost = exit_proposal.closing_cost(POSITION, inputs, Decimal("0.01"), fx_usd_per_eur=FX)

    assert cost is not None
    assert (cost.pnl_usd, cost.pnl_eur) == (None, None)


def test_without_a_price_there_is_no_closing_cost() -> None:
    assert exit_proposal.closing_cost(POSITION, exit_inputs(is_soft=True), None, fx_usd_per_eur=FX) is None


@pytest.mark.parametrize(
    ("urgency", "expected"), [(ExitUrgency.HARD, "auto_execute"), (ExitUrgency.SOFT, "repropose_next_monitor"), (ExitUrgency.NONE, "nothing")]
)
def test_what_happens_without_an_answer_follows_the_urgency(urgency: ExitUrgency, expected: str) -> None:
    assert exit_proposal.if_unanswered(urgency, RULES.approval) == expected


def test_a_postponement_is_offered_once() -> None:
    inputs = exit_inputs(is_soft=False)
    frame = exit_proposal.ExitFrame(env="paper", deadline_at=None, fx_usd_per_eur=FX, source="live")

    assert exit_report(is_soft=False).can_postpone is True
    assert exit_proposal.build(POSITION, inputs, evaluate(inputs, RULES), frame, RULES.approval).can_postpone is False


def test_the_report_carries_reason_checks_and_age() -> None:
    report = exit_report(is_soft=True)

    assert report.reason is ExitReason.PROFIT_TAKE
    assert report.urgency is ExitUrgency.SOFT
    assert len(report.checks) == 15
    assert timedelta(seconds=report.snapshot_age_s) == timedelta(seconds=12)
