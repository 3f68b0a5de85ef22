"""What research found: Monte Carlo, Kelly, a sweep. Rules of this file: those of `engine.views`; r is net P&L over max loss."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from engine.core.model import Strategy
from engine.core.model_kelly import KellyReading
from engine.views.result_charts import FanChart, KellyChart, SweepChart

Interval = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class FanStep:
    """The sum of r after `trades` closed trades over the `paths` that closed as many; quantiles at 5, 25, 50, 75 and 95 %."""

    trades: int
    paths: int
    mean_r: float
    sd_r: float | None
    quantiles_r: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioView:
    """The mean r of the same paths when the surface or the books are taken to be a little different."""

    name: str
    paths: int
    trades_per_path: float
    mean_r: float | None
    mean_r_interval: Interval | None
    win_rate: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MonteCarloView:
    """Invented paths beside the real results.

    `realised_r` is the running sum of the closed trades. `trades_per_path` is mean, 5 %
    and 95 %. `z` compares with paths of as many trades; `below_realised` is the share of
    them that made less. `verdict` is pass, review, blocked, unmatched or no_trades.
    Intervals are at 90 %.
    """

    stage: str
    market: str
    as_of: datetime
    paths: int
    days: int
    seed: int
    fan: tuple[FanStep, ...]
    realised_r: tuple[float, ...]
    trades_per_path: tuple[float, float, float]
    mean_r: float | None
    mean_r_interval: Interval | None
    sd_r: float | None
    win_rate: float | None
    break_even_win_rate: float | None
    exits: tuple[tuple[str, float], ...]
    z: float | None
    below_realised: float | None
    z_pass_abs_max: float
    z_block_abs_above: float
    verdict: str
    scenarios: tuple[ScenarioView, ...]
    chart: FanChart


@dataclass(frozen=True, slots=True, kw_only=True)
class KellyRow:
    """What Kelly reads from the closed trades of one strategy, live or paper.

    `reading`, `stake` and `chart` are None where the results cannot be true, and `problems` names why.
    """

    strategy: Strategy
    is_live: bool
    trades: int
    weeks: int
    reading: KellyReading | None
    stake: str | None
    problems: tuple[str, ...]
    chart: KellyChart | None


@dataclass(frozen=True, slots=True, kw_only=True)
class KellyView:
    """Every strategy with closed trades; intervals at `level`. Empty rows: nothing was closed yet."""

    as_of: datetime
    sample_min: int
    level: float
    rows: tuple[KellyRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingView:
    """One setting of a sweep with its values in the order of the keys. Intervals with whole weeks drawn again; None without trades."""

    number: int
    values: tuple[str, ...]
    trades: int
    win_rate: float | None
    win_rate_interval: Interval | None
    mean_r: float | None
    mean_r_interval: Interval | None
    in_sample_r: float | None
    in_sample_interval: Interval | None
    out_of_sample_r: float | None
    out_of_sample_interval: Interval | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FoldView:
    """What the setting that was best until then made in the weeks after; `trades` are those after."""

    number: int
    values: tuple[str, ...]
    in_sample_r: float | None
    in_sample_interval: Interval | None
    trades: int
    out_of_sample_r: float | None
    out_of_sample_interval: Interval | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepView:
    """A sweep: every setting, the best first, and what that is worth.

    `best` is None where no setting has `trades_min` trades, `shipped` where the rules in
    force are not on the grid. `walk_forward` takes all folds together. `deflated_frac` is
    the chance that the best is better than the luckiest of as many settings.
    """

    keys: tuple[str, ...]
    history: str
    is_modelled: bool
    from_at: datetime
    to_at: datetime
    settings: int
    impossible: int
    untraded: int
    weeks: int
    trades_min: int
    level: float
    rows: tuple[SettingView, ...]
    best: SettingView | None
    shipped: SettingView | None
    folds: tuple[FoldView, ...]
    walk_forward: FoldView | None
    deflated_frac: float | None
    chart: SweepChart
