"""The proposal's report: every figure a person needs, in the right unit."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from engine.core.decision import Verdict
from engine.errors import InvariantBroken
from engine.reporting import pre_trade
from tests.bot.cards.samples import EXPIRY_AT, FX, INDEX, NOW, RULES, book, entry_checks, pre_trade_report, proposal, snapshot

REPORT = pre_trade_report()
FRAME = pre_trade.CardFrame(env="paper", created_at=NOW, valid_until_at=NOW, checks=entry_checks())


def test_eur_figures_are_of_the_whole_position() -> None:
    assert REPORT.money.limit_eur == pytest.approx(REPORT.money.limit_coin * INDEX * 2 / FX)
    assert REPORT.money.open_fee_eur == pytest.approx(REPORT.money.open_fee_coin * INDEX * 2 / FX)


def test_the_engagement_after_counts_what_is_open() -> None:
    assert REPORT.money.engaged_after_eur == REPORT.money.max_loss_eur + Decimal("88.20")


def test_margin_after_counts_the_account_the_open_trades_and_this_one() -> None:
    assert REPORT.money.initial_margin_after_eth == Decimal("0.1") + Decimal("0.104") + REPORT.money.initial_margin_eth
    assert REPORT.money.available_funds_eth == Decimal(3) - Decimal("0.104")
    assert REPORT.money.margin_usage_after_frac == (Decimal("0.05") + Decimal("0.079") + REPORT.money.maintenance_margin_eth) / Decimal("3.1")


def test_without_account_figures_the_margin_usage_is_absent() -> None:
    report = pre_trade.build(proposal(), replace(snapshot(), wealth=None), book(), RULES, FRAME)

    assert report.money.margin_usage_after_frac is None
    assert report.money.available_funds_eth is None


def test_events_are_those_before_expiry_that_matter() -> None:
    assert [event.name for event in REPORT.market.events] == ["CPI"]


def test_the_report_says_which_parts_a_model_supplied_and_how_old_the_prices_are() -> None:
    assert REPORT.modelled == ("open_interest", "sizes")
    assert (REPORT.source, REPORT.snapshot_age_s, REPORT.recorded_at) == ("carried", 12.0, NOW - timedelta(hours=6))


def test_warnings_are_the_checks_that_warned() -> None:
    assert [check.verdict for check in REPORT.warnings] == [Verdict.WARNED]
    assert len(REPORT.checks) == 2


def test_the_time_stop_is_seven_days_before_expiry() -> None:
    assert REPORT.exits.time_stop_at == EXPIRY_AT - timedelta(days=7)


def test_the_delta_stop_of_a_put_lies_between_the_short_strike_and_spot() -> None:
    (stop_usd,) = REPORT.exits.delta_stops_spot_usd

    assert stop_usd is not None
    assert 1700 < stop_usd < float(INDEX)


@pytest.mark.parametrize("missing", ["index_usd", "fx_usd_per_eur", "dvol_pts"])
def test_a_proposal_without_what_every_approval_needs_cannot_be(missing: str) -> None:
    with pytest.raises(InvariantBroken):
        pre_trade.build(proposal(), replace(snapshot(), **{missing: None}), book(), RULES, FRAME)


def test_missing_optional_inputs_stay_absent() -> None:
    poor = replace(snapshot(), funding_apr_frac=None, sentiment=None, macro=None, dvol_24h_ago_pts=None)
    market = pre_trade.build(proposal(), poor, book(), RULES, FRAME).market

    assert (market.funding_apr_frac, market.fear_greed, market.dvol_change_24h_pts, market.events) == (None, None, None, ())


def test_instants_are_aware() -> None:
    assert REPORT.quoted_at == datetime(2026, 8, 10, 13, 59, 48, tzinfo=UTC)
