"""Which private channels an order or a trade is told on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.fakes.venue.orders import Fill, Instrument, Order

if TYPE_CHECKING:
    from tests.fakes.venue.exchange import Exchange

INTERVALS = ("raw", "100ms", "agg2")
TOPICS = ("user.orders", "user.trades", "user.changes")
OF_THE_ACCOUNT = ("user.lock",)


def is_private(channel: object) -> bool:
    """Whether the account may listen to it and nobody else."""
    if not isinstance(channel, str):
        return False
    if channel in OF_THE_ACCOUNT:
        return True
    topic, rest = ".".join(channel.split(".")[:2]), channel.split(".")[2:]
    return topic in TOPICS and len(rest) in (2, 3) and rest[-1] in INTERVALS


def order_channels(topic: str, instrument: Instrument, interval: str) -> set[str]:
    """Every channel of `topic` that hears of the instrument at `interval`."""
    kinds = {instrument.kind, "any"} | ({"combo"} if instrument.kind == "option_combo" else set())
    currencies = {instrument.coin, "any"}
    named = {f"{topic}.{kind}.{currency}.{interval}" for kind in kinds for currency in currencies}
    return named | {f"{topic}.{instrument.name}.{interval}"}


def tell_fills(exchange: Exchange, order: Order, fills: list[Fill]) -> None:
    """Trades, and the changes an order and its trades made, are told; a combo's legs on the channels of options."""
    legs = [leg for fill in fills for leg in fill.legs]
    for interval in INTERVALS:
        exchange.publish(order_channels("user.trades", order.instrument, interval), [fill.wire() for fill in fills])
        changes = {"instrument_name": order.name, "orders": [order.wire()], "trades": [fill.wire() for fill in fills], "positions": []}
        exchange.publish(order_channels("user.changes", order.instrument, interval), changes)
        for leg in legs:
            only_legs = order_channels("user.trades", leg.instrument, interval) - order_channels("user.trades", order.instrument, interval)
            exchange.publish(only_legs, [leg.wire()])
