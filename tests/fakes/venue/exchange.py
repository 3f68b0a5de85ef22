"""The venue without its wire: market, combos, sessions, the desk, the account and what they share."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from tests.fakes.venue.account import Account
from tests.fakes.venue.clock import Now
from tests.fakes.venue.combos import Combos
from tests.fakes.venue.desk import Desk
from tests.fakes.venue.market import Book, Market
from tests.fakes.venue.orders import Instrument
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
        self.account = Account(self.market)
        self.desk = Desk(self)
        self.public_trades: list[Json] = []
        self.changes = 1
        self.market.on_move = self.tick

    # ---- time and connections

    def tick(self) -> None:
        """What was due by now has happened."""
        self.settlement.run_due(self)
        self.market.list_due()
        if not self.platform.is_in_maintenance and not self.settlement.is_pausing(self.now()):
            self.desk.match_resting()
        for session in tuple(self.sessions.open):
            self._watch(session)

    def leave(self, session: Session) -> None:
        """The connection is gone; with cancel-on-disconnect so are its orders, unless it signed out first."""
        if session not in self.sessions.open:
            return
        self.sessions.open.remove(session)
        if session.cancels_on_disconnect and not session.is_logged_out:
            self.desk.cancel_where(lambda order: order.session == session.number, reason="cancel_on_disconnect")

    def _watch(self, session: Session) -> None:
        """Heartbeats that are due are sent; who did not answer the last one, or was silent too long, is hung up on."""
        now = self.now()
        if session.beats_at is None or session.heartbeat_s is None:
            if self.sessions.idle_max is not None and session.silent_for(now) >= self.sessions.idle_max:
                self._hang_up(session)
        elif now >= session.beats_at:
            if session.is_owed_test:
                self._hang_up(session)
                return
            session.tell("heartbeat", {"type": "heartbeat"})
            session.tell("heartbeat", {"type": "test_request"})
            session.is_owed_test = True
            session.beats_at = now + timedelta(seconds=session.heartbeat_s)

    def _hang_up(self, session: Session) -> None:
        self.leave(session)
        session.close()

    # ---- what everybody hears

    def lock(self, indices: set[str]) -> None:
        """These indices are locked, no others, and who listens is told of every change."""
        changed, self.platform.locked_indices = sorted(indices ^ self.platform.locked_indices), indices
        for index in changed:
            self.publish({"platform_state"}, {"price_index": index, "locked": index in indices})

    def lock_account(self, is_locked: bool) -> None:
        """The account is locked or no longer so, and who listens is told."""
        self.platform.is_account_locked = is_locked
        self.publish({"user.lock"}, {"locked": is_locked, "currency": "ALL"})

    def maintain(self, is_on: bool) -> None:
        """Maintenance begins or ends, and who listens is told."""
        self.platform.is_in_maintenance = is_on
        self.publish({"platform_state"}, {"maintenance": is_on})

    def publish(self, channels: set[str], data: Any) -> None:
        """Every open connection hears it on those of `channels` it has subscribed."""
        for session in tuple(self.sessions.open):
            for channel in sorted(channels & session.channels):
                session.tell("subscription", {"channel": channel, "data": data})

    # ---- what is traded

    def instrument(self, name: str) -> Instrument:
        """The combo or contract. Raises the venue's refusals for a name it does not know."""
        combo = self.combos.find(name)
        return combo if combo is not None else self.market.contract(name)

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
