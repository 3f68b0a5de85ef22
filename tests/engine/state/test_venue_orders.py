"""An order at the venue is written before it is sent, and the store keeps the laws over it by itself."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from engine.core.lifecycle import OrderEvent, OrderState, TradeEvent, TradeState
from engine.core.model_venue import Direction
from engine.errors import InvariantBroken, StateError
from engine.execution.orders import LONG_LEG, venue_label
from engine.state.models_venue import MODELS
from engine.state.repository import Store, Transaction
from engine.state.venue_records import IntentLeg, IntentTerms, NewVenueOrder, VenueFillRecord
from tests.engine.state.builders import LATER, NOW, add_proposal, closing_of, fill_of, new_trade

SHORT, LONG = "ETH-20MAR26-1750-P", "ETH-20MAR26-1650-P"
TICK = Decimal("0.0001")


def intent(tx: Transaction) -> int:
    trade_id = tx.add_trade(new_trade(add_proposal(tx)))
    trade = tx.trade(trade_id)
    assert trade is not None
    return tx.add_order(
        proposal_id=trade.proposal_id, trade_id=trade_id, side="open", label="cb0-1-o0-1", quantity_eth=Decimal(2), limit_coin=Decimal("0.0120"), now=NOW
    )


def new_order(order_id: int, *, label: str = "cb0-1-o0-1.1", part: int = 0) -> NewVenueOrder:
    return NewVenueOrder(
        order_id=order_id,
        part=part,
        label=label,
        instrument="ETH-PS-20MAR26-1650_1750",
        direction=Direction.SELL,
        amount_eth=Decimal(2),
        limit_coin=Decimal("0.0120"),
        valid_until_at=LATER,
        sent_at=NOW,
    )


def fill(number: int, key: str, amount: str) -> VenueFillRecord:
    return VenueFillRecord(
        trade_key=key,
        number=number,
        instrument="ETH-PS-20MAR26-1650_1750",
        direction=Direction.SELL,
        amount_eth=Decimal(amount),
        price_coin=Decimal("0.0120"),
        fee_coin=Decimal("0.0003"),
        fee_coin_name="ETH",
        index_usd=None,
        at=LATER,
        source="testnet",
    )


def terms_of(order_id: int) -> IntentTerms:
    return IntentTerms(
        order_id=order_id,
        proposal_id=1,
        urgency="entry",
        worst_received_coin=Decimal("0.0114"),
        tick_coin=TICK,
        lot_eth=Decimal(1),
        legs=(
            IntentLeg(instrument=SHORT, direction=Direction.SELL, side=0, is_short=True),
            IntentLeg(instrument=LONG, direction=Direction.BUY, side=0, is_short=False),
        ),
        under_kill=None,
    )


def test_what_an_approval_allows_is_told_as_it_was_stored_and_only_once(store: Store) -> None:
    order_id = store.write_sync(intent)
    store.write_sync(lambda tx: tx.add_intent_terms(terms_of(order_id)))
    store.write_sync(lambda tx: tx.settle_order(order_id, "not_placed", now=NOW))

    def again(tx: Transaction) -> None:
        values = {"trade_id": 1, "side": "open", "label": "cb0-1-o0-9", "quantity_eth": Decimal(2), "limit_coin": Decimal("0.0120")}
        tx.add_intent_terms(terms_of(tx.add_order(proposal_id=1, now=NOW, **values)))

    with pytest.raises(InvariantBroken):
        store.write_sync(again)

    assert store.read_sync(lambda tx: tx.intent_terms(order_id)) == terms_of(order_id)
    assert store.read_sync(lambda tx: tx.intent_terms(order_id + 1)) is None


def test_an_order_is_written_sent_filled_in_parts_and_ended(store: Store) -> None:
    number = store.write_sync(lambda tx: tx.add_venue_order(new_order(intent(tx))))

    def work(tx: Transaction) -> None:
        tx.move_venue_order(number, OrderEvent.ACCEPTED, now=NOW)
        tx.name_venue_order(number, "ETH-77")
        tx.name_venue_order(number, "ETH-77")
        tx.limit_venue_order(number, Decimal("0.0119"))
        tx.note_venue_action(number, "move", now=LATER)
        assert tx.add_venue_fill(fill(number, "t1", "1"))
        assert not tx.add_venue_fill(fill(number, "t1", "1"))
        assert tx.add_venue_fill(fill(number, "t2", "0.5"))
        tx.move_venue_order(number, OrderEvent.ENDED, now=LATER, cause="time over")

    store.write_sync(work)
    record = store.read_sync(lambda tx: tx.venue_order(number))

    assert record is not None
    assert (record.state, record.filled_eth, record.left_eth, record.limit_coin) == (OrderState.CANCELLED, Decimal("1.5"), Decimal("0.5"), Decimal("0.0119"))
    assert (record.venue_order_id, record.cause, record.ended_at) == ("ETH-77", "time over", LATER)
    assert store.read_sync(lambda tx: tx.venue_order_named("cb0-1-o0-1.1")) == record
    assert store.read_sync(lambda tx: [each.trade_key for _, each in tx.venue_fills(record.order_id)]) == ["t1", "t2"]
    assert store.read_sync(lambda tx: tx.live_venue_orders()) == ()
    assert store.read_sync(lambda tx: (tx.venue_actions_since(NOW - timedelta(seconds=1)), tx.venue_actions_since(NOW))) == (2, 1)


def test_a_leg_has_one_live_order_and_a_label_one_row(store: Store) -> None:
    order_id = store.write_sync(intent)
    store.write_sync(lambda tx: tx.add_venue_order(new_order(order_id)))
    with pytest.raises(InvariantBroken):
        store.write_sync(lambda tx: tx.add_venue_order(new_order(order_id, label="cb0-1-o0-1.2")))
    with pytest.raises(InvariantBroken):
        store.write_sync(lambda tx: tx.add_venue_order(new_order(order_id, part=LONG_LEG)))
    assert len(store.read_sync(lambda tx: tx.venue_orders(order_id))) == 1


def test_an_order_is_never_two_orders_at_the_venue_and_never_takes_a_step_it_cannot(store: Store) -> None:
    number = store.write_sync(lambda tx: tx.add_venue_order(new_order(intent(tx))))
    store.write_sync(lambda tx: tx.name_venue_order(number, "ETH-77"))
    with pytest.raises(InvariantBroken, match="ETH-77 at the venue and not ETH-78"):
        store.write_sync(lambda tx: tx.name_venue_order(number, "ETH-78"))
    with pytest.raises(InvariantBroken, match="sending cannot be not_found"):
        store.write_sync(lambda tx: tx.move_venue_order(number, OrderEvent.NOT_FOUND, now=NOW))
    with pytest.raises(StateError, match="no order 99"):
        store.write_sync(lambda tx: tx.move_venue_order(99, OrderEvent.ACCEPTED, now=NOW))


def test_the_models_and_the_tables_have_the_same_columns(store: Store) -> None:
    for model in MODELS:
        names = store.read_sync(lambda tx, model=model: [row[1] for row in tx._sql(f"PRAGMA table_info({model._meta.table_name})")])

        assert sorted(names) == sorted(field.column_name for field in model._meta.sorted_fields)


def test_labels_of_one_intent_differ_by_leg_and_attempt() -> None:
    assert venue_label("cb0-5-o0-12", part=0, attempt=1) == "cb0-5-o0-12.1"
    assert venue_label("cb0-5-o0-12", part=LONG_LEG, attempt=2) == "cb0-5-o4-12.2"


def test_a_smaller_fill_shrinks_what_the_trade_may_lose(store: Store) -> None:
    trade_id = store.write_sync(lambda tx: tx.add_trade(new_trade(add_proposal(tx))))
    before = store.read_sync(lambda tx: tx.trade(trade_id))
    store.write_sync(lambda tx: tx.book_open_fill(fill_of(trade_id, side="open", quantity_eth="1")))
    after = store.read_sync(lambda tx: tx.trade(trade_id))

    assert before is not None
    assert after is not None
    assert (after.quantity_eth, after.max_loss_eur, after.initial_margin_eth) == (Decimal(1), before.max_loss_eur / 2, before.initial_margin_eth / 2)
    assert after.vega_usd_per_pt == before.vega_usd_per_pt / 2


def test_a_trade_is_closed_in_parts_and_ends_with_the_last_one(store: Store) -> None:
    def begin(tx: Transaction) -> int:
        trade_id = tx.add_trade(new_trade(add_proposal(tx)))
        tx.book_open_fill(fill_of(trade_id, side="open"))
        tx.move_trade(trade_id, TradeEvent.CLOSE_STARTED)
        return trade_id

    trade_id = store.write_sync(begin)
    with pytest.raises(InvariantBroken, match="are no part of the 2 ETH left"):
        store.write_sync(lambda tx: tx.book_part_close(fill_of(trade_id, side="close", quantity_eth="2")))
    store.write_sync(lambda tx: tx.book_part_close(fill_of(trade_id, side="close", quantity_eth="1")))
    open_again = store.read_sync(lambda tx: tx.trade(trade_id))
    assert open_again is not None
    assert (open_again.state, store.read_sync(lambda tx: tx.left_eth(open_again))) == (TradeState.OPEN, Decimal(1))

    store.write_sync(lambda tx: tx.move_trade(trade_id, TradeEvent.CLOSE_STARTED))
    whole = closing_of(trade_id, event=TradeEvent.CLOSE_FILLED, fill=fill_of(trade_id, side="close"))
    with pytest.raises(InvariantBroken, match="does not close the 1 ETH"):
        store.write_sync(lambda tx: tx.book_close(whole))
    store.write_sync(lambda tx: tx.book_close(replace(whole, fill=fill_of(trade_id, side="close", quantity_eth="1"))))

    ended = store.read_sync(lambda tx: tx.trade(trade_id))
    assert ended is not None
    assert ended.state is TradeState.CLOSED
