"""The venue's time: still until a test moves it, running as fast as asked, or another clock's."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

Now = Callable[[], datetime]
START_AT = datetime(2026, 9, 7, 14, 0, tzinfo=UTC)


class StillClock:
    """Stands at an instant until it is advanced."""

    def __init__(self, at: datetime = START_AT) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at

    def advance_to(self, at: datetime) -> None:
        """It is `at`. Raises ValueError for a step back."""
        if at < self.at:
            raise ValueError(f"the clock is at {self.at} and cannot go back to {at}")
        self.at = at


class RunningClock:
    """Runs `speed` times as fast as real time from an instant on."""

    def __init__(self, at: datetime, *, speed: float = 1.0) -> None:
        self._at, self._speed, self._since_s = at, speed, time.monotonic()

    def __call__(self) -> datetime:
        return self._at + timedelta(seconds=(time.monotonic() - self._since_s) * self._speed)


def to_ms(at: datetime) -> int:
    """Unix milliseconds."""
    return int(at.timestamp() * 1000)


def from_ms(ms: float) -> datetime:
    return datetime.fromtimestamp(ms / 1000, UTC)
