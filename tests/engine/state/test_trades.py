"""Trades move along the table, fills never exceed what was approved."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from engine.core.lifecycle import TradeEvent, TradeState
from engine.core.model import OptionType, Strategy
from engine.errors import InvariantBroken, StateError
from engine.state.records import EquityRecord, Exposure, MarkRecord, SideClosed, SideClosing
from engine.state.repository import Store, Transaction
from tests.engine.state.builders import LATER, NOW, add_proposal, closing_of, fill_of, new_trade, open_trade, side


def add_order(tx: Transaction, trade_id: int, *, side: str = "open", label: str = "cb-1-open") -> int:
    trade = tx.trade(trade_id)
    proposal_id = 0 if trade is None else trade.proposal_id
    return tx.add_order(proposal_id=proposal_id, trade_id=trade_id, side=side, label=label, quantity_eth=Decimal(2), limit_coin=Decimal("0.0120"), now=NOW)


def test_a_trade_from_approval_to_its_end(store: Store) -> None:
    def begin(tx: Transaction) -> tuple[int, int]:
        trade_id = tx.add_trade(new_trade(add_proposal(tx)))
        return trade_id, add_order(tx, trade_id)

    trade_id, order_id = store.write_sync(begin)
    assert [order.order_id for order in store.read_sync(lambda tx: tx.unsettled_orders())] == [order_id]
    store.write_sync(lambda tx: tx.book_open_fill(fill_of(trade_id, side="open", order_id=order_id)))
    opened = store.read_sync(lambda tx: tx.trade(trade_id))
    assert opened is not None
    assert (opened.state, opened.credit_coin, opened.open_fee_coin, opened.opened_at) == (TradeState.OPEN, Decimal("0.0120"), Decimal("0.0006"), NOW)
    assert store.read_sync(lambda tx: tx.unsettled_orders()) == ()

    store.write_sync(lambda tx: tx.move_trade(trade_id, TradeEvent.CLOSE_STARTED))
    closing_order = store.write_sync(lambda tx: add_order(tx, trade_id, side="close", label="cb-1-close"))
    fill = fill_of(trade_id, side="close", order_id=closing_order, price_coin="0.0050")
    store.write_sync(lambda tx: tx.book_close(closing_of(trade_id, event=TradeEvent.CLOSE_FILLED, fill=fill)))
    closed = store.read_sync(lambda tx: tx.trade(trade_id))

    assert closed is not None
    assert (closed.state, closed.pnl_eur, closed.close_reason, closed.closed_at) == (TradeState.CLOSED, Decimal("37.48"), "profit_take", LATER)
    assert [record.fill for record in store.read_sync(lambda tx: tx.fills(trade_id))][1] == fill
    assert store.read_sync(lambda tx: tx.closed_trades()) == (closed,)
    assert store.read_sync(lambda tx: tx.closed_trades(LATER)) == (closed,)
    assert store.read_sync(lambda tx: tx.closed_trades(LATER + timedelta(seconds=1))) == ()
    assert store.read_sync(lambda tx: tx.open_trades()) == ()
    assert [order.state for order in store.read_sync(lambda tx: tx.orders(trade_id))] == ["filled", "filled"]


def test_a_smaller_fill_makes_a_smaller_trade_and_a_larger_one_is_impossible(store: Store) -> None:
    trade_id = store.write_sync(lambda tx: tx.add_trade(new_trade(add_proposal(tx))))
    with pytest.raises(InvariantBroken, match="approved for 2 ETH"):
        store.write_sync(lambda tx: tx.book_open_fill(fill_of(trade_id, side="open", quantity_eth="2.001")))
    with pytest.raises(InvariantBroken):
        store.write_sync(lambda tx: tx.book_open_fill(fill_of(trade_id, side="close")))
    store.write_sync(lambda tx: tx.book_open_fill(fill_of(trade_id, side="open", quantity_eth="1")))
    trade = store.read_sync(lambda tx: tx.trade(trade_id))

    assert trade is not None
    assert trade.quantity_eth == 1
    with pytest.raises(InvariantBroken):
        store.write_sync(lambda tx: tx.book_open_fill(fill_of(trade_id, side="open", quantity_eth="1")))


def test_a_delivered_trade_has_no_closing_fill(store: Store) -> None:
    trade_id = store.write_sync(open_trade)
    with pytest.raises(InvariantBroken, match="with a fill"):
        store.write_sync(lambda tx: tx.book_close(closing_of(trade_id, event=TradeEvent.DELIVERED, fill=fill_of(trade_id, side="close"))))

    assert store.write_sync(lambda tx: tx.book_close(closing_of(trade_id, event=TradeEvent.DELIVERED, fill=None))) is None
    assert [trade.state for trade in store.read_sync(lambda tx: tx.closed_trades())] == [TradeState.SETTLED]


def test_a_trade_is_closed_whole_or_not_at_all(store: Store) -> None:
    trade_id = store.write_sync(open_trade)
    store.write_sync(lambda tx: tx.move_trade(trade_id, TradeEvent.CLOSE_STARTED))
    half = closing_of(trade_id, event=TradeEvent.CLOSE_FILLED, fill=fill_of(trade_id, side="close", quantity_eth="1"))

    with pytest.raises(InvariantBroken, match="does not close"):
        store.write_sync(lambda tx: tx.book_close(half))
    with pytest.raises(InvariantBroken, match="without a fill"):
        store.write_sync(lambda tx: tx.book_close(closing_of(trade_id, event=TradeEvent.CLOSE_FILLED, fill=None)))
    assert [trade.state for trade in store.read_sync(lambda tx: tx.open_trades())] == [TradeState.CLOSING]


def test_a_trade_has_one_live_order_per_side_and_a_label_is_used_once(store: Store) -> None:
    trade_id = store.write_sync(lambda tx: tx.add_trade(new_trade(add_proposal(tx))))
    order_id = store.write_sync(lambda tx: add_order(tx, trade_id))
    with pytest.raises(InvariantBroken):
        store.write_sync(lambda tx: add_order(tx, trade_id, label="cb-2-open"))
    store.write_sync(lambda tx: tx.settle_order(order_id, "not_placed", now=NOW))
    with pytest.raises(InvariantBroken):
        store.write_sync(lambda tx: add_order(tx, trade_id))
    with pytest.raises(InvariantBroken, match="settled before"):
        store.write_sync(lambda tx: tx.settle_order(order_id, "filled", now=NOW))

    assert store.write_sync(lambda tx: add_order(tx, trade_id, label="cb-2-open")) == order_id + 1
    assert [(order.label, order.state) for order in store.read_sync(lambda tx: tx.unsettled_orders())] == [("cb-2-open", "intended")]


def test_a_proposal_becomes_one_trade(store: Store) -> None:
    proposal_id = store.write_sync(add_proposal)
    store.write_sync(lambda tx: tx.add_trade(new_trade(proposal_id)))

    with pytest.raises(InvariantBroken):
        store.write_sync(lambda tx: tx.add_trade(new_trade(proposal_id)))


def test_an_unknown_trade_cannot_move(store: Store) -> None:
    with pytest.raises(StateError, match="no trade 9"):
        store.write_sync(lambda tx: tx.move_trade(9, TradeEvent.OPEN_FAILED))


def test_an_amount_that_is_none_is_refused(store: Store) -> None:
    with pytest.raises(InvariantBroken, match="storable amount"):
        store.write_sync(lambda tx: tx.add_equity(EquityRecord(at=NOW, realised_eur=Decimal("NaN"), unrealised_eur=Decimal(0))))


def test_marks_checks_and_equity_are_remembered(store: Store) -> None:
    trade_id = store.write_sync(open_trade)
    full = MarkRecord(
        trade_id=trade_id,
        at=NOW,
        mark_coin=Decimal("0.0100"),
        natural_coin=Decimal("0.0110"),
        spot_usd=Decimal("3500.1"),
        dvol_pts=60.25,
        short_delta=-0.1,
        unrealised_eur=Decimal("-3.20"),
    )
    empty = MarkRecord(trade_id=trade_id, at=LATER, mark_coin=None, natural_coin=None, spot_usd=None, dvol_pts=None, short_delta=None, unrealised_eur=None)
    points = [EquityRecord(at=at, realised_eur=Decimal("1.10"), unrealised_eur=Decimal("-0.30")) for at in (NOW, LATER)]

    def work(tx: Transaction) -> None:
        tx.add_mark(full)
        tx.add_mark(empty)
        tx.note_check(trade_id, at=LATER, stale_misses=2, unanswered_time_stops=1)
        for point in points:
            tx.add_equity(point)

    store.write_sync(work)
    trade = store.read_sync(lambda tx: tx.trade(trade_id))

    assert store.read_sync(lambda tx: tx.marks(trade_id)) == (full, empty)
    assert store.read_sync(lambda tx: tx.last_mark(trade_id)) == empty
    assert store.read_sync(lambda tx: tx.last_mark(99)) is None
    assert store.read_sync(lambda tx: tx.equity()) == tuple(points)
    assert store.read_sync(lambda tx: tx.equity(LATER)) == (points[1],)
    assert trade is not None
    assert (trade.checked_at, trade.stale_misses, trade.unanswered_time_stops) == (LATER, 2, 1)


def open_condor(tx: Transaction) -> int:
    sides = (side(OptionType.PUT, 3200, 3000, mid_coin="0.0070"), side(OptionType.CALL, 4000, 4200, mid_coin="0.0055"))
    trade_id = tx.add_trade(replace(new_trade(add_proposal(tx)), strategy=Strategy.IRON_CONDOR, sides=sides))
    tx.book_open_fill(fill_of(trade_id, side="open"))
    return trade_id


def side_closed(trade_id: int, option_type: OptionType) -> SideClosed:
    closing = SideClosing(
        at=LATER,
        debit_coin=Decimal("0.0010"),
        close_fee_coin=Decimal("0.0003"),
        pnl_coin=Decimal("0.0080"),
        pnl_usd=Decimal("28.10"),
        pnl_eur=Decimal("25.85"),
    )
    left = Exposure(
        initial_margin_eth=Decimal("0.05"),
        maintenance_margin_eth=Decimal("0.04"),
        net_delta_eth=-0.07,
        vega_usd_per_pt=-0.9,
        gamma_usd_per_1pct=-1.6,
    )
    return SideClosed(trade_id=trade_id, option_type=option_type, closing=closing, fill=fill_of(trade_id, side="close"), left=left)


def test_one_side_of_a_condor_is_closed_and_the_other_stays_open(store: Store) -> None:
    trade_id = store.write_sync(open_condor)
    store.write_sync(lambda tx: tx.move_trade(trade_id, TradeEvent.CLOSE_STARTED))
    store.write_sync(lambda tx: tx.book_side_close(side_closed(trade_id, OptionType.PUT)))
    trade = store.read_sync(lambda tx: tx.trade(trade_id))

    assert trade is not None
    assert (trade.state, trade.strategy, trade.net_delta_eth, trade.initial_margin_eth) == (TradeState.OPEN, Strategy.IRON_CONDOR, -0.07, Decimal("0.05"))
    assert [each.closing for each in trade.sides] == [side_closed(trade_id, OptionType.PUT).closing, None]
    assert trade.open_strikes == (side(OptionType.CALL, 4000, 4200).strikes,)


def test_the_last_side_and_a_side_that_is_gone_cannot_be_closed_by_themselves(store: Store) -> None:
    trade_id = store.write_sync(open_condor)
    store.write_sync(lambda tx: tx.move_trade(trade_id, TradeEvent.CLOSE_STARTED))
    store.write_sync(lambda tx: tx.book_side_close(side_closed(trade_id, OptionType.CALL)))
    store.write_sync(lambda tx: tx.move_trade(trade_id, TradeEvent.CLOSE_STARTED))

    for option_type in OptionType:
        with pytest.raises(InvariantBroken, match="by itself"):
            store.write_sync(lambda tx, gone=option_type: tx.book_side_close(side_closed(trade_id, gone)))
    smaller = replace(side_closed(trade_id, OptionType.PUT), fill=fill_of(trade_id, side="close", quantity_eth="1"))
    with pytest.raises(InvariantBroken):
        store.write_sync(lambda tx: tx.book_side_close(smaller))
