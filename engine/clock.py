"""The only reader of the system clock.

Rules of this file: instants are aware UTC; deadlines are instants; everything
else in the house takes `now` as an argument or asks a `Clock`.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
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

    def still(self) -> AbstractContextManager[None]:
        """Inside, simulated time does not pass; real time takes no notice."""
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

    def still(self) -> AbstractContextManager[None]:
        return nullcontext()


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

    def still(self) -> AbstractContextManager[None]:
        return nullcontext()

    def advance_to(self, at: datetime) -> None:
        """Move to `at`; time never runs backwards, an earlier `at` changes nothing."""
        self._now = max(self._now, _aware(at))


class AcceleratedClock:
    """Simulated time that runs at a chosen speed, waits for work and never overtakes the next due job.

    The speed is in simulated seconds per real second. `now()` stops at the
    barrier, the instant of the next due job, until the barrier is moved on.
    """

    def __init__(self, start_at: datetime, *, speed: float) -> None:
        self._anchor_at, self._anchor_s, self._speed = _aware(start_at), time.monotonic(), speed
        self._barrier_at: datetime | None = None
        self._holders = 0
        self._changed = asyncio.Event()

    @property
    def speed(self) -> float:
        return self._speed

    def now(self) -> datetime:
        if self._holders:
            return self._anchor_at
        at = self._anchor_at + timedelta(seconds=(time.monotonic() - self._anchor_s) * self._speed)
        return at if self._barrier_at is None else min(at, self._barrier_at)

    def wall(self) -> datetime:
        return datetime.now(UTC)

    def set_speed(self, speed: float) -> None:
        """From this instant on simulated time runs at `speed`; sleepers notice at once."""
        if speed != self._speed:
            self._anchor()
            self._speed = speed
            self._wake()

    def set_barrier(self, at: datetime) -> None:
        """Simulated time runs up to `at` and waits there."""
        self._anchor()
        self._barrier_at = at
        self._wake()

    @contextmanager
    def still(self) -> Iterator[None]:
        """No simulated time passes inside, so that a cycle sees one instant however long it computes."""
        self._anchor()
        self._holders += 1
        try:
            yield
        finally:
            self._holders -= 1
            self._anchor_s = time.monotonic()
            self._wake()

    async def sleep_until(self, at: datetime) -> None:
        while (left_s := (at - self.now()).total_seconds()) > 0:
            with suppress(TimeoutError):
                async with asyncio.timeout(left_s / self._speed):
                    await self._changed.wait()

    def _anchor(self) -> None:
        self._anchor_at, self._anchor_s = self.now(), time.monotonic()

    def _wake(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()


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
