"""How fast a period is lived through by the rules alone, beside the whole engine, its own columns and core's bare decisions."""

from __future__ import annotations

import asyncio
import resource
import tempfile
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from engine.app import MarketPlan, build_market, replay
from engine.config import load_rules
from engine.core.entry_cycle import decide_entry
from engine.home import home_at
from engine.market.shipped import shipped_history
from engine.market.synthetic import DEMO_SEED, DEMO_START_AT, SyntheticMarket
from engine.research.fast_book import FastBook
from engine.research.fast_replay import FastPlan, fast_replay
from engine.research.fast_summary import fast_summary
from engine.research.past import OPEN, STRETCH_S, PaperWealth, Past
from engine.research.policy import Manner
from engine.research.workers import in_own_process
from tests.benchmarks.figures import Figure, median_ms

FIRST_AT = datetime(2024, 2, 5, tzinfo=UTC)
BUDGET_DAYS = 850


def measure(*, days: int, full_days: int, times: int) -> tuple[Figure, ...]:
    """Milliseconds a period of the shipped history, and days a second beside the whole engine on the same market."""
    plan = _plan(days)
    past = _prepared(plan)
    prepared_ms = median_ms(lambda: fast_replay(plan, past=past), times=times)
    few = min(times, 3)
    return (
        Figure(
            name=f"fast replay of {days} days, columns prepared",
            value=prepared_ms,
            unit="ms",
            budget=f"<= {1000 * days / BUDGET_DAYS:,.0f} ms (1 s for {BUDGET_DAYS} days)",
            peer="core's entry decisions alone, on an empty book",
            peer_value=median_ms(lambda: _decisions(plan, past), times=times),
        ),
        Figure(
            name="the same for its trades alone, refusals not reasoned",
            value=median_ms(lambda: fast_replay(replace(plan, is_counting=False), past=past), times=times),
            unit="ms",
            peer="with every refusal counted",
            peer_value=prepared_ms,
        ),
        Figure(
            name="the same from nothing",
            value=median_ms(lambda: fast_replay(plan), times=few),
            unit="ms",
            peer="its columns alone: closes, chains, surface of every look",
            peer_value=median_ms(lambda: _prepared(plan), times=few),
        ),
        _memory(short=days // 2, long=days * 5),
        _beside_the_engine(full_days),
    )


def _memory(*, short: int, long: int) -> Figure:
    """In a process of its own, whose peak nothing else has raised."""
    few_mb, many_mb = asyncio.run(in_own_process(_peaks_mb, short, long))
    return Figure(
        name=f"peak memory of a replay of {long:,} days of the demo",
        value=many_mb,
        unit="MB",
        budget="<= 400 MB, flat",
        peer=f"of {short} days",
        peer_value=few_mb,
    )


def _peaks_mb(*spans: int) -> list[float]:
    """The most this process has held after each replay, the shorter ones first."""
    rules, peaks = load_rules(None).rules, []
    for days in spans:
        market = SyntheticMarket(DEMO_SEED, DEMO_START_AT)
        fast_summary(FastPlan(market=market, rules=rules, from_at=DEMO_START_AT, to_at=DEMO_START_AT + timedelta(days=days)), history="demo")
        peaks.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    return peaks


def _plan(days: int) -> FastPlan:
    rules = load_rules(None).rules
    market = build_market(MarketPlan(history=shipped_history()), rules)
    return FastPlan(market=market, rules=rules, from_at=FIRST_AT, to_at=FIRST_AT + timedelta(days=days), resume_after=timedelta(days=1))


def _prepared(plan: FastPlan) -> Past:
    past = Past(plan.market, plan.rules, plan.from_at, plan.to_at, stretches_max=99)
    for at_s in range(int(plan.from_at.timestamp()), int(plan.to_at.timestamp()), STRETCH_S):
        past.stretch(at_s)
    return past


def _decisions(plan: FastPlan, past: Past) -> int:
    """The floor: what core takes for the scans of the period when there is nothing else to do."""
    wealth, book, approved = PaperWealth(plan.market, plan.rules), FastBook(plan.rules), 0
    for row in (past.kind == OPEN).nonzero()[0].tolist():
        now = past.instant(row)
        snapshot = past.scan(now, plan.rules, wealth=wealth.at(now), fx_before_usd_per_eur=None)
        approved += decide_entry(snapshot, book.book(now), plan.rules).bias.strategy is not None
    return approved


def _beside_the_engine(days: int) -> Figure:
    fast, full = (_days_per_s(days, is_full=is_full) for is_full in (False, True))
    return Figure(name=f"fast replay of {days} days of the demo", value=fast, unit="days/s", peer="the whole engine: servers, store and cards", peer_value=full)


def _days_per_s(days: int, *, is_full: bool) -> float:
    with tempfile.TemporaryDirectory(prefix="cerbero-bench-") as folder:
        began_s = time.perf_counter()
        asyncio.run(
            replay(
                home=home_at(Path(folder) / "home"),
                market=MarketPlan(),
                from_at=DEMO_START_AT,
                to_at=DEMO_START_AT + timedelta(days=days),
                manner=Manner(is_full=is_full),
                scratch=Path(folder),
            )
        )
        return days / (time.perf_counter() - began_s)
