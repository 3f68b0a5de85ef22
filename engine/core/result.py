"""What a finished trade, or the closed side of a condor, made: in coin, USD and EUR of the whole position."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from engine.core.model import Family


@dataclass(frozen=True, slots=True, kw_only=True)
class TradeResult:
    """Net of all fees; the amount in the quote coin is valued at the index of the moment it is booked."""

    pnl_coin: Decimal
    pnl_usd: Decimal
    pnl_eur: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class TradeFlows:
    """Credit, debit and fees per 1 ETH in coin, all positive; `debit_coin` is the payout when delivered."""

    family: Family
    credit_coin: Decimal
    debit_coin: Decimal
    open_fee_coin: Decimal
    close_fee_coin: Decimal
    quantity_eth: Decimal


def trade_result(flows: TradeFlows, *, index_usd: Decimal, fx_usd_per_eur: Decimal) -> TradeResult:
    """Credit less debit less both fees, times the size."""
    pnl_coin = (flows.credit_coin - flows.debit_coin - flows.open_fee_coin - flows.close_fee_coin) * flows.quantity_eth
    pnl_usd = flows.family.usd_of_coin(pnl_coin, index_usd=index_usd)
    return TradeResult(pnl_coin=pnl_coin, pnl_usd=pnl_usd, pnl_eur=pnl_usd / fx_usd_per_eur)


def shares_of(amount_coin: Decimal, weights: Sequence[Decimal]) -> tuple[Decimal, ...]:
    """An amount split in proportion to positive weights; the last part takes the rest, so that the parts add up exactly."""
    total = sum(weights, Decimal(0))
    parts = [amount_coin * weight / total for weight in weights[:-1]]
    return (*parts, amount_coin - sum(parts, Decimal(0)))


def added(results: Sequence[TradeResult]) -> TradeResult:
    """Several results as one, each at the value it was booked at."""
    return TradeResult(
        pnl_coin=sum((result.pnl_coin for result in results), Decimal(0)),
        pnl_usd=sum((result.pnl_usd for result in results), Decimal(0)),
        pnl_eur=sum((result.pnl_eur for result in results), Decimal(0)),
    )
