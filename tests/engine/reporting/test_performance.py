"""Statistics that say how sure they are, and results per day, week and month."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.core.model import Strategy
from engine.reporting.performance import (
    FEW_TRADES,
    PNL_ROWS_MAX,
    FillSlip,
    PnlFrame,
    StatsFrame,
    mean_r_interval,
    pnl_view,
    reason_results,
    slippage,
    start_of,
    stats_view,
    verdict,
)
from engine.reporting.stats import trade_stats
from engine.views import ClosedTradeView
from tests.engine.reporting.test_stats import AT, closed

NOW = datetime(2026, 1, 20, 9, tzinfo=UTC)
FRAME = StatsFrame(env="PAPER", period="all", as_of=NOW)
PNL = PnlFrame(step="day", as_of=NOW, open_trades=0, unrealised_eur=Decimal(0))


def trades(wins: int, losses: int, *, win_eur: str = "5", loss_eur: str = "-15") -> list[ClosedTradeView]:
    made = [closed(win_eur, 0.05)] * wins + [closed(loss_eur, -0.15)] * losses
    return [replace(trade, trade_id=number, opened_at=AT + timedelta(days=3 * number)) for number, trade in enumerate(made)]


@pytest.mark.parametrize(
    ("wins", "losses", "expected"),
    [(0, 0, "none"), (40, 0, "none"), (0, 40, "none"), (23, FEW_TRADES - 1 - 23, "few"), (23, FEW_TRADES - 23, "inside"), (98, 2, "above"), (40, 60, "below")],
)
def test_the_verdict_tells_where_the_break_even_of_75_percent_lies(wins: int, losses: int, expected: str) -> None:
    assert expected == verdict(trade_stats(trades(wins, losses)))


def test_every_trade_counts_for_its_reason_and_the_best_reason_stands_first() -> None:
    mixed = [replace(closed(eur, r), reason=reason) for eur, r, reason in (("5", 0.1, "profit_take"), ("3", 0.2, "profit_take"), ("-20", -0.4, "stop_loss"))]

    best, worst = reason_results(mixed)

    assert (best.reason, best.closed, best.wins, best.net_eur, best.mean_r) == ("profit_take", 2, 2, Decimal(8), pytest.approx(0.15))
    assert (worst.reason, worst.closed, worst.wins, worst.net_eur) == ("stop_loss", 1, 0, Decimal(-20))


def test_the_picture_has_the_texts_own_figures() -> None:
    view = stats_view(trades(24, 6), (), FRAME, credit_eur=Decimal(600))

    assert view.chart.rows == tuple((each.reason, each.closed, each.wins, float(each.net_eur)) for each in view.by_reason)
    assert (view.chart.closed, view.chart.win_rate_interval) == (30, view.stats.win_rate_interval)
    assert (view.average_win_eur, view.average_loss_eur) == (Decimal(5), Decimal(-15))
    assert [strategy for strategy, _ in view.by_strategy] == [Strategy.BULL_PUT]


def test_without_trades_nothing_is_claimed() -> None:
    view = stats_view((), (), FRAME, credit_eur=Decimal(0))

    assert (view.verdict, view.mean_r_interval, view.average_win_eur, view.average_loss_eur) == ("none", None, None, None)
    assert (view.by_reason, view.by_strategy, view.slippage.median_frac, view.slippage.p90_frac) == ((), (), None, None)


def test_the_interval_of_mean_r_needs_two_weeks_and_draws_whole_ones() -> None:
    assert mean_r_interval(()) is None
    assert mean_r_interval(((0.5, 3),)) is None
    low, high = mean_r_interval(((0.5, 5), (-0.5, 5))) or (0.0, 0.0)

    assert (low, high) == (-0.1, 0.1)


def test_trades_of_one_week_are_drawn_together_so_their_interval_is_wider() -> None:
    alike = [replace(trade, opened_at=AT + timedelta(days=7 * (number // 5))) for number, trade in enumerate(trades(20, 5))]
    apart = [replace(trade, opened_at=AT + timedelta(days=7 * number)) for number, trade in enumerate(trades(20, 5))]
    widths = []
    for drawn in (alike, apart):
        low, high = stats_view(drawn, (), FRAME, credit_eur=Decimal(1)).mean_r_interval or (0.0, 0.0)
        widths.append(high - low)

    assert widths[0] > widths[1]


def test_slippage_counts_what_nobody_traded() -> None:
    slips = [FillSlip(slippage_frac=Decimal(number) / 100, source="modelled" if number < 4 else "venue") for number in range(11)]
    found = slippage([*slips, FillSlip(slippage_frac=None, source="modelled")])

    assert (found.fills, found.modelled, found.median_frac, found.p90_frac) == (11, 4, pytest.approx(0.05), pytest.approx(0.09))


@pytest.mark.parametrize(("step", "expected"), [("day", date(2026, 1, 20)), ("week", date(2026, 1, 19)), ("month", date(2026, 1, 1))])
def test_a_period_begins_on_its_first_day(step: str, expected: date) -> None:
    assert expected == start_of(step, date(2026, 1, 20))


def test_the_running_period_stands_first_even_when_nothing_ended_in_it() -> None:
    rows = pnl_view([replace(closed("5"), closed_at=NOW - timedelta(days=3))], PNL).rows

    assert [(row.start_on, row.closed, row.wins, row.net_eur) for row in rows] == [(date(2026, 1, 20), 0, 0, 0), (date(2026, 1, 17), 1, 1, Decimal(5))]


def test_what_is_too_old_for_the_table_is_summed_up() -> None:
    daily = [replace(closed("1"), closed_at=NOW - timedelta(days=days)) for days in range(40)]

    view = pnl_view(daily, PNL)

    assert (len(view.rows), view.older is not None and view.older.closed) == (PNL_ROWS_MAX, 40 - PNL_ROWS_MAX)
    assert view.older is not None
    assert view.older.start_on == (NOW - timedelta(days=39)).date()


@given(st.lists(st.tuples(st.integers(-500, 500), st.integers(0, 900)), max_size=60), st.sampled_from(("day", "week", "month")))
def test_no_cent_is_lost_between_the_periods(results: list[tuple[int, int]], step: str) -> None:
    made = [replace(closed(str(eur)), closed_at=NOW - timedelta(hours=hours)) for eur, hours in results]

    view = pnl_view(made, replace(PNL, step=step))
    listed = [*view.rows, *([view.older] if view.older is not None else [])]

    assert sum(row.net_eur for row in listed) == view.stats.net_eur
    assert sum(row.closed for row in listed) == len(made)
