"""The venue without its wire: market, combos, sessions and what they share."""

from __future__ import annotations

from typing import Any

from tests.fakes.venue.clock import Now
from tests.fakes.venue.combos import Combos
from tests.fakes.venue.market import Book, Market
from tests.fakes.venue.platform_state import Platform
from tests.fakes.venue.sessions import ApiKey, Session, Sessions
from tests.fakes.venue.settlement import Settlement

Json = dict[str, Any]


class Exchange:
    """One venue with one account."""

    def __init__(self, now: Now, *, seed: int = 1, key: ApiKey | None = None) -> None:
        self.now = now
        self.market = Market(now, seed)
        self.combos = Combos(self.market)
        self.platform = Platform()
        self.sessions = Sessions(now, key if key is not None else ApiKey(), seed)
        self.settlement = Settlement(since=now())
        self.public_trades: list[Json] = []
        self.changes = 1

    def lock(self, indices: set[str]) -> None:
        """These indices are locked, no others, and who listens is told of every change."""
        for index in sorted(indices ^ self.platform.locked_indices):
            self.publish({"platform_state"}, {"price_index": index, "locked": index in indices})
        self.platform.locked_indices = indices

    def publish(self, channels: set[str], data: Any) -> None:
        """Every open connection hears it on those of `channels` it has subscribed."""
        for session in tuple(self.sessions.open):
            for channel in sorted(channels & session.channels):
                session.tell("subscription", {"channel": channel, "data": data})

    def tick(self) -> None:
        """What was due by now has happened."""
        self.market.list_due()

    def leave(self, session: Session) -> None:
        """The connection is gone."""
        if session in self.sessions.open:
            self.sessions.open.remove(session)

    def book(self, name: str) -> Book:
        """The book of an option, the perpetual or a combo. Raises the venue's refusals for a name it does not know."""
        combo = self.combos.find(name)
        return self.combos.book(combo) if combo is not None else self.market.book(name)

    def state(self, name: str) -> str:
        """open, or why nothing trades in it."""
        combo = self.combos.find(name)
        return self.combos.state(combo) if combo is not None else self.market.state(self.market.contract(name))

    def last_price(self, name: str) -> float | None:
        """The price of the last trade, None before the first."""
        return next((trade["price"] for trade in reversed(self.public_trades) if trade["instrument_name"] == name), None)
