"""One coherent look at the outside world; what a server does not deliver is None, never zero."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TypeVar

import structlog

from engine.core.checks import is_fresh
from engine.core.entry_checks_inputs import FX_JUMP_MAX_FRAC
from engine.core.entry_cycle import NamedLegs
from engine.core.model import Candle, Chain, Family, MacroCalendar, MarketSnapshot, Reading, Sentiment, Spread, VenueStatus, Vertical, Wealth
from engine.core.realised import realised_vol_pts, return_frac, value_at
from engine.core.rules import StrategyRules
from engine.errors import VenueError
from engine.runtime.desk import Desk

log = structlog.get_logger(__name__)

C = TypeVar("C")
T = TypeVar("T")

CANDLE = timedelta(hours=1)
WATCH_WINDOW = timedelta(days=7)
EVENTS_MARGIN = timedelta(days=7)

TREND_MARGIN = timedelta(days=2)
"""How much further back than the trend window candles are asked for, so that a gap at its start shows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What the outside world said at one instant, None where nobody answered; closes as (known at, close), oldest first."""

    index_usd: Reading[Decimal] | None
    dvol_pts: Reading[float] | None
    closes: tuple[tuple[datetime, float], ...]
    dvols: tuple[tuple[datetime, float], ...]
    funding_apr_frac: Reading[float] | None
    perp_mark_usd: Reading[Decimal] | None
    sentiment: Reading[Sentiment] | None
    fx_usd_per_eur: Reading[Decimal] | None
    macro: Reading[MacroCalendar] | None
    wealth: Reading[Wealth] | None
    status: VenueStatus | None
    venue_time_at: datetime | None
    chain: Chain | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """The snapshot, the hourly closes behind it as (known at, close), and which servers failed with what."""

    snapshot: MarketSnapshot
    closes: tuple[tuple[datetime, float], ...]
    dvols: tuple[tuple[datetime, float], ...]
    failures: tuple[str, ...]


async def gather(desk: Desk, *, with_chain: bool) -> Gathered:
    """Every input of a decision as of now; with `with_chain` those of an entry or a bias: the option window and the trend's history.

    Without it only what open positions are judged by, and of the past just enough for
    the rolling move since their last check, outages of some days included.
    """
    now, clients, ask = desk.now(), desk.clients, _Asker()
    since = now - (timedelta(days=desk.rules.bias.trend_window_d) + TREND_MARGIN if with_chain else WATCH_WINDOW)
    strikes, family = desk.rules.strikes, Family(desk.rules.meta.contract_family)
    # A day either side, so that a refusal can say which expiry was nearest to the window.
    window = now + timedelta(days=strikes.dte_min_d - 1), now + timedelta(days=strikes.dte_max_d + 1)
    asked_chain = ask(clients.deribit if with_chain else None, lambda deribit: deribit.get_option_chain(family, *window))
    asked_dvols = ask(clients.deribit if with_chain else None, lambda deribit: deribit.get_dvol_history(since, now))
    asked_candles = ask(clients.deribit, lambda deribit: deribit.get_candles(since, now))
    asked_index = ask(clients.deribit, lambda deribit: deribit.get_index_price())
    asked_dvol = ask(clients.deribit, lambda deribit: deribit.get_dvol())
    asked_status = ask(clients.deribit, lambda deribit: deribit.get_status())
    asked_time = ask(clients.deribit, lambda deribit: deribit.get_time())
    asked_funding = ask(clients.hyperliquid, lambda hyperliquid: hyperliquid.get_funding(desk.rules.entry.funding.lookback_h))
    asked_perp = ask(clients.hyperliquid, lambda hyperliquid: hyperliquid.get_mark())
    asked_macro = ask(clients.macro, lambda macro: macro.get_events(now, now + timedelta(days=strikes.dte_max_d) + EVENTS_MARGIN))
    asked_fx = ask(clients.macro, lambda macro: macro.get_fx())
    asked_sentiment = ask(clients.sentiment, lambda sentiment: sentiment.get_sentiment())
    asked_wealth = ask(clients.portfolio, lambda portfolio: portfolio.get_portfolio())
    answers = Answers(
        index_usd=await asked_index,
        dvol_pts=await asked_dvol,
        closes=_closes(await asked_candles),
        dvols=_closes(await asked_dvols),
        funding_apr_frac=await asked_funding,
        perp_mark_usd=await asked_perp,
        sentiment=await asked_sentiment,
        fx_usd_per_eur=await asked_fx,
        macro=await asked_macro,
        wealth=await asked_wealth,
        status=await asked_status,
        venue_time_at=await asked_time,
        chain=await asked_chain,
    )
    last = desk.pulse.snapshot
    before = None if last is None else believed_fx(last.fx_usd_per_eur, last.fx_before_usd_per_eur, now=now, rules=desk.rules)
    snapshot = snapshot_of(answers, now=now, fx_before_usd_per_eur=before, rules=desk.rules)
    desk.pulse.snapshot = snapshot
    return Gathered(snapshot=snapshot, closes=answers.closes, dvols=answers.dvols, failures=tuple(ask.failures))


def snapshot_of(answers: Answers, *, now: datetime, fx_before_usd_per_eur: Reading[Decimal] | None, rules: StrategyRules) -> MarketSnapshot:
    """The answers of one instant as a decision reads them."""
    closes, status, time_at = answers.closes, answers.status, answers.venue_time_at
    return MarketSnapshot(
        taken_at=now,
        index_usd=_positive(answers.index_usd),
        dvol_pts=answers.dvol_pts,
        dvol_24h_ago_pts=value_at(answers.dvols, now - timedelta(hours=24)),
        trend_30d_frac=return_frac(closes, hours=24 * rules.bias.trend_window_d, now=now),
        return_7d_frac=return_frac(closes, hours=24 * 7, now=now),
        return_24h_frac=return_frac(closes, hours=24, now=now),
        return_4h_frac=return_frac(closes, hours=4, now=now),
        rv10_pts=realised_vol_pts(closes, days=10, now=now),
        rv30_pts=realised_vol_pts(closes, days=30, now=now),
        funding_apr_frac=answers.funding_apr_frac,
        perp_mark_usd=answers.perp_mark_usd,
        sentiment=answers.sentiment,
        fx_usd_per_eur=_positive(answers.fx_usd_per_eur),
        fx_before_usd_per_eur=fx_before_usd_per_eur,
        macro=answers.macro,
        wealth=answers.wealth,
        venue=None if status is None else Reading(value=status, observed_at=now),
        clock_skew_s=None if time_at is None else abs((time_at - now).total_seconds()),
        chain=answers.chain,
    )


def believed_fx(fx: Reading[Decimal] | None, before: Reading[Decimal] | None, *, now: datetime, rules: StrategyRules) -> Reading[Decimal] | None:
    """The exchange rate of the look before, or the one that look had believed in where its own was a jump; None once that is too old."""
    has_jumped = fx is None or (before is not None and abs(fx.value / before.value - 1) > FX_JUMP_MAX_FRAC)
    believed = before if has_jumped else fx
    is_recent = believed is not None and is_fresh(believed.observed_at, now, rules.freshness_s.fx)
    return believed if is_recent else None


async def requote(desk: Desk, legs: tuple[NamedLegs, ...]) -> Spread | None:
    """Every leg of one spread quoted now; None when a leg's ticker fails."""
    deribit = desk.clients.deribit
    if deribit is None:
        return None
    try:
        quotes = await asyncio.gather(*(deribit.get_ticker(name) for each in legs for name in (each.short, each.long)))
    except VenueError as error:
        log.warning("input.missed", error=str(error), permanent=error.permanent)
        return None
    return Spread(verticals=tuple(Vertical(short=short, long=long) for short, long in zip(quotes[::2], quotes[1::2], strict=True)))


async def delivery_price(desk: Desk, expiry_at: datetime) -> Decimal | None:
    """What the options of `expiry_at` were settled at; None while it is not known or nobody answers."""
    deribit = desk.clients.deribit
    if deribit is None:
        return None
    try:
        return await deribit.get_delivery_prices(expiry_at)
    except VenueError as error:
        log.warning("input.missed", error=str(error), permanent=error.permanent)
        return None


class _Asker:
    """Asks every server at the same time; one that fails is noted and its answer is None."""

    def __init__(self) -> None:
        self.failures: list[str] = []

    def __call__(self, client: C | None, call: Callable[[C], Awaitable[T]]) -> asyncio.Task[T | None]:
        return asyncio.ensure_future(self._ask(client, call))

    async def _ask(self, client: C | None, call: Callable[[C], Awaitable[T]]) -> T | None:
        if client is None:
            return None
        try:
            return await call(client)
        except VenueError as error:
            self.failures.append(str(error))
            log.warning("input.missed", error=str(error), permanent=error.permanent)
            return None


def _positive(reading: Reading[Decimal] | None) -> Reading[Decimal] | None:
    """A price or a rate that is not above zero is none: everything is divided by it."""
    return reading if reading is not None and reading.value > 0 else None


def _closes(candles: tuple[Candle, ...] | None) -> tuple[tuple[datetime, float], ...]:
    """(known at, close): a candle is stamped with its open and its close is known one hour later."""
    return () if candles is None else tuple((candle.open_at + CANDLE, candle.close) for candle in candles)
