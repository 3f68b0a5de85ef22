"""Statistics that tell the truth about few trades."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.core.model import Family, Strategy
from engine.reporting.stats import break_even_win_rate, trade_stats, wilson_interval
from engine.views import ClosedTradeView

AT = datetime(2026, 1, 5, tzinfo=UTC)


def closed(pnl_eur: str, r: float = 0.0) -> ClosedTradeView:
    return ClosedTradeView(
        trade_id=1,
        strategy=Strategy.BULL_PUT,
        family=Family.INVERSE,
        opened_at=AT,
        closed_at=AT,
        reason="profit_take",
        pnl_coin=Decimal(0),
        pnl_eur=Decimal(pnl_eur),
        r=r,
        fees_eur=Decimal("0.5"),
        slippage_frac=None,
    )


def test_without_trades_every_rate_is_absent() -> None:
    stats = trade_stats(())

    assert (stats.win_rate, stats.win_rate_interval, stats.break_even_win_rate, stats.mean_r, stats.profit_factor) == (None, None, None, None, None)
    assert stats.net_eur == 0


def test_the_break_even_win_rate_is_mean_loss_over_mean_gain_plus_mean_loss() -> None:
    stats = trade_stats([closed("3", 0.03), closed("5", 0.05), closed("-12", -0.12)], credit_eur=Decimal(20))

    assert stats.break_even_win_rate == pytest.approx(12 / 16)
    assert stats.profit_factor == pytest.approx(8 / 12)
    assert stats.mean_r == pytest.approx(-0.04 / 3)
    assert (stats.net_eur, stats.fees_eur, stats.credit_eur) == (Decimal(-4), Decimal("1.5"), Decimal(20))


def test_a_trade_that_made_nothing_is_no_win() -> None:
    assert trade_stats([closed("0")]).wins == 0


def test_the_break_even_win_rate_needs_a_gain_and_a_loss() -> None:
    assert break_even_win_rate([Decimal(1)], []) is None
    assert break_even_win_rate([], [Decimal(1)]) is None


def test_24_wins_in_30_leave_the_win_rate_between_66_and_89_percent() -> None:
    interval = wilson_interval(24, 30)

    assert interval is not None
    assert interval == pytest.approx((0.657, 0.893), abs=0.005)


@given(st.integers(1, 400), st.data())
def test_the_interval_holds_the_rate_and_stays_within_zero_and_one(trades: int, data: st.DataObject) -> None:
    wins = data.draw(st.integers(0, trades))
    interval = wilson_interval(wins, trades)

    assert interval is not None
    low, high = interval
    assert 0.0 <= low <= wins / trades + 1e-12
    assert wins / trades - 1e-12 <= high <= 1.0
