"""What travels of the operator's wealth beyond its sums."""

from __future__ import annotations

from pydantic import Field

from engine.clients.wire import Money, PortfolioWire, Wire


class HoldingWire(Wire):
    """One place and what lies there."""

    source: str
    cash_eur: Money
    eth: Money


class PortfolioBySourceWire(PortfolioWire):
    """The sums with what they are made of."""

    sources: list[HoldingWire] = Field(default_factory=list)
