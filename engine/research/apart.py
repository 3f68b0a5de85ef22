"""Long work beside the engine: a thread with an event loop of its own, so that taps and kills never wait for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


async def run_apart(work: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """What `work` returned or raised, run to its end on another loop; cancelled from here, it is cancelled there."""
    started: list[tuple[asyncio.AbstractEventLoop, asyncio.Task[T]]] = []

    async def body() -> T:
        task = asyncio.ensure_future(work())
        started.append((asyncio.get_running_loop(), task))
        return await task

    thread = asyncio.ensure_future(asyncio.to_thread(lambda: asyncio.run(body())))
    try:
        return await asyncio.shield(thread)
    except asyncio.CancelledError:
        for loop, task in started:
            loop.call_soon_threadsafe(task.cancel)
        # Whatever the work opened is closed in its own thread; ending here before that would leave it behind.
        await asyncio.wait({thread})
        raise
