"""The account: what it holds in each coin and each instrument, what that ties up, and the log of how it came to be."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from tests.fakes.venue.clock import to_ms
from tests.fakes.venue.listing import Contract, Family
from tests.fakes.venue.market import Market
from tests.fakes.venue.orders import ZERO, Fill

Json = dict[str, Any]
USER_ID, USERNAME = 42, "desk"


@dataclass(slots=True, kw_only=True)
class Position:
    """`size` is signed in ETH, short < 0; `average` in the coin."""

    contract: Contract
    size: Decimal = ZERO
    average: Decimal = ZERO
    realised: Decimal = ZERO

    def add(self, signed: Decimal, price: Decimal) -> Decimal:
        """The position has traded. Returns what the closed part earned, fees apart."""
        closed = ZERO if self.size * signed >= 0 else min(abs(self.size), abs(signed))
        earned = closed * (price - self.average) * (1 if self.size > 0 else -1)
        size = self.size + signed
        if self.size * signed >= 0:
            self.average = (abs(self.size) * self.average + abs(signed) * price) / abs(size) if size else ZERO
        elif abs(signed) > abs(self.size):
            self.average = price
        self.size, self.realised = size, self.realised + earned
        return earned


@dataclass(frozen=True, slots=True, kw_only=True)
class Margin:
    """What short options tie up, in their coin."""

    initial: Decimal
    maintenance: Decimal


@dataclass(slots=True)
class Account:
    """One account under the standard model: legs do not net."""

    market: Market
    balances: dict[str, Decimal] = field(default_factory=lambda: {"ETH": Decimal(20), "USDC": Decimal(20_000)})
    positions: dict[str, Position] = field(default_factory=dict)
    log: list[Json] = field(default_factory=list)

    def position(self, contract: Contract) -> Position:
        return self.positions.setdefault(contract.name, Position(contract=contract))

    def book(self, fill: Fill) -> Decimal:
        """The fill of an option or of the perpetual is paid for, held and logged. Returns what it earned by closing."""
        assert isinstance(fill.instrument, Contract)
        held = self.position(fill.instrument)
        opens = held.size * fill.signed >= 0
        earned = held.add(fill.signed, fill.price)
        # The perpetual's gains come with the daily settlement, its trades cost the fee alone.
        cash = -fill.signed * fill.price if fill.instrument.kind == "option" else ZERO
        self._move(fill.instrument.coin, cash - fill.fee)
        told: Json = {
            "type": "trade",
            "side": f"{'open' if opens else 'close'} {fill.direction}",
            "instrument_name": fill.name,
            "amount": float(fill.amount),
            "price": float(fill.price),
            "price_currency": fill.instrument.coin,
            "position": float(held.size),
            "trade_id": fill.trade_id,
            "order_id": fill.order_id,
            "user_role": "maker" if fill.is_maker else "taker",
            "mark_price": float(fill.mark),
            "index_price": float(fill.index_usd),
            "info": "Source: api",
        }
        self.note(told, coin=fill.instrument.coin, cash=cash, fee=fill.fee, at=fill.at)
        return earned

    def deliver(self, held: Position, *, payout: Decimal, fee: Decimal, delivery_usd: Decimal, at: datetime) -> None:
        """The expired position is paid out, and logged as the venue has done it since August 2026.

        An inverse option in the money passes through an expiry future: one row for the option
        with the fee, one for the future with the payout. Everything else is one row.
        """
        contract, size = held.contract, held.size
        cash = size * payout
        side = "close sell" if size > 0 else "close buy"
        told: Json = {
            "type": "delivery",
            "side": side,
            "amount": float(abs(size)),
            "price_currency": "USD",
            "position": 0.0,
            "trade_id": None,
            "order_id": None,
        }
        told |= {"price": float(delivery_usd), "index_price": float(delivery_usd), "settlement_price": float(delivery_usd)}
        option = told | {"instrument_name": contract.name, "mark_price": float(payout), "info": {"settlement_price": float(delivery_usd)}}
        if contract.family is Family.INVERSE and payout > 0:
            future = contract.name.rsplit("-", 2)[0]
            self._move(contract.coin, -fee)
            self.note(option | {"info": {"expiry_future": future}}, coin=contract.coin, cash=ZERO, fee=fee, at=at)
            self._move(contract.coin, cash)
            self.note(told | {"instrument_name": future, "info": {"exercised": contract.name}}, coin=contract.coin, cash=cash, fee=ZERO, at=at)
        else:
            self._move(contract.coin, cash - fee)
            self.note(option, coin=contract.coin, cash=cash, fee=fee, at=at)
        del self.positions[contract.name]

    def note(self, told: Json, *, coin: str, cash: Decimal, fee: Decimal, at: datetime) -> None:
        """The log has one more row."""
        number = len(self.log) + 1
        common = {"id": 61_000 + number, "user_seq": number, "user_id": USER_ID, "username": USERNAME, "currency": coin, "timestamp": to_ms(at)}
        amounts = {"cashflow": float(cash), "commission": float(fee), "change": float(cash - fee), "balance": float(self.balances[coin])}
        self.log.append(common | amounts | {"equity": float(self.equity(coin)), "interest_pl": None, "profit_as_cashflow": False} | told)

    def held(self, coin: str) -> list[Position]:
        """The positions that are not flat and settle in `coin`."""
        return [one for one in self.positions.values() if one.size != 0 and one.contract.coin == coin]

    def options_value(self, coin: str) -> Decimal:
        return sum((one.size * self.market.book(one.contract.name).mark for one in self.held(coin) if one.contract.kind == "option"), ZERO)

    def equity(self, coin: str) -> Decimal:
        return self.balances[coin] + self.options_value(coin)

    def margin(self, coin: str, sizes: dict[str, Decimal] | None = None) -> Margin:
        """Of the positions, or of `sizes` by instrument in their place."""
        wanted = sizes if sizes is not None else {one.contract.name: one.size for one in self.held(coin)}
        shorts = [(self.market.contract(name), -size) for name, size in wanted.items() if size < 0]
        parts = [(self.margin_of(contract), amount) for contract, amount in shorts if contract.coin == coin]
        initial = sum((part.initial * amount for part, amount in parts), ZERO)
        return Margin(initial=initial, maintenance=sum((part.maintenance * amount for part, amount in parts), ZERO))

    def margin_of(self, contract: Contract) -> Margin:
        """Of one ETH sold. Source: the standard model in strategy section 2."""
        if contract.kind == "future":
            return Margin(initial=Decimal("0.02") / self.market.index_usd, maintenance=Decimal("0.01") / self.market.index_usd)
        spot = self.market.index_usd
        per_coin = Decimal(1) if contract.family is Family.INVERSE else spot
        mark = self.market.book(contract.name).mark / per_coin
        otm = max(contract.strike - spot if contract.is_call else spot - contract.strike, ZERO) / spot
        initial = max(Decimal("0.15") - otm, Decimal("0.1")) + mark
        maintenance = Decimal("0.075") + mark if contract.is_call else max(Decimal("0.075"), Decimal("0.075") * mark) + mark
        return Margin(initial=(initial if contract.is_call else max(initial, maintenance)) * per_coin, maintenance=maintenance * per_coin)

    def _move(self, coin: str, change: Decimal) -> None:
        self.balances[coin] += change
