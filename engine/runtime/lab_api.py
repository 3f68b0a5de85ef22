"""What a person may ask of research while the engine runs; nothing here changes anything."""

from __future__ import annotations

from typing import Protocol

from engine.views import KellyView, MonteCarloView


class Lab(Protocol):
    """Questions that take some seconds; one is answered at a time, and a second asker is refused with a sentence."""

    async def montecarlo(self) -> MonteCarloView:
        """What the strategy would have made on invented paths from this market on, beside what it made. Raises ActionRefused."""

    async def kelly(self) -> KellyView:
        """What a recalibration would say now of everything closed; nothing is changed."""
