"""The account as the venue tells it: funds, positions, margins, settlements.

Rules of this file: a size is signed by the venue's direction, short < 0; cash is in
the coin of the account asked for.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from engine.clients.wire_venue import (
    AccountWire,
    LegPricesWire,
    LegPriceWire,
    MarginsWire,
    PositionsWire,
    PositionWire,
    SettlementsWire,
    SettlementWire,
    SimulatedMarginWire,
)
from engine.servers.deribit.market import VENUE
from engine.servers.deribit.private import PrivateVenue
from engine.servers.deribit.rpc import Params, instant_of_ms, ms_of
from engine.servers.shapes import Number, Shape, shaped, tidy

SETTLEMENTS_PER_QUESTION = 1_000
SETTLEMENT_PAGES_MAX = 5
LAST_PAGE = "none"


class _Account(Shape):
    currency: str
    equity: Number
    balance: Number
    available_funds: Number
    initial_margin: Number
    maintenance_margin: Number
    delta_total: Number | None = None
    margin_model: str | None = None


class _Position(Shape):
    instrument_name: str
    kind: str
    direction: Literal["buy", "sell", "zero"]
    size: Number
    average_price: Number
    mark_price: Number | None = None
    floating_profit_loss: Number | None = None
    initial_margin: Number | None = None
    maintenance_margin: Number | None = None
    delta: Number | None = None
    gamma: Number | None = None
    vega: Number | None = None
    theta: Number | None = None


class _Margins(Shape):
    buy: Number
    sell: Number
    min_price: Number
    max_price: Number


class _Simulated(Shape):
    initial_margin: Number
    maintenance_margin: Number
    available_funds: Number | None = None
    equity: Number | None = None


class _LegPrice(Shape):
    instrument_name: str
    direction: Literal["buy", "sell"]
    ratio: int
    price: Number


class _LegPrices(Shape):
    legs: list[_LegPrice]


class _Settlement(Shape):
    type: Literal["settlement", "delivery", "bankruptcy"]
    timestamp: int
    instrument_name: str | None = None
    position: Number | None = None
    profit_loss: Number | None = None
    session_profit_loss: Number | None = None
    index_price: Number | None = None
    mark_price: Number | None = None


class _Settlements(Shape):
    settlements: list[_Settlement] = Field(default_factory=list)
    continuation: str | None = None


async def account(venue: PrivateVenue, currency: str) -> AccountWire:
    """The funds and margins of one currency, and what the key may do."""
    answer = await venue.ask("private/get_account_summary", {"currency": currency, "extended": True})
    told = shaped(_Account, answer.result, upstream=VENUE)
    return AccountWire.model_construct(
        network=venue.settings.network.value,
        currency=told.currency,
        observed_at=answer.at,
        equity_coin=told.equity,
        balance_coin=told.balance,
        available_funds_coin=told.available_funds,
        initial_margin_coin=told.initial_margin,
        maintenance_margin_coin=told.maintenance_margin,
        delta_total=told.delta_total,
        margin_model=told.margin_model,
        is_trading_on=venue.settings.is_trading_on,
        scope=list(await venue.scope()),
    )


async def positions(venue: PrivateVenue, currency: str) -> PositionsWire:
    """Every position of the currency that is not flat."""
    answer = await venue.ask("private/get_positions", {"currency": currency})
    rows = shaped(list[_Position], answer.result, upstream=VENUE)
    return PositionsWire.model_construct(observed_at=answer.at, positions=[_position(row) for row in rows if row.size != 0])


async def margins(venue: PrivateVenue, instrument_name: str, *, amount_eth: Number, price_coin: Number) -> MarginsWire:
    """What one order would tie up, each way."""
    answer = await venue.ask("private/get_margins", {"instrument_name": instrument_name, "amount": amount_eth, "price": price_coin})
    told = shaped(_Margins, answer.result, upstream=VENUE)
    return MarginsWire.model_construct(buy_coin=told.buy, sell_coin=told.sell, min_price_coin=told.min_price, max_price_coin=told.max_price)


async def simulated_margin(venue: PrivateVenue, currency: str, *, sizes_eth: dict[str, Number], is_added: bool) -> SimulatedMarginWire:
    """What the account would tie up with these positions, added to its own or alone."""
    answer = await venue.ask("private/simulate_portfolio", {"currency": currency, "add_positions": is_added, "simulated_positions": sizes_eth})
    told = shaped(_Simulated, answer.result, upstream=VENUE)
    return SimulatedMarginWire.model_construct(
        initial_margin_coin=told.initial_margin,
        maintenance_margin_coin=told.maintenance_margin,
        available_funds_coin=told.available_funds,
        equity_coin=told.equity,
    )


async def leg_prices(venue: PrivateVenue, legs: list[dict[str, Any]], *, price_coin: Number) -> LegPricesWire:
    """What each leg of a combo would be traded at, if the combo is at this price."""
    answer = await venue.ask("private/get_leg_prices", {"legs": legs, "price": price_coin})
    told = shaped(_LegPrices, answer.result, upstream=VENUE)
    return LegPricesWire.model_construct(
        legs=[
            LegPriceWire.model_construct(instrument_name=leg.instrument_name, direction=leg.direction, ratio=leg.ratio, price_coin=tidy(leg.price))
            for leg in told.legs
        ]
    )


async def settlements(venue: PrivateVenue, currency: str, *, since_at: datetime) -> SettlementsWire:
    """Settlements and deliveries of the account from `since_at` on, newest first."""
    rows: list[_Settlement] = []
    continuation: str | None = None
    for _ in range(SETTLEMENT_PAGES_MAX):
        asked: Params = {"currency": currency, "count": SETTLEMENTS_PER_QUESTION, "continuation": continuation}
        answer = await venue.ask("private/get_settlement_history_by_currency", asked)
        page = shaped(_Settlements, answer.result, upstream=VENUE)
        rows += page.settlements
        continuation = page.continuation
        is_past = any(row.timestamp < ms_of(since_at) for row in page.settlements)
        if is_past or not page.settlements or continuation in (None, LAST_PAGE):
            return _settlements(rows, since_at=since_at, now=answer.at, is_complete=True)
    return _settlements(rows, since_at=since_at, now=answer.at, is_complete=False)


def _settlements(rows: list[_Settlement], *, since_at: datetime, now: datetime, is_complete: bool) -> SettlementsWire:
    kept = [row for row in rows if row.timestamp >= ms_of(since_at)]
    return SettlementsWire.model_construct(observed_at=now, settlements=[_settlement(row) for row in kept], is_complete=is_complete)


def _settlement(row: _Settlement) -> SettlementWire:
    return SettlementWire.model_construct(
        kind=row.type,
        instrument_name=row.instrument_name,
        settled_at=instant_of_ms(row.timestamp),
        size_eth=row.position,
        pnl_coin=row.profit_loss,
        session_pnl_coin=row.session_profit_loss,
        index_usd=row.index_price,
        mark_price_coin=row.mark_price,
    )


def _position(row: _Position) -> PositionWire:
    size = abs(row.size)
    return PositionWire.model_construct(
        instrument_name=row.instrument_name,
        kind=row.kind,
        size_eth=tidy(-size if row.direction == "sell" else size),
        average_price_coin=row.average_price,
        mark_price_coin=row.mark_price,
        floating_pnl_coin=row.floating_profit_loss,
        initial_margin_coin=row.initial_margin,
        maintenance_margin_coin=row.maintenance_margin,
        delta=_model(row.delta),
        gamma=_model(row.gamma),
        vega=_model(row.vega),
        theta=_model(row.theta),
    )


def _model(number: Number | None) -> float | None:
    return None if number is None else float(number)
