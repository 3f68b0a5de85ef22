"""What the strategy would have made on thousands of invented paths, and how far the real result lies from that.

Rules of this file: results are in r, net P&L over max loss; a path is followed by the
number of its closed trades, so that the real result is compared with paths of as many.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np

from engine.core.model import ExitReason, Stage
from engine.core.rules import StrategyRules
from engine.errors import ConfigError
from engine.market.surface import POINT_ESTIMATE, SurfaceBand
from engine.research.path_setting import Past, calendar_of, model_of, start_of
from engine.research.path_terms import packed, terms_of
from engine.views import FanChart, FanStep, MonteCarloView, ScenarioView

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

TRADES_MAX = 1000
PATHS_PER_TASK = 250
FAN_TRADES_MIN = 30
MATCHED_SHARE_MIN = 0.5
"""Where fewer of the paths close as many trades as were really closed, comparing would favour the lively ones."""
LEVEL = 0.90
QUANTILES = (0.05, 0.25, 0.50, 0.75, 0.95)
SCENARIO_SHARE = 10
DAYS_MAX = 3650
SCENARIOS: tuple[tuple[str, SurfaceBand], ...] = (
    ("atm_low", SurfaceBand(atm_factor=0.93)),
    ("atm_high", SurfaceBand(atm_factor=1.07)),
    ("skew_steep", SurfaceBand(rho=-0.35)),
    ("skew_flat", SurfaceBand(rho=0.0)),
    ("books_narrow", SurfaceBand(spread_factor=0.5)),
    ("books_wide", SurfaceBand(spread_factor=1.6)),
)
"""The band of references C.2, one figure moved at a time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MonteCarloPlan:
    """What to ask: the rules and stage, the market of `now`, the real results in the order they were closed."""

    rules: StrategyRules
    stage: Stage
    now: datetime
    past: Past
    fx_usd_per_eur: Decimal
    market: str
    env: str
    realised_r: Sequence[float]
    paths: int
    days: int
    seed: int
    threads: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcomes:
    """One row a path: r, exit row and look of each closed trade, and how many there were."""

    r: NDArray[np.float32]
    reason: NDArray[np.int8]
    look: NDArray[np.int32]
    closed: NDArray[np.int32]

    @property
    def is_closed(self) -> NDArray[np.bool_]:
        """Which cells hold a trade."""
        return np.arange(self.r.shape[1])[None, :] < self.closed[:, None]


def run_montecarlo(plan: MonteCarloPlan) -> MonteCarloView:
    """The fan of the paths, where the real result lies in it, and what the band around the surface makes of the mean.

    Raises ConfigError for rules, days or a past that no path can begin from.
    """
    _require(plan)
    outcomes = simulate(plan, band=POINT_ESTIMATE, paths=plan.paths)
    fewer = max(plan.paths // SCENARIO_SHARE, 100)
    scenarios = [_scenario("point", simulate(plan, band=POINT_ESTIMATE, paths=fewer))]
    scenarios += [_scenario(name, simulate(plan, band=band, paths=fewer)) for name, band in SCENARIOS]
    return summary_of(plan, outcomes, tuple(scenarios))


def measured_z(plan: MonteCarloPlan) -> float | None:
    """The z of `run_montecarlo` alone: no fan to look at and no band around the surface."""
    _require(plan)
    return summary_of(plan, simulate(plan, band=POINT_ESTIMATE, paths=plan.paths), ()).z


def simulate(plan: MonteCarloPlan, *, band: SurfaceBand, paths: int) -> Outcomes:
    """The results of the first `paths` paths of the seed, whatever the number of threads."""
    # The compiler takes a second to load; whoever runs no path must not wait for it.
    from engine.research.path_trade import TRACE_FIELDS  # noqa: PLC0415
    from engine.research.paths import run_paths  # noqa: PLC0415

    calendar, model = calendar_of(plan.rules, plan.stage, now=plan.now, days=plan.days), model_of(plan.rules, plan.past, seed=plan.seed)
    terms = terms_of(plan.rules, plan.stage, fx_usd_per_eur=plan.fx_usd_per_eur, band=band)
    begun = start_of(plan.past, calendar, model)
    setting, start = (calendar, packed(model), packed(terms)), (begun.series, begun.ln_dvol_mean, begun.realised_variance)
    columns = min(TRADES_MAX, plan.days)
    shape = (paths, columns)
    out = (np.zeros(shape, np.float32), np.zeros(shape, np.int8), np.zeros(shape, np.int32), np.zeros(paths, np.int32))
    untraced = np.zeros((0, TRACE_FIELDS))
    with ThreadPoolExecutor(plan.threads) as pool:
        firsts = range(0, paths, PATHS_PER_TASK)
        tasks = [pool.submit(run_paths, (first, min(first + PATHS_PER_TASK, paths)), setting, start, out, untraced) for first in firsts]
        for task in tasks:
            task.result()
    return Outcomes(r=out[0], reason=out[1], look=out[2], closed=out[3])


def summary_of(plan: MonteCarloPlan, outcomes: Outcomes, scenarios: tuple[ScenarioView, ...]) -> MonteCarloView:
    """The outcomes in figures, beside the real results."""
    closed = len(plan.realised_r)
    sums = np.cumsum(np.where(outcomes.is_closed, outcomes.r, 0.0), axis=1, dtype=np.float64)
    fan = tuple(_fan_step(sums, outcomes.closed, trades) for trades in range(1, _fan_length(outcomes, closed) + 1))
    matched = next((step for step in fan if step.trades == closed), None)
    every = outcomes.r[outcomes.is_closed].astype(np.float64)
    realised = math.fsum(plan.realised_r)
    z = None if matched is None or matched.sd_r is None or matched.sd_r == 0.0 else (realised - matched.mean_r) / matched.sd_r
    gate = plan.rules.gates.paper_to_soft if plan.stage is Stage.PAPER else plan.rules.gates.soft_to_full
    verdict = _verdict(z, closed, pass_max=gate.z_pass_abs_max, block_above=gate.z_block_abs_above)
    running = tuple(np.cumsum(plan.realised_r).tolist())
    below = None if matched is None else _share_below(sums, outcomes.closed, closed, realised)
    mean_r = float(every.mean()) if len(every) > 0 else None
    mean_r_interval = mean_interval(outcomes)
    return MonteCarloView(
        stage=plan.stage.value,
        market=plan.market,
        as_of=plan.now,
        paths=plan.paths,
        days=plan.days,
        seed=plan.seed,
        fan=fan,
        realised_r=running,
        trades_per_path=(float(outcomes.closed.mean()), *_ends(outcomes.closed.astype(np.float64))),
        mean_r=mean_r,
        mean_r_interval=mean_r_interval,
        sd_r=float(every.std(ddof=1)) if len(every) > 1 else None,
        win_rate=float((every > 0.0).mean()) if len(every) > 0 else None,
        break_even_win_rate=_break_even(every),
        exits=_exits(outcomes),
        z=z,
        below_realised=below,
        z_pass_abs_max=gate.z_pass_abs_max,
        z_block_abs_above=gate.z_block_abs_above,
        verdict=verdict,
        scenarios=scenarios,
        chart=FanChart(
            env=plan.env,
            fan=tuple((step.trades, step.quantiles_r) for step in fan),
            realised_r=running,
            paths=plan.paths,
            mean_r=mean_r,
            mean_r_interval=mean_r_interval,
            z=z,
            below_realised_frac=below,
            verdict=verdict,
            as_of=plan.now,
        ),
    )


def _require(plan: MonteCarloPlan) -> None:
    if not 1 <= plan.days <= DAYS_MAX:
        raise ConfigError(f"{plan.days} days cannot be simulated", fix=f"Take 1 to {DAYS_MAX} days.", key="--days")
    if not all(math.isfinite(r) for r in plan.realised_r):
        raise ConfigError("a closed trade has no finite result", fix="Check it with `cerbero-bite state inspect`.")


def _fan_length(outcomes: Outcomes, closed: int) -> int:
    """As many trades as half of the paths close, at most a good deal more than were really closed."""
    common = int(np.quantile(outcomes.closed, 1.0 - MATCHED_SHARE_MIN)) if len(outcomes.closed) > 0 else 0
    return min(common, max(FAN_TRADES_MIN, math.ceil(1.25 * closed)))


def _fan_step(sums: Floats, closed: NDArray[np.int32], trades: int) -> FanStep:
    reached = sums[closed >= trades, trades - 1]
    return FanStep(
        trades=trades,
        paths=len(reached),
        mean_r=float(reached.mean()),
        sd_r=float(reached.std(ddof=1)) if len(reached) > 1 else None,
        quantiles_r=tuple(float(level) for level in np.quantile(reached, QUANTILES)),
    )


def _share_below(sums: Floats, closed: NDArray[np.int32], trades: int, realised: float) -> float:
    return float((sums[closed >= trades, trades - 1] < realised).mean())


def _verdict(z: float | None, closed: int, *, pass_max: float, block_above: float) -> str:
    """What the gate says of z: it passes, asks for a written reason, or blocks."""
    if closed == 0:
        return "no_trades"
    if z is None:
        return "unmatched"
    if abs(z) <= pass_max:
        return "pass"
    return "blocked" if abs(z) > block_above else "review"


def mean_interval(outcomes: Outcomes) -> tuple[float, float] | None:
    """The interval of the mean r over paths, which are independent as their trades are not: a ratio of two sums.

    None where all trades came to the same: one value says nothing of how far the next may lie.
    """
    paths, trades = len(outcomes.closed), int(outcomes.closed.sum())
    if paths < 2 or trades == 0 or np.ptp(outcomes.r[outcomes.is_closed]) == 0.0:
        return None
    per_path = np.where(outcomes.is_closed, outcomes.r, 0.0).sum(axis=1, dtype=np.float64)
    mean = float(per_path.sum() / trades)
    error = float(np.sqrt(((per_path - mean * outcomes.closed) ** 2).sum() * paths / (paths - 1))) / trades
    half = NormalDist().inv_cdf((1.0 + LEVEL) / 2.0) * error
    return mean - half, mean + half


def _ends(values: Floats) -> tuple[float, float]:
    low, high = np.quantile(values, ((1.0 - LEVEL) / 2.0, (1.0 + LEVEL) / 2.0))
    return float(low), float(high)


def _break_even(r: Floats) -> float | None:
    wins, losses = r[r > 0.0], -r[r <= 0.0]
    if len(wins) == 0 or len(losses) == 0:
        return None
    return float(losses.mean() / (wins.mean() + losses.mean()))


def _exits(outcomes: Outcomes) -> tuple[tuple[str, float], ...]:
    """Which exits ended the trades, as shares, the most frequent first."""
    reasons = outcomes.reason[outcomes.is_closed]
    if len(reasons) == 0:
        return ()
    names = [reason.value for reason in ExitReason]
    rows, counts = np.unique(reasons, return_counts=True)
    shares = [(names[int(row)], float(count) / len(reasons)) for row, count in zip(rows, counts, strict=True)]
    return tuple(sorted(shares, key=lambda share: (-share[1], share[0])))


def _scenario(name: str, outcomes: Outcomes) -> ScenarioView:
    every = outcomes.r[outcomes.is_closed]
    return ScenarioView(
        name=name,
        paths=len(outcomes.closed),
        trades_per_path=float(outcomes.closed.mean()),
        mean_r=float(every.mean(dtype=np.float64)) if len(every) > 0 else None,
        mean_r_interval=mean_interval(outcomes),
        win_rate=float((every > 0.0).mean()) if len(every) > 0 else None,
    )
