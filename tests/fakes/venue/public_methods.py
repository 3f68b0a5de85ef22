"""The venue's market data as it stands now: instruments, index, tickers, books and their summaries."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tests.fakes.venue.clock import to_ms
from tests.fakes.venue.errors import bad_param
from tests.fakes.venue.listing import Contract, Family, expiry_code
from tests.fakes.venue.market import INDEX_NAMES, Book, Level

if TYPE_CHECKING:
    from tests.fakes.venue.exchange import Exchange
    from tests.fakes.venue.sessions import Session

Json = dict[str, Any]


def get_time(exchange: Exchange, _session: Session, _params: Json) -> int:
    return to_ms(exchange.now())


def status(exchange: Exchange, _session: Session, _params: Json) -> Json:
    return exchange.platform.status()


def get_announcements(exchange: Exchange, _session: Session, params: Json) -> list[Json]:
    until = params.get("start_timestamp", to_ms(exchange.now()))
    told = [one for one in exchange.platform.announcements if one["publication_timestamp"] <= until]
    return list(reversed(told))[: params.get("count", 5)]


def get_currencies(_exchange: Exchange, _session: Session, _params: Json) -> list[Json]:
    common = {"withdrawal_fee": 0.0006, "withdrawal_priorities": [], "min_withdrawal_fee": 0.0001, "network_fee": 0.0006, "in_cross_collateral_pool": False}
    ether = {"currency": "ETH", "currency_long": "Ethereum", "coin_type": "ETHER", "min_confirmations": 1, "decimals": 6, "network_currency": "ETH"}
    usdc = {"currency": "USDC", "currency_long": "USD Coin", "coin_type": "ETHER", "min_confirmations": 1, "decimals": 6, "network_currency": "ETH"}
    return [common | ether, common | usdc]


def get_instruments(exchange: Exchange, _session: Session, params: Json) -> list[Json]:
    wants_expired = params.get("expired", False)
    told = [contract for contract in _of_currency(exchange, params) if exchange.market.is_listed(contract) is not wants_expired]
    rows = [contract.wire(is_active=exchange.market.state(contract) == "open") for contract in told]
    combos = exchange.combos.wire_instruments(params["currency"], params.get("kind")) if not wants_expired else []
    return rows + combos


def get_instrument(exchange: Exchange, _session: Session, params: Json) -> Json:
    combo = exchange.combos.find(params["instrument_name"])
    if combo is not None:
        return exchange.combos.wire_instrument(combo)
    contract = exchange.market.contract(params["instrument_name"])
    return contract.wire(is_active=exchange.market.state(contract) == "open")


def get_contract_size(exchange: Exchange, _session: Session, params: Json) -> Json:
    return {"contract_size": float(exchange.market.contract(params["instrument_name"]).contract_size)}


def get_expirations(exchange: Exchange, _session: Session, params: Json) -> Json:
    told: Json = {}
    for contract in _of_currency(exchange, params):
        if exchange.market.is_listed(contract) and params["kind"] in ("any", contract.kind):
            code = "PERPETUAL" if contract.expires_at is None else expiry_code(contract.expires_at)
            told.setdefault(contract.kind, {})[code] = contract.expires_at
    return {kind: list(codes) for kind, codes in told.items()}


def get_index_price(exchange: Exchange, _session: Session, params: Json) -> Json:
    _require_index(params["index_name"])
    price = exchange.market.index.level
    return {"index_price": price, "estimated_delivery_price": price}


def get_index_price_names(_exchange: Exchange, _session: Session, params: Json) -> list[Any]:
    if params.get("extended", False):
        return [{"name": name, "future_combo_creation_enabled": True, "option_combo_creation_enabled": True} for name in INDEX_NAMES]
    return list(INDEX_NAMES)


def ticker(exchange: Exchange, _session: Session, params: Json) -> Json:
    return wire_ticker(exchange, params["instrument_name"])


def get_order_book(exchange: Exchange, _session: Session, params: Json) -> Json:
    depth = params.get("depth", 5)
    book = exchange.book(params["instrument_name"])
    levels = {"bids": _levels(book.bids, depth), "asks": _levels(book.asks, depth), "change_id": exchange.changes}
    return wire_ticker(exchange, params["instrument_name"]) | levels


def get_book_summary_by_currency(exchange: Exchange, _session: Session, params: Json) -> list[Json]:
    names = [contract.name for contract in _of_currency(exchange, params) if exchange.market.is_listed(contract)]
    names += [combo.name for combo in exchange.combos.active(params["currency"]) if params.get("kind") in (None, "option_combo")]
    return [_summary(exchange, name) for name in names]


def get_book_summary_by_instrument(exchange: Exchange, _session: Session, params: Json) -> list[Json]:
    return [_summary(exchange, params["instrument_name"])]


def wire_ticker(exchange: Exchange, name: str) -> Json:
    """The market of one instrument as tickers, books and `ticker.` notifications tell it."""
    book, state = exchange.book(name), exchange.state(name)
    low, high = book.limits()
    open_interest, volume = exchange.market.interest(name)
    index = exchange.market.index.level
    told: Json = {
        "timestamp": to_ms(exchange.now()),
        "state": state,
        "instrument_name": name,
        "index_price": index,
        "estimated_delivery_price": index,
        "mark_price": float(book.mark),
        "last_price": exchange.last_price(name),
        "settlement_price": float(book.mark),
        "min_price": float(low),
        "max_price": float(high),
        "open_interest": open_interest,
        "stats": {"volume": volume, "volume_usd": round(volume * index, 2), "price_change": None, "high": None, "low": None},
    }
    return told | _best(book) | _of_kind(exchange, name, book)


def _of_kind(exchange: Exchange, name: str, book: Book) -> Json:
    if exchange.combos.find(name) is not None:
        return {}
    contract = exchange.market.contract(name)
    if contract.kind == "future":
        funding = exchange.market.hourly_funding
        return {"current_funding": funding * 8, "funding_8h": funding * 8, "interest_value": funding * 8}
    valued = book.valued
    greeks = {"delta": valued.delta, "gamma": valued.gamma, "vega": valued.vega, "theta": valued.theta}
    return {
        "underlying_price": round(book.forward, 4),
        "underlying_index": f"SYN.{contract.family.value}-{expiry_code(contract.expires_at)}" if contract.expires_at is not None else "index_price",
        "interest_rate": 0.0,
        "mark_iv": _pct(valued.iv),
        "bid_iv": _pct(valued.iv * 0.97) if book.bid is not None else 0.0,
        "ask_iv": _pct(valued.iv * 1.03) if book.ask is not None else 0.0,
        "greeks": {greek: round(level, 5) for greek, level in greeks.items()} | {"rho": 0.0},
    }


def _summary(exchange: Exchange, name: str) -> Json:
    book = exchange.book(name)
    open_interest, volume = exchange.market.interest(name)
    mid = None if book.bid is None or book.ask is None else float((book.bid.price + book.ask.price) / 2)
    combo = exchange.combos.find(name)
    family = combo.family if combo is not None else exchange.market.contract(name).family
    told: Json = {
        "instrument_name": name,
        "base_currency": "ETH",
        "quote_currency": "USDC" if family is Family.LINEAR else "ETH",
        "bid_price": _price(book.bid),
        "ask_price": _price(book.ask),
        "mid_price": mid,
        "mark_price": float(book.mark),
        "last": exchange.last_price(name),
        "high": None,
        "low": None,
        "price_change": None,
        "open_interest": open_interest,
        "volume": volume,
        "volume_usd": round(volume * exchange.market.index.level, 2),
        "creation_timestamp": to_ms(exchange.now()),
        "estimated_delivery_price": exchange.market.index.level,
    }
    of_kind = _of_kind(exchange, name, book)
    shared = ("underlying_price", "underlying_index", "interest_rate", "mark_iv", "funding_8h", "current_funding")
    return told | {field: of_kind[field] for field in shared if field in of_kind}


def _of_currency(exchange: Exchange, params: Json) -> list[Contract]:
    families = {"ETH": (Family.INVERSE,), "USDC": (Family.LINEAR,), "any": tuple(Family), "grouped": tuple(Family)}.get(params["currency"], ())
    kind = params.get("kind", "any")
    return [contract for contract in exchange.market.contracts.values() if contract.family in families and kind in ("any", contract.kind)]


def _best(book: Book) -> Json:
    # An empty side: no price (the 2026 pages), and nothing to be had at it.
    return {
        "best_bid_price": _price(book.bid),
        "best_bid_amount": float(book.bid.amount) if book.bid is not None else 0.0,
        "best_ask_price": _price(book.ask),
        "best_ask_amount": float(book.ask.amount) if book.ask is not None else 0.0,
    }


def _price(level: Level | None) -> float | None:
    return None if level is None else float(level.price)


def _levels(levels: tuple[Level, ...], depth: int) -> list[list[float]]:
    return [[float(level.price), float(level.amount)] for level in levels[:depth]]


def _pct(iv_frac: float) -> float:
    return float(Decimal(str(iv_frac * 100)).quantize(Decimal("0.01")))


def _require_index(name: str) -> None:
    if name not in INDEX_NAMES:
        raise bad_param("index_name", "wrong format")
