"""Research asked from the chat, on the market and the trades of a running engine."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from engine.errors import ActionRefused
from engine.research.lab import LabRoom, z_of
from tests.engine.core.builders import RULES
from tests.scenarios.house import at, house, open_trade

PATHS = 100


async def test_the_paths_begin_where_the_market_stands_and_one_question_is_worked_on_at_a_time(tmp_path: Path) -> None:
    rules = replace(RULES, montecarlo=replace(RULES.montecarlo, paths=PATHS))
    async with house(tmp_path, rules=rules) as engine:
        assert await z_of(engine.desk) is None
        await open_trade(engine)
        engine.market.dvol = 75.0
        await engine.run_until(at("03-02 19:00"))
        (trade,) = await engine.desk.store.read(lambda tx: tx.closed_trades())
        room = LabRoom(engine.desk)
        first = asyncio.ensure_future(room.montecarlo())
        await asyncio.sleep(0)
        with pytest.raises(ActionRefused, match="research-busy"):
            await room.montecarlo()
        view = await first

        assert (view.paths, view.as_of) == (PATHS, engine.clock.now())
        assert trade.pnl_eur is not None
        assert view.realised_r == pytest.approx((float(trade.pnl_eur / trade.max_loss_eur),))
