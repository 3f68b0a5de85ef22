"""The account as the venue tells it: funds, positions, margins, logs, keys and connection settings."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tests.fakes.venue.account import USER_ID, USERNAME, Position
from tests.fakes.venue.channels import is_private
from tests.fakes.venue.clock import to_ms
from tests.fakes.venue.errors import bad_param, refusal
from tests.fakes.venue.fees import DELIVERY_RATE, RATE, leg_prices
from tests.fakes.venue.history_methods import page_of_settlements
from tests.fakes.venue.listing import COINS
from tests.fakes.venue.order_checks import decimal
from tests.fakes.venue.orders import ZERO
from tests.fakes.venue.session_methods import is_public

if TYPE_CHECKING:
    from tests.fakes.venue.exchange import Exchange
    from tests.fakes.venue.sessions import Session

Json = dict[str, Any]
RATES = {"burst": 100, "rate": 20}
ENGINE_RATES = {"burst": 20, "rate": 5}
LIMITS_TOLD: Json = {
    "limits_per_currency": False,
    "non_matching_engine": RATES,
    "matching_engine": {"trading": {"total": ENGINE_RATES}, "spot": ENGINE_RATES, "cancel_all": ENGINE_RATES},
}


def get_account_summary(exchange: Exchange, _session: Session, params: Json) -> Json:
    told = summary(exchange, _coin(params["currency"]))
    return told | _person() | _fees(told["currency"]) if params.get("extended", False) else told


def get_account_summaries(exchange: Exchange, _session: Session, params: Json) -> Json:
    """Whose account it is, and a summary per coin; only asked in full it also tells the fees."""
    told = [summary(exchange, coin) | (_fees(coin) if params.get("extended", False) else {}) for coin in exchange.account.balances]
    return _person() | {"summaries": told}


def get_positions(exchange: Exchange, _session: Session, params: Json) -> list[Json]:
    coins = list(COINS.values()) if params.get("currency", "any") == "any" else [params["currency"]]
    held = [one for coin in coins for one in exchange.account.held(coin)]
    return [_position(exchange, one) for one in held if params.get("kind", "any") in ("any", one.contract.kind)]


def get_position(exchange: Exchange, _session: Session, params: Json) -> Json:
    contract = exchange.market.contract(params["instrument_name"])
    held = exchange.account.positions.get(contract.name)
    return _position(exchange, held if held is not None else Position(contract=contract))


def get_margins(exchange: Exchange, _session: Session, params: Json) -> Json:
    """Per order and per leg: it knows nothing of what the account holds."""
    contract = exchange.market.contract(params["instrument_name"])
    low, high = exchange.book(contract.name).limits()
    amount, price = decimal(params["amount"]), decimal(params["price"])
    needed = exchange.account.margin_of(contract).initial * amount
    told = {"buy": price * amount if contract.kind == "option" else needed, "sell": needed, "min_price": low, "max_price": high}
    return {name: float(value) for name, value in told.items()}


def simulate_portfolio(exchange: Exchange, _session: Session, params: Json) -> Json:
    """The summary the account would have with these sizes, on top of its own unless asked otherwise."""
    coin = _coin(params["currency"])
    sizes = {one.contract.name: one.size for one in exchange.account.held(coin)} if params.get("add_positions", True) else {}
    asked = params.get("simulated_positions", {})
    if not isinstance(asked, dict):
        raise bad_param("simulated_positions", "wrong format")
    for name, size in asked.items():
        exchange.market.contract(name)
        sizes[name] = sizes.get(name, ZERO) + decimal(size)
    return summary(exchange, coin, sizes)


def get_transaction_log(exchange: Exchange, _session: Session, params: Json) -> Json:
    """Newest first; `continuation` is the id the next older page begins at."""
    count, query = params.get("count", 100), params.get("query")
    rows = [row for row in exchange.account.log if row["currency"] == params["currency"]]
    rows = [row for row in rows if params["start_timestamp"] <= row["timestamp"] <= params["end_timestamp"]]
    rows = [row for row in reversed(rows) if query is None or query in row["type"] or query in row["side"]]
    if "continuation" in params:
        rows = [row for row in rows if row["id"] <= params["continuation"]]
    return {"logs": rows[:count], "continuation": rows[count]["id"] if len(rows) > count else None}


def get_settlement_history_by_currency(exchange: Exchange, _session: Session, params: Json) -> Json:
    return page_of_settlements([row for row in exchange.settlement.own_rows if row["_coin"] == params["currency"]], params)


def get_settlement_history_by_instrument(exchange: Exchange, _session: Session, params: Json) -> Json:
    return page_of_settlements([row for row in exchange.settlement.own_rows if row["instrument_name"] == params["instrument_name"]], params)


def get_leg_prices(exchange: Exchange, _session: Session, params: Json) -> Json:
    """Prices of the legs that add up to the price asked."""
    if not isinstance(params["legs"], list) or len(params["legs"]) < 2:
        raise bad_param("legs", "wrong format")
    amounts = [decimal(leg["amount"]) for leg in params["legs"]]
    least = min(amounts)
    legs = []
    for leg, amount in zip(params["legs"], amounts, strict=True):
        contract = exchange.market.contract(leg["instrument_name"])
        ratio = int(amount / least) * (1 if leg["direction"] == "buy" else -1)
        legs.append((contract, ratio, exchange.market.book(contract.name).mark))
    told = leg_prices(legs, decimal(params["price"]))
    named = [
        {"ratio": abs(leg.ratio), "instrument_name": leg.contract.name, "price": float(leg.price), "direction": "buy" if leg.ratio > 0 else "sell"}
        for leg in told
    ]
    return {"legs": named, "amount": float(least)}


def list_api_keys(exchange: Exchange, _session: Session, _params: Json) -> list[Json]:
    key = exchange.sessions.key
    told = {"id": 1, "name": "desk", "client_id": key.client_id, "client_secret": "********", "max_scope": key.scope, "enabled": key.is_enabled}
    return [told | {"default": True, "timestamp": to_ms(exchange.settlement.since), "enabled_features": [], "ip_whitelist": []}]


def get_user_locks(exchange: Exchange, _session: Session, _params: Json) -> list[Json]:
    is_locked = exchange.platform.is_account_locked
    return [{"currency": coin, "enabled": is_locked} | ({"message": "Locked by the venue"} if is_locked else {}) for coin in exchange.account.balances]


def enable_cancel_on_disconnect(exchange: Exchange, session: Session, params: Json) -> str:
    return _set_cancel(exchange, session, params, is_on=True)


def disable_cancel_on_disconnect(exchange: Exchange, session: Session, params: Json) -> str:
    return _set_cancel(exchange, session, params, is_on=False)


def get_cancel_on_disconnect(exchange: Exchange, session: Session, params: Json) -> Json:
    scope = params.get("scope", "connection")
    _require_connection(session, scope)
    return {"scope": scope, "enabled": session.cancels_on_disconnect if scope == "connection" else exchange.sessions.starts_with_cancel}


def subscribe(_exchange: Exchange, session: Session, params: Json) -> list[str]:
    """The channels that are subscribed now, the public ones too; those the venue does not know are left out."""
    known = [channel for channel in params["channels"] if is_private(channel) or is_public(channel)]
    session.channels.update(known)
    return known


def logout(exchange: Exchange, session: Session, params: Json) -> str:
    """The connection ends without an answer, and cancel-on-disconnect leaves its orders alone."""
    session.is_logged_out = True
    if params.get("invalidate_token", True):
        exchange.sessions.sign_out(session)
    return "ok"


def summary(exchange: Exchange, coin: str, sizes: dict[str, Decimal] | None = None) -> Json:
    """Funds, margins and Greeks in one coin, of the positions or of `sizes` in their place."""
    account, market = exchange.account, exchange.market
    wanted = sizes if sizes is not None else {one.contract.name: one.size for one in account.held(coin)}
    options = [(market.book(name), size) for name, size in wanted.items() if market.contract(name).kind == "option" and market.contract(name).coin == coin]
    value = sum((book.mark * size for book, size in options), ZERO)
    greek = {name: sum(getattr(book.valued, name) * float(size) for book, size in options) for name in ("delta", "gamma", "vega", "theta")}
    margin, balance = account.margin(coin, wanted), account.balances[coin]
    numbers: dict[str, Decimal | float] = {
        "balance": balance,
        "equity": balance + value,
        "margin_balance": balance,
        "available_funds": balance - margin.initial,
        "available_withdrawal_funds": balance - margin.initial,
        "initial_margin": margin.initial,
        "maintenance_margin": margin.maintenance,
        "projected_initial_margin": margin.initial,
        "projected_maintenance_margin": margin.maintenance,
        "options_value": value,
        "delta_total": greek["delta"] - float(value),
        "projected_delta_total": greek["delta"] - float(value),
    }
    numbers |= {f"options_{name}": told for name, told in greek.items()}
    flat = ("total_pl", "session_rpl", "session_upl", "futures_pl", "futures_session_rpl", "futures_session_upl", "options_pl", "options_session_rpl")
    told: Json = dict.fromkeys((*flat, "options_session_upl", "spot_reserve", "additional_reserve", "fee_balance"), 0.0)
    told |= {name: round(float(number), 8) for name, number in numbers.items()}
    told |= {f"options_{name}_map": {"eth_usd": round(level, 8)} for name, level in greek.items() if name != "delta"}
    return told | {
        "currency": coin,
        "portfolio_margining_enabled": False,
        "cross_collateral_enabled": False,
        "margin_model": "segregated_sm",
        "limits": LIMITS_TOLD,
    }


def _person() -> Json:
    told = {"id": USER_ID, "username": USERNAME, "system_name": USERNAME, "email": "desk@example.com", "type": "main"}
    told |= {"creation_timestamp": 1_687_352_432_143, "login_enabled": False, "security_keys_enabled": False, "mmp_enabled": False}
    told |= {"interuser_transfers_enabled": False, "referrer_id": None, "self_trading_reject_mode": "cancel_maker"}
    return told | {"self_trading_extended_to_subaccounts": False}


def _fees(coin: str) -> Json:
    rates = {"type": "fixed", "taker": float(RATE), "maker": float(RATE)}
    index = "eth_usd" if coin == "ETH" else "eth_usdc"
    return {"fees": [{"kind": "option", "index_name": index, "value": {"default": rates, "settlement": float(DELIVERY_RATE), "block_trade": 0.3}}]}


def _position(exchange: Exchange, held: Position) -> Json:
    contract, size = held.contract, held.size
    book, market = exchange.market.book(contract.name), exchange.market
    margin = exchange.account.margin(contract.coin, {contract.name: size})
    floating = (book.mark - held.average) * size if contract.kind == "option" else ZERO
    told: Json = {
        "instrument_name": contract.name,
        "kind": contract.kind,
        "size": float(size),
        "direction": "zero" if size == 0 else "buy" if size > 0 else "sell",
        "average_price": float(held.average),
        "mark_price": float(book.mark),
        "index_price": market.index.level,
        "settlement_price": float(book.mark),
        "initial_margin": float(margin.initial),
        "maintenance_margin": float(margin.maintenance),
        "open_orders_margin": 0.0,
        "estimated_liquidation_price": None,
        "floating_profit_loss": float(floating),
        "realized_profit_loss": float(held.realised),
        "total_profit_loss": float(floating + held.realised),
        "delta": round(book.valued.delta * float(size), 5),
    }
    if contract.kind == "future":
        return told | {"leverage": 50, "size_currency": float(size / market.index_usd)}
    greeks = {"gamma": book.valued.gamma, "vega": book.valued.vega, "theta": book.valued.theta}
    usd = {"average_price_usd": float(held.average * market.index_usd), "floating_profit_loss_usd": float(floating * market.index_usd)}
    return told | usd | {name: round(level * float(size), 5) for name, level in greeks.items()}


def _set_cancel(exchange: Exchange, session: Session, params: Json, *, is_on: bool) -> str:
    scope = params.get("scope", "connection")
    _require_connection(session, scope)
    if scope == "account":
        exchange.sessions.starts_with_cancel = is_on
    else:
        session.cancels_on_disconnect = is_on
    return "ok"


def _require_connection(session: Session, scope: str) -> None:
    if scope == "connection" and not session.is_websocket:
        raise refusal(10030)


def _coin(currency: str) -> str:
    if currency not in COINS.values():
        raise bad_param("currency", "wrong format")
    return currency
