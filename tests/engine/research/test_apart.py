"""Work on a loop of its own: its result, its failure, its cancelling."""

from __future__ import annotations

import asyncio
import threading

import pytest

from engine.research.apart import run_apart


async def test_the_result_of_the_work_comes_back_and_the_work_ran_on_another_thread() -> None:
    async def work() -> int:
        await asyncio.sleep(0)
        return threading.get_ident()

    assert await run_apart(work) != threading.get_ident()


async def test_a_failure_of_the_work_comes_back_as_it_was_raised() -> None:
    async def work() -> None:
        raise ValueError("no such day")

    with pytest.raises(ValueError, match="no such day"):
        await run_apart(work)


async def test_cancelled_work_has_closed_what_it_opened_before_the_caller_goes_on() -> None:
    began, closed = threading.Event(), threading.Event()

    async def work() -> None:
        began.set()
        try:
            await asyncio.Event().wait()
        finally:
            closed.set()

    task = asyncio.create_task(run_apart(work))
    await asyncio.to_thread(began.wait)
    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task
    assert closed.is_set()


async def test_the_callers_loop_turns_while_the_work_computes() -> None:
    is_done = threading.Event()

    async def work() -> None:
        while not is_done.is_set():
            sum(range(1000))

    task = asyncio.create_task(run_apart(work))
    for _ in range(10):
        await asyncio.sleep(0)
    is_done.set()

    await task
