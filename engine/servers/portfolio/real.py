"""The operator's real wealth: the account at the exchange, and what they hold elsewhere by their own file."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from decimal import Decimal
from pathlib import Path

from engine.clients.wire import PortfolioWire
from engine.clients.wire_portfolio import HoldingWire, PortfolioBySourceWire
from engine.core.model import Family
from engine.core.model_venue import VenueAccount
from engine.errors import ConfigError, VenueError
from engine.servers.holdings import BASIS_POINT, CENT, GWEI
from engine.servers.portfolio.own_file import OwnHolding, read_own_file
from engine.servers.portfolio.prices import EthPrice, Prices
from engine.servers.upstream import UpstreamError

AskAccount = Callable[[str], Awaitable[VenueAccount]]
EXCHANGE = "exchange"
ETH, USDC = "ETH", "USDC"


class RealBook:
    """Wealth by source; the free funds and margins are those of the coin the family settles in."""

    def __init__(self, account: AskAccount, prices: Prices, now: Callable[[], datetime], *, family: Family, own_file: Path | None) -> None:
        self._account, self._prices, self._now = account, prices, now
        self._family, self._own_file = family, own_file

    async def portfolio(self) -> PortfolioWire:
        """The wealth now; all null while a price is missing. Raises UpstreamError when the account cannot be read."""
        price = await self._prices.now()
        if price is None:
            return PortfolioWire()
        try:
            accounts = {coin: await self._account(coin) for coin in (ETH, USDC)}
            elsewhere = () if self._own_file is None else read_own_file(self._own_file)
        except VenueError as error:
            raise UpstreamError(f"the account cannot be read: {error}", retryable=not error.permanent) from None
        except ConfigError as error:
            raise UpstreamError(str(error), retryable=False) from None
        return self._summed(price, accounts, elsewhere)

    def _summed(self, price: EthPrice, accounts: dict[str, VenueAccount], elsewhere: tuple[OwnHolding, ...]) -> PortfolioBySourceWire:
        on_exchange = OwnHolding(source=EXCHANGE, cash_eur=accounts[USDC].equity_coin / price.usd_per_eur, eth=accounts[ETH].equity_coin)
        rows = (on_exchange, *elsewhere)
        in_eth_eur = sum((row.eth for row in rows), Decimal(0)) * price.eth_eur
        wealth_eur = in_eth_eur + sum((row.cash_eur for row in rows), Decimal(0))
        settled = accounts[ETH if self._family is Family.INVERSE else USDC]

        def in_eth(amount_coin: Decimal) -> Decimal:
            return self._family.eth_of_coin(amount_coin, index_usd=price.index_usd).quantize(GWEI)

        return PortfolioBySourceWire.model_construct(
            observed_at=self._now(),
            wealth_eur=wealth_eur.quantize(CENT),
            eth_share_frac=(in_eth_eur / wealth_eur).quantize(BASIS_POINT) if wealth_eur > 0 else None,
            available_funds_eth=in_eth(settled.available_funds_coin),
            initial_margin_eth=in_eth(settled.initial_margin_coin),
            maintenance_margin_eth=in_eth(settled.maintenance_margin_coin),
            sources=[HoldingWire.model_construct(source=row.source, cash_eur=row.cash_eur.quantize(CENT), eth=row.eth) for row in rows],
        )
