"""Which function serves which method."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.fakes.venue import account_methods, combo_methods, history_methods, order_queries, public_methods, session_methods, trading_methods
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

PRIVATE: dict[str, Method] = {
    "private/logout": account_methods.logout,
    "private/list_api_keys": account_methods.list_api_keys,
    "private/get_user_locks": account_methods.get_user_locks,
    "private/enable_cancel_on_disconnect": account_methods.enable_cancel_on_disconnect,
    "private/disable_cancel_on_disconnect": account_methods.disable_cancel_on_disconnect,
    "private/get_cancel_on_disconnect": account_methods.get_cancel_on_disconnect,
    "private/subscribe": account_methods.subscribe,
    "private/unsubscribe": session_methods.unsubscribe,
    "private/unsubscribe_all": session_methods.unsubscribe_all,
    "private/get_account_summary": account_methods.get_account_summary,
    "private/get_account_summaries": account_methods.get_account_summaries,
    "private/get_positions": account_methods.get_positions,
    "private/get_position": account_methods.get_position,
    "private/get_margins": account_methods.get_margins,
    "private/simulate_portfolio": account_methods.simulate_portfolio,
    "private/get_transaction_log": account_methods.get_transaction_log,
    "private/get_settlement_history_by_currency": account_methods.get_settlement_history_by_currency,
    "private/get_settlement_history_by_instrument": account_methods.get_settlement_history_by_instrument,
    "private/create_combo": combo_methods.create_combo,
    "private/get_leg_prices": account_methods.get_leg_prices,
    "private/buy": trading_methods.buy,
    "private/sell": trading_methods.sell,
    "private/edit": trading_methods.edit,
    "private/edit_by_label": trading_methods.edit_by_label,
    "private/close_position": trading_methods.close_position,
    "private/cancel": trading_methods.cancel,
    "private/cancel_all": trading_methods.cancel_all,
    "private/cancel_all_by_instrument": trading_methods.cancel_all_by_instrument,
    "private/cancel_all_by_currency": trading_methods.cancel_all_by_currency,
    "private/cancel_all_by_kind_or_type": trading_methods.cancel_all_by_kind_or_type,
    "private/cancel_by_label": trading_methods.cancel_by_label,
    "private/get_order_state": order_queries.get_order_state,
    "private/get_order_state_by_label": order_queries.get_order_state_by_label,
    "private/get_open_orders": order_queries.get_open_orders,
    "private/get_open_orders_by_instrument": order_queries.get_open_orders_by_instrument,
    "private/get_open_orders_by_currency": order_queries.get_open_orders_by_currency,
    "private/get_open_orders_by_label": order_queries.get_open_orders_by_label,
    "private/get_order_history_by_instrument": order_queries.get_order_history_by_instrument,
    "private/get_order_history_by_currency": order_queries.get_order_history_by_currency,
    "private/get_order_margin_by_ids": order_queries.get_order_margin_by_ids,
    "private/get_user_trades_by_instrument": order_queries.get_user_trades_by_instrument,
    "private/get_user_trades_by_instrument_and_time": order_queries.get_user_trades_by_instrument_and_time,
    "private/get_user_trades_by_currency": order_queries.get_user_trades_by_currency,
    "private/get_user_trades_by_currency_and_time": order_queries.get_user_trades_by_currency_and_time,
    "private/get_user_trades_by_order": order_queries.get_user_trades_by_order,
}
SERVED = PUBLIC | PRIVATE
