"""Pictures of results, from ordinary to hostile."""

from __future__ import annotations

import math
import random
from dataclasses import replace
from datetime import timedelta

from engine.api import Chart
from engine.reporting.stats import wilson_interval
from engine.reporting.tearsheet import months_of
from engine.views import FanChart, KellyChart, ReasonsChart, SweepChart, TearsheetChart
from tests.bot.charts.samples import NOW, equity

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


def fan(*, trades: int = 60, realised: int = 24, scale: float = 1, seed: int = 5, drift: float = 0.0) -> FanChart:
    """Paths of a strategy that earns about nothing, and a real one among them."""
    deviates = (-1.645, -0.674, 0.0, 0.674, 1.645)
    steps = tuple((count, tuple((0.004 * count + z * 0.11 * math.sqrt(count)) * scale for z in deviates)) for count in range(1, trades + 1))
    chance, level, path = random.Random(seed), 0.0, []
    for _ in range(realised):
        level += (drift + (0.09 if chance.random() < 0.78 else -0.3)) * scale
        path.append(level)
    return FanChart(
        env="PAPER",
        fan=steps,
        realised_r=tuple(path),
        paths=10_000,
        mean_r=0.004 if trades else None,
        mean_r_interval=(-0.011, 0.018) if trades else None,
        z=0.42 if trades and realised else None,
        below_realised_frac=0.66 if trades and realised else None,
        verdict="no_trades" if not realised else "pass",
        as_of=NOW,
    )


def kelly(*, trades: int = 42, f_full: float = 0.11, width: float = 0.4, used: float = 0.0275, state: str = "uncertain") -> KellyChart:
    wins = round(trades * 0.79)
    return KellyChart(
        env="LIVE",
        strategy="bull_put",
        state=state,
        trades=trades,
        trades_min=30,
        f_full=f_full,
        f_used_frac=used,
        f_cap_frac=0.08,
        f_interval=(f_full - width, f_full + 0.01, f_full + width) if trades else None,
        win_rate=wins / trades if trades else None,
        win_rate_interval=wilson_interval(wins, trades),
        break_even_win_rate=0.784 if trades > 1 else None,
        mean_r=0.012 if trades else None,
        mean_r_interval=(-0.03, 0.05) if trades > 1 else None,
        as_of=NOW,
    )


def sweep(*, columns: int = 5, rows: int = 4, seed: int = 2, is_traded: bool = True) -> SweepChart:
    chance = random.Random(seed)
    cells = tuple(
        tuple((chance.gauss(0, 0.02), chance.randint(20, 400)) if is_traded and chance.random() > 0.1 else None for _ in range(columns)) for _ in range(rows)
    )
    known = [(cell[0], (row, column)) for row, line in enumerate(cells) for column, cell in enumerate(line) if cell is not None]
    shipped = min(1, rows - 1), min(2, columns - 1)
    return SweepChart(
        env="REPLAY",
        across="exit.stop_loss_x_credit",
        across_values=tuple(f"{1.5 + 0.5 * number:.1f}" for number in range(columns)),
        down="strikes.delta_target",
        down_values=tuple(f"{0.10 + 0.02 * number:.2f}" for number in range(rows)),
        cells=cells,
        shipped=shipped,
        shipped_r=None if (cell := cells[shipped[0]][shipped[1]]) is None else cell[0],
        best=max(known)[1] if known else None,
        tries=columns * rows,
        deflated_frac=0.31 if known else None,
        is_modelled=True,
        as_of=NOW,
        halves=tuple(tuple(None if cell is None else 0.4 / cell[1] ** 0.5 for cell in line) for line in cells),
    )


def replayed(*, days: int = 850, scale: float = 1, seed: int = 1, closed: int = 117) -> TearsheetChart:
    """A replay of `days` with the usual many small wins and few large losses."""
    curve = equity(count=max(days, 0), days=days, seed=seed, scale_eur=20 * scale, drift_eur=0)
    wins = round(closed * 0.79)
    return TearsheetChart(
        env="REPLAY",
        points=curve.points,
        months=months_of(curve),
        net_eur=curve.points[-1][1] if curve.points else 0.0,
        max_drawdown_eur=curve.max_drawdown_eur,
        closed=closed,
        win_rate=wins / closed if closed else None,
        win_rate_interval=wilson_interval(wins, closed),
        break_even_win_rate=0.784 if closed > 1 else None,
        mean_r=-0.004 if closed else None,
        fees_eur=187.4 * scale,
        scans=121,
        refused=71,
        modelled_scans=97,
        from_at=NOW - timedelta(days=days),
        to_at=NOW,
    )


RESULT_SAMPLES: dict[str, Chart] = {
    "reasons": reasons(),
    "reasons of one trade's kind": reasons(count=1),
    "reasons, every one": reasons(count=12),
    "reasons of a large book": reasons(count=8, scale=5000),
    "reasons without points": reasons(count=0),
    "fan": fan(),
    "fan of one trade": fan(trades=1, realised=1),
    "fan without a real trade": fan(realised=0),
    "fan that is left far below": fan(trades=60, realised=60, drift=-0.2),
    "fan without points": fan(trades=0, realised=0),
    "kelly": kelly(),
    "kelly of a negative edge": kelly(f_full=-0.31, used=0, state="negative_edge"),
    "kelly of one trade": kelly(trades=1, f_full=0.02, used=0, state="insufficient_sample"),
    "kelly without points": kelly(trades=0, f_full=0, used=0, state="insufficient_sample"),
    "sweep": sweep(),
    "sweep of three keys": replace(sweep(), shipped=None, shipped_r=0.001, held=(("exit.vol_stop_pts", "11"),)),
    "sweep without a best": replace(sweep(columns=11, rows=14), best=None, deflated_frac=None),
    "sweep of one field": sweep(columns=1, rows=1, seed=1),
    "sweep larger than the picture": sweep(columns=11, rows=14),
    "sweep without points": sweep(is_traded=False),
    "tearsheet": replayed(),
    "tearsheet of one day": replayed(days=1, closed=0),
    "tearsheet of a large book": replayed(scale=9000),
    "tearsheet without points": replayed(days=0, closed=0),
}
