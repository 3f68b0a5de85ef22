"""What a person may ask of research while the engine runs; nothing here changes anything."""

from __future__ import annotations

from typing import Protocol

from engine.views import KellyView, MonteCarloView, SweepView


class Lab(Protocol):
    """Questions that take some seconds; one is answered at a time, and a second asker is refused with a sentence."""

    async def montecarlo(self) -> MonteCarloView:
        """What the strategy would have made on invented paths from this market on, beside what it made. Raises ActionRefused."""

    async def sweep(self, *, from_on: str | None, to_on: str | None, words: tuple[str, ...]) -> SweepView:
        """Every setting of the words' grid (KEY=VALUES) lived through and judged, half a year when nobody says how long. Raises ActionRefused."""

    def progress(self) -> tuple[int, int] | None:
        """How many settings of how many the sweep under way has lived through; None when none is."""

    async def kelly(self) -> KellyView:
        """What a recalibration would say now of everything closed; nothing is changed."""
