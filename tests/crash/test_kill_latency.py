"""A kill is latched, recorded and told whatever weighs on the desk, and no approval that came with it is carried out."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.run.lifetime import SWITCH_S, hand_over_often
from tests.crash.kill_latency import try_load
from tests.crash.kill_loads import LOADS, Load
from tests.crash.moments import Moment
from tests.crash.nursery import Nursery

pytestmark = [pytest.mark.asyncio(loop_scope="session")]

KILLS = 2


@pytest.fixture
def switch_interval() -> Iterator[None]:
    before = sys.getswitchinterval()
    yield
    sys.setswitchinterval(before)


@pytest.mark.parametrize("load", LOADS, ids=lambda load: load.name)
async def test_every_kill_is_latched_and_nothing_is_sent_after_it(parent: Nursery, card_waits: Moment, tmp_path: Path, load: Load) -> None:
    """A kill that is not latched, recorded, answered or lifted by its phrase raises after a minute."""
    found = await try_load(load, card_waits, parent, tmp_path / "load", trials=KILLS)

    assert (len(found.trials), found.sent_after) == (KILLS, ())


async def test_a_run_lets_no_thread_keep_the_interpreter_for_long(switch_interval: None) -> None:
    hand_over_often()

    assert sys.getswitchinterval() == pytest.approx(SWITCH_S)
