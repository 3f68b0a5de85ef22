"""Asking the venue as its customer: reads over HTTP, orders over the session, cancels over whichever works.

Rules of this file: an order is asked once and never again; a cancel may be asked
twice, because it can only do the same; nothing is sent where trading is off, except
cancels.
"""

from __future__ import annotations

import asyncio

from engine.servers.deribit.credits import ORDER_COST, ORDER_LIMITS, Credits
from engine.servers.deribit.errors import UNAUTHORIZED
from engine.servers.deribit.login import Login
from engine.servers.deribit.network import Key, VenueSettings
from engine.servers.deribit.rest import VenueRest
from engine.servers.deribit.rpc import Answer, Params
from engine.servers.deribit.session import TradingSession
from engine.servers.upstream import UpstreamError

CANCEL_S = 2.0
"""How long a cancel waits for the session before it takes the other way."""


class PrivateVenue:
    """The account behind one key."""

    def __init__(self, settings: VenueSettings, key: Key, rest: VenueRest) -> None:
        self.settings = settings
        self._rest = rest
        self._login = Login(rest.ask, key)
        self._session = TradingSession(settings, key)
        self._orders = Credits(ORDER_LIMITS)

    async def scope(self) -> tuple[str, ...]:
        """What the venue granted to the key. Raises UpstreamError."""
        return (await self._login.grant()).scope

    async def ask(self, method: str, params: Params) -> Answer:
        """The answer to a private read. Raises UpstreamError."""
        return await self._over_http(method, params)

    async def order(self, method: str, params: Params) -> Answer:
        """The answer to an order, sent once on the session that cancels with its end.

        Raises UpstreamError; unless that is a refusal, the order may stand at the venue.
        """
        if not self.settings.is_trading_on:
            raise UpstreamError("orders are off: the server was started without them", retryable=False, is_refusal=True)
        self._orders.spend_now(ORDER_COST)
        try:
            return await self._session.ask(method, params)
        except UpstreamError as error:
            if error.code == UNAUTHORIZED:
                # The login of this session is over, and so is the session: the next order signs in anew.
                await self._session.aclose()
            raise

    async def cancel(self, method: str, params: Params) -> Answer:
        """The answer to a cancel, over the session where one is up, else over HTTP. Raises UpstreamError."""
        await self._orders.spend(ORDER_COST, is_cancel=True)
        if self._session.is_open:
            try:
                async with asyncio.timeout(CANCEL_S):
                    return await self._session.ask(method, params)
            except UpstreamError as error:
                if error.is_refusal and not error.retryable:
                    raise
            except TimeoutError:
                pass
        return await self._over_http(method, params, is_cancel=True)

    async def aclose(self) -> None:
        """The session has ended, and the venue cancels what it had working."""
        await self._session.aclose()

    async def _over_http(self, method: str, params: Params, *, is_cancel: bool = False) -> Answer:
        grant = await self._login.grant()
        try:
            return await self._rest.ask_as(grant.access_token.get_secret_value(), method, params, is_cancel=is_cancel)
        except UpstreamError as error:
            if error.code != UNAUTHORIZED:
                raise
        # The token was ended from outside; a second no is final.
        self._login.forget(grant)
        grant = await self._login.grant()
        return await self._rest.ask_as(grant.access_token.get_secret_value(), method, params, is_cancel=is_cancel)
