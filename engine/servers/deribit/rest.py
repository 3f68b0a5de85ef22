"""The venue over HTTP: public questions to anybody, private ones with a login that renews itself."""

from __future__ import annotations

from itertools import count

from engine.servers.deribit.credits import LISTING_COST, LISTING_LIMITS, READ_COST, READ_LIMITS, Credits
from engine.servers.deribit.errors import TOO_MANY_REQUESTS
from engine.servers.deribit.network import VenueSettings
from engine.servers.deribit.rpc import Answer, Params, judge, question
from engine.servers.upstream import HttpUpstream, UpstreamError

LISTING_METHOD = "public/get_instruments"


class VenueRest:
    """Asks one network; every answer has said which network it is from."""

    def __init__(self, settings: VenueSettings) -> None:
        self._settings = settings
        self._http = HttpUpstream(f"the venue's {settings.network}", settings.url)
        self._credits, self._listing = Credits(READ_LIMITS), Credits(LISTING_LIMITS)
        self._numbers = count(1)

    async def ask(self, method: str, params: Params) -> Answer:
        """The answer to a public question. Raises UpstreamError."""
        return await self.ask_as(None, method, params)

    async def ask_as(self, token: str | None, method: str, params: Params, *, is_cancel: bool = False) -> Answer:
        """The answer to a question, asked under a token where there is one; a cancel waits for no other. Raises UpstreamError."""
        if method == LISTING_METHOD:
            await self._listing.spend(LISTING_COST)
        await self._credits.spend(READ_COST, is_cancel=is_cancel)
        number = next(self._numbers)
        headers = {} if token is None else {"authorization": f"Bearer {token}"}
        body = await self._http.post(f"/{method}", question(method, params, request_id=number), headers)
        try:
            return judge(self._http.document(body), request_id=number, network=self._settings.network)
        except UpstreamError as error:
            if error.code == TOO_MANY_REQUESTS:
                self._credits.drain()
            raise

    async def aclose(self) -> None:
        await self._http.aclose()
