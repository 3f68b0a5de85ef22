"""The equity curve and its drawdown."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from engine.reporting.equity import EquityFrame, EquityPoint, drawdown, equity_chart

START = datetime(2026, 1, 5, tzinfo=UTC)


def points(*totals: str) -> list[EquityPoint]:
    return [EquityPoint(at=START + timedelta(days=day), realised_eur=Decimal(total), unrealised_eur=Decimal(0)) for day, total in enumerate(totals)]


def frame(from_at: datetime | None = None) -> EquityFrame:
    return EquityFrame(env="paper", period="all", as_of=START, closed_trades=2, open_trades=1, from_at=from_at)


def test_drawdown_is_measured_from_the_highest_equity_so_far() -> None:
    assert [below for _, below in drawdown(points("5", "2", "8", "1"))] == [Decimal(0), Decimal(-3), Decimal(0), Decimal(-7)]


def test_a_first_loss_is_a_drawdown_from_zero() -> None:
    assert drawdown(points("-4"))[0][1] == Decimal(-4)


def test_points_before_the_period_count_for_the_peak_and_are_not_drawn() -> None:
    chart = equity_chart(points("10", "4", "6"), frame(START + timedelta(days=1)))

    assert [total for _, total in chart.points] == [4.0, 6.0]
    assert [below for _, below in chart.drawdown] == [-6.0, -4.0]
    assert chart.max_drawdown_eur == -6.0


def test_no_points_make_an_empty_chart() -> None:
    chart = equity_chart((), frame())

    assert (chart.points, chart.drawdown, chart.realised_eur, chart.max_drawdown_eur) == ((), (), 0.0, 0.0)


@given(st.lists(st.decimals(min_value=-1000, max_value=1000, places=2), max_size=30))
def test_drawdown_is_never_positive(totals: list[Decimal]) -> None:
    assert all(below <= 0 for _, below in drawdown(points(*map(str, totals))))
