"""The outside world without amounts that are no numbers: what is not finite counts as missing.

Rules of this file: nothing is repaired, only left out, and what is sound is handed on as it is.
Source: strategy §6, case 65.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from engine.core.model import MarketSnapshot, Quote, Reading, Wealth


def sound_snapshot(snapshot: MarketSnapshot) -> MarketSnapshot:
    """The snapshot with every reading left out whose amounts are not finite; the chain's rows are looked at when they are chosen."""
    prices = (snapshot.index_usd, snapshot.perp_mark_usd, snapshot.fx_usd_per_eur, snapshot.fx_before_usd_per_eur)
    if all(price is None or price.value.is_finite() for price in prices) and (snapshot.wealth is None or _is_sound(snapshot.wealth.value)):
        return snapshot
    index_usd, perp_mark_usd, fx_usd_per_eur, fx_before_usd_per_eur = (_finite(price) for price in prices)
    return replace(
        snapshot,
        index_usd=index_usd,
        perp_mark_usd=perp_mark_usd,
        fx_usd_per_eur=fx_usd_per_eur,
        fx_before_usd_per_eur=fx_before_usd_per_eur,
        wealth=snapshot.wealth if snapshot.wealth is not None and _is_sound(snapshot.wealth.value) else None,
    )


def sound_quote(quote: Quote) -> Quote:
    """The quote without the amounts that are not finite."""
    amounts = (quote.bid_coin, quote.ask_coin, quote.mark_coin, quote.bid_size_eth, quote.ask_size_eth, quote.open_interest_eth, quote.volume_24h_eth)
    if all(amount is None or amount.is_finite() for amount in amounts):
        return quote
    bid_coin, ask_coin, mark_coin, bid_size_eth, ask_size_eth, open_interest_eth, volume_24h_eth = (_amount(amount) for amount in amounts)
    return replace(
        quote,
        bid_coin=bid_coin,
        ask_coin=ask_coin,
        mark_coin=mark_coin,
        bid_size_eth=bid_size_eth,
        ask_size_eth=ask_size_eth,
        open_interest_eth=open_interest_eth,
        volume_24h_eth=volume_24h_eth,
    )


def _finite(price: Reading[Decimal] | None) -> Reading[Decimal] | None:
    return price if price is not None and price.value.is_finite() else None


def _amount(amount: Decimal | None) -> Decimal | None:
    return amount if amount is not None and amount.is_finite() else None


def _is_sound(wealth: Wealth) -> bool:
    amounts = (wealth.wealth_eur, wealth.eth_share_frac, wealth.available_funds_eth, wealth.initial_margin_eth, wealth.maintenance_margin_eth)
    return all(amount.is_finite() for amount in amounts)
