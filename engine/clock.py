"""The only reader of the system clock.

Rules of this file: instants are aware UTC; deadlines are instants; everything
else in the house takes `now` as an argument or asks a `Clock`.
"""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Where the engine gets the time from."""

    def now(self) -> datetime:
        """The engine's present instant, aware UTC; simulated where the market is."""
        ...

    def wall(self) -> datetime:
        """The instant on the wall, aware UTC: what ages of chat messages are judged by."""
        ...

    async def sleep_until(self, at: datetime) -> None:
        """Return once `now()` has reached `at`."""
        ...


class SystemClock:
    """Engine time is wall time."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def wall(self) -> datetime:
        return datetime.now(UTC)

    async def sleep_until(self, at: datetime) -> None:
        # The wall clock may be stepped, so no single sleep is trusted for long.
        while (left_s := (at - self.now()).total_seconds()) > 0:  # noqa: ASYNC110 - time passing has no event to wait for
            await asyncio.sleep(min(left_s, 60.0))


class ManualClock:
    """Time stands still until someone moves it; the replay and the tests do."""

    def __init__(self, start_at: datetime) -> None:
        self._now = _aware(start_at)

    def now(self) -> datetime:
        return self._now

    def wall(self) -> datetime:
        return datetime.now(UTC)

    async def sleep_until(self, at: datetime) -> None:
        self.advance_to(at)

    def advance_to(self, at: datetime) -> None:
        """Move to `at`; time never runs backwards, an earlier `at` changes nothing."""
        self._now = max(self._now, _aware(at))


class AcceleratedClock:
    """Simulated time that runs at a chosen speed and can be slowed to the wall's.

    The speed is in simulated seconds per real second; changing it keeps the
    simulated instant continuous.
    """

    def __init__(self, start_at: datetime, *, speed: float) -> None:
        self._anchor_at, self._anchor_s, self._speed = _aware(start_at), time.monotonic(), speed
        self._changed = asyncio.Event()

    @property
    def speed(self) -> float:
        return self._speed

    def now(self) -> datetime:
        return self._anchor_at + timedelta(seconds=(time.monotonic() - self._anchor_s) * self._speed)

    def wall(self) -> datetime:
        return datetime.now(UTC)

    def set_speed(self, speed: float) -> None:
        """From this instant on simulated time runs at `speed`; sleepers notice at once."""
        if speed == self._speed:
            return
        self._anchor_at, self._anchor_s, self._speed = self.now(), time.monotonic(), speed
        self._changed.set()
        self._changed = asyncio.Event()

    async def sleep_until(self, at: datetime) -> None:
        while (left_s := (at - self.now()).total_seconds()) > 0:
            try:
                await asyncio.wait_for(self._changed.wait(), timeout=left_s / self._speed)
            except TimeoutError:
                continue


def boot_time_s() -> float:
    """Seconds since the machine started, suspend included where the platform tells."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()


def monotonic_s() -> float:
    """Seconds on a clock that never jumps: for durations."""
    return time.monotonic()


def _aware(at: datetime) -> datetime:
    if at.tzinfo is None:
        raise ValueError(f"{at!r} has no time zone: the engine knows aware UTC instants only")
    return at.astimezone(UTC)
