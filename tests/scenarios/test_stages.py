"""A stage is signed off in the audit chain once every gate is met, and given up without asking for anything."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from engine.app import signed_off_stage, stage_view
from engine.core.model import Stage
from engine.errors import ConfigError
from engine.home import home_at
from engine.runtime import stages
from engine.runtime.stage_record import keep_z, signed_off
from engine.runtime.stages import StageRoom
from engine.views import GateView
from tests.scenarios.house import ANNA, House, house

PHRASE = "PROMOTE SOFT FFFF"


async def measured(z: float | None) -> float | None:
    return z


def generous(engine: House, *, z: float | None = 0.4) -> StageRoom:
    """A desk whose gates ask for nothing that takes ninety days; z and the slippage of real fills are asked as ever."""
    gates = engine.desk.rules.gates
    low = replace(
        gates.paper_to_soft,
        days_min=0,
        closed_trades_min=0,
        win_rate_min=-1.0,
        mean_r_min=-1.0,
        profit_factor_min=-1.0,
        monitor_success_min=0.0,
        restore_drill=False,
        failure_drills_min=0,
    )
    rules = replace(engine.desk.rules, gates=replace(gates, paper_to_soft=low))
    return StageRoom(replace(engine.desk, rules=rules), lambda: measured(z))


async def sign_off(engine: House, *steps: str) -> None:
    for before, after in zip(("paper", *steps), steps, strict=False):
        body = {"from": before, "to": after, "reason": "test", "gates": "[]"}
        await engine.desk.store.write(lambda tx, body=body, after=after: tx.audit(actor="test", type="stage.promoted", ref=f"stage:{after}", body=body))


async def now(engine: House) -> Stage:
    return await engine.desk.store.read(signed_off)


async def test_every_home_begins_with_paper_and_says_what_the_next_stage_asks_for(tmp_path: Path) -> None:
    async with house(tmp_path) as engine:
        view = await engine.door.stages.view()

    assert (view.running, view.signed_off, view.following, view.phrase) == ("paper", "paper", "soft", PHRASE)
    assert {gate.code for gate in view.gates} >= {"days", "closed_trades", "win_rate_frac", "z_abs", "slippage_frac", "restore_drills", "failure_drills"}
    assert not any(gate.is_met for gate in view.gates if gate.measured is None)


async def test_paper_fills_satisfy_no_slippage_gate_and_the_refusal_names_what_is_missing(tmp_path: Path) -> None:
    async with house(tmp_path) as engine:
        told = await generous(engine).promote(ANNA, PHRASE, "the numbers are there")

        assert (told.code, await now(engine)) == ("stage-not-ready", Stage.PAPER)
        assert "slippage_frac" in told.facts["missing"]
        assert await engine.audited("promotion.refused") == 1


@pytest.mark.parametrize("phrase", ["", "PROMOTE FULL FFFF", "promote soft ffff", "PROMOTE SOFT AAAA"])
async def test_another_phrase_signs_nothing_off(tmp_path: Path, phrase: str) -> None:
    async with house(tmp_path) as engine:
        assert (await generous(engine).promote(ANNA, phrase, "why not")).code == "stage-wrong-phrase"
        assert await now(engine) is Stage.PAPER


@pytest.mark.parametrize(
    ("measured", "limit", "is_least", "is_met"), [(2.0, 2.0, False, True), (2.1, 2.0, False, False), (29, 30, True, False), (30, 30, True, True)]
)
def test_a_gate_is_met_at_its_limit(measured: float, limit: float, *, is_least: bool, is_met: bool) -> None:
    assert is_met == GateView(code="z_abs", measured=measured, limit=limit, is_least=is_least).is_met


def test_what_is_not_measured_is_not_met() -> None:
    assert not GateView(code="z_abs", measured=None, limit=2.0, is_least=False).is_met


async def test_a_stage_that_is_signed_off_may_be_started_and_a_higher_one_may_not(tmp_path: Path) -> None:
    async with house(tmp_path) as engine:
        await sign_off(engine, "soft")
    home = home_at(tmp_path)

    assert [signed_off_stage(home, stage) for stage in ("paper", "soft")] == [Stage.PAPER, Stage.SOFT]
    with pytest.raises(ConfigError, match="full is not signed off"):
        signed_off_stage(home, "full")


async def test_going_down_takes_a_reason_alone_stops_entries_of_the_higher_stage_and_is_told(tmp_path: Path) -> None:
    async with house(tmp_path, stage=Stage.SOFT) as engine:
        await sign_off(engine, "soft")
        down, again = await engine.door.stages.demote(ANNA, "strange fills"), await engine.door.stages.demote(ANNA, "once more")
        await engine.deliver()
        holds = await engine.desk.store.read(lambda tx: [hold.code for hold in tx.holds()])
        found = await now(engine)
        await engine.desk.store.write(lambda tx: stages.settle_hold(tx, engine.desk))
        kept = await engine.desk.store.read(lambda tx: [hold.code for hold in tx.holds()])
        await engine.desk.store.write(lambda tx: stages.settle_hold(tx, replace(engine.desk, stage=Stage.PAPER)))
        left = await engine.desk.store.read(lambda tx: [hold.code for hold in tx.holds()])

    assert (down.code, again.code, found) == ("stage-demoted", "stage-first", Stage.PAPER)
    assert (holds, kept, left) == (["stage"], ["stage"], [])
    assert "stage-demoted" in engine.alerts()


async def test_full_steps_down_by_itself_at_its_drawdown_and_soft_does_not(tmp_path: Path) -> None:
    async with house(tmp_path) as engine:
        await sign_off(engine, "soft")
        await stages.step_down(engine.desk)
        before = await now(engine)
        await sign_off(engine, "soft", "full")
        limit = replace(engine.desk.rules.gates.step_down, drawdown_x_trade_cap=0.0)
        rules = replace(engine.desk.rules, gates=replace(engine.desk.rules.gates, step_down=limit))
        await stages.step_down(engine.desk)
        unmoved = await now(engine)
        await stages.step_down(replace(engine.desk, rules=rules))

        assert (before, unmoved, await now(engine)) == (Stage.SOFT, Stage.FULL, Stage.SOFT)


@pytest.mark.parametrize(("z", "stage"), [(-2.1, Stage.SOFT), (-2.0, Stage.FULL), (3.0, Stage.FULL), (None, Stage.FULL)])
async def test_full_steps_down_when_its_trades_lie_too_far_below_the_paths(tmp_path: Path, z: float | None, stage: Stage) -> None:
    async with house(tmp_path) as engine:
        await sign_off(engine, "soft", "full")
        await engine.desk.store.write(lambda tx: keep_z(tx, Stage.FULL, z))
        await stages.step_down(engine.desk)

        assert await now(engine) is stage


async def test_the_command_line_asks_a_running_engine_to_go_down(tmp_path: Path) -> None:
    async with house(tmp_path) as engine:
        await sign_off(engine, "soft")
        args = {"reason": "strange fills"}
        await engine.desk.store.write(lambda tx: tx.add_manual_action(action="stage_demote", args=args, source="cli:ada", now=engine.desk.clock.wall()))
        await engine.run_job("manual_actions")

        assert await now(engine) is Stage.PAPER


async def test_the_command_line_shows_the_gates_of_a_home(tmp_path: Path) -> None:
    async with house(tmp_path) as engine:
        await sign_off(engine, "soft")
        view = stage_view(home_at(tmp_path))

    assert (view.signed_off, view.following) == ("soft", "full")
    assert "hard_exit_latency_s" in {gate.code for gate in view.gates}
