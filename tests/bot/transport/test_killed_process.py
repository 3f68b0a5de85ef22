"""Taps that were queued survive the process, however often it is killed."""

from __future__ import annotations

import asyncio
import signal
import sys
from pathlib import Path

import pytest

from tests.bot.transport.desk import Desk
from tests.bot.transport.door import ADA, NONCE, StoreDoor
from tests.fakes.bot_api import FakeBotApi

ROOT = Path(__file__).resolve().parents[3]
TAPS = 40


async def run_until(api: FakeBotApi, store: Path, effects: Path, least: int) -> None:
    """One process handles taps until `least` left their line, then it is killed without warning."""
    arguments = ("-m", "tests.bot.transport.desk_process", str(api.port), str(store), str(effects))
    process = await asyncio.create_subprocess_exec(sys.executable, *arguments, cwd=ROOT)
    try:
        await api.wait_until(lambda: effects.exists() and len(set(effects.read_text().split())) >= least, timeout=30)
    finally:
        process.send_signal(signal.SIGKILL)
        await process.wait()


@pytest.mark.parametrize("kills", [(1, 9, 17, 30)])
async def test_forty_taps_have_their_effect_over_kill_nine(api: FakeBotApi, tmp_path: Path, kills: tuple[int, ...]) -> None:
    store, effects = tmp_path / "killed.db", tmp_path / "effects"
    door = StoreDoor(store)
    await door.owe_notice(ADA, "entry_card")
    async with Desk(api, door):
        card = await api.wait_for(lambda m: bool(m.buttons))
    door.close()
    wanted = {f"v1:approve:{number}:{NONCE}" for number in range(TAPS)}
    for data in sorted(wanted):
        api.tap_data(card, data)
    for least in (*kills, TAPS):
        await run_until(api, store, effects, least)

    seen = effects.read_text().split()
    assert set(seen) == wanted
    # A tap in hand at the kill is handled again; the engine's compare-and-swap makes that harmless.
    assert len(seen) <= TAPS + len(kills) + 1
