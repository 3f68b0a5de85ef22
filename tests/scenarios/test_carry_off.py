"""The engine beside a command that carries its anchors away, and one that does not."""

from __future__ import annotations

import shlex
import sys
from dataclasses import replace
from pathlib import Path

from engine.app import MarketPlan, RunPlan, running
from engine.clock import ManualClock
from engine.home import home_at
from engine.market.synthetic import DEMO_START_AT
from engine.runtime.housekeeping import reconcile
from engine.safety.carry_off import CarryOff
from engine.safety.evidence import judge_home
from engine.state.anchors import read_copy
from tests.scenarios.house import house


async def test_a_command_that_fails_is_told_once_and_nothing_stops(tmp_path: Path) -> None:
    async with house(tmp_path) as engine:
        carrier = CarryOff((sys.executable, "-c", "raise SystemExit('no route')"), home_at(tmp_path))
        desk = replace(engine.desk, carry_off=carrier)
        assert not carrier.carry()
        await reconcile(desk)
        assert not carrier.carry()
        await reconcile(desk)
        await engine.deliver()

        (told,) = engine.notices_of_alerts()
        assert (told.code, told.level) == ("anchors-not-carried", "warning")
        assert told.detail.endswith("ended with 1: no route")
        assert await engine.desk.store.read(lambda tx: tx.holds()) == ()


async def test_a_run_carries_every_anchor_to_its_last(tmp_path: Path) -> None:
    home, kept = home_at(tmp_path / "home"), tmp_path / "kept.jsonl"
    home.root.mkdir()
    program = f"import sys; open({str(kept)!r}, 'ab').write(sys.stdin.buffer.read())"
    home.anchors_command.write_text(shlex.join((sys.executable, "-c", program)) + "\n")
    plan = RunPlan(home=home, clock=ManualClock(DEMO_START_AT), market=MarketPlan(seed=7), origin="demo")
    for _ in range(2):
        async with running(plan) as up:
            await up.desk.store.write(lambda tx: tx.audit(actor="test", type="test.last", ref="", body={}))
    carried = read_copy(kept)

    assert kept.read_bytes() == home.anchors.read_bytes()
    assert [anchor.why for anchor in carried].count("shutdown") == 2
    verdict = judge_home(home, anchors=kept)
    assert verdict.ok
    assert verdict.result.unanchored_rows == 0
