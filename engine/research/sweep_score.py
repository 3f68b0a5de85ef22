"""What a sweep proves: each setting with its interval, what a choice made in the past earned afterwards, and how much of the best is luck.

Rules of this file: weeks are drawn whole, because trades of one week share a market;
no mean stands without its interval. Sources: Cameron, Gelbach & Miller 2008 (cluster
bootstrap); Bailey & Lopez de Prado 2014 (deflated Sharpe ratio).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np

from engine.config_checks import flatten
from engine.core.intervals import wilson_interval
from engine.core.rules import StrategyRules
from engine.research.grid import Grid
from engine.research.sweep_task import SettingResult, week_of
from engine.views import FoldView, SettingView, SweepChart, SweepView

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

LEVEL = 0.90
DRAWS, SEED = 1000, 20260101
IN_SAMPLE_SHARE = 0.7
FOLDS = 4
EMBARGO_WEEKS = 3
"""A trade lives up to three weeks: those before a test are left out of what the choice is made on."""
TRADES_MIN = 10
"""A setting with fewer trades is shown and never chosen."""
EULER = 0.5772156649015329
NORMAL = NormalDist()


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What a sweep was of."""

    grid: Grid
    rules: StrategyRules
    history: str
    is_modelled: bool
    from_at: datetime
    to_at: datetime
    as_of: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One row a setting, one column a week of the period: sums of r and numbers of trades and of those won."""

    number: NDArray[np.int64]
    sum_r: Floats
    trades: Floats
    wins: Floats

    @classmethod
    def of(cls, results: Mapping[int, SettingResult], first: int, last: int) -> Table:
        """The settings that could be lived through, by number."""
        lived = sorted((result for result in results.values() if result.weeks is not None), key=lambda result: result.number)
        shape = (len(lived), last - first + 1)
        table = cls(number=np.array([result.number for result in lived], dtype=np.int64), sum_r=np.zeros(shape), trades=np.zeros(shape), wins=np.zeros(shape))
        for row, result in enumerate(lived):
            for week in result.weeks if result.weeks is not None else ():
                place = row, week.week - first
                table.sum_r[place], table.trades[place], table.wins[place] = week.sum_r, week.trades, week.wins
        return table

    def part(self, weeks: slice) -> Table:
        """Only these weeks."""
        return Table(number=self.number, sum_r=self.sum_r[:, weeks], trades=self.trades[:, weeks], wins=self.wins[:, weeks])


def scored(results: Mapping[int, SettingResult], frame: Frame) -> SweepView:
    """The sweep in figures, the best setting first."""
    table = Table.of(results, week_of(frame.from_at), week_of(frame.to_at))
    split = round(IN_SAMPLE_SHARE * table.sum_r.shape[1])
    parts = table, table.part(slice(0, max(split - EMBARGO_WEEKS, 0))), table.part(slice(split, None))
    columns = [_means(part) for part in parts]
    settings = list(frame.grid.settings())
    rows = tuple(
        SettingView(
            number=int(number),
            values=tuple(axis.told[place] for axis, place in zip(frame.grid.axes, frame.grid.place(settings[number]), strict=True)),
            trades=int(table.trades[row].sum()),
            win_rate=_rate(table, row),
            win_rate_interval=_wilson(table, row),
            mean_r=columns[0][row][0],
            mean_r_interval=columns[0][row][1],
            in_sample_r=columns[1][row][0],
            in_sample_interval=columns[1][row][1],
            out_of_sample_r=columns[2][row][0],
            out_of_sample_interval=columns[2][row][1],
        )
        for row, number in enumerate(table.number)
    )
    ranked = tuple(sorted(rows, key=_rank))
    best = ranked[0] if ranked and ranked[0].trades >= TRADES_MIN else None
    deflated = None if best is None else deflated_share(table.sum_r, [int(number) for number in table.number].index(best.number))
    return SweepView(
        keys=tuple(axis.key for axis in frame.grid.axes),
        history=frame.history,
        is_modelled=frame.is_modelled,
        from_at=frame.from_at,
        to_at=frame.to_at,
        settings=len(frame.grid),
        impossible=len(results) - len(rows),
        untraded=sum(row.trades == 0 for row in rows),
        weeks=table.sum_r.shape[1],
        trades_min=TRADES_MIN,
        level=LEVEL,
        rows=ranked,
        best=best,
        shipped=_shipped(rows, frame),
        folds=_folds(table, {row.number: row.values for row in rows}),
        walk_forward=_walk_forward(table),
        deflated_frac=deflated,
        chart=_chart(rows, best, deflated, frame),
    )


def deflated_share(sum_r: Floats, best: int) -> float | None:
    """The chance that the best setting's weekly Sharpe ratio is above what the best of so many lucky ones would show.

    None where it cannot be told: a setting without variation, or too few weeks.
    Source: Bailey & Lopez de Prado 2014, equations 5 and 9.
    """
    deviations = sum_r.std(axis=1, ddof=1) if sum_r.shape[1] > 2 else np.zeros(len(sum_r))
    if len(sum_r) == 0 or not deviations[best] > 0.0:
        return None
    varied = deviations > 0.0
    ratios = sum_r[varied].mean(axis=1) / deviations[varied]
    own = float(sum_r[best].mean() / deviations[best])
    tries = int(varied.sum())
    expected = float(ratios.std(ddof=1)) * _best_of(tries) if tries > 1 else 0.0
    standard = (sum_r[best] - sum_r[best].mean()) / sum_r[best].std()
    skew, kurtosis = float((standard**3).mean()), float((standard**4).mean())
    spread = 1.0 - skew * own + (kurtosis - 1.0) / 4.0 * own * own
    if spread <= 0.0:
        return None
    return NORMAL.cdf((own - expected) * math.sqrt(sum_r.shape[1] - 1) / math.sqrt(spread))


def _best_of(tries: int) -> float:
    """The expected greatest of so many standard normal numbers."""
    return (1.0 - EULER) * NORMAL.inv_cdf(1.0 - 1.0 / tries) + EULER * NORMAL.inv_cdf(1.0 - 1.0 / (tries * math.e))


def _means(part: Table) -> list[tuple[float | None, tuple[float, float] | None]]:
    """By row, the mean r per trade and its interval with whole weeks drawn again; None without trades."""
    weeks = part.sum_r.shape[1]
    if weeks == 0:
        return [(None, None)] * len(part.number)
    counts = np.random.default_rng(SEED).multinomial(weeks, np.full(weeks, 1.0 / weeks), size=DRAWS).astype(np.float64)
    found: list[tuple[float | None, tuple[float, float] | None]] = []
    for sums, trades in zip(part.sum_r, part.trades, strict=True):
        total = trades.sum()
        if total == 0.0:
            found.append((None, None))
            continue
        drawn_trades = counts @ trades
        is_drawn = drawn_trades > 0.0
        drawn = (counts @ sums)[is_drawn] / drawn_trades[is_drawn]
        has_two_weeks = np.count_nonzero(trades) > 1
        low, high = np.quantile(drawn, ((1.0 - LEVEL) / 2.0, (1.0 + LEVEL) / 2.0))
        found.append((float(sums.sum() / total), (float(low), float(high)) if has_two_weeks else None))
    return found


def _rate(table: Table, row: int) -> float | None:
    trades = float(table.trades[row].sum())
    return float(table.wins[row].sum()) / trades if trades else None


def _wilson(table: Table, row: int) -> tuple[float, float] | None:
    found = wilson_interval(int(table.wins[row].sum()), int(table.trades[row].sum()), level=LEVEL)
    return None if found is None else (found.low, found.high)


def _rank(row: SettingView) -> tuple[bool, float, int]:
    """The highest mean first, those with too few trades to choose from last."""
    return row.trades < TRADES_MIN, -row.mean_r if row.mean_r is not None else math.inf, row.number


def _blocks(weeks: int) -> list[tuple[slice, slice]]:
    """What is chosen on and what is then tested, block by block; the first block is only chosen on."""
    edges = [round(weeks * number / (FOLDS + 1)) for number in range(FOLDS + 2)]
    return [(slice(0, max(begin - EMBARGO_WEEKS, 0)), slice(begin, end)) for begin, end in pairwise(edges[1:])]


def _chosen(table: Table) -> list[tuple[slice, slice, int]]:
    """By block the row that was best before it; blocks without one are left out."""
    found = []
    for past, test in _blocks(table.sum_r.shape[1]):
        sums, trades = table.sum_r[:, past].sum(axis=1), table.trades[:, past].sum(axis=1)
        if len(trades) > 0 and (trades >= TRADES_MIN).any():
            means = np.where(trades >= TRADES_MIN, sums / np.maximum(trades, 1.0), -np.inf)
            found.append((past, test, int(means.argmax())))
    return found


def _folds(table: Table, values: Mapping[int, tuple[str, ...]]) -> tuple[FoldView, ...]:
    folds = []
    for past, test, row in _chosen(table):
        before, after = _row(table, row, past), _row(table, row, test)
        (in_r, in_interval), (out_r, out_interval) = _means(before)[0], _means(after)[0]
        number = int(table.number[row])
        folds.append(
            FoldView(
                number=number,
                values=values[number],
                in_sample_r=in_r,
                in_sample_interval=in_interval,
                trades=int(after.trades.sum()),
                out_of_sample_r=out_r,
                out_of_sample_interval=out_interval,
            )
        )
    return tuple(folds)


def _walk_forward(table: Table) -> FoldView | None:
    """Every block's choice taken together, beside what the last choice promised."""
    chosen = _chosen(table)
    if not chosen:
        return None
    sums = np.concatenate([table.sum_r[row, test] for _, test, row in chosen])[None, :]
    trades = np.concatenate([table.trades[row, test] for _, test, row in chosen])[None, :]
    past, _, last = chosen[-1]
    promised_r, promised_interval = _means(_row(table, last, past))[0]
    out_r, out_interval = _means(Table(number=np.zeros(1, dtype=np.int64), sum_r=sums, trades=trades, wins=trades))[0]
    return FoldView(
        number=int(table.number[last]),
        values=(),
        in_sample_r=promised_r,
        in_sample_interval=promised_interval,
        trades=int(trades.sum()),
        out_of_sample_r=out_r,
        out_of_sample_interval=out_interval,
    )


def _row(table: Table, row: int, weeks: slice) -> Table:
    return Table(number=table.number[[row]], sum_r=table.sum_r[[row], weeks], trades=table.trades[[row], weeks], wins=table.wins[[row], weeks])


def _shipped(rows: Sequence[SettingView], frame: Frame) -> SettingView | None:
    """The setting that is in force without the sweep; None where it is not on the grid."""
    now = flatten(frame.rules)
    place = []
    for axis in frame.grid.axes:
        found = [number for number, value in enumerate(axis.values) if value == now[axis.key] or str(value) == str(now[axis.key])]
        if not found:
            return None
        place.append(axis.told[found[0]])
    return next((row for row in rows if row.values == tuple(place)), None)


def _chart(rows: Sequence[SettingView], best: SettingView | None, deflated: float | None, frame: Frame) -> SweepChart:
    """The first two axes; of any further one the value of the best setting; without one what ships, or else its first."""
    axes = frame.grid.axes
    across, down = axes[-1] if len(axes) < 2 else axes[1], axes[0] if len(axes) > 1 else None
    shipped = _shipped(rows, frame)
    shown = best if best is not None else shipped
    rest = {number: shown.values[number] if shown is not None else axis.told[0] for number, axis in enumerate(axes) if number > 1}
    by_values = {row.values: row for row in rows}

    def at(line: str, column: str) -> SettingView | None:
        first = (line, column) if down is not None else (column,)
        return by_values.get((*first, *(rest[number] for number in sorted(rest))))

    lines = down.told if down is not None else ("",)
    found = [[at(line, column) for column in across.told] for line in lines]
    return SweepChart(
        env="REPLAY",
        across=across.key,
        across_values=across.told,
        down=down.key if down is not None else "",
        down_values=lines,
        cells=tuple(tuple(None if cell is None or cell.mean_r is None else (cell.mean_r, cell.trades) for cell in line) for line in found),
        shipped=_place(found, shipped),
        best=_place(found, best),
        tries=len(frame.grid),
        deflated_frac=deflated,
        is_modelled=frame.is_modelled,
        as_of=frame.as_of,
        halves=tuple(tuple(_half(cell) for cell in line) for line in found),
        shipped_r=None if shipped is None else shipped.mean_r,
        held=tuple((axes[number].key, value) for number, value in sorted(rest.items())),
    )


def _half(cell: SettingView | None) -> float | None:
    return None if cell is None or cell.mean_r_interval is None else (cell.mean_r_interval[1] - cell.mean_r_interval[0]) / 2.0


def _place(found: Sequence[Sequence[SettingView | None]], wanted: SettingView | None) -> tuple[int, int] | None:
    places = [(row, column) for row, line in enumerate(found) for column, cell in enumerate(line) if cell is not None and cell is wanted]
    return places[0] if places else None
