"""Whether the venue takes an order: everything it looks at before matching, in its order."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tests.fakes.venue.clock import to_ms
from tests.fakes.venue.combos import Combo
from tests.fakes.venue.errors import bad_param, refusal
from tests.fakes.venue.orders import ZERO, Instrument, contract_size

if TYPE_CHECKING:
    from tests.fakes.venue.exchange import Exchange

Json = dict[str, Any]
LABEL_MAX = 64
GTC = "good_til_cancelled"
# What the fake does not play: refused in the open rather than taken and not done.
NOT_PLAYED = ("trigger_price", "trigger_offset", "trigger", "advanced", "linked_order_type", "otoco_config", "display_amount")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """An order as it was asked, checked."""

    instrument: Instrument
    direction: str
    amount: Decimal
    price: Decimal | None
    order_type: str
    label: str
    time_in_force: str
    is_post_only: bool
    is_rejecting: bool
    is_reducing: bool


def decimal(value: Any) -> Decimal:
    """The number as it was written."""
    return Decimal(str(value))


def check_open(exchange: Exchange) -> None:
    """Raises the refusal of a venue or an account on which nothing can be traded or cancelled."""
    if exchange.platform.is_in_maintenance:
        raise refusal(11051)
    if exchange.settlement.is_pausing(exchange.now()):
        raise refusal(10041)


def check_unlocked(exchange: Exchange, instrument: Instrument) -> None:
    """Raises the refusal of a locked index or account: orders may be cancelled there and nothing else."""
    index = "eth_usd" if instrument.coin == "ETH" else "eth_usdc"
    if index in exchange.platform.locked_indices:
        raise refusal(10019)
    if exchange.platform.is_account_locked:
        raise refusal(11098)


def check_in_time(exchange: Exchange, params: Json) -> None:
    """Raises 13888 when the request comes to the matching engine after `valid_until`."""
    if "valid_until" in params and to_ms(exchange.now()) > params["valid_until"]:
        raise refusal(13888)


def read_wish(exchange: Exchange, direction: str, params: Json) -> Wish:
    """The order that is asked for. Raises the venue's refusals."""
    instrument = exchange.instrument(params["instrument_name"])
    check_unlocked(exchange, instrument)
    check_tradable(exchange, instrument)
    for name in NOT_PLAYED:
        if name in params:
            raise refusal(10033, param=name)
    order_type = params.get("type", "limit")
    if order_type not in ("limit", "market", "market_limit"):
        raise refusal(10033, param="type")
    if len(params.get("label", "")) > LABEL_MAX:
        raise bad_param("label", f"must be at most {LABEL_MAX}")
    wish = Wish(
        instrument=instrument,
        direction=direction,
        amount=read_amount(instrument, params),
        price=_price(exchange, instrument, params) if order_type == "limit" else None,
        order_type=order_type,
        label=params.get("label", ""),
        time_in_force=params.get("time_in_force", GTC),
        is_post_only=params.get("post_only", False),
        is_rejecting=params.get("reject_post_only", False),
        is_reducing=params.get("reduce_only", False),
    )
    if wish.is_post_only and (wish.time_in_force != GTC or wish.price is None):
        raise refusal(11055)
    return wish


def check_tradable(exchange: Exchange, instrument: Instrument) -> None:
    """Raises the refusal of a book that is not open."""
    if isinstance(instrument, Combo) and instrument.state != "active":
        raise refusal(13036)
    state = exchange.state(instrument.name)
    if state != "open":
        raise refusal(10041 if state == "settlement" else 10012)


def read_amount(instrument: Instrument, params: Json) -> Decimal:
    """The amount in ETH, named as amount or as contracts. Raises the venue's refusals."""
    named = [decimal(params["amount"])] if "amount" in params else []
    named += [decimal(params["contracts"]) * contract_size(instrument)] if "contracts" in params else []
    if not named or len(set(named)) > 1:
        raise bad_param("amount", "is required" if not named else "does not match contracts")
    amount = named[0]
    if amount <= 0:
        raise refusal(10021)
    if amount < instrument.lot:
        raise refusal(10002)
    if amount % instrument.lot != 0:
        raise refusal(10021)
    return amount


def check_price(exchange: Exchange, instrument: Instrument, price: Decimal) -> None:
    """Raises the refusal of a price off the grid or beyond the book's limits."""
    if not isinstance(instrument, Combo) and price <= 0:
        raise refusal(10023)
    if not instrument.grid.holds(price):
        raise refusal(10043)
    low, high = exchange.book(instrument.name).limits()
    if price < low:
        raise refusal(10005, limit=f"{float(low):.4f}")
    if price > high:
        raise refusal(10007, limit=f"{float(high):.4f}")


def check_funds(exchange: Exchange, wish: Wish) -> None:
    """Raises 10009 when the account could not carry the position the order would give it."""
    account, coin = exchange.account, wish.instrument.coin
    sign = 1 if wish.direction == "buy" else -1
    legs = [(leg.contract, leg.ratio) for leg in wish.instrument.legs] if isinstance(wish.instrument, Combo) else [(wish.instrument, 1)]
    sizes = {one.contract.name: one.size for one in account.held(coin)}
    for contract, ratio in legs:
        sizes[contract.name] = sizes.get(contract.name, ZERO) + sign * ratio * wish.amount
    price = wish.price if wish.price is not None else exchange.book(wish.instrument.name).mark
    paid = sign * price * wish.amount if wish.instrument.kind != "future" else ZERO
    before, after = account.margin(coin).initial, account.margin(coin, sizes).initial
    if after <= before and paid <= 0:
        return
    if account.balances[coin] - paid < after:
        raise refusal(10009)


def _price(exchange: Exchange, instrument: Instrument, params: Json) -> Decimal:
    if "price" not in params:
        raise refusal(10023)
    price = decimal(params["price"])
    check_price(exchange, instrument, price)
    return price
