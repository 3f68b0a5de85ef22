"""What an ETH is worth in EUR, asked of whoever plays those roles on this desk."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from decimal import Decimal

from engine.core.model import Reading
from engine.errors import VenueError
from engine.servers.upstream import UpstreamError

AskReading = Callable[[], Awaitable[Reading[Decimal] | None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class EthPrice:
    """The index and the rate it was converted with."""

    index_usd: Decimal
    usd_per_eur: Decimal

    @property
    def eth_eur(self) -> Decimal:
        return self.index_usd / self.usd_per_eur


@dataclass(frozen=True, slots=True, kw_only=True)
class Prices:
    """Where the index in USD and the USD per EUR come from."""

    index_usd: AskReading
    usd_per_eur: AskReading

    async def now(self) -> EthPrice | None:
        """The price of an ETH; None while either part is missing. Raises UpstreamError when a server fails."""
        try:
            index, fx = await self.index_usd(), await self.usd_per_eur()
        except VenueError as error:
            raise UpstreamError(f"no price for the holdings: {error}", retryable=not error.permanent) from None
        if index is None or fx is None or index.value <= 0 or fx.value <= 0:
            return None
        return EthPrice(index_usd=index.value, usd_per_eur=fx.value)
