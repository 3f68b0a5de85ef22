"""The matching engine: it takes orders, fills them against the market, and ends them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal
from itertools import count
from typing import TYPE_CHECKING

from tests.fakes.venue.channels import order_channels, tell_fills
from tests.fakes.venue.combos import Combo
from tests.fakes.venue.errors import refusal
from tests.fakes.venue.fees import combo_fees, combo_leg_prices, option_fee
from tests.fakes.venue.market import Book, Level
from tests.fakes.venue.order_checks import Wish, check_funds
from tests.fakes.venue.orders import ZERO, Fill, Instrument, Order

if TYPE_CHECKING:
    from tests.fakes.venue.exchange import Exchange

IMMEDIATE = ("immediate_or_cancel", "fill_or_kill")


@dataclass(slots=True)
class Desk:
    """`orders` and `fills` since the venue began, oldest first; a combo's fill stands before those of its legs.

    `inside_fills_after`: an order that has rested that long at the middle of the book or better is
    filled by somebody; None leaves it to the book and to `fill`.
    """

    exchange: Exchange
    orders: dict[str, Order] = field(default_factory=dict)
    fills: list[Fill] = field(default_factory=list)
    inside_fills_after: timedelta | None = None
    cancels_maker: bool = True
    _numbers: count[int] = field(default_factory=lambda: count(1001))
    _seqs: dict[str, int] = field(default_factory=dict)

    @property
    def open_orders(self) -> list[Order]:
        return [order for order in self.orders.values() if order.is_open]

    def place(self, wish: Wish, *, session: int | None) -> tuple[Order, list[Fill]]:
        """The order is taken and has traded what it could at once. Raises the venue's refusals; then nothing was taken."""
        amount = self._reducible(wish) if wish.is_reducing else wish.amount
        fitted = replace(wish, amount=amount, price=self._posted(wish) if wish.is_post_only else wish.price)
        check_funds(self.exchange, fitted)
        self._mind_own(fitted)
        now = self.exchange.now()
        order = Order(
            order_id=self._next_id(wish.instrument),
            instrument=wish.instrument,
            direction=wish.direction,
            amount=amount,
            price=fitted.price,
            order_type=wish.order_type,
            label=wish.label,
            time_in_force=wish.time_in_force,
            is_post_only=wish.is_post_only,
            is_rejecting=wish.is_rejecting,
            is_reducing=wish.is_reducing,
            session=session,
            created_at=now,
            updated_at=now,
        )
        self.orders[order.order_id] = order
        return order, self._work(order)

    def edit(self, order: Order, wish: Wish) -> list[Fill]:
        """The order stands at the amount and price of `wish` and has traded what it could at once. Raises the venue's refusals."""
        if not order.is_open:
            raise refusal(11044)
        if wish.amount <= order.filled:
            raise refusal(10021)
        fitted = replace(wish, amount=wish.amount - order.filled, price=self._posted(wish) if wish.is_post_only else wish.price)
        check_funds(self.exchange, fitted)
        self._mind_own(fitted)
        order.amount, order.price, order.is_replaced, order.updated_at = wish.amount, fitted.price, True, self.exchange.now()
        order.is_post_only, order.is_reducing, order.is_rejecting = wish.is_post_only, wish.is_reducing, wish.is_rejecting
        return self._work(order)

    def cancel(self, order: Order, *, reason: str = "user_request") -> None:
        """The order is ended. Raises 11044 when it was already."""
        if not order.is_open:
            raise refusal(11044)
        order.state, order.cancel_reason, order.updated_at = "cancelled", reason, self.exchange.now()
        self._tell(order)

    def cancel_where(self, holds: Callable[[Order], bool], *, reason: str = "user_request") -> list[Order]:
        """Every open order for which it holds is ended. Returns them."""
        ended = [order for order in self.open_orders if holds(order)]
        for order in ended:
            self.cancel(order, reason=reason)
        return ended

    def fill(self, order: Order, amount: Decimal, price: Decimal | None = None) -> Fill:
        """Somebody has traded `amount` with the resting order, at its own price unless another is named."""
        assert order.is_open
        assert 0 < amount <= order.left
        at_price = price if price is not None else order.price
        assert at_price is not None
        return self._settle(order, [(at_price, amount)], is_maker=True)[0]

    def match_resting(self) -> None:
        """What the market has come to meet is filled."""
        for order in self.open_orders:
            if self.exchange.state(order.name) != "open":
                continue
            book = self.exchange.book(order.name)
            reached = _reachable(order, book)
            if reached:
                self._take(order, reached)
                assert order.price is not None
                self._settle(order, [(order.price, sum((level.amount for level in reached), ZERO))], is_maker=True)
            elif self._is_due_inside(order, book):
                self.fill(order, order.left)

    def _work(self, order: Order) -> list[Fill]:
        """Trade at once what can be, then rest or end as the time in force says."""
        book = self.exchange.book(order.name)
        reached = _reachable(order, book)
        got = sum((level.amount for level in reached), ZERO)
        if order.time_in_force == "fill_or_kill" and got < order.left:
            reached = []
        self._take(order, reached)
        fills = self._settle(order, [(level.price, level.amount) for level in reached], is_maker=False) if reached else []
        if order.is_open and order.left == 0:
            order.state = "filled"
        if order.is_open and (order.time_in_force in IMMEDIATE or order.order_type == "market"):
            order.state = "cancelled"
        if order.is_open and order.price is None:
            # What is left of a market-limit order rests at the price it traded at.
            order.price = fills[-1].price if fills else book.mark
        self._tell(order)
        return fills

    def _settle(self, order: Order, parts: Iterable[tuple[Decimal, Decimal]], *, is_maker: bool) -> list[Fill]:
        """The parts (price, amount) are traded: order, account, log and channels know."""
        told = []
        for price, amount in parts:
            order.filled, order.cost, order.updated_at = order.filled + amount, order.cost + price * amount, self.exchange.now()
            order.state = "filled" if order.left == 0 else order.state
            if isinstance(order.instrument, Combo):
                made = self._combo_fill(order, order.instrument, price, amount, is_maker=is_maker)
            else:
                fee = option_fee(order.instrument, amount=amount, price=price, index_usd=self.exchange.market.index_usd)
                made = self._booked(self._fill(order, order.instrument, order.direction, price=price, amount=amount, fee=fee, is_maker=is_maker))
            told.append(made)
            self.fills += [made, *made.legs]
            self.exchange.public_trades += [one.wire_public() for one in (made, *made.legs)]
        self.exchange.changes += 1
        tell_fills(self.exchange, order, told)
        if is_maker:
            self._tell(order)
        return told

    def _combo_fill(self, order: Order, combo: Combo, price: Decimal, amount: Decimal, *, is_maker: bool) -> Fill:
        marks = {leg.contract.name: self.exchange.market.book(leg.contract.name).mark for leg in combo.legs}
        priced = combo_leg_prices(combo, marks, price)
        fees = combo_fees(priced, amount=amount, index_usd=self.exchange.market.index_usd)
        whole = self._fill(order, combo, order.direction, price=price, amount=amount, fee=sum(fees, ZERO), is_maker=is_maker)
        legs = []
        for leg, fee in zip(priced, fees, strict=True):
            direction = "buy" if (leg.ratio > 0) is order.is_buy else "sell"
            made = self._fill(order, leg.contract, direction, price=leg.price, amount=amount * abs(leg.ratio), fee=fee, is_maker=is_maker)
            named = replace(made, order_id=self._next_id(combo), combo_id=combo.name, combo_trade_id=whole.trade_id)
            legs.append(self._booked(named))
        return replace(whole, legs=tuple(legs), profit=sum((leg.profit for leg in legs if leg.profit is not None), ZERO))

    def _fill(self, order: Order, instrument: Instrument, direction: str, *, price: Decimal, amount: Decimal, fee: Decimal, is_maker: bool) -> Fill:
        self._seqs[instrument.name] = self._seqs.get(instrument.name, 0) + 1
        book = self.exchange.book(instrument.name)
        is_option = instrument.kind == "option"
        return Fill(
            trade_id=self._next_id(instrument),
            seq=self._seqs[instrument.name],
            order_id=order.order_id,
            instrument=instrument,
            direction=direction,
            amount=amount,
            price=price,
            fee=fee,
            at=self.exchange.now(),
            index_usd=self.exchange.market.index_usd,
            mark=book.mark,
            is_maker=is_maker,
            label=order.label,
            order_state="filled" if order.left == 0 else order.state,
            order_type=order.order_type,
            is_post_only=order.is_post_only,
            is_reducing=order.is_reducing,
            iv_pct=round(book.valued.iv * 100, 2) if is_option else None,
            forward_usd=round(book.forward, 4) if is_option else None,
        )

    def _booked(self, fill: Fill) -> Fill:
        return replace(fill, profit=self.exchange.account.book(fill))

    def _take(self, order: Order, levels: list[Level]) -> None:
        for level in levels:
            self.exchange.market.take(order.name, "ask" if order.is_buy else "bid", level)

    def _posted(self, wish: Wish) -> Decimal:
        """The price a post-only order rests at: just inside the book when it would have traded. Raises 11054 when it asked for that."""
        assert wish.price is not None
        book, grid = self.exchange.book(wish.instrument.name), wish.instrument.grid
        opposite = book.ask if wish.direction == "buy" else book.bid
        if opposite is None or (wish.price < opposite.price if wish.direction == "buy" else wish.price > opposite.price):
            return wish.price
        if wish.is_rejecting:
            raise refusal(11054)
        step = grid.step_at(abs(opposite.price))
        return grid.down(opposite.price - step) if wish.direction == "buy" else grid.up(opposite.price + step)

    def _reducible(self, wish: Wish) -> Decimal:
        """At most what closes the position. Raises 11030 when there is none to reduce."""
        sign = 1 if wish.direction == "buy" else -1
        legs = [(leg.contract, leg.ratio) for leg in wish.instrument.legs] if isinstance(wish.instrument, Combo) else [(wish.instrument, 1)]
        held = self.exchange.account.positions
        sizes = [(-sign * ratio * held[contract.name].size if contract.name in held else ZERO) / ratio**2 for contract, ratio in legs]
        closable = min(sizes)
        if closable <= 0:
            raise refusal(11030, limit="reduce_only")
        return min(wish.amount, closable)

    def _mind_own(self, wish: Wish) -> None:
        """An order never trades with another of ours: the resting one is ended, or this one is refused."""
        crossed = [order for order in self.open_orders if order.name == wish.instrument.name and order.direction != wish.direction and _crosses(wish, order)]
        if crossed and not self.cancels_maker:
            raise refusal(11030, limit="self_trading")
        for order in crossed:
            self.cancel(order)

    def _is_due_inside(self, order: Order, book: Book) -> bool:
        if self.inside_fills_after is None or order.price is None or book.bid is None or book.ask is None:
            return False
        mid = (book.bid.price + book.ask.price) / 2
        is_inside = order.price >= mid if order.is_buy else order.price <= mid
        return is_inside and self.exchange.now() - order.updated_at >= self.inside_fills_after

    def _tell(self, order: Order) -> None:
        for interval, data in (("raw", order.wire()), ("100ms", [order.wire()]), ("agg2", [order.wire()])):
            self.exchange.publish(order_channels("user.orders", order.instrument, interval), data)

    def _next_id(self, instrument: Instrument) -> str:
        return f"{instrument.family.value}-{next(self._numbers)}"


def _reachable(order: Order, book: Book) -> list[Level]:
    """What the order can take of the book, best first, up to what is left of it."""
    reached, left = [], order.left
    for level in book.asks if order.is_buy else book.bids:
        if left <= 0 or not order.takes(level.price):
            break
        reached.append(Level(level.price, min(level.amount, left)))
        left -= reached[-1].amount
    return reached


def _crosses(wish: Wish, resting: Order) -> bool:
    if wish.price is None or resting.price is None:
        return True
    return wish.price >= resting.price if wish.direction == "buy" else wish.price <= resting.price
