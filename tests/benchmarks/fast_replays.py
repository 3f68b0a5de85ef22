"""How fast a period is lived through by the rules alone, beside the whole engine, its own columns and core's bare decisions."""

from __future__ import annotations

import asyncio
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
from engine.market.synthetic import DEMO_START_AT
from engine.research.fast_book import FastBook
from engine.research.fast_replay import FastPlan, fast_replay
from engine.research.past import OPEN, STRETCH_S, PaperWealth, Past
from engine.research.policy import Manner
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
        _beside_the_engine(full_days),
    )


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
