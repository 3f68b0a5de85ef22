"""The venue's list of options, kept for a few minutes because the venue lets it be asked once in ten seconds.

Source: the rate limit of `public/get_instruments` (one in ten seconds, five at once).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Literal

from pydantic import Field

from engine.core.model import Family, Instrument, OptionType, TickStep
from engine.servers.deribit.market import VENUE
from engine.servers.deribit.rpc import Reader, instant_of_ms
from engine.servers.shapes import Number, Shape, shaped, tidy

KEPT = timedelta(minutes=10)
ASKED_AGAIN = timedelta(seconds=30)
"""A name that is not on the list may be new; the list is asked again, but not for every misspelling."""


class _TickStep(Shape):
    above_price: Number
    tick_size: Number


class _Instrument(Shape):
    instrument_name: str
    kind: str
    strike: Number | None = None
    option_type: Literal["put", "call"] | None = None
    expiration_timestamp: int
    min_trade_amount: Number
    tick_size: Number
    tick_size_steps: list[_TickStep] = Field(default_factory=list)


def summary_currency(currency: str, family: Family) -> str:
    """Under which currency the venue lists the options of the family."""
    return currency if family is Family.INVERSE else "USDC"


def name_prefix(currency: str, family: Family) -> str:
    return f"{currency}-" if family is Family.INVERSE else f"{currency}_USDC-"


def family_of(currency: str, instrument_name: str) -> Family | None:
    """The family a name belongs to; None when it is of another currency."""
    return next((family for family in Family if instrument_name.startswith(name_prefix(currency, family))), None)


class Listing:
    """Every listed option by family and name."""

    def __init__(self, reader: Reader, currency: str, now: Callable[[], datetime]) -> None:
        self._reader, self._currency, self._now = reader, currency, now
        self._known: dict[Family, tuple[datetime, dict[str, Instrument]]] = {}

    async def options(self, family: Family) -> dict[str, Instrument]:
        """The options as listed at most ten minutes ago."""
        kept = self._known.get(family)
        if kept is not None and self._now() - kept[0] < KEPT:
            return kept[1]
        return await self._ask(family)

    async def option(self, instrument_name: str) -> Instrument | None:
        """One option; None when it is not listed."""
        family = family_of(self._currency, instrument_name)
        if family is None:
            return None
        found = (await self.options(family)).get(instrument_name)
        if found is None and self._now() - self._known[family][0] >= ASKED_AGAIN:
            found = (await self._ask(family)).get(instrument_name)
        return found

    async def _ask(self, family: Family) -> dict[str, Instrument]:
        asked = {"currency": summary_currency(self._currency, family), "kind": "option", "expired": False}
        rows: list[_Instrument] = shaped(list[_Instrument], (await self._reader.ask("public/get_instruments", asked)).result, upstream=VENUE)
        prefix = name_prefix(self._currency, family)
        listed = {row.instrument_name: _instrument(row, family) for row in rows if row.kind == "option" and row.instrument_name.startswith(prefix)}
        options = {name: option for name, option in listed.items() if option is not None}
        self._known[family] = (self._now(), options)
        return options


def _instrument(row: _Instrument, family: Family) -> Instrument | None:
    if row.strike is None or row.option_type is None:
        return None
    steps = sorted(row.tick_size_steps, key=lambda step: step.above_price)
    return Instrument(
        name=row.instrument_name,
        family=family,
        option_type=OptionType(row.option_type),
        strike_usd=tidy(row.strike),
        expiry_at=instant_of_ms(row.expiration_timestamp),
        lot_eth=tidy(row.min_trade_amount),
        ticks=(
            TickStep(above_coin=Decimal(0), tick_coin=tidy(row.tick_size)),
            *(TickStep(above_coin=tidy(step.above_price), tick_coin=tidy(step.tick_size)) for step in steps),
        ),
    )
