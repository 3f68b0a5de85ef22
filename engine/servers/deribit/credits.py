"""A bucket of credits like the venue's own, kept on this side so that the venue never has to say no.

An empty bucket at the venue ends the session and, with it, every order of it; so
reads wait here, and the last credits are kept for cancels.
Source: strategy §2 (rate limits), the venue's rate limit page.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from engine.clock import monotonic_s
from engine.servers.upstream import UpstreamError


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """A pool that refills; `reserve` of it is for cancels alone."""

    pool: float
    refill_per_s: float
    reserve: float


READ_LIMITS = Limits(pool=50_000, refill_per_s=10_000, reserve=1_000)
READ_COST = 500.0
# The lowest of the venue's tiers: five requests a second, twenty at once.
ORDER_LIMITS = Limits(pool=20, refill_per_s=5, reserve=2)
ORDER_COST = 1.0
# The list of instruments is limited by itself: one question in ten seconds, five at once.
LISTING_LIMITS = Limits(pool=5, refill_per_s=0.1, reserve=0)
LISTING_COST = 1.0


class Credits:
    """What may still be asked."""

    def __init__(self, limits: Limits, *, seconds: Callable[[], float] = monotonic_s) -> None:
        self._limits, self._seconds = limits, seconds
        self._left, self._counted_s = limits.pool, seconds()
        self._turn = asyncio.Lock()

    @property
    def left(self) -> float:
        """What the pool holds now."""
        now_s = self._seconds()
        self._left = min(self._limits.pool, self._left + (now_s - self._counted_s) * self._limits.refill_per_s)
        self._counted_s = now_s
        return self._left

    def wait_s(self, cost: float, *, is_cancel: bool = False) -> float:
        """How long the pool has to refill before this may be asked; a cancel may use what everything else leaves."""
        floor = 0.0 if is_cancel else self._limits.reserve
        return max(0.0, (floor + cost - self.left) / self._limits.refill_per_s)

    async def spend(self, cost: float, *, is_cancel: bool = False) -> None:
        """The cost is paid, in the order of asking; a cancel waits for nobody else."""
        if is_cancel:
            await self._pay(cost, is_cancel=True)
        else:
            async with self._turn:
                await self._pay(cost)

    def spend_now(self, cost: float) -> None:
        """The cost is paid. Raises UpstreamError when that would take a wait; then nothing is paid."""
        wait_s = self.wait_s(cost)
        if wait_s > 0 or self._turn.locked():
            raise UpstreamError("too many requests at once: held back here before the venue had to", retryable=True, is_refusal=True, retry_after_s=wait_s)
        self._left -= cost

    def drain(self) -> None:
        """The venue said that its pool is empty, so this one is."""
        self._left = min(self.left, 0.0)

    async def _pay(self, cost: float, *, is_cancel: bool = False) -> None:
        while (wait_s := self.wait_s(cost, is_cancel=is_cancel)) > 0:  # noqa: ASYNC110 - a pool that refills sets no event
            await asyncio.sleep(wait_s)
        self._left -= cost
