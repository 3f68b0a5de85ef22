"""The paper account: converted once at its first look, then only marked, never traded.

Rules of this file: the engine's own paper trades are not part of it; the ETH stands on
the exchange first, what is left of the exchange's share is cash counted in ETH.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_DOWN, Decimal

from engine.clients.wire import PortfolioWire
from engine.core.rules import PaperAccountRules
from engine.market.model import Market

CENT, GWEI, BASIS_POINT = Decimal("0.01"), Decimal("0.000000001"), Decimal("0.0001")


@dataclass(frozen=True, slots=True)
class _Holdings:
    cash_eur: Decimal
    held_eth: Decimal
    exchange_eth: Decimal
    exchange_cash_eur: Decimal


class PaperAccount:
    """Wealth of `rules` in EUR, its ETH share bought at the first mark."""

    def __init__(self, rules: PaperAccountRules, market: Market) -> None:
        self._rules, self._market = rules, market
        self._holdings: _Holdings | None = None

    def portfolio(self, t: datetime) -> PortfolioWire:
        """The account at `t`; all null while the index or the exchange rate is missing."""
        index, fx = self._market.index_usd(t), self._market.fx_usd_per_eur(t)
        if index is None or fx is None:
            return PortfolioWire()
        eth_eur = index.value / fx.value
        holdings = self._converted(eth_eur)
        in_eth_eur = holdings.held_eth * eth_eur
        wealth_eur = holdings.cash_eur + in_eth_eur
        return PortfolioWire.model_construct(
            observed_at=t,
            wealth_eur=wealth_eur.quantize(CENT),
            eth_share_frac=(in_eth_eur / wealth_eur).quantize(BASIS_POINT),
            available_funds_eth=(holdings.exchange_eth + holdings.exchange_cash_eur / eth_eur).quantize(GWEI, ROUND_DOWN),
            initial_margin_eth=Decimal(0),
            maintenance_margin_eth=Decimal(0),
        )

    def _converted(self, eth_eur: Decimal) -> _Holdings:
        if self._holdings is None:
            rules = self._rules
            eth_on_exchange_frac = min(rules.eth_share_frac, rules.exchange_share_frac)
            self._holdings = _Holdings(
                cash_eur=rules.wealth_eur * (1 - rules.eth_share_frac),
                held_eth=(rules.wealth_eur * rules.eth_share_frac / eth_eur).quantize(GWEI, ROUND_DOWN),
                exchange_eth=(rules.wealth_eur * eth_on_exchange_frac / eth_eur).quantize(GWEI, ROUND_DOWN),
                exchange_cash_eur=rules.wealth_eur * (rules.exchange_share_frac - eth_on_exchange_frac),
            )
        return self._holdings
