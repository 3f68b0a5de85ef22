"""How fast recorded time is lived through again."""

from __future__ import annotations

import tempfile
import time
from datetime import timedelta
from pathlib import Path

from engine.app import MarketPlan, replay
from engine.home import home_at
from engine.market.synthetic import DEMO_START_AT
from engine.research.replay import Manner
from engine.runtime.gather import gather
from tests.benchmarks.decision import demo_desk
from tests.benchmarks.figures import Figure


async def measure(*, days: int, looks: int) -> tuple[Figure, ...]:
    """Simulated days a second through the whole engine, beside the market's answers alone at the same rate of looks."""
    with tempfile.TemporaryDirectory(prefix="cerbero-bench-") as folder:
        began_s = time.perf_counter()
        summary = await replay(
            home=home_at(Path(folder) / "home"),
            market=MarketPlan(),
            from_at=DEMO_START_AT,
            to_at=DEMO_START_AT + timedelta(days=days),
            manner=Manner(is_full=True),
            scratch=Path(folder),
        )
        replayed = days / (time.perf_counter() - began_s)
    async with demo_desk() as desk:
        began_s = time.perf_counter()
        for _ in range(looks):
            await gather(desk, with_chain=True)
        look_s = (time.perf_counter() - began_s) / looks
    gathered = 1 / (look_s * max(summary.jobs_run, 1) / days)
    return (
        Figure(
            name=f"replay of {days} days, {summary.jobs_run} runs",
            value=replayed,
            unit="days/s",
            peer="every run only gathering the market",
            peer_value=gathered,
        ),
    )
