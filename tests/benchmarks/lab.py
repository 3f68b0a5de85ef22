"""Monte Carlo and sweeps: whole paths beside the same market in plain numpy, a sweep beside its settings one by one."""

from __future__ import annotations

import math
import tempfile
import time
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import numpy as np

from engine.config import default_rules
from engine.core.model import Stage
from engine.market.shipped import shipped_history
from engine.market.surface import POINT_ESTIMATE
from engine.research.fast_replay import FastPlan, fast_replay
from engine.research.grid import read_grid
from engine.research.lab import DAYS
from engine.research.montecarlo import MonteCarloPlan, simulate
from engine.research.past import Past
from engine.research.policy import RESUME_AFTER
from engine.research.questions import past_of
from engine.research.sweep import SweepPlan, run_sweep
from engine.research.workers import process_pool, processors
from engine.servers.market_plan import MarketPlan, build_market
from tests.benchmarks.figures import Figure, median_ms

RULES = default_rules()
MARKET = MarketPlan(history=shipped_history())
STEPS = DAYS * 24 // RULES.montecarlo.step_h


def measure(*, paths: int, settings: int, times: int) -> tuple[Figure, ...]:
    """Seconds of Monte Carlo, and settings a second of a sweep."""
    return (*_montecarlo(paths, times), _sweep(settings))


def _montecarlo(paths: int, times: int) -> tuple[Figure, ...]:
    """Ten thousand paths are worth so many times these; the market alone in numpy has no rule, no option and no fee."""
    market = build_market(MARKET, RULES)
    now = market.ends_at  # type: ignore[union-attr]
    plan = MonteCarloPlan(
        rules=RULES,
        stage=Stage.SOFT,
        now=now,
        past=past_of(market, now),
        fx_usd_per_eur=Decimal("1.16"),
        market="shipped",
        env="PAPER",
        realised_r=(),
        paths=paths,
        days=DAYS,
        seed=1,
        threads=processors(),
    )

    def numpy_alone() -> None:
        chance = np.random.default_rng(1)
        ln_spot, ln_dvol = np.zeros(paths), np.full(paths, math.log(0.6))
        for _ in range(STEPS):
            z, other = chance.standard_normal(paths), chance.standard_normal(paths)
            drawn = np.exp(2.0 * ln_dvol) * (0.5 / 365.0) * 2.0 / chance.chisquare(4, paths)
            ln_spot += np.sqrt(drawn) * z - 0.5 * drawn
            ln_dvol += (math.log(0.6) - ln_dvol) * 0.03 + 0.027 * (0.98 * other - 0.19 * z)

    scale = 10_000 / paths
    peer_s = median_ms(numpy_alone, times=times) / 1000 * scale
    return tuple(
        Figure(
            name=f"Monte Carlo, 10,000 paths of {DAYS} days ({stage.value} stage), from {paths:,}",
            value=median_ms(lambda stage=stage: simulate(replace(plan, stage=stage), band=POINT_ESTIMATE, paths=paths), times=times) / 1000 * scale,
            unit="s",
            peer="the market alone in numpy",
            peer_value=peer_s,
            budget="<= 1 s",
        )
        for stage in (Stage.SOFT, Stage.PAPER)
    )


def _sweep(settings: int) -> Figure:
    """The whole sweep with its processes, beside one warm fast replay for each setting in a row."""
    grid = read_grid((f"exit.vol_stop_pts=5:{4 + settings}:1",), RULES)
    market = build_market(MARKET, RULES)
    from_at, to_at = market.ends_at - timedelta(days=120), market.ends_at  # type: ignore[union-attr]
    with tempfile.TemporaryDirectory(prefix="cerbero-bench-", dir=Path.cwd()) as folder:
        plan = SweepPlan(grid=grid, rules=RULES, market=MARKET, history="shipped", from_at=from_at, to_at=to_at, folder=Path(folder))
        with process_pool() as workers:
            began_s = time.perf_counter()
            run_sweep(plan, workers)
            swept = settings / (time.perf_counter() - began_s)
    past = Past(market, RULES, from_at, to_at, stretches_max=64)
    alone = FastPlan(market=market, rules=RULES, from_at=from_at, to_at=to_at, resume_after=RESUME_AFTER, is_counting=False)
    alone_ms = median_ms(lambda: fast_replay(alone, past=past), times=1)
    return Figure(
        name=f"sweep of {settings} settings over 120 days, processes started and history read in it",
        value=swept,
        unit="settings/s",
        peer="warm fast replays in a row",
        peer_value=1000 / alone_ms,
        budget=">= 8 over 2024-01..2026-04, >= 1.8x one core",
    )
