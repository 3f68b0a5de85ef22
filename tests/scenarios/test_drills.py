"""Drills from the chat: each is on record, none of them orders or changes anything."""

from __future__ import annotations

import errno
import json
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from engine.clock import SystemClock
from engine.errors import ActionRefused
from engine.home import open_home
from engine.notices import PracticeCard, decode_notice
from engine.runtime.drills import VALID_FOR, DrillRoom, practise
from engine.safety import exercise as exercises
from engine.safety import kill_switch
from engine.safety.exercise import Exercise, exercise, exercise_dead_man
from engine.views import ActionResult, Person, Tap
from tests.engine.safety.dead_man import IS_TESTABLE, UNTESTABLE
from tests.scenarios.house import ANNA, BRUNO, OPERATOR, SECOND, House, house
from tests.scenarios.test_late import claimed, late_house


async def asked(engine: House) -> Tap:
    """A practice card stands in the chat; the tap on its yes."""
    assert (await engine.door.drills.practise(ANNA)).code == "drill-proposal-asked"
    (item,) = await claimed(engine)
    card = decode_notice(item.kind, item.payload_json)
    assert isinstance(card, PracticeCard)
    return Tap(person=ANNA, chat_id=ANNA.user_id, message_id=900 + item.outbox_id, verb="practise", proposal_id=card.number, nonce=card.nonce)


async def answered(engine: House, tap: Tap, *, choice: str = "yes") -> ActionResult:
    return await engine.door.drills.answer(tap, choice=choice, received_at=engine.desk.clock.wall() - timedelta(milliseconds=250))


async def test_a_practice_card_measures_its_way_there_and_back_and_orders_nothing(tmp_path: Path) -> None:
    async with late_house(tmp_path) as (engine, _):
        result = await answered(engine, await asked(engine))
        orders, proposals, audit = await engine.orders(), await engine.proposals(), await engine.audit()

    assert (result.code, result.facts["delivery"], result.facts["tap"]) == ("drill-proposal-done", "0.00", "0.25")
    assert (orders, proposals) == ((), ())
    assert [row.type for row in audit][-2:] == ["drill.proposal.asked", "drill.proposal"]


@pytest.mark.parametrize(
    "change",
    [{"person": BRUNO}, {"chat_id": 8}, {"message_id": 5}, {"nonce": "A" * 16}, {"proposal_id": 1}],
    ids=lambda change: next(iter(change)),
)
async def test_a_forged_answer_to_a_practice_card_is_refused_and_recorded(tmp_path: Path, change: dict[str, object]) -> None:
    async with house(tmp_path, operators=(OPERATOR, SECOND)) as engine:
        await claimed(engine)
        tap = await asked(engine)
        result = await answered(engine, replace(tap, **change))  # type: ignore[arg-type]

        assert result.code == "drill-over"
        assert (await engine.audit())[-1].type == "tap.refused"
        assert (await answered(engine, tap)).code == "drill-proposal-done"


async def test_a_practice_card_counts_once_in_its_time_and_only_the_newest(tmp_path: Path) -> None:
    async with late_house(tmp_path) as (engine, clock):
        first = await asked(engine)
        second = await asked(engine)
        codes = [(await answered(engine, tap)).code for tap in (first, second, second)]
        third = await asked(engine)
        clock.advance_to(clock.now() + VALID_FOR + timedelta(seconds=1))

        assert codes == ["drill-over", "drill-proposal-done", "drill-over"]
        assert (await answered(engine, third)).code == "drill-over"


async def test_from_the_command_line_the_card_goes_to_an_admin_or_to_nobody(tmp_path: Path) -> None:
    shell = Person(user_id=0, name="root", source="cli")
    async with house(tmp_path, operators=(SECOND,)) as engine:
        with pytest.raises(ActionRefused, match="drill-nobody"):
            await engine.desk.store.write(lambda tx: practise(tx, engine.desk, shell))
    (tmp_path / "two").mkdir()
    async with house(tmp_path / "two", operators=(SECOND, OPERATOR)) as engine:
        await claimed(engine)
        await engine.desk.store.write(lambda tx: practise(tx, engine.desk, shell))

        assert [item.chat_id for item in await claimed(engine)] == [OPERATOR.chat_id]


@pytest.mark.parametrize("name", ["kill", pytest.param("dead-man", marks=pytest.mark.skipif(not IS_TESTABLE, reason=UNTESTABLE))])
async def test_a_drill_is_held_beside_the_home_and_stands_on_record(tmp_path: Path, name: str) -> None:
    home = open_home(tmp_path)
    before = sorted(path.name for path in home.root.iterdir())
    async with house(tmp_path) as engine:
        result = await DrillRoom(replace(engine.desk, home=home)).run(name, ANNA)
        (row,) = [row for row in await engine.audit() if row.type == f"drill.{name}"]
        is_killed = engine.desk.kill_switch.is_armed()

    assert (result.code, result.facts["drill"], is_killed) == ("drill-ok", name, False)
    assert json.loads(row.body_json)["ok"] is True
    assert not [path for path in home.root.iterdir() if path.name.startswith("drill-")]
    assert "KILL" not in before


async def test_a_drill_that_fails_says_what_went_wrong(tmp_path: Path) -> None:
    home = open_home(tmp_path)
    async with house(tmp_path) as engine:
        room = DrillRoom(replace(engine.desk, home=home))
        restore, second = await room.run("restore", ANNA), await room.run("second-path", ANNA)
        home.alert_command.write_text(f"{sys.executable} -c pass\n")
        home.alert_command.chmod(0o600)
        mended = await room.run("second-path", ANNA)

    assert (restore.code, "no verified backup" in restore.facts["detail"]) == ("drill-not-ok", True)
    assert (second.code, bool(second.facts["detail"]), mended.code) == ("drill-not-ok", True, "drill-ok")


async def test_where_nothing_is_kept_there_is_nothing_to_try(tmp_path: Path) -> None:
    async with house(tmp_path) as engine:
        with pytest.raises(ActionRefused, match="drill-no-home"):
            await engine.door.drills.run("kill", ANNA)


def test_an_exercise_says_in_a_sentence_how_it_went(tmp_path: Path) -> None:
    done = exercise("kill", open_home(tmp_path), clock=SystemClock())

    assert done.sentence().startswith("kill drill ok in 0.")
    assert Exercise(name="kill", took_s=0.0, problem="no disk").sentence() == "kill drill FAILED: no disk"
    assert Exercise(name="kill", took_s=0.01234, problem="no disk").as_json() == {"name": "kill", "ok": False, "took_s": 0.012, "problem": "no disk"}


def test_a_kill_drill_says_what_the_disk_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = open_home(tmp_path / "home")
    with monkeypatch.context() as full:
        full.setattr(kill_switch, "sync_directory", refused)
        unwritten = exercise("kill", home, clock=SystemClock())
    with monkeypatch.context() as slow:
        slow.setattr(exercises, "LATCH_MAX_S", -1.0)
        late = exercise("kill", home, clock=SystemClock())
    gone = exercise("kill", replace(home, root=tmp_path / "gone"), clock=SystemClock())

    assert (unwritten.ok, late.ok, gone.ok) == (False, False, False)
    assert "No space left" in unwritten.problem
    assert late.problem.endswith("the limit is -1.0 s")
    assert "gone" in gone.problem


def refused(*_: object, **__: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize(
    ("script", "problem"),
    [
        ("exit 0", "it set no kill file: "),
        (': > "$home/KILL"; echo no mail >&2', "it called no alert command: no mail"),
        (': > "$home/KILL"; echo text > "$home/../told"; exit 3', "it ended with 3: "),
        ("sleep 60", "timed out"),
    ],
    ids=["no kill file", "no alert", "another end", "hangs"],
)
def test_a_dead_man_drill_says_what_did_not_happen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, problem: str) -> None:
    program = tmp_path / "dead_man.sh"
    program.write_text(f'home=$(sed -n "s/^home=//p" "$1")\n{script}\n')
    monkeypatch.setattr(exercises, "DEAD_MAN", program)
    if "sleep" in script:
        monkeypatch.setattr(exercises, "DEAD_MAN_MAX_S", 0.5)

    assert problem in exercise_dead_man().problem


def test_a_machine_without_a_shell_cannot_hold_the_dead_man_drill(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exercises, "SHELL", "/nowhere/sh")

    assert exercise_dead_man().problem == "/nowhere/sh is not on this machine"
