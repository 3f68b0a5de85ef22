"""What became of orders, and the account's trades.

Rules of this file: the venue answers from its recent records (orders for half an hour after
they ended, trades for a day) unless it is asked for the historical ones, which leave those out.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from tests.fakes.venue.clock import from_ms
from tests.fakes.venue.errors import refusal
from tests.fakes.venue.orders import Fill, Order

if TYPE_CHECKING:
    from tests.fakes.venue.exchange import Exchange
    from tests.fakes.venue.sessions import Session

Json = dict[str, Any]
ORDERS_KEPT, TRADES_KEPT = timedelta(minutes=30), timedelta(hours=24)


def get_order_state(exchange: Exchange, _session: Session, params: Json) -> Json:
    order = exchange.desk.orders.get(params["order_id"])
    if order is None or not _is_recent(exchange, order):
        raise refusal(10004)
    return order.wire()


def get_order_state_by_label(exchange: Exchange, _session: Session, params: Json) -> list[Json]:
    """A list, because a label is no key: it may stand on many orders, or on none."""
    found = [order for order in exchange.desk.orders.values() if order.label == params.get("label", "") and order.instrument.coin == params["currency"]]
    return [order.wire() for order in found if _is_recent(exchange, order)]


def get_open_orders(exchange: Exchange, _session: Session, params: Json) -> list[Json]:
    return _open(exchange, params)


def get_open_orders_by_currency(exchange: Exchange, _session: Session, params: Json) -> list[Json]:
    return _open(exchange, params)


def get_open_orders_by_instrument(exchange: Exchange, _session: Session, params: Json) -> list[Json]:
    exchange.instrument(params["instrument_name"])
    return _open(exchange, params)


def get_open_orders_by_label(exchange: Exchange, _session: Session, params: Json) -> list[Json]:
    return _open(exchange, params | {"label": params.get("label", "")})


def get_order_history_by_currency(exchange: Exchange, _session: Session, params: Json) -> Any:
    return _history(
        exchange, [order for order in exchange.desk.orders.values() if order.instrument.coin == params["currency"] and _fits(order, params)], params
    )


def get_order_history_by_instrument(exchange: Exchange, _session: Session, params: Json) -> Any:
    exchange.instrument(params["instrument_name"])
    return _history(exchange, [order for order in exchange.desk.orders.values() if order.name == params["instrument_name"]], params)


def get_order_margin_by_ids(exchange: Exchange, _session: Session, params: Json) -> list[Json]:
    orders = [order for order in exchange.desk.open_orders if order.order_id in params["ids"]]
    told = []
    for order in orders:
        shorts = [leg.contract for leg in order.instrument.legs if (leg.ratio > 0) is not order.is_buy] if hasattr(order.instrument, "legs") else []
        shorts += [order.instrument] if not hasattr(order.instrument, "legs") and not order.is_buy else []
        margin = sum(exchange.account.margin_of(contract).initial for contract in shorts) * order.left
        told.append({"order_id": order.order_id, "initial_margin": float(margin), "initial_margin_currency": order.instrument.coin})
    return told


def get_user_trades_by_order(exchange: Exchange, _session: Session, params: Json) -> list[Json]:
    """The trades of one order; those of a combo order carry their legs."""
    fills = [fill for fill in exchange.desk.fills if fill.order_id == params["order_id"]]
    return [fill.wire() for fill in _sorted(_kept(exchange, fills, params), params.get("sorting", "default"))]


def get_user_trades_by_instrument(exchange: Exchange, _session: Session, params: Json) -> Json:
    exchange.instrument(params["instrument_name"])
    fills = [fill for fill in exchange.desk.fills if fill.name == params["instrument_name"]]
    if "start_seq" in params or "end_seq" in params:
        fills = [fill for fill in fills if params.get("start_seq", 0) <= fill.seq <= params.get("end_seq", fill.seq)]
    return _page(_timed(_kept(exchange, fills, params), params), params)


def get_user_trades_by_instrument_and_time(exchange: Exchange, session: Session, params: Json) -> Json:
    return get_user_trades_by_instrument(exchange, session, params)


def get_user_trades_by_currency(exchange: Exchange, _session: Session, params: Json) -> Json:
    """Trades of combos and of legs stand side by side unless a kind is named; only a question for combos shows their legs."""
    kind = params.get("kind", "any")
    wanted = [fill for fill in exchange.desk.fills if fill.instrument.coin == params["currency"]]
    fills = [fill for fill in wanted if kind in ("any", fill.kind) or (kind == "combo" and fill.kind == "option_combo")]
    ids = [fill.trade_id for fill in fills]
    if params.get("start_id") in ids:
        fills = fills[ids.index(params["start_id"]) :]
    return _page(_timed(_kept(exchange, fills, params), params), params, shows_legs=kind in ("combo", "option_combo"))


def get_user_trades_by_currency_and_time(exchange: Exchange, session: Session, params: Json) -> Json:
    return get_user_trades_by_currency(exchange, session, params)


def _open(exchange: Exchange, params: Json) -> list[Json]:
    return [order.wire() for order in exchange.desk.open_orders if _fits(order, params) and params.get("type", "all") in ("all", order.order_type)]


def _fits(order: Order, params: Json) -> bool:
    instrument = order.instrument
    kind = params.get("kind", "any")
    if params.get("currency", "any") not in ("any", instrument.coin) or params.get("instrument_name", order.name) != order.name:
        return False
    is_kind = kind in ("any", instrument.kind) or (kind == "combo" and instrument.kind == "option_combo")
    return is_kind and params.get("label", order.label) == order.label


def _history(exchange: Exchange, orders: list[Order], params: Json) -> Any:
    """Ended orders, newest first: those that traded, or with `include_unfilled` all of them."""
    ended = [order for order in orders if not order.is_open and (order.filled > 0 or params.get("include_unfilled", False))]
    recent = [order for order in ended if _is_recent(exchange, order) is not params.get("historical", False)]
    offset, count = params.get("offset", 0), params.get("count", 20)
    newest = [order.wire() for order in sorted(recent, key=lambda order: order.updated_at, reverse=True)]
    page = newest[offset : offset + count]
    return {"orders": page, "continuation": None} if params.get("with_continuation", False) else page


def _is_recent(exchange: Exchange, order: Order) -> bool:
    return order.is_open or exchange.now() - order.updated_at <= ORDERS_KEPT


def _kept(exchange: Exchange, fills: list[Fill], params: Json) -> list[Fill]:
    wants_old = params.get("historical", False)
    return [fill for fill in fills if (exchange.now() - fill.at > TRADES_KEPT) is wants_old]


def _timed(fills: list[Fill], params: Json) -> list[Fill]:
    start, end = _instant(params, "start_timestamp"), _instant(params, "end_timestamp")
    return [fill for fill in fills if (start is None or fill.at >= start) and (end is None or fill.at <= end)]


def _instant(params: Json, name: str) -> datetime | None:
    return from_ms(params[name]) if name in params else None


def _page(fills: list[Fill], params: Json, *, shows_legs: bool = False) -> Json:
    """The newest first unless a start is named or the sorting asked for."""
    default = "asc" if "start_timestamp" in params or "start_id" in params else "desc"
    sorting = params.get("sorting", "default")
    ordered = _sorted(fills, default if sorting == "default" else sorting)
    count = params.get("count", 10)
    return {"trades": [fill.wire(shows_legs=shows_legs) for fill in ordered[:count]], "has_more": len(ordered) > count}


def _sorted(fills: list[Fill], sorting: str) -> list[Fill]:
    return list(reversed(fills)) if sorting == "desc" else fills
