"""The desk's accounts, over a running engine."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from engine.runtime.digest import build_digest
from tests.scenarios.house import at, house, open_trade


async def test_a_closed_trade_stands_in_statistics_periods_and_sheet_with_the_same_result(tmp_path: Path) -> None:
    async with house(tmp_path) as engine:
        await open_trade(engine)
        engine.market.dvol = 75.0
        await engine.run_until(at("03-02 19:00"))
        (trade,) = (await engine.door.history("all")).trades

        stats = await engine.door.accounts.stats("all")
        pnl = await engine.door.accounts.pnl("month")
        (row,) = await engine.door.accounts.sheet("all")

        assert (stats.stats.closed, stats.by_reason[0].reason, stats.by_reason[0].net_eur) == (1, trade.reason, trade.pnl_eur)
        assert (pnl.rows[0].closed, pnl.rows[0].net_eur, pnl.open_trades) == (1, trade.pnl_eur, 0)
        assert row.trade == trade
        assert (row.fx_open_usd_per_eur, row.fx_close_usd_per_eur) == (Decimal("1.16"), Decimal("1.16"))
        assert (row.fill_sources, row.spot_close_usd) == (("modelled",), Decimal(2000))
        assert stats.slippage.modelled == stats.slippage.fills == 2


async def test_a_trade_that_was_never_marked_adds_nothing_yet(tmp_path: Path) -> None:
    async with house(tmp_path) as engine:
        await open_trade(engine)

        pnl = await engine.door.accounts.pnl("day")

        assert (pnl.open_trades, pnl.unrealised_eur, pnl.rows[0].closed) == (1, Decimal(0), 0)


async def test_the_account_counts_what_open_trades_tie_up(tmp_path: Path) -> None:
    async with house(tmp_path) as engine:
        before = await engine.door.accounts.account()
        await open_trade(engine)

        after = await engine.door.accounts.account()
        digest = await build_digest(engine.desk)

        assert before.wealth_eur is not None
        assert before.in_eth_eur is not None
        assert before.cash_eur == before.wealth_eur - before.in_eth_eur
        assert (before.open_trades, before.initial_margin_eth, before.margin_usage_frac) == (0, 0, 0.0)
        assert after.free_eth is not None
        assert after.initial_margin_eth is not None
        assert after.free_eth == (before.free_eth or 0) - after.initial_margin_eth
        assert (after.margin_usage_frac, after.engaged_eur) == (digest.ledger.margin_usage_frac, digest.ledger.engaged_eur)


async def test_an_account_nobody_tells_of_names_what_is_missing(tmp_path: Path) -> None:
    async with house(tmp_path) as engine:
        engine.market.muted = {"index_usd", "fx_usd_per_eur"}

        view = await engine.door.accounts.account()

        assert {"index", "fx"} <= set(view.missing)
        assert (view.eth, view.free_eur) == (None, None)
