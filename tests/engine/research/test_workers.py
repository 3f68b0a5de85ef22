"""Work in a process of its own: what it returns and raises arrives here, and a cancelled one is gone at once."""

from __future__ import annotations

import asyncio
import os
import time
from contextlib import suppress
from pathlib import Path

import pytest

from engine.errors import ConfigError
from engine.research.workers import NICER, in_own_process


def facts(number: int) -> tuple[int, int, int]:
    return number + 1, os.getpid(), os.nice(0)


def refuse(words: str) -> None:
    raise ConfigError(words, fix="Ask for less.")


def work_for_ever(begun: Path) -> None:
    begun.write_text(str(os.getpid()))
    while True:
        time.sleep(3600)


def wait_for_words(path: Path) -> None:
    while not (path.exists() and path.read_text()):
        time.sleep(0.01)


def is_running(pid: int) -> bool:
    with suppress(ProcessLookupError):
        os.kill(pid, 0)
        return True
    return False


async def test_the_answer_comes_from_another_process_that_lets_others_go_first() -> None:
    answer, pid, nice = await in_own_process(facts, 41)

    assert (answer, nice) == (42, os.nice(0) + NICER)
    assert pid != os.getpid()
    assert not is_running(pid)


async def test_what_it_raises_is_raised_here_with_its_words() -> None:
    with pytest.raises(ConfigError) as raised:
        await in_own_process(refuse, "too many paths")

    assert (raised.value.problem, raised.value.fix) == ("too many paths", "Ask for less.")


@pytest.mark.parametrize("has_begun", [True, False], ids=["in the midst", "before it began"])
async def test_cancelled_it_is_gone_at_once(tmp_path: Path, has_begun: bool) -> None:
    begun = tmp_path / "begun"
    working = asyncio.ensure_future(in_own_process(work_for_ever, begun))
    await asyncio.sleep(0)
    if has_begun:
        await asyncio.to_thread(wait_for_words, begun)
    working.cancel()
    with pytest.raises(asyncio.CancelledError):
        await working

    assert not begun.exists() or not is_running(int(begun.read_text()))
