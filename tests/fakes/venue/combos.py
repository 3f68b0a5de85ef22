"""Combos: several legs listed as one instrument, with a book of its own made of the legs' books."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from math import gcd
from typing import Any

from tests.fakes.venue.clock import to_ms
from tests.fakes.venue.errors import bad_param, refusal
from tests.fakes.venue.listing import COINS, COMBO_GRIDS, LOTS, Contract, Family, Grid, expiry_code
from tests.fakes.venue.market import Book, Level, Market
from tests.fakes.venue.pricing import Valued

Json = dict[str, Any]
COMBOS_MAX = 50
LEGS_MAX = 4


@dataclass(frozen=True, slots=True)
class Leg:
    """`ratio` > 0 is bought by who buys the combo."""

    contract: Contract
    ratio: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Combo:
    name: str
    number: int
    legs: tuple[Leg, ...]
    created_at: datetime
    state: str = "active"
    state_at: datetime

    @property
    def family(self) -> Family:
        return self.legs[0].contract.family

    @property
    def coin(self) -> str:
        return COINS[self.family]

    @property
    def grid(self) -> Grid:
        return COMBO_GRIDS[self.family]

    @property
    def lot(self) -> Decimal:
        return LOTS[self.family]

    @property
    def kind(self) -> str:
        return "option_combo"

    def wire(self) -> Json:
        legs = [{"instrument_name": leg.contract.name, "amount": leg.ratio} for leg in self.legs]
        told = {"id": self.name, "instrument_id": self.number, "state": self.state, "legs": legs}
        return told | {"state_timestamp": to_ms(self.state_at), "creation_timestamp": to_ms(self.created_at)}


@dataclass(slots=True)
class Combos:
    """`is_as_asked`: a new combo has the signs it was asked with, and not those the venue would choose.

    The venue may list a combo the other way round than it was asked for; the signs of the legs tell.
    """

    market: Market
    active_max: int = COMBOS_MAX
    is_as_asked: bool = False
    listed: dict[str, Combo] = field(default_factory=dict)
    _quoted: dict[str, tuple[tuple[Level, ...], tuple[Level, ...]]] = field(default_factory=dict)

    def find(self, name: str) -> Combo | None:
        return self.listed.get(name)

    def active(self, currency: str) -> list[Combo]:
        return [combo for combo in self.listed.values() if combo.state == "active" and currency in (combo.coin, "any")]

    def create(self, trades: Any) -> Combo:
        """The combo of these trades: the one that is there, or a new one. Raises the venue's refusals."""
        legs = self._legs(trades)
        if not self.is_as_asked and not self._is_dear(legs):
            legs = tuple(Leg(leg.contract, -leg.ratio) for leg in legs)
        name = _name(legs)
        known = self.listed.get(name)
        if known is not None and known.state == "active":
            return known
        if sum(combo.state == "active" for combo in self.listed.values()) >= self.active_max:
            raise refusal(13035)
        now = self.market.now()
        made = Combo(name=name, number=900_000 + len(self.listed), legs=legs, created_at=now, state_at=now)
        self.listed[name] = replace(known, state="active", state_at=now) if known is not None else made
        return self.listed[name]

    def deactivate(self, name: str) -> None:
        """The combo's book is gone, as the venue does with one nobody trades."""
        self.listed[name] = replace(self.listed[name], state="inactive", state_at=self.market.now())

    def quote(self, name: str, *, bids: list[tuple[str, int]], asks: list[tuple[str, int]]) -> None:
        """The combo's own book is these levels and no longer what its legs imply."""
        sides = [tuple(Level(Decimal(price), Decimal(amount)) for price, amount in side) for side in (bids, asks)]
        self._quoted[name] = (sides[0], sides[1])
        self.market.on_move()

    def book(self, combo: Combo) -> Book:
        """The best the legs' books allow, on the combo's grid."""
        books = [(leg.ratio, self.market.book(leg.contract.name)) for leg in combo.legs]
        mark = sum((ratio * book.mark for ratio, book in books), Decimal(0))
        bids, asks = self._quoted.get(combo.name, (_implied(books, combo.grid, is_bid=True), _implied(books, combo.grid, is_bid=False)))
        valued = Valued(price_usd=0.0, iv=0.0, delta=0.0, gamma=0.0, vega=0.0, theta=0.0)
        return self.market.left(
            combo.name, Book(bids=bids, asks=asks, mark=mark, forward=books[0][1].forward, valued=valued, coins_per_eth=books[0][1].coins_per_eth)
        )

    def state(self, combo: Combo) -> str:
        """open while it is active and each of its legs is open."""
        states = {self.market.state(leg.contract) for leg in combo.legs}
        return "open" if combo.state == "active" and states == {"open"} else "closed"

    def wire_instrument(self, combo: Combo) -> Json:
        """As `public/get_instruments` tells a combo."""
        told = combo.legs[0].contract.wire(is_active=self.state(combo) == "open")
        kept = {name: value for name, value in told.items() if name not in ("strike", "option_type", "contract_size")}
        own = {"kind": combo.kind, "instrument_name": combo.name, "instrument_id": combo.number, "tick_size": float(combo.grid.tick), "tick_size_steps": []}
        return kept | own | {"creation_timestamp": to_ms(combo.created_at), "contract_size": 1, "maker_commission": 0.0, "taker_commission": 0.0}

    def wire_instruments(self, currency: str, kind: str | None) -> list[Json]:
        return [self.wire_instrument(combo) for combo in self.active(currency)] if kind in (None, "option_combo") else []

    def _legs(self, trades: Any) -> tuple[Leg, ...]:
        if not isinstance(trades, list) or not 2 <= len(trades) <= LEGS_MAX:
            raise bad_param("trades", "wrong format")
        signed: dict[str, Decimal] = {}
        for trade in trades:
            if not isinstance(trade, dict) or trade.get("direction") not in ("buy", "sell") or "instrument_name" not in trade:
                raise bad_param("trades", "wrong format")
            amount = _amount(trade.get("amount"))
            signed[trade["instrument_name"]] = amount if trade["direction"] == "buy" else -amount
        contracts = [self.market.contract(name) for name in signed]
        if len(signed) != len(trades) or len({contract.family for contract in contracts}) != 1 or any(contract.kind != "option" for contract in contracts):
            raise refusal(10031)
        if any(not self.market.is_listed(contract) for contract in contracts):
            raise refusal(10020)
        lots = [int(signed[contract.name] / contract.lot) for contract in contracts]
        common = gcd(*lots)
        if common == 0:
            raise refusal(10021)
        return tuple(Leg(contract, count // common) for contract, count in zip(contracts, lots, strict=True))

    def _is_dear(self, legs: tuple[Leg, ...]) -> bool:
        if len(legs) == 2 and legs[0].contract.is_call == legs[1].contract.is_call and legs[0].contract.expires_at == legs[1].contract.expires_at:
            bought = max(legs, key=lambda leg: leg.ratio).contract
            sold = min(legs, key=lambda leg: leg.ratio).contract
            return bought.strike < sold.strike if bought.is_call else bought.strike > sold.strike
        return sum(leg.ratio * self.market.book(leg.contract.name).mark for leg in legs) >= 0


def _implied(books: list[tuple[int, Book]], grid: Grid, *, is_bid: bool) -> tuple[Level, ...]:
    price, amount = Decimal(0), None
    for ratio, book in books:
        # Who sells the combo sells what it is long at the bid and buys what it is short at the ask.
        level = book.bid if (ratio > 0) is is_bid else book.ask
        if level is None:
            return ()
        price += ratio * level.price
        fits = level.amount / abs(ratio)
        amount = fits if amount is None else min(amount, fits)
    if amount is None or amount <= 0:
        return ()
    return (Level(grid.down(price) if is_bid else grid.up(price), amount),)


def _name(legs: tuple[Leg, ...]) -> str:
    contracts = sorted((leg.contract for leg in legs), key=lambda contract: (contract.strike, contract.is_call))
    calls = sum(contract.is_call for contract in contracts)
    code = {(2, 0): "PS", (2, 2): "CS", (4, 2): "ICOND"}.get((len(contracts), calls), "CUST")
    strikes = "_".join(f"{contract.strike.normalize():f}".replace(".", "d") for contract in contracts)
    expires_at = contracts[0].expires_at
    told = f"{contracts[0].family.value}-{code}-{expiry_code(expires_at) if expires_at is not None else 'PERP'}-{strikes}"
    plain = all(abs(leg.ratio) == 1 for leg in legs) and code != "CUST" and len({contract.expires_at for contract in contracts}) == 1
    if plain:
        return told
    return f"{told}_{'_'.join(f'{leg.contract.name[-1]}{leg.ratio}' for leg in legs)}"


def _amount(given: Any) -> Decimal:
    try:
        amount = Decimal(str(given))
    except ArithmeticError:
        raise bad_param("trades", "wrong format") from None
    if amount <= 0:
        raise refusal(10021)
    return amount
