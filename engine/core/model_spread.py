"""Frozen values of a position: strikes, a vertical, and the spread that one or two verticals make.

Rules of this file: those of `model.py`, which is where everybody imports them from.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from engine.core.model_market import Quote
from engine.core.model_terms import Family, OptionType, Strategy


@dataclass(frozen=True, slots=True, kw_only=True)
class Strikes:
    """The strikes of one vertical."""

    option_type: OptionType
    short_strike_usd: Decimal
    long_strike_usd: Decimal

    @property
    def width_usd(self) -> Decimal:
        """Distance between the strikes, never negative."""
        return abs(self.short_strike_usd - self.long_strike_usd)


@dataclass(frozen=True, slots=True, kw_only=True)
class Vertical:
    """A short leg sold and a long leg bought further out, of one expiry and type."""

    short: Quote
    long: Quote

    @property
    def option_type(self) -> OptionType:
        """The kind of both legs."""
        return self.short.instrument.option_type

    @property
    def width_usd(self) -> Decimal:
        """Distance between the strikes, never negative."""
        return abs(self.short.instrument.strike_usd - self.long.instrument.strike_usd)

    @property
    def strikes(self) -> Strikes:
        """The strikes alone."""
        return Strikes(option_type=self.option_type, short_strike_usd=self.short.instrument.strike_usd, long_strike_usd=self.long.instrument.strike_usd)

    @property
    def natural_coin(self) -> Decimal | None:
        """Net credit when both books are crossed: bid of the short minus ask of the long."""
        if self.short.bid_coin is None or self.long.ask_coin is None:
            return None
        return self.short.bid_coin - self.long.ask_coin

    @property
    def mark_coin(self) -> Decimal | None:
        """Cost to close at the venue's marks per 1 ETH."""
        if self.short.mark_coin is None or self.long.mark_coin is None:
            return None
        return self.short.mark_coin - self.long.mark_coin

    @property
    def natural_close_coin(self) -> Decimal | None:
        """Cost to close by crossing: ask of the short minus bid of the long; a missing long bid sells for nothing."""
        if self.short.ask_coin is None:
            return None
        return self.short.ask_coin - (self.long.bid_coin if self.long.bid_coin is not None else Decimal(0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """A credit spread of one expiry: one vertical, or the put and the call vertical of an iron condor, in this order."""

    verticals: tuple[Vertical, ...]

    @property
    def strategy(self) -> Strategy:
        """What the verticals make together; a condor that has lost a side is the vertical that is left."""
        if len(self.verticals) > 1:
            return Strategy.IRON_CONDOR
        return Strategy.BULL_PUT if self.verticals[0].option_type is OptionType.PUT else Strategy.BEAR_CALL

    @property
    def sides(self) -> tuple[Strikes, ...]:
        """The strikes of each vertical."""
        return tuple([vertical.strikes for vertical in self.verticals])

    @property
    def family(self) -> Family:
        """The contracts all legs belong to."""
        return self.verticals[0].short.instrument.family

    @property
    def expiry_at(self) -> datetime:
        """When every leg is settled."""
        return self.verticals[0].short.instrument.expiry_at

    @property
    def lot_eth(self) -> Decimal:
        """The smallest amount every leg can be traded in."""
        return max(quote.instrument.lot_eth for quote in self.quotes)

    @property
    def shorts(self) -> tuple[Quote, ...]:
        """The sold leg of each vertical."""
        return tuple([vertical.short for vertical in self.verticals])

    @property
    def longs(self) -> tuple[Quote, ...]:
        """The bought leg of each vertical."""
        return tuple([vertical.long for vertical in self.verticals])

    @property
    def quotes(self) -> tuple[Quote, ...]:
        """Every leg, vertical by vertical, the sold one first."""
        return tuple([quote for vertical in self.verticals for quote in (vertical.short, vertical.long)])

    @property
    def width_usd(self) -> Decimal:
        """The wider vertical's width: at most one side of a condor can end in the money."""
        return max(vertical.width_usd for vertical in self.verticals)

    @property
    def natural_coin(self) -> Decimal | None:
        """Net credit when every book is crossed."""
        return _sum_of_known([vertical.natural_coin for vertical in self.verticals])

    @property
    def mark_coin(self) -> Decimal | None:
        """Cost to close at the venue's marks per 1 ETH."""
        return _sum_of_known([vertical.mark_coin for vertical in self.verticals])

    @property
    def natural_close_coin(self) -> Decimal | None:
        """Cost to close by crossing every book."""
        return _sum_of_known([vertical.natural_close_coin for vertical in self.verticals])


def _sum_of_known(amounts: Sequence[Decimal | None]) -> Decimal | None:
    known = [amount for amount in amounts if amount is not None]
    return sum(known, Decimal(0)) if len(known) == len(amounts) else None
