"""An event loop that waits for nothing: while nobody can do anything, its time leaps to the next timer."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

PATIENCE_S = 0.001
"""How long sockets are given before a silence counts; on loopback what was written is there at once."""


class _Leaping(selectors.DefaultSelector):
    """Reports sockets like any other, and a silence as time that has passed."""

    def __init__(self) -> None:
        super().__init__()
        self.leap: Callable[[float], None] = lambda _: None
        self.is_idle: Callable[[], bool] = lambda: True

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if ready or timeout is None or timeout <= 0:
            return ready if ready or timeout is not None else super().select(None)
        ready = super().select(min(timeout, PATIENCE_S))
        if ready or not self.is_idle():
            return ready
        # A thread that ended between the two looks has left its word by now.
        ready = super().select(0)
        if not ready:
            self.leap(timeout)
        return ready


class FastLoop(asyncio.SelectorEventLoop):
    """Real sockets, real threads, and a clock that leaps over every wait while no watched thread works."""

    def __init__(self) -> None:
        self._leapt_s, self._at_work = 0.0, 0
        selector = _Leaping()
        super().__init__(selector)
        selector.leap, selector.is_idle = self._leap, lambda: self._at_work == 0

    def time(self) -> float:
        return super().time() + self._leapt_s

    def watch(self, pool: ThreadPoolExecutor) -> None:
        """Time stands while the pool has work."""
        submit = pool.submit

        def counted(*work: Any, **more: Any) -> Future[Any]:
            self._at_work += 1
            found = submit(*work, **more)
            # Asked for only after whoever awaits it has asked too: their word comes first.
            self.call_soon_threadsafe(found.add_done_callback, lambda _: self.call_soon_threadsafe(self._done))
            return found

        pool.submit = counted  # type: ignore[method-assign, assignment]

    def _done(self) -> None:
        self._at_work -= 1

    def _leap(self, by_s: float) -> None:
        self._leapt_s += by_s
