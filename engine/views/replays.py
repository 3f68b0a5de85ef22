"""A period lived through again, trade by trade."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from engine.core.model import Family, Strategy, Strikes


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayedTrade:
    """One trade that ended, in figures. Coin prices and fees are per 1 ETH, `pnl_*` and `*_eur` of the whole position, net of fees.

    `r` is the result over the maximum loss stored at entry, `week` the ISO week of the opening (2026-W09); a trade
    that was delivered has the reason `settled` and no `slippage_close_frac`.
    """

    trade_id: int
    strategy: Strategy
    family: Family
    sides: tuple[Strikes, ...]
    expiry_at: datetime
    quantity_eth: Decimal
    opened_at: datetime
    closed_at: datetime
    week: str
    reason: str
    spot_open_usd: Decimal
    dvol_entry_pts: float
    short_delta_entry: float
    credit_coin: Decimal
    debit_coin: Decimal
    open_fee_coin: Decimal
    close_fee_coin: Decimal
    pnl_coin: Decimal
    pnl_usd: Decimal
    pnl_eur: Decimal
    max_loss_eur: Decimal
    r: float
    credit_eur: Decimal
    fees_eur: Decimal
    slippage_open_frac: float | None
    slippage_close_frac: float | None
