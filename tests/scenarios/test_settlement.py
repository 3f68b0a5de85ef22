"""Delivery to the digit of the worked example, and what waits when the delivery price does not come."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from mcp.shared.exceptions import MCPError
from mcp_types import INVALID_PARAMS

from engine.core.lifecycle import ProposalEvent, TradeState
from engine.core.model import Bias, Family, OptionType, Strategy
from engine.notices import AlertNotice, SettlementNotice
from engine.runtime import force_close
from engine.state.records import NewFill, NewTrade
from engine.state.repository import Transaction
from tests.engine.core.builders import EXPIRY_AT, NOW
from tests.engine.state.builders import side
from tests.fakes.scripted_market import ScriptedMarket
from tests.scenarios.house import ANNA, CHEAP, at, house, open_trade, unguarded

EXAMPLE = NewTrade(
    proposal_id=1,
    strategy=Strategy.BULL_PUT,
    stage="paper",
    family=Family.INVERSE,
    sides=(side(OptionType.PUT, 1700, 1600, mid_coin="0.0040"),),
    expiry_at=EXPIRY_AT,
    quantity_eth=Decimal(1),
    mid_at_approval_coin=Decimal("0.0040"),
    max_loss_usd=Decimal("102.3"),
    max_loss_eur=Decimal("88.2"),
    initial_margin_eth=Decimal("0.105"),
    maintenance_margin_eth=Decimal("0.08"),
    spot_open_usd=Decimal("1914.7"),
    fx_open_usd_per_eur=Decimal("1.16"),
    dvol_entry_pts=60.0,
    short_delta_entry=0.13,
    net_delta_eth=0.066,
    vega_usd_per_pt=-0.38,
    gamma_usd_per_1pct=-17.0,
    bias=Bias.BULL,
    created_at=NOW,
)
APRIL = replace(side(OptionType.PUT, 1750, 1650), short_instrument="ETH-3APR26-1750-P", long_instrument="ETH-3APR26-1650-P")
CALLS = replace(
    EXAMPLE,
    strategy=Strategy.BEAR_CALL,
    sides=(side(OptionType.CALL, 2150, 2250, mid_coin="0.0034"),),
    mid_at_approval_coin=Decimal("0.0034"),
)


def book_open(tx: Transaction, trade: NewTrade) -> int:
    """The example stands open, as an approval and its fill would have left it."""
    proposal_id = tx.add_proposal(
        kind="entry", strategy=trade.strategy, reason="example", urgency="none", payload_json="", created_at=NOW, expires_at=NOW + timedelta(minutes=30)
    )
    for event in (ProposalEvent.CLAIM, ProposalEvent.APPROVE, ProposalEvent.EXECUTE):
        tx.move_proposal(proposal_id, event, now=NOW, user="chat:7")
    trade_id = tx.add_trade(replace(trade, proposal_id=proposal_id))
    credit = trade.mid_at_approval_coin
    order_id = tx.add_order(proposal_id=proposal_id, trade_id=trade_id, side="open", label=f"cb{trade_id}", quantity_eth=Decimal(1), limit_coin=credit, now=NOW)
    fill = NewFill(
        trade_id=trade_id,
        order_id=order_id,
        side="open",
        at=NOW,
        quantity_eth=Decimal(1),
        price_coin=credit,
        mid_at_approval_coin=credit,
        slippage_frac=Decimal(0),
        fee_coin=Decimal("0.0003"),
        spot_usd=Decimal("1914.7"),
        fx_usd_per_eur=Decimal("1.16"),
        source="modelled",
    )
    tx.book_open_fill(fill)
    return trade_id


# (trade, delivery price, P&L of section 1.6 in ETH before fees, delivery fee): one leg delivered pays once, both pay twice.
DELIVERIES = [
    (EXAMPLE, "1800", "0.0040", "0"),
    (EXAMPLE, "1700", "0.0040", "0"),
    (EXAMPLE, "1680", str(Decimal("0.0040") - Decimal(20) / 1680), "0.00015"),
    (EXAMPLE, "1600", "-0.0585", "0.00015"),
    (EXAMPLE, "1000", "-0.0960", "0.00030"),
    (CALLS, "2150", "0.0034", "0"),
    (CALLS, "2250", str(Decimal("0.0034") - Decimal(100) / 2250), "0.00015"),
    (CALLS, "4000", "-0.0216", "0.00030"),
]


@pytest.mark.parametrize(("trade", "price", "gross_eth", "fee_coin"), DELIVERIES)
async def test_a_delivery_is_booked_as_the_worked_example_says(tmp_path: Path, trade: NewTrade, price: str, gross_eth: str, fee_coin: str) -> None:
    market = ScriptedMarket(deliveries={EXPIRY_AT: Decimal(price)})
    async with house(tmp_path, market=market, start_at=EXPIRY_AT - timedelta(minutes=1), rules=unguarded()) as engine:
        await engine.desk.store.write(lambda tx: book_open(tx, trade))

        await engine.run_until(at("03-20 08:10"))

        (settled,) = await engine.trades()
        pnl_coin = Decimal(gross_eth) - Decimal("0.0003") - Decimal(fee_coin)
        assert (settled.state, settled.close_fee_coin) == (TradeState.SETTLED, Decimal(fee_coin))
        assert settled.pnl_coin == pnl_coin
        assert settled.pnl_usd == pnl_coin * Decimal(price)
        assert settled.pnl_eur == pnl_coin * Decimal(price) / Decimal("1.16")
        (notice,) = engine.notices(SettlementNotice)
        assert (notice.report.pnl_eur, notice.report.delivery_price_usd) == (settled.pnl_eur, Decimal(price))
        assert await engine.audited("trade.settled") == 1


async def test_a_delivery_takes_the_waiting_exit_card_with_it(tmp_path: Path) -> None:
    async with house(tmp_path, rules=unguarded()) as engine:
        await open_trade(engine)
        engine.market.books, engine.market.deliveries = CHEAP, {EXPIRY_AT: Decimal(2000)}
        engine.clock.advance_to(at("03-20 07:59"))
        await force_close.close_now(engine.desk, 1, by=ANNA, under_kill=None)

        await engine.run_until(at("03-20 08:10"))

        assert await engine.states() == ["executed", "superseded"]
        assert engine.outcomes()[-1] == "settled"


async def test_a_missing_delivery_price_is_asked_for_again_and_never_stops_the_other_trades(tmp_path: Path) -> None:
    async with house(tmp_path, rules=unguarded()) as engine:
        await open_trade(engine)
        later = replace(EXAMPLE, expiry_at=EXPIRY_AT + timedelta(days=14), sides=(APRIL,))
        await engine.desk.store.write(lambda tx: book_open(tx, later))
        engine.clock.advance_to(at("03-20 08:05"))
        engine.market.dvol = 75.0

        await engine.run_until(at("03-20 08:24"))

        first, second = await engine.trades()
        assert (first.state, second.state) == (TradeState.OPEN, TradeState.OPEN)
        assert [record.trade_id for record in await engine.pending()] == [second.trade_id]
        assert engine.alerts() == []
        await engine.run_until(at("03-20 08:30"))
        late = engine.notices(AlertNotice)[-1]
        assert (late.code, late.level, late.facts["trade"]) == ("exit-data", "critical", str(first.trade_id))
        engine.market.deliveries[EXPIRY_AT] = Decimal(2000)
        await engine.run_until(at("03-20 08:35"))
        assert (await engine.trades())[0].state is TradeState.SETTLED
        runs = await engine.desk.store.read(lambda tx: tx.runs(at("03-20 08:00"), "settlement"))
        assert {run.outcome for run in runs} == {"ok"}


async def test_a_close_ordered_in_settlement_hours_asks_again_instead_of_inventing_a_fill(tmp_path: Path) -> None:
    async with house(tmp_path, rules=unguarded()) as engine:
        await open_trade(engine)
        engine.market.books = CHEAP
        engine.clock.advance_to(at("03-20 07:26"))

        await force_close.close_now(engine.desk, 1, by=ANNA, under_kill=None)
        await engine.deliver()

        assert (await engine.trades())[0].state is TradeState.OPEN
        assert (engine.card().notice.revision, engine.alerts()) == (2, ["approval-failed"])


async def test_a_hard_exit_on_a_locked_venue_is_tried_every_five_minutes_until_it_opens(tmp_path: Path) -> None:
    async with house(tmp_path) as engine:
        await open_trade(engine)
        engine.market.dvol = 70.0
        await engine.run_until(at("03-02 14:30"))
        engine.market.is_locked = True

        await engine.run_until(at("03-02 14:56"))

        assert (await engine.trades())[0].state is TradeState.OPEN
        failed_at = [notice.at for notice in engine.notices(AlertNotice)]
        assert failed_at == [at("03-02 14:45"), at("03-02 14:50"), at("03-02 14:55")]
        engine.market.is_locked = False
        await engine.run_until(at("03-02 15:00"))
        assert (await engine.trades())[0].state is TradeState.CLOSED


@pytest.mark.parametrize("rate", [None, "0", "11.6"])
async def test_a_missing_or_impossible_exchange_rate_keeps_no_trade_open(tmp_path: Path, rate: str | None) -> None:
    async with house(tmp_path) as engine:
        await open_trade(engine)
        engine.market.dvol = 70.0
        if rate is None:
            engine.market.muted = {"fx_usd_per_eur"}
        else:
            engine.market.fx = Decimal(rate)

        await engine.run_until(at("03-02 14:45"))

        (trade,) = await engine.trades()
        assert trade.state is TradeState.CLOSED
        assert trade.pnl_usd is not None
        assert trade.pnl_eur == trade.pnl_usd / Decimal("1.16")
        assert trade.pnl_coin is not None


async def test_a_delivery_is_booked_without_an_exchange_rate_at_the_one_of_the_opening(tmp_path: Path) -> None:
    market = ScriptedMarket(deliveries={EXPIRY_AT: Decimal(2000)}, muted={"fx_usd_per_eur"})
    async with house(tmp_path, market=market, start_at=EXPIRY_AT - timedelta(minutes=1), rules=unguarded()) as engine:
        await engine.desk.store.write(lambda tx: book_open(tx, EXAMPLE))

        await engine.run_until(at("03-20 08:10"))

        (trade,) = await engine.trades()
        assert trade.pnl_eur == Decimal("0.0037") * 2000 / Decimal("1.16")


async def test_an_order_name_given_twice_is_impossible_so_the_engine_is_killed_and_the_card_asks_again(tmp_path: Path) -> None:
    async with house(tmp_path) as engine:
        await open_trade(engine)
        engine.market.books = CHEAP
        await engine.run_until(at("03-02 19:00"))
        # A second order of the same name cannot stand: whatever made the first, this one is not placed.
        await engine.desk.store.write(lambda tx: _named_before(tx, "cb0-1-c0-2"))

        await engine.tap("approve", engine.card())

        assert ((await engine.trades())[0].state, await engine.states()) == (TradeState.OPEN, ["executed", "pending"])
        assert engine.alerts() == ["kill", "approval-failed"]
        assert (await engine.door.status()).is_killed


def _named_before(tx: Transaction, label: str) -> None:
    number = tx.add_order(proposal_id=1, trade_id=1, side="close", label=label, quantity_eth=Decimal(2), limit_coin=Decimal("0.001"), now=NOW)
    tx.settle_order(number, "not_placed", now=NOW)


async def test_a_server_that_refuses_the_delivery_price_only_delays_the_settlement(tmp_path: Path) -> None:
    async with house(tmp_path, start_at=EXPIRY_AT - timedelta(minutes=1), rules=unguarded()) as engine:
        await engine.desk.store.write(lambda tx: book_open(tx, EXAMPLE))
        engine.market.on_call = _refuse_delivery

        await engine.run_until(at("03-20 08:10"))

        engine.market.on_call, engine.market.deliveries = (lambda _name: None), {EXPIRY_AT: Decimal(2000)}
        assert (await engine.trades())[0].state is TradeState.OPEN
        await engine.run_until(at("03-20 08:15"))
        assert (await engine.trades())[0].state is TradeState.SETTLED


def _refuse_delivery(question: str) -> None:
    if question == "delivery_price":
        raise MCPError(INVALID_PARAMS, "not today", {"retryable": False})
