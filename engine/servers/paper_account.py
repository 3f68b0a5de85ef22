"""The paper account: converted once at its first look, then only marked, never traded.

Rules of this file: the engine's own paper trades are not part of it.
"""

from __future__ import annotations

from datetime import datetime

from engine.clients.wire import PortfolioWire
from engine.core.rules import PaperAccountRules
from engine.market.model import Market
from engine.servers.holdings import Holdings, converted, marked


class PaperAccount:
    """Wealth of `rules` in EUR, its ETH share bought at the first mark."""

    def __init__(self, rules: PaperAccountRules, market: Market) -> None:
        self._rules, self._market = rules, market
        self._holdings: Holdings | None = None

    def portfolio(self, t: datetime) -> PortfolioWire:
        """The account at `t`; all null while the index or the exchange rate is missing."""
        index, fx = self._market.index_usd(t), self._market.fx_usd_per_eur(t)
        if index is None or fx is None:
            return PortfolioWire()
        eth_eur = index.value / fx.value
        if self._holdings is None:
            self._holdings = converted(self._rules, eth_eur=eth_eur)
        return marked(self._holdings, eth_eur=eth_eur, at=t)
