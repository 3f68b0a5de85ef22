"""What a finished trade made, in coin, USD and EUR of the whole position."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class TradeResult:
    """Net of all fees; the coin amount is valued at the index of the moment it is booked."""

    pnl_eth: Decimal
    pnl_usd: Decimal
    pnl_eur: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class TradeFlows:
    """Credit, debit and fees per 1 ETH in coin, all positive; `debit_coin` is the payout when delivered."""

    credit_coin: Decimal
    debit_coin: Decimal
    open_fee_coin: Decimal
    close_fee_coin: Decimal
    quantity_eth: Decimal


def trade_result(flows: TradeFlows, *, index_usd: Decimal, fx_usd_per_eur: Decimal) -> TradeResult:
    """Credit less debit less both fees, times the size."""
    pnl_eth = (flows.credit_coin - flows.debit_coin - flows.open_fee_coin - flows.close_fee_coin) * flows.quantity_eth
    pnl_usd = pnl_eth * index_usd
    return TradeResult(pnl_eth=pnl_eth, pnl_usd=pnl_usd, pnl_eur=pnl_usd / fx_usd_per_eur)
