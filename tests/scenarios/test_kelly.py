"""Kelly reads live trades once a month, keeps paper apart, and its reading bounds the next entry."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from engine.core.model import Strategy
from engine.core.model_kelly import KellyLimit, KellyStake
from engine.runtime.book import read_book
from engine.runtime.kelly import kelly, stored_readings
from tests.engine.core.builders import NOW
from tests.engine.runtime.watching import Watched, ended_trade, watched
from tests.scenarios.test_settlement import EXAMPLE

LIVE = replace(EXAMPLE, stage="soft")
DAY = timedelta(days=1)


async def book(watch: Watched, results_eur: list[str], *, trade=LIVE) -> None:
    """Trades that ended with these results, approved a week apart."""

    def work(tx) -> None:
        for number, pnl in enumerate(results_eur):
            opened = NOW - timedelta(weeks=number + 1)
            ended_trade(tx, pnl, at=opened + DAY, trade=replace(trade, created_at=opened))

    await watch.book(work)


async def limits(watch: Watched) -> dict[Strategy, KellyLimit]:
    desk = watch.engine.desk
    found = await desk.store.read(lambda tx: read_book(tx, desk.rules.sizing, stage=desk.stage, now=desk.now(), is_killed=False))
    return dict(found.kelly_limits)


async def recalibrated(watch: Watched) -> list[str]:
    watch.clock.advance_to(watch.clock.now() + DAY)
    await watch.engine.run_job("kelly")
    return [row.body_json for row in await watch.engine.audit() if row.type == "kelly.recalibrated"]


async def test_paper_trades_are_read_for_people_and_bound_nothing(tmp_path: Path) -> None:
    async with watched(tmp_path) as watch:
        await book(watch, ["4.00"] * 31, trade=EXAMPLE)
        rows, view = await recalibrated(watch), await kelly(watch.engine.desk)

        assert rows == []
        assert await limits(watch) == {}
        assert [(row.strategy, row.is_live, row.trades) for row in view.rows] == [(EXAMPLE.strategy, False, 31)]


async def test_a_small_live_sample_is_read_and_leaves_the_hard_caps_alone(tmp_path: Path) -> None:
    async with watched(tmp_path) as watch:
        await book(watch, ["4.00"] * 3)
        rows = await recalibrated(watch)

        assert len(rows) == 1
        assert '"state":"insufficient_sample"' in rows[0]
        assert await limits(watch) == {}


@pytest.mark.parametrize(
    ("results", "state", "stake"),
    [
        (["4.00"] * 30, "ok", KellyStake.FRACTION),
        (["4.00"] * 24 + ["-30.00"] * 6, "unproven", KellyStake.ONE_LOT),
        (["-30.00"] * 30, "negative_edge", KellyStake.SUSPENDED),
    ],
)
async def test_a_live_sample_is_suspended_until_its_first_reading_which_then_bounds_it(tmp_path: Path, results, state: str, stake: KellyStake) -> None:
    async with watched(tmp_path) as watch:
        await book(watch, results)
        waiting = await limits(watch)
        rows = await recalibrated(watch)

        assert waiting == {LIVE.strategy: KellyLimit(stake=KellyStake.SUSPENDED)}
        assert f'"state":"{state}"' in rows[0]
        assert (await limits(watch))[LIVE.strategy].stake is stake


async def test_a_strategy_is_read_once_a_month_and_the_rise_is_measured_from_the_month_before(tmp_path: Path) -> None:
    async with watched(tmp_path) as watch:
        await book(watch, ["12.00"] * 40)
        first = await recalibrated(watch)
        again = await recalibrated(watch)
        used = [(await watch.engine.desk.store.read(stored_readings))[LIVE.strategy].f_used_frac]
        watch.clock.advance_to(watch.clock.now() + timedelta(days=31))
        later = await recalibrated(watch)
        used.append((await watch.engine.desk.store.read(stored_readings))[LIVE.strategy].f_used_frac)

        assert (len(first), len(again), len(later)) == (1, 1, 2)
        assert used == pytest.approx([0.04, 0.08])


async def test_the_first_reading_comes_as_soon_as_the_sample_is_large_enough(tmp_path: Path) -> None:
    async with watched(tmp_path) as watch:
        await book(watch, ["4.00"] * 29)
        await recalibrated(watch)
        await book(watch, ["4.00"])
        rows = await recalibrated(watch)

        assert ['"state":"insufficient_sample"' in rows[0], '"state":"ok"' in rows[1]] == [True, True]


async def test_results_that_cannot_be_true_suspend_the_strategy_and_are_named(tmp_path: Path) -> None:
    async with watched(tmp_path) as watch:
        await book(watch, ["4.00"] * 29 + ["-99999.00"])
        rows, view = await recalibrated(watch), await kelly(watch.engine.desk)

        assert '"state":"refused"' in rows[0]
        assert view.rows[0].problems == ("K01 kelly_result",)
        assert (await limits(watch))[LIVE.strategy] == KellyLimit(stake=KellyStake.SUSPENDED)
