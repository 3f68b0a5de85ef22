"""Linear contracts and iron condors lived through by the whole engine: the money of every trade adds up."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from engine.app import MarketPlan, build_market, replay_desk
from engine.clock import ManualClock
from engine.config import load_rules
from engine.core.lifecycle import TradeState
from engine.core.model import Family, OptionType, Strategy
from engine.market.model import Market
from engine.market.synthetic import DEMO_START_AT
from engine.research.replay import Policy, ReplayPlan, run_replay
from engine.runtime.desk import Desk
from engine.state.records import FillRecord, NewFill, TradeRecord
from engine.views import ReplaySummary

FOUR_DAYS = timedelta(days=3.8)
LINEAR = """
[meta]
contract_family = "linear_usdc"
"""
ONE_TRADE = """
[caps.paper]
new_per_week = 1
"""
FRIDAY_EXPIRY = """
[strikes]
dte_min_d = 3
dte_max_d = 5
dte_target_d = 4
roundtrip_fees_over_credit_max_frac = 0.9
credit_min = { linear_usdc = 1.0 }
"""
HELD_TO_EXPIRY = """
[exit]
time_stop_dte_d = 0.01
profit_take_net_frac = 0.99
stop_loss_x_credit = 99
short_delta_breach = 0.99
vol_stop_pts = 99
adverse_move = { move_frac = 0.9 }
pin_risk = { dte_max_d = 0.01 }
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lived:
    """A replay that is over: its summary, its trades with their fills, the market it was played on."""

    summary: ReplaySummary
    trades: tuple[TradeRecord, ...]
    fills: tuple[tuple[NewFill, ...], ...]
    market: Market


async def lived(tmp_path: Path, plan: MarketPlan, *, days: timedelta, config: str) -> Lived:
    """The days from the plan's start, every card answered with yes, as an operator with this config.toml would live them."""
    (tmp_path / "config.toml").write_text(config)
    loaded = load_rules(tmp_path / "config.toml")
    market = build_market(plan, loaded.rules)
    start_at = DEMO_START_AT if plan.start_at is None else plan.start_at
    seen: list[tuple[TradeRecord, tuple[FillRecord, ...]]] = []

    @asynccontextmanager
    async def desk_of(clock: ManualClock) -> AsyncIterator[Desk]:
        async with replay_desk(clock, market=market, name="test", loaded=loaded, scratch=tmp_path) as desk:
            yield desk
            trades = await desk.store.read(lambda tx: (*tx.open_trades(), *tx.closed_trades()))
            seen.extend([(trade, await desk.store.read(lambda tx, trade=trade: tx.fills(trade.trade_id))) for trade in trades])

    summary = await run_replay(ReplayPlan(desk=desk_of, from_at=start_at, to_at=start_at + days, history="test", policy=Policy.APPROVE))
    return Lived(
        summary=summary, trades=tuple(trade for trade, _ in seen), fills=tuple(tuple(record.fill for record in fills) for _, fills in seen), market=market
    )


def reconciles(trade: TradeRecord, market: Market) -> bool:
    """True when the trade's USDC, USD and EUR are what its own credit, debit, fees and size make."""
    assert trade.closed_at is not None
    assert None not in (trade.credit_coin, trade.debit_coin, trade.open_fee_coin, trade.close_fee_coin)
    fx = market.fx_usd_per_eur(trade.closed_at)
    assert fx is not None
    kept_coin = trade.credit_coin - trade.debit_coin - trade.open_fee_coin - trade.close_fee_coin
    return trade.pnl_coin == kept_coin * trade.quantity_eth and trade.pnl_usd == trade.pnl_coin and trade.pnl_eur == trade.pnl_usd / fx.value


async def test_linear_credit_spreads_are_proposed_filled_and_bought_back_in_usdc(tmp_path: Path) -> None:
    """Under the written thresholds; only the contracts are the operator's choice."""
    told = await lived(tmp_path, MarketPlan(seed=2), days=timedelta(days=4.5), config=LINEAR)
    closed = [trade for trade in told.trades if trade.state is TradeState.CLOSED]

    assert (told.summary.jobs_failed, told.summary.stats.closed) == (0, len(closed))
    assert len(closed) >= 1
    assert {trade.family for trade in told.trades} == {Family.LINEAR_USDC}
    for trade in closed:
        assert (trade.strategy, trade.close_reason) == (Strategy.BEAR_CALL, "profit_take")
        assert trade.sides[0].short_instrument.startswith("ETH_USDC-16OCT26-")
        assert trade.quantity_eth % Decimal("0.1") == 0
        assert trade.credit_coin is not None
        assert trade.credit_coin >= 6
        assert reconciles(trade, told.market)
    assert all(fill.price_coin % Decimal("0.1") == 0 for fills in told.fills for fill in fills)


async def test_a_linear_spread_that_ends_in_the_money_pays_its_value_in_usdc(tmp_path: Path) -> None:
    told = await lived(tmp_path, MarketPlan(seed=107), days=FOUR_DAYS, config=LINEAR + ONE_TRADE + FRIDAY_EXPIRY + HELD_TO_EXPIRY)
    (trade,) = told.trades
    delivered_usd = told.market.delivery_price(trade.expiry_at, t=trade.expiry_at)

    assert trade.state is TradeState.SETTLED
    assert delivered_usd is not None
    assert trade.debit_coin == delivered_usd - trade.sides[0].strikes.short_strike_usd
    assert trade.close_fee_coin == min(Decimal("0.00015") * delivered_usd, Decimal("0.125") * trade.debit_coin)
    assert reconciles(trade, told.market)


@pytest.mark.slow
async def test_a_linear_condor_is_opened_and_settled_in_usdc(tmp_path: Path) -> None:
    told = await lived(tmp_path, MarketPlan(seed=122), days=FOUR_DAYS, config=LINEAR + ONE_TRADE + FRIDAY_EXPIRY + HELD_TO_EXPIRY)
    (trade,) = told.trades

    assert (trade.strategy, trade.state) == (Strategy.IRON_CONDOR, TradeState.SETTLED)
    assert [side.strikes.option_type for side in trade.sides] == [OptionType.PUT, OptionType.CALL]
    assert (trade.debit_coin, trade.close_fee_coin) == (0, 0)
    assert reconciles(trade, told.market)


async def test_a_condor_is_proposed_in_a_calm_market_and_bought_back_when_a_short_leg_comes_near(tmp_path: Path) -> None:
    """Row 9 with its written bounds on coin-settled contracts; the delta stop stands nearer so that it fires within a day."""
    told = await lived(tmp_path, MarketPlan(seed=5), days=timedelta(days=1), config="[exit]\nshort_delta_breach = 0.205\n")
    (trade,), (fills,) = told.trades, told.fills
    closing = fills[-1]

    assert (trade.strategy, trade.family, trade.state) == (Strategy.IRON_CONDOR, Family.INVERSE, TradeState.CLOSED)
    assert (trade.close_reason, told.summary.exits_by_reason) == ("delta_breach", (("delta_breach", 1),))
    assert len(fills) == 2
    assert None not in (trade.credit_coin, trade.debit_coin, trade.open_fee_coin, trade.close_fee_coin)
    assert trade.pnl_coin == (trade.credit_coin - trade.debit_coin - trade.open_fee_coin - trade.close_fee_coin) * trade.quantity_eth
    assert trade.pnl_usd == trade.pnl_coin * closing.spot_usd
    assert trade.pnl_eur == trade.pnl_usd / closing.fx_usd_per_eur


async def test_a_linear_trade_lives_on_recorded_inverse_chains_and_the_summary_says_they_are_modelled(history_dir: Path, tmp_path: Path) -> None:
    start_at = datetime(2026, 3, 2, 13, 58, tzinfo=UTC)
    told = await lived(tmp_path, MarketPlan(history=history_dir, start_at=start_at), days=timedelta(days=1), config=LINEAR)
    (trade,) = told.trades

    assert (trade.family, trade.state, trade.close_reason) == (Family.LINEAR_USDC, TradeState.CLOSED, "delta_breach")
    assert reconciles(trade, told.market)
    assert (told.summary.scans, told.summary.modelled_scans) == (1, 1)
