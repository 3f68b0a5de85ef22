"""Pictures of what was earned and what may be expected, as values.

Rules of this file: those of `engine.views.charts`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasonsChart:
    """P&L by close reason as (reason, closed, wins, net_eur), the best first; the rates as in `TradeStats`."""

    env: str
    period: str
    rows: tuple[tuple[str, int, int, float], ...]
    closed: int
    net_eur: float
    win_rate: float | None
    win_rate_interval: tuple[float, float] | None
    break_even_win_rate: float | None
    as_of: datetime
    changes: tuple[tuple[str, str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FanChart:
    """The sum of r after so many closed trades: `fan` has (trades, quantiles at 5, 25, 50, 75 and 95 %) of invented paths, ascending.

    `realised_r` is the real running sum, one figure per closed trade. `z` compares it with the
    paths of as many trades, `below_realised_frac` is the share of them that made less; `verdict`
    is pass, review, blocked, unmatched or no_trades.
    """

    env: str
    fan: tuple[tuple[int, tuple[float, ...]], ...]
    realised_r: tuple[float, ...]
    paths: int
    mean_r: float | None
    mean_r_interval: tuple[float, float] | None
    z: float | None
    below_realised_frac: float | None
    verdict: str
    as_of: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class KellyChart:
    """How much of the bankroll the closed live trades of one strategy allow, and how sure that is.

    `f_interval` is (5, 50, 95 %) of the full fraction over trades drawn again; `win_rate_interval`
    the Wilson interval. Without a trade they are None, as is what needs a win and a loss.
    """

    env: str
    strategy: str
    state: str
    trades: int
    trades_min: int
    f_full: float
    f_used_frac: float
    f_cap_frac: float
    f_interval: tuple[float, float, float] | None
    win_rate: float | None
    win_rate_interval: tuple[float, float] | None
    break_even_win_rate: float | None
    mean_r: float | None
    mean_r_interval: tuple[float, float] | None
    as_of: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepChart:
    """Mean r over two settings: a row per value of `down`, a column per value of `across`, None where nothing traded.

    `cells` are (mean_r, trades), `halves` half the width of each mean's 90 % interval; `shipped` and `best` are (row, column), None
    where not on the map; `shipped_r` is the mean of what ships, on the map or not; `held` are (key, value) of what all fields share.
    `tries` is how many settings were compared, `deflated_frac` the chance that the best is better than luck after so many.
    """

    env: str
    across: str
    across_values: tuple[str, ...]
    down: str
    down_values: tuple[str, ...]
    cells: tuple[tuple[tuple[float, int] | None, ...], ...]
    shipped: tuple[int, int] | None
    best: tuple[int, int] | None
    tries: int
    deflated_frac: float | None
    is_modelled: bool
    as_of: datetime
    halves: tuple[tuple[float | None, ...], ...] = ()
    shipped_r: float | None = None
    held: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TearsheetChart:
    """A replay on one sheet: its curve in EUR, what each month (first instant, EUR) made, its rates as in `TradeStats`."""

    env: str
    points: tuple[tuple[datetime, float], ...]
    months: tuple[tuple[datetime, float], ...]
    net_eur: float
    max_drawdown_eur: float
    closed: int
    win_rate: float | None
    win_rate_interval: tuple[float, float] | None
    break_even_win_rate: float | None
    mean_r: float | None
    fees_eur: float
    scans: int
    refused: int
    modelled_scans: int
    from_at: datetime
    to_at: datetime
    changes: tuple[tuple[str, str, str], ...] = ()


ResultChart = ReasonsChart | TearsheetChart | FanChart | KellyChart | SweepChart
