"""Orders, combos and trades: what the venue is asked to do, and what it says it has done.

Rules of this file: an order has a limit, an amount and a label, and is sent once; its
reply is read in full before anything is believed; a market order does not exist here.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Literal

from pydantic import Field

from engine.clients.wire_venue import (
    CancelledWire,
    ComboWire,
    Direction,
    LegWire,
    NewOrderWire,
    OrderState,
    OrdersWire,
    OrderWire,
    PlacedWire,
    TradesWire,
    TradeWire,
)
from engine.servers.deribit.market import VENUE
from engine.servers.deribit.private import PrivateVenue
from engine.servers.deribit.rpc import Answer, Params, instant_of_ms, ms_of
from engine.servers.shapes import Number, Shape, shaped, tidy
from engine.servers.upstream import UpstreamError

TRADES_PER_QUESTION = 1_000
TRADE_PAGES_MAX = 10
RECENT = timedelta(hours=24)
"""Trades younger than this are in the venue's recent records, older ones in its historical ones, with some overlap."""
PERCENT = 100.0


class _Order(Shape):
    order_id: str
    instrument_name: str
    label: str = ""
    order_state: OrderState
    direction: Direction
    price: Number | str | None = None
    amount: Number
    filled_amount: Number
    average_price: Number | None = None
    creation_timestamp: int
    last_update_timestamp: int
    reduce_only: bool = False
    post_only: bool = False


class _Trade(Shape):
    trade_id: str
    order_id: str
    instrument_name: str
    label: str = ""
    direction: Direction
    price: Number
    amount: Number
    fee: Number
    fee_currency: str
    timestamp: int
    index_price: Number | None = None
    mark_price: Number | None = None
    iv: Number | None = None
    combo_id: str | None = None
    liquidity: Literal["M", "T"] | None = None
    legs: list[_Trade] = Field(default_factory=list)


class _Placed(Shape):
    order: _Order
    trades: list[_Trade] = Field(default_factory=list)


class _Trades(Shape):
    trades: list[_Trade]
    has_more: bool = False


class _Leg(Shape):
    instrument_name: str
    amount: int


class _Combo(Shape):
    id: str
    state: Literal["active", "inactive", "rfq"]
    legs: list[_Leg]


async def create_combo(venue: PrivateVenue, legs: list[dict[str, object]]) -> ComboWire:
    """The combo of these legs exists; the same legs give the same combo, so asking again does nothing more."""
    told = shaped(_Combo, (await venue.order("private/create_combo", {"trades": legs})).result, upstream=VENUE)
    rows = [LegWire.model_construct(instrument_name=leg.instrument_name, ratio=leg.amount) for leg in told.legs]
    return ComboWire.model_construct(combo_id=told.id, state=told.state, legs=rows)


async def place_order(venue: PrivateVenue, order: NewOrderWire) -> PlacedWire:
    """The venue has taken the order. Raises UpstreamError; only a refusal proves that there is none."""
    asked: Params = {
        "instrument_name": order.instrument_name,
        "amount": order.amount_eth,
        "type": "limit",
        "price": order.price_coin,
        "label": order.label,
        "time_in_force": order.time_in_force,
        "post_only": order.is_post_only,
        "reject_post_only": order.is_post_only,
        "reduce_only": order.is_reduce_only,
        "valid_until": None if order.valid_until is None else ms_of(order.valid_until),
    }
    return _placed(await venue.order(f"private/{order.direction}", asked), label=order.label)


async def edit_order(venue: PrivateVenue, order_id: str, *, amount_eth: Number, price_coin: Number, valid_until: datetime | None) -> PlacedWire:
    """The order works at this price and amount. Raises UpstreamError; only a refusal proves that it does not."""
    until = None if valid_until is None else ms_of(valid_until)
    return _placed(await venue.order("private/edit", {"order_id": order_id, "amount": amount_eth, "price": price_coin, "valid_until": until}))


async def order(venue: PrivateVenue, order_id: str) -> OrdersWire:
    """The order of this number as it stands."""
    answer = await venue.ask("private/get_order_state", {"order_id": order_id})
    return _orders(answer, [shaped(_Order, answer.result, upstream=VENUE)])


async def orders_by_label(venue: PrivateVenue, currency: str, label: str) -> OrdersWire:
    """Every order the venue still knows under this label: open ones and those of the last half hour."""
    answer = await venue.ask("private/get_order_state_by_label", {"currency": currency, "label": label})
    return _orders(answer, shaped(list[_Order], answer.result, upstream=VENUE))


async def open_orders(venue: PrivateVenue, currency: str) -> OrdersWire:
    """Every order of the currency that works."""
    answer = await venue.ask("private/get_open_orders_by_currency", {"currency": currency})
    return _orders(answer, shaped(list[_Order], answer.result, upstream=VENUE))


async def trades_of_order(venue: PrivateVenue, order_id: str) -> TradesWire:
    """Every fill of one order."""
    found: dict[str, _Trade] = {}
    for historical in (False, True):
        answer = await venue.ask("private/get_user_trades_by_order", {"order_id": order_id, "historical": historical, "sorting": "asc"})
        found |= {trade.trade_id: trade for trade in shaped(list[_Trade], answer.result, upstream=VENUE)}
    return _trades(found.values(), now=answer.at, is_complete=True)


async def trades_between(venue: PrivateVenue, currency: str, *, start_at: datetime, end_at: datetime) -> TradesWire:
    """Every fill of the currency within the bounds."""
    found: dict[str, _Trade] = {}
    is_complete, now = True, None
    for historical in (False, True):
        from_at = start_at
        for _ in range(TRADE_PAGES_MAX):
            answer, page = await _trades_page(venue, currency, from_at=from_at, end_at=end_at, historical=historical)
            found |= {trade.trade_id: trade for trade in page.trades}
            now = answer.at
            if not page.has_more or not page.trades:
                break
            from_at = instant_of_ms(page.trades[-1].timestamp)
        else:
            is_complete = False
        # What is older than the recent records is only asked for where it can matter.
        if now is not None and start_at > now - RECENT / 2:
            break
    return _trades(found.values(), now=end_at if now is None else now, is_complete=is_complete)


async def cancel_order(venue: PrivateVenue, order_id: str) -> OrdersWire:
    """The order works no more. Raises UpstreamError; a refusal says why there was nothing to cancel."""
    answer = await venue.cancel("private/cancel", {"order_id": order_id})
    return _orders(answer, [shaped(_Order, answer.result, upstream=VENUE)])


async def cancel_all(venue: PrivateVenue) -> CancelledWire:
    """No order of the account works."""
    answer = await venue.cancel("private/cancel_all", {})
    return CancelledWire(cancelled=shaped(int, answer.result, upstream=VENUE))


async def _trades_page(venue: PrivateVenue, currency: str, *, from_at: datetime, end_at: datetime, historical: bool) -> tuple[Answer, _Trades]:
    asked: Params = {
        "currency": currency,
        "start_timestamp": ms_of(from_at),
        "end_timestamp": ms_of(end_at),
        "count": TRADES_PER_QUESTION,
        "sorting": "asc",
        "historical": historical,
    }
    answer = await venue.ask("private/get_user_trades_by_currency_and_time", asked)
    return answer, shaped(_Trades, answer.result, upstream=VENUE)


def _placed(answer: Answer, *, label: str | None = None) -> PlacedWire:
    told = shaped(_Placed, answer.result, upstream=VENUE)
    if label is not None and told.order.label != label:
        raise UpstreamError("the venue answered with an order of another label", retryable=False)
    return PlacedWire.model_construct(order=_order(told.order), trades=[_trade(trade) for trade in told.trades])


def _orders(answer: Answer, rows: list[_Order]) -> OrdersWire:
    return OrdersWire.model_construct(observed_at=answer.at, orders=[_order(row) for row in rows])


def _trades(rows: Iterable[_Trade], *, now: datetime, is_complete: bool) -> TradesWire:
    ordered = sorted(rows, key=lambda trade: (trade.timestamp, trade.trade_id))
    return TradesWire.model_construct(observed_at=now, trades=[_trade(row) for row in ordered], is_complete=is_complete)


def _order(row: _Order) -> OrderWire:
    average = row.average_price
    return OrderWire.model_construct(
        order_id=row.order_id,
        instrument_name=row.instrument_name,
        label=row.label,
        state=row.order_state,
        direction=row.direction,
        price_coin=None if row.price is None or isinstance(row.price, str) else tidy(row.price),
        amount_eth=tidy(row.amount),
        filled_eth=tidy(row.filled_amount),
        # Nothing filled has no price, and the venue writes a zero for it.
        average_price_coin=None if average is None or row.filled_amount == 0 else average,
        created_at=instant_of_ms(row.creation_timestamp),
        updated_at=instant_of_ms(row.last_update_timestamp),
        is_reduce_only=row.reduce_only,
        is_post_only=row.post_only,
    )


def _trade(row: _Trade) -> TradeWire:
    return TradeWire.model_construct(
        trade_id=row.trade_id,
        order_id=row.order_id,
        instrument_name=row.instrument_name,
        label=row.label,
        direction=row.direction,
        price_coin=row.price,
        amount_eth=tidy(row.amount),
        fee_coin=row.fee,
        fee_currency=row.fee_currency,
        traded_at=instant_of_ms(row.timestamp),
        index_usd=row.index_price,
        mark_price_coin=row.mark_price,
        iv_frac=None if row.iv is None else float(row.iv) / PERCENT,
        combo_id=row.combo_id,
        is_maker=None if row.liquidity is None else row.liquidity == "M",
        legs=[_trade(leg) for leg in row.legs],
    )
