"""The fake venue as a test holds it: it starts, it is moved, it goes wrong on command, and it shows what it was asked."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from types import TracebackType
from typing import Any

from tests.fakes.venue.account import Position
from tests.fakes.venue.clock import Now, StillClock, to_ms
from tests.fakes.venue.combos import Combos
from tests.fakes.venue.exchange import Exchange
from tests.fakes.venue.faults import Fault, Script
from tests.fakes.venue.gateway import Call, Gateway
from tests.fakes.venue.limits import Limits
from tests.fakes.venue.market import Market
from tests.fakes.venue.order_checks import read_wish
from tests.fakes.venue.orders import Fill, Order
from tests.fakes.venue.server import HTTP_PATH, WEBSOCKET_PATH, VenueServer
from tests.fakes.venue.sessions import IDLE_MAX, ApiKey
from tests.fakes.venue.table import METHODS

TICK_S = 0.02


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
        self._ticking: asyncio.Task[None] | None = None

    # ---- life

    async def __aenter__(self) -> FakeVenue:
        await self.start()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self.stop()

    async def start(self) -> None:
        """The venue is reachable, on the same port as before."""
        await self._server.start()
        if not isinstance(self.clock, StillClock):
            self._ticking = asyncio.create_task(self._tick_along())

    async def stop(self) -> None:
        """The venue is not reachable: connections are refused, open ones are cut. Raises what broke inside the fake, if anything did."""
        if self._ticking is not None:
            self._ticking.cancel()
            await asyncio.gather(self._ticking, return_exceptions=True)
        await self._server.stop()
        if self.gateway.breakdowns:
            raise ExceptionGroup("the fake venue itself broke down", self.gateway.breakdowns)

    async def _tick_along(self) -> None:
        while True:
            self.exchange.tick()
            await asyncio.sleep(TICK_S)

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

    def hang_up_on_silence(self, after: timedelta = IDLE_MAX) -> None:
        """Connections without heartbeat are ended after a silence, as the real venue does."""
        self.exchange.sessions.idle_max = after

    def lock(self, *indices: str) -> None:
        """These indices are locked and no others; all of them is the whole platform."""
        self.exchange.lock(set(indices))

    def announce(self, title: str, body: str) -> None:
        """The venue publishes an announcement."""
        self.exchange.platform.announce(title, body, at_ms=to_ms(self.now()))

    def lock_account(self, is_locked: bool = True) -> None:
        """The venue locks the account, or lets it go."""
        self.exchange.lock_account(is_locked)

    def maintain(self, is_on: bool = True) -> None:
        """Maintenance begins, or ends."""
        self.exchange.maintain(is_on)

    def deliver_at(self, expiry_at: datetime, usd: str) -> None:
        """The delivery price of an expiry will be this and not the mean of the index."""
        self.exchange.settlement.fixed[expiry_at] = Decimal(usd)

    def fill(self, order: Order | str, amount: str | None = None, price: str | None = None) -> Fill:
        """Somebody trades with a resting order: all that is left of it, or `amount`, at its own price or another."""
        found = self.exchange.desk.orders[order] if isinstance(order, str) else order
        wanted = found.left if amount is None else Decimal(amount)
        return self.exchange.desk.fill(found, wanted, None if price is None else Decimal(price))

    def plant_order(self, name: str, direction: str, *, amount: str, price: str, label: str = "") -> Order:
        """An order of the account's that this program did not send."""
        asked = {"instrument_name": name, "amount": amount, "price": price, "label": label}
        return self.exchange.desk.place(read_wish(self.exchange, direction, asked), session=None)[0]

    def plant_position(self, name: str, size: str, *, average: str = "0.005") -> None:
        """The account holds `size` of an instrument (short < 0), and nothing tells why."""
        contract = self.market.contract(name)
        self.exchange.account.positions[name] = Position(contract=contract, size=Decimal(size), average=Decimal(average))

    def revoke_tokens(self) -> None:
        """No token given so far is good any more."""
        self.exchange.sessions.revoke_all()

    def hang_up(self) -> None:
        """The venue ends every WebSocket connection, as it does when it restarts."""
        for session in tuple(self.exchange.sessions.open):
            self.exchange.leave(session)
            session.close()

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

    @property
    def sends(self) -> list[Call]:
        """The requests that reached for the matching engine, taken or not."""
        return [call for call in self.calls if METHODS.get(call.method, {}).get("engine")]

    @property
    def orders(self) -> list[Order]:
        """Every order the venue has taken, oldest first."""
        return list(self.exchange.desk.orders.values())

    @property
    def open_orders(self) -> list[Order]:
        return self.exchange.desk.open_orders

    @property
    def trades(self) -> list[Fill]:
        """Every trade, oldest first; a combo's carries its legs, which do not stand here a second time."""
        return [fill for fill in self.exchange.desk.fills if fill.combo_id is None]

    @property
    def positions(self) -> dict[str, Decimal]:
        """What is held by instrument, short < 0; what is flat is absent."""
        return {name: held.size for name, held in self.exchange.account.positions.items() if held.size != 0}

    @property
    def balances(self) -> dict[str, Decimal]:
        return self.exchange.account.balances

    def asked(self, method: str) -> list[Call]:
        """The requests of one method."""
        return [call for call in self.calls if call.method == method]
