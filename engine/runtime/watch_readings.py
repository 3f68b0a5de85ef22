"""What the trigger table is judged by: read from the store, the process, the disk and the servers.

Rules of this file: a reading whose source is silent, or that has none in this version, is None;
the servers are asked beside the cycles, which may hang just now.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import takewhile
from typing import TypeVar

from engine.clients.bundle import Clients
from engine.clients.deribit import DeribitClient
from engine.clients.roles import SIDE_ROLES, SIM
from engine.core.checks import fresh_value
from engine.core.entry_checks_market import MAINTENANCE_GUARD
from engine.core.model import Reading, VenueStatus, Wealth
from engine.errors import VenueError
from engine.runtime.desk import Desk
from engine.runtime.watch_money import losses, margin_usage_frac
from engine.runtime.watch_orders import is_rejected, order_actions, uncovered_short_s, unknown_order_s
from engine.safety.backup import backup_age_s
from engine.safety.kill_switch import DISARMED
from engine.safety.triggers import Readings
from engine.state.repository import Transaction

BURST = timedelta(minutes=10)
"""Over how long order actions and strangers are counted."""

LATEST_ORDERS = 100
"""How far back rejects in a row are counted."""

BACKUP_JOB = "backup"
BYTES_PER_MB = 1_000_000
SECONDS_PER_HOUR = 3600.0

C = TypeVar("C")
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Outside:
    """What the servers said; None where one did not answer."""

    clock_skew_s: float | None
    venue: VenueStatus | None
    wealth: Reading[Wealth] | None


async def read_all(desk: Desk) -> Readings:
    """Every reading as of now."""
    outside = await _ask_outside(desk)
    now, wall, pulse = desk.now(), desk.clock.wall(), desk.pulse
    wealth = fresh_value(outside.wealth, now, desk.rules.freshness_s.portfolio)
    disk_free_mb, backup_age_h = await _disk_free_mb(desk), await _backup_age_h(desk, wall)
    loop_lag_s = pulse.lag.take()

    def read(tx: Transaction) -> Readings:
        disarmed_at, lost = _disarmed_at(tx), losses(tx, now)
        return Readings(
            trade_cap_eur=desk.caps.trade_eur,
            order_actions=_order_actions(tx, now, disarmed_at),
            rejects_in_row=_rejects_in_row(tx, disarmed_at),
            strangers=pulse.strange_taps_since(wall - BURST),
            day_loss_eur=lost.day_eur,
            drawdown_eur=lost.drawdown_eur,
            margin_usage_frac=None if wealth is None else margin_usage_frac(wealth, tx.open_trades()),
            uncovered_short_s=None if desk.orders is None else uncovered_short_s(tx, now),
            unknown_order_s=unknown_order_s(tx, now),
            clock_skew_s=_worst_skew_s(outside.clock_skew_s, desk.clock.ahead_s()),
            telegram_silent_s=_telegram_silent_s(desk, wall),
            breaker_open_s=_breaker_open_s(desk.clients),
            disk_free_mb=disk_free_mb,
            backup_age_h=backup_age_h,
            loop_lag_s=loop_lag_s,
            is_venue_locked=None if outside.venue is None else _is_shut(outside.venue, now),
        )

    return await desk.store.read(read)


def _disarmed_at(tx: Transaction) -> datetime | None:
    """When a person last lifted KILL: what was counted before, that person has looked at."""
    rows = tx.audit_tail(1, DISARMED)
    return rows[0].at if rows else None


def _order_actions(tx: Transaction, now: datetime, disarmed_at: datetime | None) -> int:
    since = now - BURST
    return order_actions(tx, since if disarmed_at is None else max(since, disarmed_at))


def _rejects_in_row(tx: Transaction, disarmed_at: datetime | None) -> int:
    """How many of the last orders ended without having been placed, one after the other."""
    latest = [order for order in tx.latest_orders(LATEST_ORDERS) if disarmed_at is None or order.created_at > disarmed_at]
    return len(list(takewhile(lambda order: is_rejected(tx, order), latest)))


def _telegram_silent_s(desk: Desk, wall: datetime) -> float | None:
    """Since when Telegram was not heard from; nothing is silent where the chat of this run is another one.

    A poll that is dated after now was timed by a wrong clock and says nothing.
    """
    began_at, polled_at = desk.pulse.polling_since_at, desk.pulse.polled_at
    if began_at is None:
        return 0.0
    silent_s = (wall - (began_at if polled_at is None else max(began_at, polled_at))).total_seconds()
    return silent_s if silent_s >= 0 else None


def _breaker_open_s(clients: Clients) -> float | None:
    """How long the breaker of the market that opened first has been open, zero while all are closed; None without a connection.

    Memory, notes and the second path are read by no decision: none of them holds the desk.
    """
    open_s = [connection.state.open_for_s for connection in clients.connections if connection.name not in SIDE_ROLES]
    return max((each for each in open_s if each is not None), default=0.0) if open_s else None


def _is_shut(venue: VenueStatus, now: datetime) -> bool:
    """True while the venue takes no orders, or an announced stop is near."""
    return venue.is_locked or (venue.maintenance_at is not None and abs(now - venue.maintenance_at) <= MAINTENANCE_GUARD)


async def _disk_free_mb(desk: Desk) -> float | None:
    if desk.home is None:
        return None
    usage = await asyncio.to_thread(shutil.disk_usage, desk.home.root)
    return usage.free / BYTES_PER_MB


async def _backup_age_h(desk: Desk, wall: datetime) -> float | None:
    """The age of the newest verified backup, or since when one is due where there is none.

    None until the backup job had its turn in this run: an engine that was off had nothing new to back up.
    """
    home = desk.home
    if home is None or not desk.pulse.has_tried_backup:
        return None
    age_s = await asyncio.to_thread(backup_age_s, home, wall)
    if age_s is None:
        due_at = await desk.store.read(lambda tx: tx.first_due_at(BACKUP_JOB))
        age_s = None if due_at is None else (wall - due_at).total_seconds()
    return None if age_s is None else age_s / SECONDS_PER_HOUR


async def _ask_outside(desk: Desk) -> _Outside:
    """What exchange and portfolio say now; a server whose breaker is open is asked too, so that its recovery is seen."""
    clients = desk.clients
    with desk.clock.still():
        skew_s, venue, wealth, *_ = await asyncio.gather(
            _answer(clients.deribit, lambda deribit: _clock_skew_s(desk, deribit)),
            _answer(clients.deribit, lambda deribit: deribit.get_status()),
            _answer(clients.portfolio, lambda portfolio: portfolio.get_portfolio()),
            _answer(clients.hyperliquid if _is_open(clients, "hyperliquid") else None, lambda hyperliquid: hyperliquid.get_mark()),
            _answer(clients.macro if _is_open(clients, "macro") else None, lambda macro: macro.get_fx()),
            _answer(clients.sentiment if _is_open(clients, "sentiment") else None, lambda sentiment: sentiment.get_sentiment()),
        )
    return _Outside(clock_skew_s=skew_s, venue=venue, wealth=wealth)


async def _answer(client: C | None, ask: Callable[[C], Awaitable[T]]) -> T | None:
    if client is None:
        return None
    try:
        return await ask(client)
    except VenueError:
        # The breaker of its connection counts it, and that is a reading too.
        return None


def _worst_skew_s(at_venue_s: float | None, set_back_s: float) -> float | None:
    """The larger of what the exchange's clock shows and of a machine's clock that was set back; a venue that is silent proves no agreement."""
    if at_venue_s is None:
        return set_back_s if set_back_s > 0 else None
    return max(at_venue_s, set_back_s)


async def _clock_skew_s(desk: Desk, deribit: DeribitClient) -> float:
    """How far the exchange's clock lies outside the time its answer took: what a slow answer cannot explain."""
    asked_at = desk.now()
    told_at = await deribit.get_time()
    heard_at = desk.now()
    return max((asked_at - told_at).total_seconds(), (told_at - heard_at).total_seconds(), 0.0)


def _is_open(clients: Clients, role: str) -> bool:
    """True while the breaker of the server that plays the role is open."""
    by_name = {connection.name: connection for connection in clients.connections}
    played_by = by_name.get(role, by_name.get(SIM))
    return played_by is not None and played_by.state.open_for_s is not None
