"""Pictures of results, from ordinary to hostile."""

from __future__ import annotations

from engine.api import Chart
from engine.reporting.stats import wilson_interval
from engine.views import ReasonsChart
from tests.bot.charts.samples import NOW

REASONS = (
    "profit_take",
    "stop_loss",
    "time_stop",
    "vol_stop",
    "settled",
    "delta_breach",
    "adverse_move",
    "event_guard",
    "bias_flip",
    "manual",
    "margin",
    "data",
)
SUMS_EUR = (412.3, -268.4, 18.9, -96.1, 55.0, -41.7, -3.2, 0.0, 12.5, -0.4, -8.8, 1.1)


def reasons(*, count: int = 4, scale: float = 1) -> ReasonsChart:
    """The usual shape: many profit takes, few and larger stops."""
    rows = tuple(
        (reason, 24 if number == 0 else 2, 24 if net > 0 and number == 0 else int(net > 0), net * scale)
        for number, (reason, net) in enumerate(zip(REASONS, SUMS_EUR, strict=True))
    )[:count]
    closed, wins = sum(row[1] for row in rows), sum(row[2] for row in rows)
    return ReasonsChart(
        env="PAPER",
        period="all",
        rows=tuple(sorted(rows, key=lambda row: -row[3])),
        closed=closed,
        net_eur=sum(row[3] for row in rows),
        win_rate=wins / closed if closed else None,
        win_rate_interval=wilson_interval(wins, closed),
        break_even_win_rate=0.784 if len(rows) > 1 else None,
        as_of=NOW,
    )


RESULT_SAMPLES: dict[str, Chart] = {
    "reasons": reasons(),
    "reasons of one trade's kind": reasons(count=1),
    "reasons, every one": reasons(count=12),
    "reasons of a tiny book": reasons(count=8, scale=0.001),
    "reasons of a large book": reasons(count=8, scale=5000),
    "reasons without points": reasons(count=0),
}
