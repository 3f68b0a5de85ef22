"""Orders: placing, editing, ending them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tests.fakes.venue.errors import bad_param, refusal
from tests.fakes.venue.listing import COINS
from tests.fakes.venue.order_checks import Wish, check_in_time, check_open, check_price, check_tradable, check_unlocked, decimal, read_amount, read_wish
from tests.fakes.venue.orders import Fill, Order

if TYPE_CHECKING:
    from tests.fakes.venue.exchange import Exchange
    from tests.fakes.venue.sessions import Session

Json = dict[str, Any]


def buy(exchange: Exchange, session: Session, params: Json) -> Json:
    return _place(exchange, session, "buy", params)


def sell(exchange: Exchange, session: Session, params: Json) -> Json:
    return _place(exchange, session, "sell", params)


def close_position(exchange: Exchange, session: Session, params: Json) -> Json:
    """A reduce-only order of the whole position, against it."""
    name = params["instrument_name"]
    exchange.market.contract(name)
    held = exchange.account.positions.get(name)
    if held is None or held.size == 0:
        raise refusal(10010)
    asked = {"instrument_name": name, "amount": abs(held.size), "type": params["type"], "reduce_only": True}
    asked |= {"price": params["price"]} if "price" in params else {}
    return _place(exchange, session, "sell" if held.size > 0 else "buy", asked)


def edit(exchange: Exchange, _session: Session, params: Json) -> Json:
    return _edit(exchange, own_order(exchange, params["order_id"]), params)


def edit_by_label(exchange: Exchange, _session: Session, params: Json) -> Json:
    """Raises 13032 when the label is not that of one open order alone."""
    label = params.get("label", "")
    found = [order for order in exchange.desk.open_orders if order.label == label and order.name == params["instrument_name"]]
    if not found:
        raise refusal(10004)
    if len(found) > 1:
        raise refusal(13032)
    return _edit(exchange, found[0], params)


def cancel(exchange: Exchange, _session: Session, params: Json) -> Json:
    check_open(exchange)
    order = own_order(exchange, params["order_id"])
    exchange.desk.cancel(order)
    return order.wire()


def cancel_all(exchange: Exchange, _session: Session, params: Json) -> Any:
    return _cancelled(exchange, params, lambda _order: True)


def cancel_all_by_currency(exchange: Exchange, _session: Session, params: Json) -> Any:
    return _cancelled(exchange, params, lambda order: order.instrument.coin == params["currency"] and _is_kind(order, params))


def cancel_all_by_kind_or_type(exchange: Exchange, _session: Session, params: Json) -> Any:
    wanted = params["currency"] if isinstance(params["currency"], list) else [params["currency"]]
    coins = set(COINS.values()) if "any" in wanted else set(wanted)
    return _cancelled(exchange, params, lambda order: order.instrument.coin in coins and _is_kind(order, params))


def cancel_all_by_instrument(exchange: Exchange, _session: Session, params: Json) -> Any:
    exchange.instrument(params["instrument_name"])
    return _cancelled(exchange, params, lambda order: order.name == params["instrument_name"])


def cancel_by_label(exchange: Exchange, _session: Session, params: Json) -> Any:
    coins = {params["currency"]} if "currency" in params else set(COINS.values())
    return _cancelled(exchange, params, lambda order: order.label == params["label"] and order.instrument.coin in coins)


def own_order(exchange: Exchange, order_id: str) -> Order:
    """The order of that id. Raises 10004 for one the venue never had."""
    order = exchange.desk.orders.get(order_id)
    if order is None:
        raise refusal(10004)
    return order


def _place(exchange: Exchange, session: Session, direction: str, params: Json) -> Json:
    check_open(exchange)
    check_in_time(exchange, params)
    wish = read_wish(exchange, direction, params)
    order, fills = exchange.desk.place(wish, session=session.number if session.is_websocket else None)
    return _told(order, fills)


def _edit(exchange: Exchange, order: Order, params: Json) -> Json:
    check_open(exchange)
    check_in_time(exchange, params)
    if not order.is_open:
        raise refusal(11044)
    check_unlocked(exchange, order.instrument)
    check_tradable(exchange, order.instrument)
    if "advanced" in params or "trigger_price" in params:
        raise refusal(10033)
    wish = Wish(
        instrument=order.instrument,
        direction=order.direction,
        amount=read_amount(order.instrument, params) if {"amount", "contracts"} & params.keys() else order.amount,
        price=order.price,
        order_type=order.order_type,
        label=order.label,
        time_in_force=order.time_in_force,
        is_post_only=params.get("post_only", order.is_post_only),
        is_rejecting=params.get("reject_post_only", order.is_rejecting),
        is_reducing=params.get("reduce_only", order.is_reducing),
    )
    if "price" in params:
        wish = replace(wish, price=decimal(params["price"]))
        check_price(exchange, order.instrument, decimal(params["price"]))
    return _told(order, exchange.desk.edit(order, wish))


def _told(order: Order, fills: list[Fill]) -> Json:
    return {"order": order.wire(), "trades": [fill.wire() for fill in fills]}


def _cancelled(exchange: Exchange, params: Json, holds: Callable[[Order], bool]) -> Any:
    """How many were ended, or, asked in detail, which by currency and instrument."""
    check_open(exchange)
    if params.get("type", "all") not in ("all", "limit"):
        raise bad_param("type", "wrong format")
    ended = exchange.desk.cancel_where(holds)
    if not params.get("detailed", False):
        return len(ended)
    kinds = sorted({(order.instrument.coin, order.instrument.kind) for order in ended})
    of_kind = [[order.wire() for order in ended if (order.instrument.coin, order.instrument.kind) == kind] for kind in kinds]
    return [{"currency": coin, "type": kind, "result": orders} for (coin, kind), orders in zip(kinds, of_kind, strict=True)]


def _is_kind(order: Order, params: Json) -> bool:
    wanted = params.get("kind", "any")
    return wanted in ("any", order.instrument.kind) or (wanted == "combo" and order.instrument.kind == "option_combo")
