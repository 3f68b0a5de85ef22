"""A stop of the live scheduler: what is under way ends by itself."""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from apscheduler.triggers.interval import IntervalTrigger

from engine.app import MarketPlan, RunPlan, running
from engine.clock import SystemClock
from engine.home import open_home
from engine.runtime.desk import Desk
from engine.runtime.jobs import Beat, Job
from engine.runtime.scheduler import LiveScheduler


async def test_a_run_under_way_ends_before_the_scheduler_has_stopped(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    began, may_end = asyncio.Event(), asyncio.Event()

    async def work(_: Desk) -> None:
        began.set()
        await may_end.wait()

    trigger = IntervalTrigger(seconds=1, start_date=datetime(2020, 1, 1, tzinfo=UTC), timezone=UTC)
    job = Job(name="slow", trigger=trigger, run=work, beat=Beat.HOST, catch_up_s=0)
    plan = RunPlan(home=open_home(tmp_path / "home"), clock=SystemClock(), market=MarketPlan(seed=7, start_at=datetime.now(UTC)), origin="demo")
    async with running(plan) as up:
        scheduler = LiveScheduler(up.desk, (job,))
        scheduler.start()
        await asyncio.wait_for(began.wait(), timeout=5)
        with caplog.at_level(logging.ERROR):
            stopping = asyncio.create_task(scheduler.stop())
            await asyncio.sleep(0)
            may_end.set()
            await stopping
        counts = await up.desk.store.read(lambda tx: tx.run_counts(datetime.now(UTC) - timedelta(minutes=1)))

    assert [(run.job, run.outcome) for run in counts] == [("slow", "ok")]
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []
