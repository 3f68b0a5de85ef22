"""The option chain: one question for every price, then a ticker for each option a spread could be made of.

Rules of this file: the book summary has no Greeks and no sizes, so what got no ticker
has none either; a ticker that fails leaves the summary's prices; Greeks come from the
venue, the model only chooses which tickers are worth asking for.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime

import structlog

from engine.core.model import BookState, Chain, Family, Greeks, Instrument, Quote
from engine.core.pricing import greeks, years_between
from engine.servers.deribit.listing import Listing, name_prefix, summary_currency
from engine.servers.deribit.market import VENUE, index_usd
from engine.servers.deribit.rpc import Reader, instant_of_ms
from engine.servers.shapes import Number, Shape, shaped, tidy
from engine.servers.upstream import UpstreamError

log = structlog.get_logger(__name__)

TICKER_DELTA_MIN, TICKER_DELTA_MAX = 0.02, 0.55
"""From the wings of a wide spread's long leg to a little in the money: where the skew and both legs are read."""
TICKERS_MAX = 80
"""The pool of credits answers a hundred at once; the rest of a look needs some too."""
TICKERS_AT_ONCE = 10
PERCENT = 100.0


class _Summary(Shape):
    instrument_name: str
    bid_price: Number | None = None
    ask_price: Number | None = None
    mark_price: Number | None = None
    mark_iv: Number | None = None
    underlying_price: Number | None = None
    open_interest: Number | None = None
    volume: Number | None = None
    creation_timestamp: int


class _Greeks(Shape):
    delta: Number | None = None
    gamma: Number | None = None
    vega: Number | None = None
    theta: Number | None = None


class _Stats(Shape):
    volume: Number | None = None


class _Ticker(Shape):
    instrument_name: str
    timestamp: int
    state: str
    best_bid_price: Number | None = None
    best_bid_amount: Number | None = None
    best_ask_price: Number | None = None
    best_ask_amount: Number | None = None
    mark_price: Number | None = None
    mark_iv: Number | None = None
    underlying_price: Number | None = None
    open_interest: Number | None = None
    greeks: _Greeks | None = None
    stats: _Stats = _Stats()


async def option_chain(reader: Reader, listing: Listing, currency: str, *, family: Family, window: tuple[datetime, datetime]) -> Chain:
    """Every listed option of the family with an expiry in the window, by expiry, strike and type."""
    asked = {"currency": summary_currency(currency, family), "kind": "option"}
    index, answer = await asyncio.gather(index_usd(reader, currency), reader.ask("public/get_book_summary_by_currency", asked))
    rows: list[_Summary] = shaped(list[_Summary], answer.result, upstream=VENUE)
    options = await listing.options(family)
    prefix, (first_at, last_at) = name_prefix(currency, family), window
    summaries = {row.instrument_name: row for row in rows if row.instrument_name.startswith(prefix)}
    within = [option for option in options.values() if first_at <= option.expiry_at <= last_at and option.name in summaries]
    ordered = sorted(within, key=lambda option: (option.expiry_at, option.strike_usd, option.option_type))
    tickers = await _tickers(reader, _candidates(ordered, summaries, now=answer.at))
    quotes = [tickers[option.name] if option.name in tickers else _of_summary(option, summaries[option.name]) for option in ordered]
    return Chain(family=family, taken_at=answer.at, index_usd=index.value, quotes=tuple(quotes), source="live")


async def ticker(reader: Reader, option: Instrument) -> Quote:
    """The market of one listed option. Raises UpstreamError."""
    wire: _Ticker = shaped(_Ticker, (await reader.ask("public/ticker", {"instrument_name": option.name})).result, upstream=VENUE)
    if wire.instrument_name != option.name or wire.state not in list(BookState):
        raise UpstreamError(f"the venue's ticker is not of {option.name} or of no known state", retryable=False)
    return _of_ticker(option, wire)


def _candidates(options: Sequence[Instrument], summaries: dict[str, _Summary], *, now: datetime) -> list[Instrument]:
    """The options whose delta, as the mark's volatility tells it, could belong to a spread; the nearest to the money first where they are too many."""
    deltas = [(abs(delta), option) for option in options if (delta := _modelled_delta(option, summaries[option.name], now=now)) is not None]
    wanted = [(delta, option) for delta, option in deltas if TICKER_DELTA_MIN <= delta <= TICKER_DELTA_MAX]
    if len(wanted) > TICKERS_MAX:
        log.info("chain.tickers_cut", candidates=len(wanted), asked=TICKERS_MAX)
    return [option for _, option in sorted(wanted, key=lambda pair: (-pair[0], pair[1].name))[:TICKERS_MAX]]


def _modelled_delta(option: Instrument, row: _Summary, *, now: datetime) -> float | None:
    years = years_between(now, option.expiry_at)
    if row.underlying_price is None or row.underlying_price <= 0 or row.mark_iv is None or row.mark_iv <= 0 or years <= 0:
        return None
    return greeks(option.option_type, F=float(row.underlying_price), K=float(option.strike_usd), sigma=float(row.mark_iv) / PERCENT, T=years).delta


async def _tickers(reader: Reader, options: Sequence[Instrument]) -> dict[str, Quote]:
    """The tickers that came; the first failure goes on when none did."""
    gate = asyncio.Semaphore(TICKERS_AT_ONCE)

    async def ask(option: Instrument) -> Quote | UpstreamError:
        async with gate:
            try:
                return await ticker(reader, option)
            except UpstreamError as error:
                return error

    answers = await asyncio.gather(*(ask(option) for option in options))
    failures = [answer for answer in answers if isinstance(answer, UpstreamError)]
    if failures and len(failures) == len(answers):
        raise failures[0]
    if failures:
        log.warning("chain.tickers_missed", missed=len(failures), asked=len(answers), first=failures[0].message)
    return {answer.instrument.name: answer for answer in answers if isinstance(answer, Quote)}


def _of_summary(option: Instrument, row: _Summary) -> Quote:
    return Quote(
        instrument=option,
        quoted_at=instant_of_ms(row.creation_timestamp),
        bid_coin=_price(row.bid_price),
        ask_coin=_price(row.ask_price),
        mark_coin=_price(row.mark_price),
        iv_frac=_iv(row.mark_iv),
        open_interest_eth=row.open_interest,
        volume_24h_eth=row.volume,
        forward_usd=row.underlying_price,
    )


def _of_ticker(option: Instrument, wire: _Ticker) -> Quote:
    bid, ask = _price(wire.best_bid_price), _price(wire.best_ask_price)
    return Quote(
        instrument=option,
        quoted_at=instant_of_ms(wire.timestamp),
        state=BookState(wire.state),
        bid_coin=bid,
        ask_coin=ask,
        mark_coin=_price(wire.mark_price),
        bid_size_eth=None if bid is None else wire.best_bid_amount,
        ask_size_eth=None if ask is None else wire.best_ask_amount,
        iv_frac=_iv(wire.mark_iv),
        greeks=_whole(wire.greeks),
        open_interest_eth=wire.open_interest,
        volume_24h_eth=wire.stats.volume,
        forward_usd=wire.underlying_price,
    )


def _price(price: Number | None) -> Number | None:
    """Nobody quotes at zero: an empty side is no price."""
    return None if price is None or price <= 0 else tidy(price)


def _iv(mark_iv: Number | None) -> float | None:
    return None if mark_iv is None or mark_iv <= 0 else float(mark_iv) / PERCENT


def _whole(told: _Greeks | None) -> Greeks | None:
    """All four or none: a part of them would look complete."""
    if told is None or told.delta is None or told.gamma is None or told.vega is None or told.theta is None:
        return None
    return Greeks(delta=float(told.delta), gamma_per_usd=float(told.gamma), vega_usd_per_pt=float(told.vega), theta_usd_per_day=float(told.theta))
