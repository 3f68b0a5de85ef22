"""Rows become quotes: every column as the Decimal it stands for, and which parts a model supplied.

Rules of this file: nothing is priced or rounded here; the columns already hold what a
quote says.
"""

from __future__ import annotations

import math
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache

from engine.core.model import Chain, Family, Greeks, Instrument, OptionType, Quote
from engine.market.listing import instrument_name, parse_instrument
from engine.market.rows import NOT_RECORDED, ChainRows, OptionRows
from engine.market.ticks import mark_of, on_tick, usd

ALL_MODELLED = ("bid", "ask", "mark", "iv", "greeks", "sizes", "open_interest")
CARRIED_MODELLED = {
    Family.INVERSE: ("greeks", "sizes"),
    Family.LINEAR_USDC: ("bid", "ask", "mark", "greeks", "sizes", "open_interest"),
}
INSTRUMENTS_KEPT_MAX = 4096


def chain_of(chains: ChainRows, instant: int, *, taken_at: datetime) -> Chain | None:
    """The chain of one instant, every row a quote; None where there is none."""
    index_usd = float(chains.index_usd[instant])
    if math.isnan(index_usd):
        return None
    quotes = tuple(quotes_of(chains.of_instant(instant), taken_at, family=chains.family))
    return Chain(
        family=chains.family,
        taken_at=taken_at,
        index_usd=usd(index_usd),
        quotes=quotes,
        source=chains.source[instant],
        recorded_at=_recorded_at(int(chains.recorded_s[instant])),
    )


def quotes_of(rows: OptionRows, quoted_at: datetime, *, family: Family) -> list[Quote]:
    """Each row as a quote."""
    names = zip(rows.expiry_s.tolist(), rows.strike_usd.tolist(), rows.is_call.tolist(), strict=True)
    instruments = [instrument_at(family, expiry_s, strike, is_call) for expiry_s, strike, is_call in names]
    greeks = zip(rows.delta.tolist(), rows.gamma_per_usd.tolist(), rows.vega_usd_per_pt.tolist(), rows.theta_usd_per_day.tolist(), strict=True)
    prices = zip(rows.bid_coin.tolist(), rows.ask_coin.tolist(), rows.mark_coin.tolist(), rows.forward_usd.tolist(), rows.iv_frac.tolist(), strict=True)
    sizes = (rows.bid_size_eth, rows.ask_size_eth, rows.open_interest_eth, rows.volume_24h_eth)
    amounts = zip(*(column.tolist() for column in sizes), strict=True)
    quotes = []
    for instrument, (delta, gamma, vega, theta), (bid, ask, mark, forward, iv), (bid_size, ask_size, interest, volume), recorded_s in zip(
        instruments, greeks, prices, amounts, rows.recorded_s.tolist(), strict=True
    ):
        bid_coin, ask_coin = on_tick(bid, family), on_tick(ask, family)
        quotes.append(
            Quote(
                instrument=instrument,
                quoted_at=quoted_at,
                bid_coin=bid_coin,
                ask_coin=ask_coin,
                mark_coin=mark_of(mark),
                bid_size_eth=_amount(bid_size) if bid_coin is not None else None,
                ask_size_eth=_amount(ask_size) if ask_coin is not None else None,
                iv_frac=iv,
                greeks=Greeks(delta=delta, gamma_per_usd=gamma, vega_usd_per_pt=vega, theta_usd_per_day=theta),
                open_interest_eth=_amount(interest),
                volume_24h_eth=_amount(volume),
                forward_usd=usd(forward),
                recorded_at=_recorded_at(recorded_s),
                modelled=ALL_MODELLED if recorded_s == NOT_RECORDED else CARRIED_MODELLED[family],
            )
        )
    return quotes


def instruments_of(rows: OptionRows, *, family: Family) -> tuple[Instrument, ...]:
    """The instruments of the rows, in their order."""
    names = zip(rows.expiry_s.tolist(), rows.strike_usd.tolist(), rows.is_call.tolist(), strict=True)
    return tuple(instrument_at(family, expiry_s, strike, is_call) for expiry_s, strike, is_call in names)


@lru_cache(maxsize=INSTRUMENTS_KEPT_MAX)
def instrument_at(family: Family, expiry_s: int, strike_usd: float, is_call: bool) -> Instrument:
    """The option of a row. Kept, because one is quoted at every instant of its life."""
    option_type = OptionType.CALL if is_call else OptionType.PUT
    name = instrument_name(family, expiry_at=_instant(expiry_s), strike_usd=Decimal(repr(strike_usd)), option_type=option_type)
    instrument = parse_instrument(name)
    if instrument is None:
        raise ValueError(f"{name} is no ETH option")
    return instrument


def _amount(amount_eth: float) -> Decimal | None:
    """An amount as recorded or modelled; None where nobody recorded one."""
    if math.isnan(amount_eth):
        return None
    return Decimal(int(amount_eth)) if amount_eth.is_integer() else Decimal(repr(amount_eth))


def _recorded_at(recorded_s: int) -> datetime | None:
    return None if recorded_s == NOT_RECORDED else _instant(recorded_s)


@lru_cache(maxsize=16)
def _instant(unix_s: int) -> datetime:
    return datetime.fromtimestamp(unix_s, UTC)
