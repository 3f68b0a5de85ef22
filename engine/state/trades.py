"""Trades, their orders and fills, the marks along the way and the equity they add up to."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import datetime
from decimal import Decimal

from engine.core.lifecycle import TradeEvent, TradeState, advance_trade
from engine.errors import InvariantBroken, StateError
from engine.state.models import Equity, Fill, Mark, Order, Trade, utc_text
from engine.state.records import Closing, EquityRecord, Exposure, FillRecord, MarkRecord, NewFill, NewTrade, OrderRecord, SideClosed, TradeRecord
from engine.state.rows import Rows, columns, values_of

ALIVE = (TradeState.OPENING, TradeState.OPEN, TradeState.CLOSING)
ENDED = (TradeState.CLOSED, TradeState.SETTLED)


class TradeRows(Rows):
    """Trades and orders, moved along the table of the lifecycle only."""

    def add_trade(self, trade: NewTrade) -> int:
        """The trade is born `opening`; a proposal has one trade at most."""
        born = {"state": TradeState.OPENING, "stale_misses": 0, "unanswered_time_stops": 0}
        return self._insert(Trade, {**values_of(trade), **born})

    def trade(self, trade_id: int) -> TradeRecord | None:
        return self._first(TradeRecord, Trade.select(*columns(Trade, TradeRecord)).where(Trade.trade_id == trade_id))

    def open_trades(self) -> tuple[TradeRecord, ...]:
        """Opening, open and closing trades, oldest first."""
        query = Trade.select(*columns(Trade, TradeRecord)).where(Trade.state.in_(ALIVE))
        return self._records(TradeRecord, query.order_by(Trade.trade_id))

    def closed_trades(self, since: datetime | None = None) -> tuple[TradeRecord, ...]:
        """Closed and settled trades that ended at or after `since`, in the order they ended."""
        query = Trade.select(*columns(Trade, TradeRecord)).where(Trade.state.in_(ENDED))
        if since is not None:
            query = query.where(Trade.closed_at >= since)
        return self._records(TradeRecord, query.order_by(Trade.closed_at, Trade.trade_id))

    def move_trade(self, trade_id: int, event: TradeEvent) -> TradeState:
        """The trade took the step of the table; returns its new state. Raises InvariantBroken for any other step."""
        before = self._known_trade(trade_id)
        after = advance_trade(before.state, event)
        self._swap_trade(before, {"state": after})
        return after

    def note_check(self, trade_id: int, *, at: datetime, stale_misses: int, unanswered_time_stops: int) -> None:
        """The monitor's last look and its two counters are remembered."""
        counters = {"checked_at": at, "stale_misses": stale_misses, "unanswered_time_stops": unanswered_time_stops}
        self._change(Trade.update(**counters).where(Trade.trade_id == trade_id))

    def note_exposure(self, trade_id: int, exposure: Exposure) -> None:
        """Margins and Greeks of the trade as the monitor saw them last: what the next entry is held against."""
        self._change(Trade.update(**values_of(exposure)).where(Trade.trade_id == trade_id))

    def add_order(self, *, proposal_id: int, trade_id: int, side: str, label: str, quantity_eth: Decimal, limit_coin: Decimal, now: datetime) -> int:
        """The intent is stored; a trade has one live order per side, and a label is used once."""
        values = {"proposal_id": proposal_id, "trade_id": trade_id, "side": side, "label": label, "quantity_eth": quantity_eth, "limit_coin": limit_coin}
        return self._insert(Order, {**values, "state": "intended", "created_at": now})

    def settle_order(self, order_id: int, state: str, *, now: datetime) -> None:
        """The intent ended `filled` or `not_placed`. Raises InvariantBroken when it had ended before."""
        if not self._change(Order.update(state=state, settled_at=now).where((Order.order_id == order_id) & (Order.state == "intended"))):
            raise InvariantBroken(f"order {order_id} was settled before")

    def unsettled_orders(self) -> tuple[OrderRecord, ...]:
        """Every intent whose end is not known, oldest first."""
        query = Order.select(*columns(Order, OrderRecord)).where(Order.state == "intended")
        return self._records(OrderRecord, query.order_by(Order.order_id))

    def orders_since(self, since: datetime) -> tuple[OrderRecord, ...]:
        """Every order intended after `since`, newest first."""
        query = Order.select(*columns(Order, OrderRecord)).where(Order.created_at > since)
        return self._records(OrderRecord, query.order_by(Order.order_id.desc()))

    def latest_orders(self, count: int) -> tuple[OrderRecord, ...]:
        """The last `count` orders whose end is known, newest first."""
        query = Order.select(*columns(Order, OrderRecord)).where(Order.state != "intended")
        return self._records(OrderRecord, query.order_by(Order.order_id.desc()).limit(count))

    def order(self, order_id: int) -> OrderRecord | None:
        return self._first(OrderRecord, Order.select(*columns(Order, OrderRecord)).where(Order.order_id == order_id))

    def orders(self, trade_id: int) -> tuple[OrderRecord, ...]:
        """Every order of the trade, oldest first."""
        query = Order.select(*columns(Order, OrderRecord)).where(Order.trade_id == trade_id)
        return self._records(OrderRecord, query.order_by(Order.order_id))

    def _known_trade(self, trade_id: int) -> TradeRecord:
        found = self.trade(trade_id)
        if found is None:
            raise StateError(f"there is no trade {trade_id}")
        return found

    def _swap_trade(self, before: TradeRecord, changes: dict[str, object]) -> None:
        if not self._change(Trade.update(**changes).where((Trade.trade_id == before.trade_id) & (Trade.state == before.state))):
            raise InvariantBroken(f"trade {before.trade_id} changed under the hand that held it")


class BookingRows(TradeRows):
    """Fills booked together with what they make of the trade, and what is measured along the way."""

    def book_open_fill(self, fill: NewFill) -> int:
        """The trade is open at the fill's price, fee and size, its order settled; returns the fill's number.

        A smaller fill is a smaller trade: what it may lose, ties up and moves by shrinks with it.
        Raises InvariantBroken when more was filled than approved or the trade was not opening.
        """
        before = self._known_trade(fill.trade_id)
        if fill.side != "open" or not 0 < fill.quantity_eth <= before.quantity_eth:
            raise InvariantBroken(f"an {fill.side} fill of {fill.quantity_eth} ETH cannot open trade {fill.trade_id}, approved for {before.quantity_eth} ETH")
        after = advance_trade(before.state, TradeEvent.OPEN_FILLED)
        opened = {"opened_at": fill.at, "credit_coin": fill.price_coin, "open_fee_coin": fill.fee_coin, "quantity_eth": fill.quantity_eth}
        self._swap_trade(before, {"state": after, **opened, **_shrunk(before, fill.quantity_eth)})
        return self._add_fill(fill)

    def left_eth(self, trade: TradeRecord) -> Decimal:
        """How much of a trade of one side is still to be closed: its size less what was bought back in parts."""
        bought_back = (record.fill.quantity_eth for record in self.fills(trade.trade_id) if record.fill.side == "close")
        return trade.quantity_eth - sum(bought_back, Decimal(0)) if len(trade.sides) == 1 else trade.quantity_eth

    def book_part_close(self, fill: NewFill) -> int:
        """A part of the trade is bought back and the rest is open as before, the order settled; returns the fill's number.

        Raises InvariantBroken for a trade of two sides and for a fill that leaves nothing.
        """
        before = self._known_trade(fill.trade_id)
        after = advance_trade(before.state, TradeEvent.PART_CLOSED)
        if fill.side != "close" or len(before.sides) > 1 or not 0 < fill.quantity_eth < self.left_eth(before):
            raise InvariantBroken(f"{fill.quantity_eth} ETH are no part of the {self.left_eth(before)} ETH left of trade {fill.trade_id}")
        self._swap_trade(before, {"state": after})
        return self._add_fill(fill)

    def book_close(self, closing: Closing) -> int | None:
        """The trade has ended, its closing order settled; returns the fill's number, None for a delivery.

        Raises InvariantBroken when the fill is not the whole position's or the table does not know the step.
        """
        before = self._known_trade(closing.trade_id)
        left_eth = self.left_eth(before)
        after = advance_trade(before.state, closing.event)
        if after not in ENDED or (closing.fill is None) != (closing.event is TradeEvent.DELIVERED):
            raise InvariantBroken(f"trade {closing.trade_id} cannot end by {closing.event} {'without' if closing.fill is None else 'with'} a fill")
        figures = {name: getattr(closing, name) for name in ("debit_coin", "close_fee_coin", "pnl_coin", "pnl_usd", "pnl_eur")}
        self._swap_trade(before, {"state": after, "closed_at": closing.at, "close_reason": closing.reason, **figures})
        if closing.fill is None:
            return None
        if closing.fill.side != "close" or closing.fill.trade_id != closing.trade_id or closing.fill.quantity_eth != left_eth:
            raise InvariantBroken(f"the fill does not close the {left_eth} ETH of trade {closing.trade_id}")
        return self._add_fill(closing.fill)

    def book_side_close(self, closed: SideClosed) -> int:
        """One side of the trade is bought back and the rest is open as before; returns the fill's number.

        Raises InvariantBroken when that side is not open or is all that is left.
        """
        before = self._known_trade(closed.trade_id)
        after = advance_trade(before.state, TradeEvent.SIDE_CLOSED)
        open_types = [side.strikes.option_type for side in before.open_sides]
        if closed.option_type not in open_types or len(open_types) < 2 or closed.fill.quantity_eth != before.quantity_eth:
            raise InvariantBroken(f"the {closed.option_type} side of trade {closed.trade_id} cannot be closed by itself")
        sides = tuple(
            replace(side, closing=closed.closing) if side.strikes.option_type is closed.option_type and side.closing is None else side for side in before.sides
        )
        self._swap_trade(before, {"state": after, "sides": sides, **values_of(closed.left)})
        return self._add_fill(closed.fill)

    def _add_fill(self, fill: NewFill) -> int:
        number = self._insert(Fill, values_of(fill))
        if fill.order_id is not None:
            self.settle_order(fill.order_id, "filled", now=fill.at)
        return number

    def fills(self, trade_id: int) -> tuple[FillRecord, ...]:
        """Every fill of the trade, oldest first."""
        names = [field.name for field in fields(NewFill)]
        rows = Fill.select().where(Fill.trade_id == trade_id).order_by(Fill.fill_id).dicts().execute(self._database)
        return tuple(FillRecord(fill_id=row["fill_id"], fill=NewFill(**{name: row[name] for name in names})) for row in rows)

    def add_mark(self, mark: MarkRecord) -> None:
        self._insert(Mark, values_of(mark))

    def marks(self, trade_id: int) -> tuple[MarkRecord, ...]:
        """Every look at the trade, oldest first."""
        return self._records(MarkRecord, Mark.select(*columns(Mark, MarkRecord)).where(Mark.trade_id == trade_id).order_by(Mark.mark_id))

    def last_mark(self, trade_id: int) -> MarkRecord | None:
        query = Mark.select(*columns(Mark, MarkRecord)).where(Mark.trade_id == trade_id)
        return self._first(MarkRecord, query.order_by(Mark.mark_id.desc()))

    def unrealised_eur(self, trade_id: int, until: datetime) -> Decimal | None:
        """What the trade's open sides would have made at the last look up to `until` that could tell; None when none could."""
        query = Mark.select(Mark.unrealised_eur).where((Mark.trade_id == trade_id) & (Mark.at <= until) & Mark.unrealised_eur.is_null(False))
        rows = list(query.order_by(Mark.mark_id.desc()).limit(1).dicts().execute(self._database))
        return rows[0]["unrealised_eur"] if rows else None

    def equity_peak(self, since: datetime | None) -> EquityRecord | None:
        """The highest point of the equity curve at or after `since`; None while it has none."""
        # Ranked as floats, which only decides between points a millionth of a cent apart.
        found = self._sql(
            "SELECT equity_id FROM equity WHERE at >= ? ORDER BY CAST(realised_eur AS REAL) + CAST(unrealised_eur AS REAL) DESC, equity_id LIMIT 1",
            ("" if since is None else utc_text(since),),
        )
        return self._first(EquityRecord, Equity.select(*columns(Equity, EquityRecord)).where(Equity.equity_id == found[0][0])) if found else None

    def add_equity(self, equity: EquityRecord) -> None:
        self._insert(Equity, values_of(equity))

    def equity(self, since: datetime | None = None) -> tuple[EquityRecord, ...]:
        """The equity curve from `since` on, oldest first."""
        query = Equity.select(*columns(Equity, EquityRecord))
        if since is not None:
            query = query.where(Equity.at >= since)
        return self._records(EquityRecord, query.order_by(Equity.equity_id))


def _shrunk(approved: TradeRecord, quantity_eth: Decimal) -> dict[str, object]:
    """The figures of the whole position at a smaller size; nothing changes at the size that was approved."""
    if quantity_eth == approved.quantity_eth:
        return {}
    share = quantity_eth / approved.quantity_eth
    amounts = ("max_loss_usd", "max_loss_eur", "initial_margin_eth", "maintenance_margin_eth")
    models = ("net_delta_eth", "vega_usd_per_pt", "gamma_usd_per_1pct")
    return {name: getattr(approved, name) * share for name in amounts} | {name: getattr(approved, name) * float(share) for name in models}
