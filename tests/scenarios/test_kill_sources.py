"""Whoever set the switch and whichever of its three latches tells of it: nothing goes out, and the audit says by whom it was set and lifted."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.core.lifecycle import TradeState
from engine.offline import arm_kill, disarm_kill, kill_status
from engine.runtime import switches
from engine.safety.kill_switch import KillSwitch
from engine.state.records import AuditRecord
from tests.engine.core.builders import NOW
from tests.scenarios.house import ANNA, House, at, house, open_trade, unguarded


def latch_in_memory(engine: House) -> None:
    """As where the disk takes no file."""
    engine.desk.kill_switch.latch("smoke", "test", NOW)
    engine.desk.kill_switch.path.unlink()


def latch_as_file(engine: House) -> None:
    """As by the dead-man or another program."""
    engine.desk.kill_switch.path.touch()


def latch_as_row(engine: House) -> None:
    """As in a restored store."""
    engine.desk.store.write_sync(lambda tx: tx.set_kill_row(armed=True, reason="smoke", now=NOW))


LATCHES = [latch_in_memory, latch_as_file, latch_as_row]


@pytest.mark.parametrize("latch", LATCHES, ids=lambda latch: latch.__name__)
async def test_any_one_latch_keeps_an_approval_from_becoming_an_order(tmp_path: Path, latch: Callable[[House], None]) -> None:
    async with house(tmp_path) as engine:
        await engine.run_until(NOW)
        latch(engine)

        assert (await engine.tap("approve", engine.card())).code == "killed-no-entry"
        assert (await engine.door.status()).is_killed
        assert await engine.trades() == []


@pytest.mark.parametrize("latch", LATCHES, ids=lambda latch: latch.__name__)
async def test_any_one_latch_keeps_a_hard_exit_from_running_by_itself(tmp_path: Path, latch: Callable[[House], None]) -> None:
    async with house(tmp_path, rules=unguarded()) as engine:
        await open_trade(engine)
        engine.market.dvol = 75.0
        await engine.run_until(at("03-02 19:00"))
        latch(engine)
        await engine.run_until(at("03-02 19:20"))

        assert (await engine.trades())[0].state is TradeState.OPEN
        assert "exit-due-killed" in engine.alerts()


async def switched(engine: House) -> list[tuple[str, str, str]]:
    """Every turn of the switch in the chain: what, by whom, with which source in its body."""
    rows: list[AuditRecord] = [row for row in await engine.audit() if row.type in ("kill.armed", "kill.disarmed")]
    return [(row.type, row.actor, json.loads(row.body_json)["source"]) for row in rows]


async def phrase(engine: House) -> str:
    shown = await engine.door.disarm_phrase()
    return "" if shown is None else shown


async def test_chat_and_engine_are_named_as_the_source_of_every_turn(tmp_path: Path) -> None:
    async with house(tmp_path) as engine:
        await engine.door.kill(ANNA, "strange fills")
        assert (await engine.door.disarm(ANNA, "DISARM 1-0000", "quiet")).code == "disarm-wrong-phrase"
        assert (await engine.door.disarm(ANNA, await phrase(engine), "  ")).code == "disarm-no-reason"
        assert (await engine.door.disarm(ANNA, await phrase(engine), "all quiet")).ok
        await switches.kill_automatically(engine.desk, "order-actions: 31 > 30")
        assert (await engine.door.disarm(ANNA, await phrase(engine), "looked at it")).ok

        assert await switched(engine) == [
            ("kill.armed", "chat:7", "chat:7"),
            ("kill.disarmed", "chat:7", "chat:7"),
            ("kill.armed", "automatic", "automatic"),
            ("kill.disarmed", "chat:7", "chat:7"),
        ]


async def test_the_command_line_is_named_as_the_source_where_no_engine_runs(tmp_path: Path) -> None:
    async with house(tmp_path):
        pass
    assert arm_kill(tmp_path, reason="from the machine", source="cli:ada") == "kill_switch=1"
    shown = kill_status(tmp_path)
    assert not disarm_kill(tmp_path, phrase="DISARM 1-0000", reason="quiet", source="cli:ada").ok
    assert not disarm_kill(tmp_path, phrase=str(shown.phrase), reason=" ", source="cli:ada").ok
    assert KillSwitch(tmp_path).is_armed()
    assert disarm_kill(tmp_path, phrase=str(shown.phrase), reason="all quiet", source="cli:ada").ok

    async with house(tmp_path, start_at=at("03-02 14:01")) as engine:
        assert await switched(engine) == [("kill.armed", "cli:ada", "cli:ada"), ("kill.disarmed", "cli:ada", "cli:ada")]
        assert not (await engine.door.status()).is_killed


async def test_the_command_line_is_named_where_an_engine_carries_it_out(tmp_path: Path) -> None:
    async with house(tmp_path) as engine:
        await engine.desk.store.write(lambda tx: tx.add_manual_action(action="arm", args={"reason": "by hand"}, source="cli:ada", now=engine.desk.clock.wall()))
        await engine.run_job("manual_actions")
        words = {"phrase": await phrase(engine), "reason": "all quiet"}
        await engine.desk.store.write(lambda tx: tx.add_manual_action(action="disarm", args=words, source="cli:ada", now=engine.desk.clock.wall()))
        engine.clock.advance_to(at("03-02 14:01"))
        await engine.run_job("manual_actions")

        assert await switched(engine) == [("kill.armed", "cli:ada", "cli:ada"), ("kill.disarmed", "cli:ada", "cli:ada")]
