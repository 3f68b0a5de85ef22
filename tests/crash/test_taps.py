"""Forty queued taps and a kill in their midst: forty effects, none twice."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.crash.nursery import Nursery
from tests.crash.taps import KILLS, KILLS_HEAVY, TAPS, our_rounds

pytestmark = [pytest.mark.asyncio(loop_scope="session")]


@pytest.mark.parametrize("kills", [KILLS, pytest.param(KILLS_HEAVY, marks=pytest.mark.slow)])
async def test_every_queued_tap_has_its_effect_once_over_kill_nine(parent: Nursery, tmp_path: Path, kills: int) -> None:
    rounds = await our_rounds(parent, tmp_path, kills=kills)

    assert [(each.effects, each.doubles, each.wrong) for each in rounds] == [(TAPS, 0, "")] * kills
