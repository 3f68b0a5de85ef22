"""The world of a story: a clock that shows one time to everybody, and a market whose past can be written too."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal

from engine.clock import ManualClock
from engine.core.model import Candle, MacroCalendar, MacroEvent, Quote, Reading
from engine.market.model import HOUR
from tests.engine.core.builders import COVERED_UNTIL
from tests.fakes.scripted_market import ScriptedMarket


class StoryClock(ManualClock):
    """Engine time and the time on the wall are one, so that deadlines read the same on every day the story is told."""

    def wall(self) -> datetime:
        return self.now()


@dataclass(slots=True, kw_only=True)
class StoryMarket(ScriptedMarket):
    """The scripted market with a written past.

    `closes_usd` holds what the index traded at from an instant on; before its first
    entry the ramp of the scripted market holds. `wobble_frac` lifts every second hour's
    close, which is what makes a calm index volatile. `events` are the calendar,
    `perp_usd` the perpetual where it is not at the index.
    """

    closes_usd: dict[datetime, float] = field(default_factory=dict)
    events: tuple[MacroEvent, ...] = ()
    perp_usd: Decimal | None = None
    wobble_frac: float = 0.0

    def candles(self, start_at: datetime, end_at: datetime, *, t: datetime) -> tuple[Candle, ...]:
        return tuple(self._rewritten(candle) for candle in ScriptedMarket.candles(self, start_at, end_at, t=t))

    def macro(self, start_at: datetime, end_at: datetime, *, t: datetime) -> Reading[MacroCalendar] | None:
        if ScriptedMarket.macro(self, start_at, end_at, t=t) is None:
            return None
        events = tuple(event for event in self.events if start_at <= event.at <= end_at)
        return Reading(value=MacroCalendar(events=events, covered_until=COVERED_UNTIL), observed_at=t)

    def perp_mark_usd(self, t: datetime) -> Reading[Decimal] | None:
        reading = ScriptedMarket.perp_mark_usd(self, t)
        return reading if reading is None or self.perp_usd is None else replace(reading, value=self.perp_usd)

    def _now(self, quote: Quote, t: datetime) -> Quote:
        """The quote with its forward at the index: near delivery the venue's deltas are not believed and computed from it."""
        return replace(ScriptedMarket._now(self, quote, t), forward_usd=self.spot_usd)

    def _rewritten(self, candle: Candle) -> Candle:
        first, last = self._close_at(candle.open_at, candle.open), self._close_at(candle.open_at + HOUR, candle.close)
        return Candle(open_at=candle.open_at, open=first, high=max(first, last), low=min(first, last), close=last)

    def _close_at(self, at: datetime, otherwise: float) -> float:
        written = [known_at for known_at in self.closes_usd if known_at <= at]
        close = self.closes_usd[max(written)] if written else otherwise
        return close * (1.0 + self.wobble_frac) if at.hour % 2 else close
