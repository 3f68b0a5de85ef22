"""Wire messages of the account to core values."""

from __future__ import annotations

from engine.clients.wire_venue import (
    AccountWire,
    ComboWire,
    LevelsWire,
    NewOrderWire,
    OrderBookWire,
    OrderWire,
    PlacedWire,
    PositionWire,
    SettlementsWire,
    SettlementWire,
    TradesWire,
    TradeWire,
)
from engine.core.model import BookState
from engine.core.model_venue import (
    BookLevel,
    Combo,
    ComboLeg,
    Direction,
    NewOrder,
    OrderBook,
    Placed,
    SettlementKind,
    VenueAccount,
    VenueOrder,
    VenueOrderState,
    VenuePosition,
    VenueSettlement,
    VenueSettlements,
    VenueTrade,
    VenueTrades,
)


def write_new_order(order: NewOrder) -> NewOrderWire:
    return NewOrderWire.model_construct(
        instrument_name=order.instrument_name,
        direction=order.direction.value,
        amount_eth=order.amount_eth,
        price_coin=order.price_coin,
        label=order.label,
        is_post_only=order.is_post_only,
        is_reduce_only=order.is_reduce_only,
        valid_until=order.valid_until,
    )


def read_account(wire: AccountWire) -> VenueAccount:
    return VenueAccount(
        network=wire.network,
        coin=wire.currency,
        observed_at=wire.observed_at,
        equity_coin=wire.equity_coin,
        balance_coin=wire.balance_coin,
        available_funds_coin=wire.available_funds_coin,
        initial_margin_coin=wire.initial_margin_coin,
        maintenance_margin_coin=wire.maintenance_margin_coin,
        delta_total=wire.delta_total,
        margin_model=wire.margin_model,
        is_trading_on=wire.is_trading_on,
        scope=tuple(wire.scope),
    )


def read_position(wire: PositionWire) -> VenuePosition:
    return VenuePosition(
        instrument_name=wire.instrument_name,
        size_eth=wire.size_eth,
        average_price_coin=wire.average_price_coin,
        mark_price_coin=wire.mark_price_coin,
        initial_margin_coin=wire.initial_margin_coin,
        maintenance_margin_coin=wire.maintenance_margin_coin,
    )


def read_combo(wire: ComboWire) -> Combo:
    return Combo(
        combo_id=wire.combo_id,
        is_active=wire.state == "active",
        legs=tuple(ComboLeg(instrument_name=leg.instrument_name, ratio=leg.ratio) for leg in wire.legs),
    )


def read_order(wire: OrderWire) -> VenueOrder:
    return VenueOrder(
        order_id=wire.order_id,
        instrument_name=wire.instrument_name,
        label=wire.label,
        state=VenueOrderState(wire.state),
        direction=Direction(wire.direction),
        price_coin=wire.price_coin,
        amount_eth=wire.amount_eth,
        filled_eth=wire.filled_eth,
        average_price_coin=wire.average_price_coin,
        created_at=wire.created_at,
        updated_at=wire.updated_at,
    )


def read_trade(wire: TradeWire) -> VenueTrade:
    return VenueTrade(
        trade_id=wire.trade_id,
        order_id=wire.order_id,
        instrument_name=wire.instrument_name,
        label=wire.label,
        direction=Direction(wire.direction),
        price_coin=wire.price_coin,
        amount_eth=wire.amount_eth,
        fee_coin=wire.fee_coin,
        fee_coin_name=wire.fee_currency,
        traded_at=wire.traded_at,
        index_usd=wire.index_usd,
        mark_price_coin=wire.mark_price_coin,
        combo_id=wire.combo_id,
        legs=tuple(read_trade(leg) for leg in wire.legs),
    )


def read_placed(wire: PlacedWire) -> Placed:
    return Placed(order=read_order(wire.order), trades=tuple(read_trade(trade) for trade in wire.trades))


def read_trades(wire: TradesWire) -> VenueTrades:
    return VenueTrades(observed_at=wire.observed_at, trades=tuple(read_trade(trade) for trade in wire.trades), is_complete=wire.is_complete)


def read_settlements(wire: SettlementsWire) -> VenueSettlements:
    rows = tuple(_settlement(row) for row in wire.settlements)
    return VenueSettlements(observed_at=wire.observed_at, settlements=rows, is_complete=wire.is_complete)


def read_book(wire: OrderBookWire) -> OrderBook:
    return OrderBook(
        instrument_name=wire.instrument_name,
        quoted_at=wire.quoted_at,
        is_open=wire.state is BookState.OPEN,
        bids=_levels(wire.bids),
        asks=_levels(wire.asks),
    )


def _settlement(row: SettlementWire) -> VenueSettlement:
    return VenueSettlement(
        kind=SettlementKind(row.kind),
        instrument_name=row.instrument_name,
        settled_at=row.settled_at,
        size_eth=row.size_eth,
        pnl_coin=row.pnl_coin,
        session_pnl_coin=row.session_pnl_coin,
        index_usd=row.index_usd,
    )


def _levels(wire: LevelsWire) -> tuple[BookLevel, ...]:
    return tuple(BookLevel(price_coin=price, amount_eth=amount) for price, amount in zip(wire.price_coin, wire.amount_eth, strict=True))
