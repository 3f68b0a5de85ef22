"""How late the event loop wakes its sleepers: a loop that hangs keeps every tap and every deadline waiting."""

from __future__ import annotations

import asyncio

from engine.clock import monotonic_s

SAMPLE_S = 0.5


class LoopLag:
    """The worst lateness since it was last asked for; None while nobody samples."""

    def __init__(self, *, sample_s: float = SAMPLE_S) -> None:
        self._sample_s = sample_s
        self._worst_s: float | None = None

    def note(self, late_s: float) -> None:
        """A sleeper was woken this late."""
        self._worst_s = max(0.0, late_s, 0.0 if self._worst_s is None else self._worst_s)

    def take(self) -> float | None:
        """The worst lateness since the last call, which is forgotten by this one."""
        worst_s, self._worst_s = self._worst_s, None
        return worst_s

    async def sample(self) -> None:
        """The lateness is noted again and again until cancelled."""
        while True:
            due_s = monotonic_s() + self._sample_s
            await asyncio.sleep(self._sample_s)
            self.note(monotonic_s() - due_s)
