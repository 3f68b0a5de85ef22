"""The fake venue as a test holds it: it starts, it is moved, it goes wrong on command, and it shows what it was asked."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from types import TracebackType
from typing import Any

from tests.fakes.venue.clock import Now, StillClock, to_ms
from tests.fakes.venue.combos import Combos
from tests.fakes.venue.exchange import Exchange
from tests.fakes.venue.faults import Fault, Script
from tests.fakes.venue.gateway import Call, Gateway
from tests.fakes.venue.limits import Limits
from tests.fakes.venue.market import Market
from tests.fakes.venue.server import HTTP_PATH, WEBSOCKET_PATH, VenueServer
from tests.fakes.venue.sessions import ApiKey


class FakeVenue:
    """One venue with one account, on a free loopback port while it is entered.

    `clock` is still by default and moved with `advance`; any other callable runs or is followed.
    `limits` None counts no credits: a still clock would never fill the pool again.
    """

    def __init__(self, *, clock: Now | None = None, seed: int = 1, key: ApiKey | None = None, is_testnet: bool = True, limits: Limits | None = None) -> None:
        self.clock = clock if clock is not None else StillClock()
        self.skew = timedelta(0)
        self.exchange = Exchange(self.now, seed=seed, key=key)
        self.gateway = Gateway(self.exchange, is_testnet=is_testnet, limits=limits)
        self._server = VenueServer(self.gateway)

    # ---- life

    async def __aenter__(self) -> FakeVenue:
        await self.start()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self.stop()

    async def start(self) -> None:
        """The venue is reachable, on the same port as before."""
        await self._server.start()

    async def stop(self) -> None:
        """The venue is not reachable: connections are refused, open ones are cut."""
        await self._server.stop()

    @property
    def http_url(self) -> str:
        """Where JSON-RPC is posted and methods are got."""
        return f"http://127.0.0.1:{self._server.port}{HTTP_PATH}"

    @property
    def ws_url(self) -> str:
        return f"ws://127.0.0.1:{self._server.port}{WEBSOCKET_PATH}"

    # ---- time

    def now(self) -> datetime:
        """The venue's own time, its skew included."""
        return self.clock() + self.skew

    def advance(self, by: timedelta) -> None:
        """The still clock stands `by` later, and what was due in between has happened."""
        assert isinstance(self.clock, StillClock)
        self.clock.advance_to(self.clock.at + by)
        self.exchange.tick()

    def advance_to(self, at: datetime) -> None:
        """It is `at` at the venue."""
        self.advance(at - self.now())

    # ---- the world

    @property
    def market(self) -> Market:
        return self.exchange.market

    @property
    def combos(self) -> Combos:
        return self.exchange.combos

    @property
    def key(self) -> ApiKey:
        return self.exchange.sessions.key

    def lock(self, *indices: str) -> None:
        """These indices are locked and no others; all of them is the whole platform."""
        self.exchange.lock(set(indices))

    def announce(self, title: str, body: str) -> None:
        """The venue publishes an announcement."""
        self.exchange.platform.announce(title, body, at_ms=to_ms(self.now()))

    # ---- what goes wrong

    def script(self, method: str, fault: Fault, *, times: int | None = 1, skip: int = 0, having: Mapping[str, Any] | None = None) -> None:
        """The next `times` calls of `method` ("*" for any) that hold `having`, after `skip` of them, meet `fault`."""
        found = having if having is not None else {}
        self.gateway.scripts.append(Script(method=method, fault=fault, times=times, skip=skip, having=found))

    def heal(self) -> None:
        """Nothing more goes wrong, and what was held goes on."""
        self.gateway.scripts.clear()
        self.gateway.release()

    def release(self) -> None:
        """What is held goes on."""
        self.gateway.release()

    # ---- what it was asked

    @property
    def calls(self) -> list[Call]:
        """Every request, oldest first."""
        return self.gateway.calls

    def asked(self, method: str) -> list[Call]:
        """The requests of one method."""
        return [call for call in self.calls if call.method == method]
