"""Core values to wire columns and back; the two directions of each shape stand together."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import groupby

from engine.clients.wire import CandlesWire, ChainWire, InstrumentsWire, QuotesWire, TickWire
from engine.core.model import Candle, Chain, Greeks, Instrument, Quote, TickStep


def write_candles(candles: Sequence[Candle]) -> CandlesWire:
    return CandlesWire.model_construct(
        open_at_s=[int(candle.open_at.timestamp()) for candle in candles],
        open=[candle.open for candle in candles],
        high=[candle.high for candle in candles],
        low=[candle.low for candle in candles],
        close=[candle.close for candle in candles],
    )


def read_candles(wire: CandlesWire) -> tuple[Candle, ...]:
    columns = zip(wire.open_at_s, wire.open, wire.high, wire.low, wire.close, strict=True)
    return tuple(
        Candle(open_at=datetime.fromtimestamp(open_at_s, UTC), open=opened, high=high, low=low, close=close) for open_at_s, opened, high, low, close in columns
    )


def write_instruments(instruments: Sequence[Instrument]) -> InstrumentsWire:
    """Instruments that share a family and an expiry; at least one."""
    first = instruments[0]
    return InstrumentsWire.model_construct(
        family=first.family,
        expiry_at=first.expiry_at,
        lot_eth=first.lot_eth,
        ticks=[TickWire.model_construct(above_coin=step.above_coin, tick_coin=step.tick_coin) for step in first.ticks],
        name=[instrument.name for instrument in instruments],
        option_type=[instrument.option_type for instrument in instruments],
        strike_usd=[instrument.strike_usd for instrument in instruments],
    )


def read_instruments(wire: InstrumentsWire) -> list[Instrument]:
    ticks = tuple(TickStep(above_coin=step.above_coin, tick_coin=step.tick_coin) for step in wire.ticks)
    return [
        Instrument(name=name, family=wire.family, option_type=option_type, strike_usd=strike, expiry_at=wire.expiry_at, lot_eth=wire.lot_eth, ticks=ticks)
        for name, option_type, strike in zip(wire.name, wire.option_type, wire.strike_usd, strict=True)
    ]


def write_quotes(quotes: Sequence[Quote]) -> QuotesWire:
    """Quotes that share family, expiry, forward, instants and model flags; at least one."""
    first = quotes[0]
    greeks = [quote.greeks for quote in quotes]
    return QuotesWire.model_construct(
        instruments=write_instruments([quote.instrument for quote in quotes]),
        forward_usd=first.forward_usd,
        quoted_at=first.quoted_at,
        recorded_at=first.recorded_at,
        modelled=list(first.modelled),
        state=[quote.state for quote in quotes],
        bid_coin=[quote.bid_coin for quote in quotes],
        ask_coin=[quote.ask_coin for quote in quotes],
        mark_coin=[quote.mark_coin for quote in quotes],
        bid_size_eth=[quote.bid_size_eth for quote in quotes],
        ask_size_eth=[quote.ask_size_eth for quote in quotes],
        open_interest_eth=[quote.open_interest_eth for quote in quotes],
        volume_24h_eth=[quote.volume_24h_eth for quote in quotes],
        iv_frac=[quote.iv_frac for quote in quotes],
        delta=[long.delta if long is not None else None for long in greeks],
        gamma_per_usd=[long.gamma_per_usd if long is not None else None for long in greeks],
        vega_usd_per_pt=[long.vega_usd_per_pt if long is not None else None for long in greeks],
        theta_usd_per_day=[long.theta_usd_per_day if long is not None else None for long in greeks],
    )


def read_quotes(wire: QuotesWire) -> list[Quote]:
    modelled = tuple(wire.modelled)
    prices = zip(wire.state, wire.bid_coin, wire.ask_coin, wire.mark_coin, wire.iv_frac, strict=True)
    depths = zip(wire.bid_size_eth, wire.ask_size_eth, wire.open_interest_eth, wire.volume_24h_eth, strict=True)
    return [
        Quote(
            instrument=instrument,
            quoted_at=wire.quoted_at,
            state=state,
            bid_coin=bid,
            ask_coin=ask,
            mark_coin=mark,
            bid_size_eth=bid_size,
            ask_size_eth=ask_size,
            iv_frac=iv,
            greeks=greeks,
            open_interest_eth=open_interest,
            volume_24h_eth=volume,
            forward_usd=wire.forward_usd,
            recorded_at=wire.recorded_at,
            modelled=modelled,
        )
        for instrument, (state, bid, ask, mark, iv), (bid_size, ask_size, open_interest, volume), greeks in zip(
            read_instruments(wire.instruments), prices, depths, _greeks(wire), strict=True
        )
    ]


def write_chain(chain: Chain) -> ChainWire:
    groups = groupby(chain.quotes, key=lambda quote: (quote.instrument.expiry_at, quote.forward_usd, quote.quoted_at, quote.recorded_at, quote.modelled))
    return ChainWire.model_construct(
        family=chain.family,
        taken_at=chain.taken_at,
        index_usd=chain.index_usd,
        source=chain.source,
        recorded_at=chain.recorded_at,
        expiries=[write_quotes(list(quotes)) for _, quotes in groups],
    )


def read_chain(wire: ChainWire) -> Chain:
    return Chain(
        family=wire.family,
        taken_at=wire.taken_at,
        index_usd=wire.index_usd,
        quotes=tuple(quote for expiry in wire.expiries for quote in read_quotes(expiry)),
        source=wire.source,
        recorded_at=wire.recorded_at,
    )


def _greeks(wire: QuotesWire) -> list[Greeks | None]:
    # One missing Greek makes the whole set unusable: a partial sum would look complete.
    columns = zip(wire.delta, wire.gamma_per_usd, wire.vega_usd_per_pt, wire.theta_usd_per_day, strict=True)
    return [
        None
        if delta is None or gamma is None or vega is None or theta is None
        else Greeks(delta=delta, gamma_per_usd=gamma, vega_usd_per_pt=vega, theta_usd_per_day=theta)
        for delta, gamma, vega, theta in columns
    ]
