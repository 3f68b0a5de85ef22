"""An order and its fills, as the venue keeps and tells them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from tests.fakes.venue.clock import to_ms
from tests.fakes.venue.combos import Combo
from tests.fakes.venue.listing import Contract

Json = dict[str, Any]
Instrument = Contract | Combo
ZERO = Decimal(0)


@dataclass(slots=True, kw_only=True)
class Order:
    """`price` None is a market order; `session` is the connection it came over, None for HTTP and for what a test planted."""

    order_id: str
    instrument: Instrument
    direction: str
    amount: Decimal
    price: Decimal | None
    order_type: str = "limit"
    label: str = ""
    time_in_force: str = "good_til_cancelled"
    is_post_only: bool = False
    is_rejecting: bool = False
    is_reducing: bool = False
    session: int | None = None
    created_at: datetime
    updated_at: datetime
    state: str = "open"
    filled: Decimal = ZERO
    cost: Decimal = ZERO
    is_replaced: bool = False
    cancel_reason: str | None = None

    @property
    def name(self) -> str:
        return self.instrument.name

    @property
    def left(self) -> Decimal:
        return self.amount - self.filled

    @property
    def is_buy(self) -> bool:
        return self.direction == "buy"

    @property
    def is_open(self) -> bool:
        return self.state == "open"

    @property
    def average_price(self) -> Decimal:
        """The mean price of what is filled, nought before the first fill as the venue tells it."""
        return self.cost / self.filled if self.filled > 0 else ZERO

    def takes(self, price: Decimal) -> bool:
        """Whether it would trade at `price`."""
        return self.price is None or (price <= self.price if self.is_buy else price >= self.price)

    def wire(self) -> Json:
        told: Json = {
            "order_id": self.order_id,
            "order_state": self.state,
            "order_type": self.order_type,
            "time_in_force": self.time_in_force,
            "instrument_name": self.name,
            "creation_timestamp": to_ms(self.created_at),
            "last_update_timestamp": to_ms(self.updated_at),
            "direction": self.direction,
            "price": "market_price" if self.price is None else float(self.price),
            "label": self.label,
            "post_only": self.is_post_only,
            "reduce_only": self.is_reducing,
            "api": True,
            "web": False,
            "amount": float(self.amount),
            "contracts": float(self.amount / contract_size(self.instrument)),
            "filled_amount": float(self.filled),
            "average_price": float(self.average_price),
            "max_show": float(self.amount),
            "replaced": self.is_replaced,
            "is_liquidation": False,
            "is_rebalance": False,
            "mmp": False,
            "risk_reducing": False,
        }
        told |= {"reject_post_only": True} if self.is_rejecting else {}
        return told | ({"cancel_reason": self.cancel_reason} if self.cancel_reason is not None else {})


@dataclass(frozen=True, slots=True, kw_only=True)
class Fill:
    """One trade of ours; a combo's carries its legs, and each leg names the combo."""

    trade_id: str
    seq: int
    order_id: str
    instrument: Instrument
    direction: str
    amount: Decimal
    price: Decimal
    fee: Decimal
    at: datetime
    index_usd: Decimal
    mark: Decimal
    is_maker: bool
    label: str
    order_state: str
    order_type: str
    is_post_only: bool
    is_reducing: bool
    iv_pct: float | None = None
    forward_usd: float | None = None
    profit: Decimal | None = None
    combo_id: str | None = None
    combo_trade_id: str | None = None
    legs: tuple[Fill, ...] = field(default_factory=tuple)

    @property
    def name(self) -> str:
        return self.instrument.name

    @property
    def kind(self) -> str:
        return self.instrument.kind

    @property
    def signed(self) -> Decimal:
        """What the position gained, short < 0."""
        return self.amount if self.direction == "buy" else -self.amount

    def wire(self, *, shows_legs: bool = True) -> Json:
        told: Json = {
            "trade_id": self.trade_id,
            "trade_seq": self.seq,
            "order_id": self.order_id,
            "instrument_name": self.name,
            "timestamp": to_ms(self.at),
            "direction": self.direction,
            "tick_direction": 0 if self.direction == "buy" else 2,
            "price": float(self.price),
            "amount": float(self.amount),
            "contracts": float(self.amount / contract_size(self.instrument)),
            "fee": float(self.fee),
            "fee_currency": self.instrument.coin,
            "index_price": float(self.index_usd),
            "mark_price": float(self.mark),
            "liquidity": "M" if self.is_maker else "T",
            "label": self.label,
            "state": self.order_state,
            "order_type": "market" if self.order_type == "market" else "limit",
            "post_only": self.is_post_only,
            "reduce_only": self.is_reducing,
            "matching_id": None,
            "api": True,
            "mmp": False,
            "risk_reducing": False,
        }
        told |= {"iv": self.iv_pct, "underlying_price": self.forward_usd} if self.forward_usd is not None else {}
        told |= {"profit_loss": float(self.profit)} if self.profit is not None else {}
        told |= {"combo_id": self.combo_id, "combo_trade_id": self.combo_trade_id} if self.combo_id is not None else {}
        return told | ({"legs": [leg.wire() for leg in self.legs]} if self.legs and shows_legs else {})

    def wire_public(self) -> Json:
        """As everybody sees it."""
        told = self.wire(shows_legs=False)
        seen = (
            "trade_id",
            "trade_seq",
            "instrument_name",
            "timestamp",
            "direction",
            "tick_direction",
            "price",
            "amount",
            "contracts",
            "index_price",
            "mark_price",
        )
        return {name: told[name] for name in seen}


def contract_size(instrument: Instrument) -> Decimal:
    """ETH per contract."""
    return instrument.lot if isinstance(instrument, Combo) else instrument.contract_size
