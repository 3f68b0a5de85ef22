"""Research asked from the command line: a home's rules and closed trades, a history's market."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path

from engine.clock import SystemClock
from engine.config import load_rules
from engine.core.model import Candle, Stage
from engine.errors import ConfigError
from engine.home import Home
from engine.market.folder import lacking, read_text
from engine.market.history import RecordedMarket
from engine.market.model import HOUR, Market
from engine.market.series import parse_number
from engine.market.synthetic import DEMO_START_AT, SyntheticMarket
from engine.research.grid import read_grid
from engine.research.lab import DAYS, realised_r
from engine.research.montecarlo import MonteCarloPlan, run_montecarlo
from engine.research.path_setting import PAST, Past
from engine.research.sweep import Progress, SweepPlan, run_sweep
from engine.research.sweep_frame import SWEEPS, frame_of, identity
from engine.research.sweep_score import scored
from engine.research.workers import cluster, process_pool, processors
from engine.runtime.kelly import kelly_view, stored_readings
from engine.servers.market_plan import MarketPlan, build_market, period_of, simulated_name
from engine.state.records import TradeRecord
from engine.state.repository import Store
from engine.views import KellyView, MonteCarloView, SweepView


@dataclass(frozen=True, slots=True, kw_only=True)
class MonteCarloAsk:
    """What was asked; None = as the rules or the history say. `history` None is the simulated market.

    `trades` is a replay's table to compare with the paths; None = the home's closed trades of the stage.
    """

    home: Home
    history: Path | None
    at: datetime | None
    stage: Stage
    paths: int | None
    days: int | None
    seed: int | None
    trades: Path | None = None


def montecarlo(ask: MonteCarloAsk) -> MonteCarloView:
    """The paths from the end of the history, or from `at`, beside closed trades. Raises ConfigError."""
    rules = load_rules(ask.home.config_toml).rules
    plan = MarketPlan(history=ask.history)
    market = build_market(plan, rules)
    now = _now(market, ask.at)
    return run_montecarlo(
        MonteCarloPlan(
            rules=rules,
            stage=ask.stage,
            now=now,
            past=past_of(market, now),
            fx_usd_per_eur=_fx_usd_per_eur(market, now),
            market=simulated_name(plan),
            env=ask.stage.value.upper(),
            realised_r=realised_r(_closed(ask.home), ask.stage) if ask.trades is None else replayed_r(ask.trades),
            paths=rules.montecarlo.paths if ask.paths is None else ask.paths,
            days=DAYS if ask.days is None else ask.days,
            seed=rules.montecarlo.seed if ask.seed is None else ask.seed,
            threads=processors(),
        )
    )


def kelly(home: Home) -> KellyView:
    """What a recalibration would say now of the home's closed trades; the home is only read."""
    rules = load_rules(home.config_toml).rules
    if not home.db.exists():
        return kelly_view((), rules, {}, now=SystemClock().now())
    store = Store.open_readonly(home.db)
    try:
        closed, readings = store.read_sync(lambda tx: (tx.closed_trades(), stored_readings(tx)))
    finally:
        store.close()
    return kelly_view(closed, rules, readings, now=SystemClock().now())


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepAsk:
    """What was asked; None = all the history can answer, the simulated market, as many processes as processors."""

    home: Home
    words: tuple[str, ...]
    history: Path | None
    from_at: datetime | None
    to_at: datetime | None
    scheduler: str | None
    workers: int | None


def sweep(ask: SweepAsk, *, progress: Progress | None = None) -> SweepView:
    """Every setting of the grid lived through and judged. Raises ConfigError or StateError in one sentence."""
    rules = load_rules(ask.home.config_toml).rules
    grid, market = read_grid(ask.words, rules), MarketPlan(history=ask.history)
    from_at, to_at = period_of(build_market(market, rules), ask.from_at, ask.to_at)
    plan = SweepPlan(grid=grid, rules=rules, market=market, history=identity(ask.history), from_at=from_at, to_at=to_at, folder=ask.home.root / SWEEPS)
    with process_pool(ask.workers) if ask.scheduler is None else cluster(ask.scheduler) as workers:
        results = run_sweep(plan, workers, progress=progress)
    return scored(results, frame_of(plan, now=SystemClock().now()))


def past_of(market: Market, now: datetime) -> Past:
    """The hourly closes of the month before `now`."""
    return Past(spot=_closes(market.candles(now - PAST, now, t=now)), dvol=_closes(market.dvol_history(now - PAST, now, t=now)))


def replayed_r(path: Path) -> tuple[float, ...]:
    """The results of a replay's trades.csv in its order. Raises ConfigError."""
    rows = list(csv.reader(read_text(path).splitlines()))
    names = rows[0] if rows else []
    if "r" not in names:
        raise ConfigError(lacking(["r"]), fix="Take the trades.csv that `cerbero-bite replay --out` wrote.", path=path, line=1)
    short = next((line for line, row in enumerate(rows, start=1) if len(row) != len(names)), None)
    if short is not None:
        raise ConfigError(f"the line does not have {len(names)} fields", fix="Take the file as the replay wrote it.", path=path, line=short)
    return tuple(parse_number(path, line, "r", row[names.index("r")]) for line, row in enumerate(rows[1:], start=2))


def _closed(home: Home) -> tuple[TradeRecord, ...]:
    if not home.db.exists():
        return ()
    store = Store.open_readonly(home.db)
    try:
        return store.read_sync(lambda tx: tx.closed_trades())
    finally:
        store.close()


def _now(market: Market, at: datetime | None) -> datetime:
    unasked = market.ends_at if isinstance(market, RecordedMarket) else DEMO_START_AT
    now = unasked if at is None else at
    if isinstance(market, RecordedMarket | SyntheticMarket):
        market.require(now, now)
    return now


def _closes(candles: Sequence[Candle]) -> tuple[tuple[datetime, float], ...]:
    return tuple((candle.open_at + HOUR, candle.close) for candle in candles)


def _fx_usd_per_eur(market: Market, now: datetime) -> Decimal:
    rate = market.fx_usd_per_eur(now)
    if rate is None:
        raise ConfigError(f"there is no EUR/USD rate at {now:%Y-%m-%d}", fix="Bring one with `cerbero-bite history fetch`.")
    return rate.value
