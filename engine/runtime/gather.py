"""One coherent look at the outside world; what a server does not deliver is None, never zero."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

import structlog

from engine.core.model import Candle, Chain, Family, MarketSnapshot, Reading, Spread, Strategy
from engine.core.realised import realised_vol_pts, return_over, value_at
from engine.errors import VenueError
from engine.runtime.desk import Desk

log = structlog.get_logger(__name__)

T = TypeVar("T")

CANDLE = timedelta(hours=1)

TREND_MARGIN = timedelta(days=2)
"""How much further back than the trend window candles are asked for, so that a gap at its start shows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """The snapshot, the hourly closes behind it as (known at, close), and which servers failed with what."""

    snapshot: MarketSnapshot
    closes: tuple[tuple[datetime, float], ...]
    dvols: tuple[tuple[datetime, float], ...]
    failures: tuple[str, ...]


async def gather(desk: Desk, *, with_chain: bool) -> Gathered:
    """Every input of a decision as of now; `with_chain` also the options of the entry window."""
    now, clients = desk.now(), desk.clients
    days = desk.rules.bias.trend_window_d
    since = now - timedelta(days=days) - TREND_MARGIN
    failures: list[str] = []

    async def tried(what: Awaitable[T] | None) -> T | None:
        if what is None:
            return None
        try:
            return await what
        except VenueError as error:
            failures.append(str(error))
            log.warning("input.unavailable", error=str(error), permanent=error.permanent)
            return None

    deribit = clients.deribit
    index, dvol, dvols, candles, status, time_at, chain = await asyncio.gather(
        tried(deribit and deribit.get_index_price()),
        tried(deribit and deribit.get_dvol()),
        tried(deribit and deribit.get_dvol_history(since, now)),
        tried(deribit and deribit.get_candles(since, now)),
        tried(deribit and deribit.get_status()),
        tried(deribit and deribit.get_time()),
        tried(_entry_chain(desk, now) if with_chain else None),
    )
    funding, perp, macro, fx, sentiment, wealth = await asyncio.gather(
        tried(clients.hyperliquid and clients.hyperliquid.get_funding(desk.rules.entry.funding.lookback_h)),
        tried(clients.hyperliquid and clients.hyperliquid.get_mark()),
        tried(clients.macro and clients.macro.get_events(now, now + timedelta(days=desk.rules.strikes.dte_max_d + 7))),
        tried(clients.macro and clients.macro.get_fx()),
        tried(clients.sentiment and clients.sentiment.get_sentiment()),
        tried(clients.portfolio and clients.portfolio.get_portfolio()),
    )
    closes = _closes(candles)
    dvol_closes = _closes(dvols)
    snapshot = MarketSnapshot(
        taken_at=now,
        index_usd=index,
        dvol_pts=dvol,
        dvol_24h_ago_pts=value_at(dvol_closes, now - timedelta(hours=24)),
        trend_30d_frac=return_over(closes, hours=24 * days, now=now),
        return_7d_frac=return_over(closes, hours=24 * 7, now=now),
        return_24h_frac=return_over(closes, hours=24, now=now),
        return_4h_frac=return_over(closes, hours=4, now=now),
        rv10_pts=realised_vol_pts(closes, days=10, now=now),
        rv30_pts=realised_vol_pts(closes, days=30, now=now),
        funding_apr_frac=funding,
        perp_mark_usd=perp,
        sentiment=sentiment,
        fx_usd_per_eur=fx,
        macro=macro,
        wealth=wealth,
        venue=None if status is None else Reading(value=status, observed_at=now),
        clock_skew_s=None if time_at is None else abs((time_at - now).total_seconds()),
        chain=chain,
    )
    return Gathered(snapshot=snapshot, closes=closes, dvols=dvol_closes, failures=tuple(failures))


async def requote(desk: Desk, *, strategy: Strategy, short_instrument: str, long_instrument: str) -> Spread | None:
    """Both legs of one spread quoted now; None when either leg's ticker fails."""
    deribit = desk.clients.deribit
    if deribit is None:
        return None
    try:
        short, long = await asyncio.gather(deribit.get_ticker(short_instrument), deribit.get_ticker(long_instrument))
    except VenueError as error:
        log.warning("input.unavailable", error=str(error), permanent=error.permanent)
        return None
    return Spread(strategy=strategy, short=short, long=long)


def _entry_chain(desk: Desk, now: datetime) -> Awaitable[Chain] | None:
    deribit, strikes = desk.clients.deribit, desk.rules.strikes
    if deribit is None:
        return None
    # A day either side, so that a refusal can say which expiry was nearest to the window.
    return deribit.get_option_chain(Family.INVERSE, now + timedelta(days=strikes.dte_min_d - 1), now + timedelta(days=strikes.dte_max_d + 1))


def _closes(candles: tuple[Candle, ...] | None) -> tuple[tuple[datetime, float], ...]:
    """(known at, close): a candle is stamped with its open and its close is known one hour later."""
    return () if candles is None else tuple((candle.open_at + CANDLE, candle.close) for candle in candles)
