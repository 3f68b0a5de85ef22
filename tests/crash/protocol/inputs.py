"""The outside world of the model: the scripted market at the port of the clients, without a wire in between."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import TypeVar

from engine.clients.bundle import Clients
from engine.clock import Clock
from engine.core.model import Candle, Chain, Family, MacroCalendar, Quote, Reading, Sentiment, VenueStatus, Wealth
from engine.core.rules import PaperAccountRules
from engine.errors import VenueError
from engine.servers.paper_account import PaperAccount
from tests.fakes.scripted_market import FUNDING_APR, Book, ScriptedMarket
from tests.scenarios.house import LONG, SHORT

T = TypeVar("T")
Turn = Callable[[], Awaitable[None]]

DEAR = {SHORT: Book(bid="0.0200", ask="0.0210", mark="0.0205", delta=-0.28), LONG: Book(bid="0.0040", ask="0.0045", mark="0.0042", delta=-0.08)}
"""Books at which the mark is more than two and a half times the credit: the stop-loss asks, and it is hard."""

THIN = {SHORT: Book(bid="0.0092", ask="0.0095", mark="0.00935", delta=-0.135)}
"""A short leg that brings an eighth less than on the card: a sound entry still, and not the one a person saw."""


class Inputs:
    """Every question of the clients, answered by the market at the clock's instant after a turn of the others."""

    def __init__(self, market: ScriptedMarket, clock: Clock, account: PaperAccountRules, turn: Turn) -> None:
        self._market, self._clock, self._turn = market, clock, turn
        self._account = PaperAccount(account, market)

    async def get_status(self) -> VenueStatus:
        return await self._answer("venue_status", lambda at: self._market.venue_status(at).value)

    async def get_time(self) -> datetime:
        return await self._answer("time", lambda at: at)

    async def get_index_price(self) -> Reading[Decimal]:
        return await self._answer("index_usd", self._market.index_usd)

    async def get_dvol(self) -> Reading[float]:
        return await self._answer("dvol_pts", self._market.dvol_pts)

    async def get_dvol_history(self, start_at: datetime, end_at: datetime) -> tuple[Candle, ...]:
        return await self._answer("dvol_history", lambda at: hourly("dvol_history", _hour(start_at), _hour(min(end_at, at))))

    async def get_candles(self, start_at: datetime, end_at: datetime) -> tuple[Candle, ...]:
        return await self._answer("candles", lambda at: hourly("candles", _hour(start_at), _hour(min(end_at, at))))

    async def get_option_chain(self, family: Family, expiry_from: datetime, expiry_to: datetime) -> Chain:
        return await self._answer("chain", lambda at: self._market.chain(at, expiry_from=expiry_from, expiry_to=expiry_to, family=family))

    async def get_ticker(self, name: str) -> Quote:
        return await self._answer("ticker", lambda at: self._market.ticker(at, name))

    async def get_delivery_prices(self, expiry_at: datetime) -> Decimal | None:
        await self._turn()
        return self._market.delivery_price(expiry_at, t=self._clock.now())

    async def get_funding(self, _hours: int) -> Reading[float]:
        return await self._answer("funding", lambda at: Reading(value=FUNDING_APR, observed_at=at))

    async def get_mark(self) -> Reading[Decimal]:
        return await self._answer("perp_mark_usd", self._market.perp_mark_usd)

    async def get_events(self, from_at: datetime, to_at: datetime) -> Reading[MacroCalendar]:
        return await self._answer("macro", lambda at: self._market.macro(from_at, to_at, t=at))

    async def get_fx(self) -> Reading[Decimal]:
        return await self._answer("fx_usd_per_eur", self._market.fx_usd_per_eur)

    async def get_sentiment(self) -> Reading[Sentiment]:
        return await self._answer("sentiment", self._market.sentiment)

    async def get_portfolio(self) -> Reading[Wealth]:
        return await self._answer("portfolio", self._wealth)

    def _wealth(self, at: datetime) -> Reading[Wealth] | None:
        told = self._account.portfolio(at)
        if told.wealth_eur is None or told.eth_share_frac is None or told.available_funds_eth is None:
            return None
        wealth = Wealth(
            wealth_eur=told.wealth_eur,
            eth_share_frac=told.eth_share_frac,
            available_funds_eth=told.available_funds_eth,
            initial_margin_eth=Decimal(0),
            maintenance_margin_eth=Decimal(0),
        )
        return Reading(value=wealth, observed_at=at)

    async def _answer(self, question: str, tell: Callable[[datetime], T | None]) -> T:
        """What the market says. Raises VenueError, as a client does, for a question nobody answers."""
        await self._turn()
        told = None if question in self._market.muted else tell(self._clock.now())
        if told is None:
            raise VenueError("no answer within the deadline", server="scripted", tool=question)
        return told


def clients_over(market: ScriptedMarket, clock: Clock, account: PaperAccountRules, turn: Turn) -> Clients:
    """A bundle whose every role is played by the scripted market."""
    inputs = Inputs(market, clock, account, turn)
    return Clients(deribit=inputs, hyperliquid=inputs, macro=inputs, sentiment=inputs, portfolio=inputs)  # type: ignore[arg-type] -- the same questions


@cache
def hourly(question: str, first: datetime, end: datetime) -> tuple[Candle, ...]:
    """The candles of whole hours: they never change, however often they are asked for."""
    tell = ScriptedMarket().candles if question == "candles" else ScriptedMarket().dvol_history
    return tell(first, end, t=end)


def _hour(at: datetime) -> datetime:
    return at - timedelta(minutes=at.minute, seconds=at.second, microseconds=at.microsecond)
