"""Which function serves which method."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.fakes.venue import combo_methods, history_methods, public_methods, session_methods
from tests.fakes.venue.exchange import Exchange
from tests.fakes.venue.sessions import Session

Method = Callable[[Exchange, Session, dict[str, Any]], Any]

PUBLIC: dict[str, Method] = {
    "public/auth": session_methods.auth,
    "public/hello": session_methods.hello,
    "public/test": session_methods.test,
    "public/set_heartbeat": session_methods.set_heartbeat,
    "public/disable_heartbeat": session_methods.disable_heartbeat,
    "public/subscribe": session_methods.subscribe,
    "public/unsubscribe": session_methods.unsubscribe,
    "public/unsubscribe_all": session_methods.unsubscribe_all,
    "public/status": public_methods.status,
    "public/get_time": public_methods.get_time,
    "public/get_announcements": public_methods.get_announcements,
    "public/get_currencies": public_methods.get_currencies,
    "public/get_instruments": public_methods.get_instruments,
    "public/get_instrument": public_methods.get_instrument,
    "public/get_contract_size": public_methods.get_contract_size,
    "public/get_expirations": public_methods.get_expirations,
    "public/get_index_price": public_methods.get_index_price,
    "public/get_index_price_names": public_methods.get_index_price_names,
    "public/ticker": public_methods.ticker,
    "public/get_order_book": public_methods.get_order_book,
    "public/get_book_summary_by_currency": public_methods.get_book_summary_by_currency,
    "public/get_book_summary_by_instrument": public_methods.get_book_summary_by_instrument,
    "public/get_volatility_index_data": history_methods.get_volatility_index_data,
    "public/get_historical_volatility": history_methods.get_historical_volatility,
    "public/get_tradingview_chart_data": history_methods.get_tradingview_chart_data,
    "public/get_funding_rate_history": history_methods.get_funding_rate_history,
    "public/get_funding_rate_value": history_methods.get_funding_rate_value,
    "public/get_delivery_prices": history_methods.get_delivery_prices,
    "public/get_last_settlements_by_currency": history_methods.get_last_settlements_by_currency,
    "public/get_last_settlements_by_instrument": history_methods.get_last_settlements_by_instrument,
    "public/get_last_trades_by_instrument": history_methods.get_last_trades_by_instrument,
    "public/get_combos": combo_methods.get_combos,
    "public/get_combo_ids": combo_methods.get_combo_ids,
    "public/get_combo_details": combo_methods.get_combo_details,
}

SERVED = PUBLIC
