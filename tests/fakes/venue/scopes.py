"""Which scope a private method needs."""

from __future__ import annotations

from tests.fakes.venue.errors import refusal
from tests.fakes.venue.sessions import LEVELS, ApiKey

# By the first words of the method's name, the first match counts; what matches nothing needs a session only.
NEEDED = (
    ("private/get_account_summar", "account", "read"),
    ("private/get_transaction_log", "account", "read"),
    ("private/list_api_keys", "account", "read"),
    ("private/simulate_portfolio", "account", "read"),
    ("private/buy", "trade", "read_write"),
    ("private/sell", "trade", "read_write"),
    ("private/edit", "trade", "read_write"),
    ("private/cancel", "trade", "read_write"),
    ("private/close_position", "trade", "read_write"),
    ("private/create_combo", "trade", "read_write"),
    ("private/get_order", "trade", "read"),
    ("private/get_open_orders", "trade", "read"),
    ("private/get_user_trades", "trade", "read"),
    ("private/get_position", "trade", "read"),
    ("private/get_margins", "trade", "read"),
    ("private/get_leg_prices", "trade", "read"),
    ("private/get_settlement_history", "trade", "read"),
)


def require_scope(method: str, key: ApiKey) -> None:
    """Raises 13021 when the key's scope does not reach the method."""
    for start, area, level in NEEDED:
        if method.startswith(start):
            if LEVELS.index(key.level(area)) < LEVELS.index(level):
                raise refusal(13021, reason="insufficient_scope")
            return
