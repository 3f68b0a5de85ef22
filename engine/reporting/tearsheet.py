"""A replay on one sheet: its curve, its months, its rates."""

from __future__ import annotations

from datetime import datetime

from engine.views import EquityChart, ReplaySummary, TearsheetChart


def tearsheet(summary: ReplaySummary) -> TearsheetChart | None:
    """The sheet of the replay; None when it kept no curve."""
    if summary.equity is None:
        return None
    stats = summary.stats
    return TearsheetChart(
        env=summary.equity.env,
        points=summary.equity.points,
        months=months_of(summary.equity),
        net_eur=float(stats.net_eur),
        max_drawdown_eur=float(summary.max_drawdown_eur),
        closed=stats.closed,
        win_rate=stats.win_rate,
        win_rate_interval=stats.win_rate_interval,
        break_even_win_rate=stats.break_even_win_rate,
        mean_r=stats.mean_r,
        fees_eur=float(stats.fees_eur),
        scans=summary.scans,
        refused=summary.refused,
        modelled_scans=summary.modelled_scans,
        from_at=summary.from_at,
        to_at=summary.to_at,
        changes=summary.changes,
    )


def months_of(curve: EquityChart) -> tuple[tuple[datetime, float], ...]:
    """What the curve gained in each month it has points in; together they are its last level."""
    last_of: dict[datetime, float] = {}
    for at, level_eur in curve.points:
        last_of[at.replace(day=1, hour=0, minute=0, second=0, microsecond=0)] = level_eur
    months, before = [], 0.0
    for month_at, level_eur in last_of.items():
        months.append((month_at, level_eur - before))
        before = level_eur
    return tuple(months)
