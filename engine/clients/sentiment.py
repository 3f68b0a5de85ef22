"""The market's mood."""

from __future__ import annotations

from engine.clients.mcp import Caller
from engine.clients.wire import SentimentWire, read_wire
from engine.core.model import Reading, Sentiment

FEAR_GREED_MAX = 100


class SentimentClient:
    """Reads the sentiment server."""

    def __init__(self, caller: Caller, *, coin: str = "ETH") -> None:
        self._caller, self._coin = caller, coin

    async def get_sentiment(self) -> Reading[Sentiment] | None:
        """Fear & greed 0..100; a score outside that range is missing (strategy edge case 49)."""
        wire = read_wire(SentimentWire, await self._caller.call("get_sentiment", {"coin": self._coin}), server=self._caller.name, tool="get_sentiment")
        if wire.observed_at is None:
            return None
        is_sound = wire.fear_greed is not None and 0 <= wire.fear_greed <= FEAR_GREED_MAX
        mood = Sentiment(fear_greed=wire.fear_greed if is_sound else None, liquidation_heat_pctile=wire.liquidation_heat_pctile)
        return Reading(value=mood, observed_at=wire.observed_at)
