"""Holdings in cash and ETH as wealth: what a paper account begins with, and what any holdings are worth now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_DOWN, Decimal

from engine.clients.wire import PortfolioWire
from engine.core.rules import PaperAccountRules

CENT, GWEI, BASIS_POINT = Decimal("0.01"), Decimal("0.000000001"), Decimal("0.0001")


@dataclass(frozen=True, slots=True, kw_only=True)
class Holdings:
    """Cash and ETH outside the exchange's margin account and inside it; `exchange_*` is part of what is held."""

    cash_eur: Decimal
    held_eth: Decimal
    exchange_eth: Decimal
    exchange_cash_eur: Decimal


def converted(rules: PaperAccountRules, *, eth_eur: Decimal) -> Holdings:
    """The paper account of `rules` with its ETH bought at this price.

    The ETH stands on the exchange first, what is left of the exchange's share is cash counted in ETH.
    """
    eth_on_exchange_frac = min(rules.eth_share_frac, rules.exchange_share_frac)
    return Holdings(
        cash_eur=rules.wealth_eur * (1 - rules.eth_share_frac),
        held_eth=(rules.wealth_eur * rules.eth_share_frac / eth_eur).quantize(GWEI, ROUND_DOWN),
        exchange_eth=(rules.wealth_eur * eth_on_exchange_frac / eth_eur).quantize(GWEI, ROUND_DOWN),
        exchange_cash_eur=rules.wealth_eur * (rules.exchange_share_frac - eth_on_exchange_frac),
    )


def marked(holdings: Holdings, *, eth_eur: Decimal, at: datetime) -> PortfolioWire:
    """What the holdings are worth at this price; no trade ties up any of it."""
    in_eth_eur = holdings.held_eth * eth_eur
    wealth_eur = holdings.cash_eur + in_eth_eur
    return PortfolioWire.model_construct(
        observed_at=at,
        wealth_eur=wealth_eur.quantize(CENT),
        eth_share_frac=(in_eth_eur / wealth_eur).quantize(BASIS_POINT),
        available_funds_eth=(holdings.exchange_eth + holdings.exchange_cash_eur / eth_eur).quantize(GWEI, ROUND_DOWN),
        initial_margin_eth=Decimal(0),
        maintenance_margin_eth=Decimal(0),
    )
