"""The only reader of the system clock.

Rules of this file: instants are aware UTC; deadlines are instants; no clock runs backwards, whatever is done
to the machine's; everything else in the house takes `now` as an argument or asks a `Clock`.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from datetime import UTC, datetime, timedelta
from typing import Protocol

LOOK_S = 5.0
"""No sleep is trusted for longer: the wall may be set, and a machine that sleeps stops its timers."""

CATCH_UP_PACE = 0.9


class Clock(Protocol):
    """Where the engine gets the time from."""

    def now(self) -> datetime:
        """The engine's present instant, aware UTC; simulated where the market is."""
        ...

    def wall(self) -> datetime:
        """The instant on the wall, aware UTC, simulated nowhere."""
        ...

    def ahead_s(self) -> float:
        """How far the wall runs ahead of a machine whose clock was set back; zero while they agree."""
        ...

    async def sleep_until(self, at: datetime) -> None:
        """Return once `now()` has reached `at`."""
        ...

    def still(self) -> AbstractContextManager[None]:
        """Inside, simulated time does not pass; real time takes no notice."""
        ...


def _machine_time() -> datetime:
    return datetime.now(UTC)


def boot_time_s() -> float:
    """Seconds since the machine started, suspend included where the platform tells."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()


class SteadyWall:
    """The machine's time, except that it never runs backwards.

    Where the machine's clock was set back, this one goes on by the seconds since boot, at nine tenths of their pace until both agree:
    a card that had ten minutes left still has ten, and no job waits for the wall to come round again. A step forward is followed.
    """

    def __init__(self, machine_time: Callable[[], datetime] = _machine_time, since_boot_s: Callable[[], float] = boot_time_s) -> None:
        self._machine_time, self._since_boot_s = machine_time, since_boot_s
        # The store asks from a thread of its own.
        self._mutex = threading.Lock()
        self._last_at, self._last_s = machine_time(), since_boot_s()

    def now(self) -> datetime:
        """The present instant, aware UTC, never before one that was told earlier."""
        with self._mutex:
            machine_at, now_s = self._machine_time(), self._since_boot_s()
            floor_at = self._last_at + timedelta(seconds=(now_s - self._last_s) * CATCH_UP_PACE)
            self._last_at, self._last_s = max(machine_at, floor_at), now_s
            return self._last_at

    def ahead_s(self) -> float:
        """How far this time runs ahead of a machine whose clock was set back; zero while they agree."""
        return max(0.0, (self.now() - self._machine_time()).total_seconds())


class SystemClock:
    """Engine time is wall time."""

    def __init__(self, wall: SteadyWall | None = None) -> None:
        self._wall = SteadyWall() if wall is None else wall

    def now(self) -> datetime:
        return self._wall.now()

    def wall(self) -> datetime:
        return self._wall.now()

    def ahead_s(self) -> float:
        return self._wall.ahead_s()

    async def sleep_until(self, at: datetime) -> None:
        while (left_s := (at - self.now()).total_seconds()) > 0:  # noqa: ASYNC110 - time passing has no event to wait for
            await asyncio.sleep(min(left_s, LOOK_S))

    def still(self) -> AbstractContextManager[None]:
        return nullcontext()


class ManualClock:
    """Time stands still until someone moves it; the replay and the tests do."""

    def __init__(self, start_at: datetime) -> None:
        self._now, self._wall = _aware(start_at), SteadyWall()

    def now(self) -> datetime:
        return self._now

    def wall(self) -> datetime:
        return self._wall.now()

    def ahead_s(self) -> float:
        return self._wall.ahead_s()

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
        self._wall = SteadyWall()
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
        return self._wall.now()

    def ahead_s(self) -> float:
        return self._wall.ahead_s()

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


def monotonic_s() -> float:
    """Seconds on a clock that never jumps: for durations."""
    return time.monotonic()


def _aware(at: datetime) -> datetime:
    if at.tzinfo is None:
        raise ValueError(f"{at!r} has no time zone: the engine knows aware UTC instants only")
    return at.astimezone(UTC)
