"""The door's answers about the whole book and the money, over a running engine."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from engine.errors import VenueError
from tests.engine.core.builders import EXPIRY_AT, NOW
from tests.scenarios.house import SHORT, house, open_trade

LISTED = (EXPIRY_AT, EXPIRY_AT + timedelta(days=14))


async def test_the_risk_of_the_open_book_is_priced_from_its_own_quotes(tmp_path: Path) -> None:
    async with house(tmp_path) as engine:
        await open_trade(engine)

        view = await engine.door.risk()
        (position,) = await engine.door.positions()

        assert (view.trades, view.left_out, view.missing, view.spot_usd) == ((1,), (), (), Decimal(2000))
        assert [row.pnl_eur[1] for row in view.rows] == sorted((row.pnl_eur[1] for row in view.rows), reverse=True)
        assert position.greeks is not None
        assert abs(view.rows[3].greeks.delta_eth - position.greeks.delta_eth) < 0.02
        assert view.rows[3].margin_usage_frac is not None


async def test_a_trade_nobody_quotes_is_named_and_left_out_of_the_risk(tmp_path: Path) -> None:
    async with house(tmp_path) as engine:
        await open_trade(engine)
        engine.market.muted = {"ticker"}

        view = await engine.door.risk()

        assert (view.trades, view.left_out, view.rows) == ((), (1,), ())


async def test_an_empty_book_has_no_risk_and_a_market_that_is_silent_says_so(tmp_path: Path) -> None:
    async with house(tmp_path) as engine:
        engine.clock.advance_to(NOW)
        engine.market.muted = {"index_usd", "fx_usd_per_eur"}

        view = await engine.door.risk()

        assert (view.rows, view.missing, view.spot_usd) == ((), ("index", "fx"), None)
        assert view.grid.spot_usd is None
        assert SHORT not in str(view)


async def test_the_smile_without_a_day_is_the_one_an_entry_would_take_with_what_is_held_on_it(tmp_path: Path) -> None:
    async with house(tmp_path) as engine:
        await open_trade(engine)

        view = await engine.door.smile()

        assert (view.expiry_at, view.expiries, view.source) == (EXPIRY_AT, LISTED, "synthetic")
        assert [(each.trade_id, each.is_short) for each in view.chart.chosen] == [(1, True), (1, False)]
        assert all(each.iv_frac is not None for each in view.chart.chosen)
        assert view.chart.dvol_pts == 60.0


async def test_an_expiry_that_is_not_listed_is_answered_with_those_that_are(tmp_path: Path) -> None:
    async with house(tmp_path) as engine:
        engine.clock.advance_to(NOW)

        view = await engine.door.smile(EXPIRY_AT.date() + timedelta(days=1))

        assert (view.expiry_at, view.dte_days, view.expiries) == (None, None, LISTED)
        assert (view.chart.puts, view.chart.calls) == ((), ())


async def test_a_chain_that_does_not_come_is_no_empty_smile(tmp_path: Path) -> None:
    async with house(tmp_path) as engine:
        engine.clock.advance_to(NOW)
        engine.market.muted = {"chain"}

        with pytest.raises(VenueError, match="no option chain"):
            await engine.door.smile()
