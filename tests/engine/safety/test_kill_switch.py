"""Any one latch kills; only the typed phrase ends it, and then in HOLD."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from engine.clock import ManualClock
from engine.errors import ActionRefused, StateError
from engine.safety.kill_switch import OPERATOR_HOLD, RESERVE_NAME, UNREADABLE, KillSwitch, phrase_of
from engine.state.records import Head
from engine.state.repository import Store, read_anchors
from tests.conftest import ROOT


def latch(switch: KillSwitch, clock: ManualClock, reason: str = "smoke") -> bool:
    return switch.latch(reason, "user:1", clock.now())


def adopt(switch: KillSwitch, store: Store, clock: ManualClock) -> bool:
    return store.write_sync(lambda tx: switch.adopt(tx, now=clock.now()))


def shown_phrase(switch: KillSwitch, store: Store) -> str:
    phrase = store.read_sync(switch.disarm_phrase)
    if phrase is None:
        raise LookupError("no phrase is shown")
    return phrase


def test_a_fresh_home_is_not_killed(tmp_path: Path) -> None:
    switch = KillSwitch(tmp_path)

    assert not switch.is_armed()
    assert not switch.reason()
    assert (tmp_path / RESERVE_NAME).stat().st_mode & 0o777 == 0o600


def test_latching_sets_memory_and_a_private_file_and_keeps_the_first_reason(tmp_path: Path, clock: ManualClock) -> None:
    switch = KillSwitch(tmp_path)

    assert latch(switch, clock)
    assert latch(switch, clock, "again")
    assert switch.is_armed()
    assert switch.reason() == "smoke"
    assert json.loads((tmp_path / "KILL").read_text()) == {"reason": "smoke", "source": "user:1", "at": "2026-03-02T14:00:00+00:00"}
    assert (tmp_path / "KILL").stat().st_mode & 0o777 == 0o600


def test_the_file_survives_a_killed_process(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.engine.safety.child", "kill", str(tmp_path)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as child:
        if child.stdout is None:
            raise ChildProcessError("no pipe")
        assert child.stdout.readline() == "latched\n"
        child.kill()

    assert KillSwitch(tmp_path).is_armed()
    assert KillSwitch(tmp_path).reason() == "pressed"


def test_a_file_another_program_made_kills_at_the_next_look(tmp_path: Path) -> None:
    switch = KillSwitch(tmp_path)
    (tmp_path / "KILL").touch()

    assert switch.is_armed()
    assert switch.reason() == UNREADABLE


def test_memory_alone_still_kills_when_the_file_is_deleted(tmp_path: Path, clock: ManualClock) -> None:
    switch = KillSwitch(tmp_path)
    latch(switch, clock)
    (tmp_path / "KILL").unlink()

    assert switch.is_armed()
    assert latch(switch, clock)
    assert (tmp_path / "KILL").exists()


def test_it_latches_without_the_reserved_file(tmp_path: Path, clock: ManualClock) -> None:
    switch = KillSwitch(tmp_path)
    (tmp_path / RESERVE_NAME).unlink()

    assert latch(switch, clock)
    assert KillSwitch(tmp_path).reason() == "smoke"


def test_without_a_free_descriptor_the_file_stands_all_the_same(tmp_path: Path, clock: ManualClock) -> None:
    switch = KillSwitch(tmp_path)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, hard))
    try:
        is_latched = latch(switch, clock)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))

    assert (is_latched, switch.problem) == (True, "")
    assert KillSwitch(tmp_path).is_armed()


def test_a_home_that_is_gone_counts_as_killed(tmp_path: Path, clock: ManualClock) -> None:
    home = tmp_path / "home"
    home.mkdir()
    switch = KillSwitch(home)
    (home / RESERVE_NAME).unlink()
    home.rmdir()

    assert switch.is_armed()
    assert not latch(switch, clock)
    assert "could not be written" in switch.problem
    assert switch.reason() == "smoke"


def test_a_home_that_cannot_be_looked_into_counts_as_killed(tmp_path: Path) -> None:
    (tmp_path / "home").touch()
    switch = KillSwitch(tmp_path / "home")

    assert switch.is_armed()
    assert "reserved" in switch.problem


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_reserve_that_cannot_be_filled_is_told(tmp_path: Path) -> None:
    (tmp_path / RESERVE_NAME).symlink_to("/dev/full")

    assert "reserved" in KillSwitch(tmp_path).problem


def test_each_latch_alone_is_adopted_into_all_three(tmp_path: Path, store: Store, clock: ManualClock) -> None:
    """Memory from a press, the file from another program, the row from a restored home."""
    pressed = KillSwitch(tmp_path)
    assert not adopt(pressed, store, clock)
    latch(pressed, clock)
    assert adopt(pressed, store, clock)
    assert adopt(pressed, store, clock)
    assert store.read_sync(lambda tx: tx.kill_row()) == (True, "smoke", clock.now())
    assert [row.type for row in store.read_sync(lambda tx: tx.audit_tail(9))] == ["kill.armed"]

    restarted = KillSwitch(tmp_path)
    assert adopt(restarted, store, clock)
    assert restarted.reason() == "smoke"

    (tmp_path / "KILL").unlink()
    from_row = KillSwitch(tmp_path)
    assert not from_row.is_armed()
    assert store.read_sync(from_row.is_armed_in)
    assert adopt(from_row, store, clock)
    assert (from_row.is_armed(), from_row.reason()) == (True, "smoke")


def test_a_missing_kill_row_is_adopted_as_armed(tmp_path: Path, store: Store, clock: ManualClock) -> None:
    store.write_sync(lambda tx: tx._sql("DELETE FROM kill_switch"))
    switch = KillSwitch(tmp_path)
    assert store.read_sync(switch.recorded_as) is None

    assert adopt(switch, store, clock)
    assert switch.reason() == "the kill row is missing"
    assert store.read_sync(switch.recorded_as) == store.last_head().seq


def test_a_kill_is_on_record_as_its_own_audit_row_and_the_next_one_as_another(tmp_path: Path, store: Store, clock: ManualClock) -> None:
    switch = KillSwitch(tmp_path)
    latch(switch, clock)
    unrecorded = store.read_sync(switch.recorded_as)
    adopt(switch, store, clock)
    first = store.read_sync(switch.recorded_as)
    switch.disarm_sync(store, phrase=shown_phrase(switch, store), source="cli:root", reason="looked", now=clock.now())
    lifted = store.read_sync(switch.recorded_as)
    latch(switch, clock)
    adopt(switch, store, clock)

    assert (unrecorded, first, lifted) == (None, 1, None)
    assert store.read_sync(switch.recorded_as) == store.last_head().seq


def test_the_phrase_names_the_audit_row_that_armed_and_stays_while_others_follow(tmp_path: Path, store: Store, clock: ManualClock) -> None:
    switch = KillSwitch(tmp_path)
    assert store.read_sync(switch.disarm_phrase) is None
    latch(switch, clock)
    adopt(switch, store, clock)
    head = store.last_head()
    store.write_sync(lambda tx: tx.audit(actor="engine", type="test", ref="", body={}))

    assert shown_phrase(switch, store) == phrase_of(head) == f"DISARM 1-{head.hash[:4].upper()}"
    assert phrase_of(Head(seq=142, hash="7f3a" + "0" * 60)) == "DISARM 142-7F3A"


async def test_the_right_phrase_clears_all_three_and_ends_in_hold(tmp_path: Path, store: Store, clock: ManualClock) -> None:
    switch = KillSwitch(tmp_path)
    latch(switch, clock)
    adopt(switch, store, clock)
    await switch.disarm(store, phrase=f" {shown_phrase(switch, store)} ", source="user:1", reason="all quiet", now=clock.now())

    assert not switch.is_armed()
    assert not (tmp_path / "KILL").exists()
    assert not store.read_sync(switch.is_armed_in)
    assert [hold.code for hold in store.read_sync(lambda tx: tx.holds())] == [OPERATOR_HOLD]
    (audited,) = store.read_sync(lambda tx: tx.audit_tail(1))
    assert (audited.type, audited.actor, json.loads(audited.body_json)) == ("kill.disarmed", "user:1", {"reason": "all quiet", "source": "user:1"})
    assert [anchor.why for anchor in read_anchors(tmp_path / "anchors.jsonl")] == ["kill.armed", "kill.disarmed"]
    assert latch(switch, clock, "second")
    assert adopt(switch, store, clock)
    assert switch.reason() == "second"


def test_disarming_under_an_operator_s_hold_leaves_one_hold_with_its_first_moment(tmp_path: Path, store: Store, clock: ManualClock) -> None:
    switch, since = KillSwitch(tmp_path), clock.now()
    store.write_sync(lambda tx: tx.add_hold(OPERATOR_HOLD, "/pause: lunch", now=since))
    clock.advance_to(since + timedelta(minutes=1))
    latch(switch, clock)
    adopt(switch, store, clock)
    switch.disarm_sync(store, phrase=shown_phrase(switch, store), source="cli", reason="all quiet", now=clock.now())

    assert [(hold.code, hold.since_at, hold.detail) for hold in store.read_sync(lambda tx: tx.holds())] == [(OPERATOR_HOLD, since, "/disarm cli: all quiet")]
    assert [row.type for row in store.read_sync(lambda tx: tx.audit_tail(10))].count("hold.set") == 0


@pytest.mark.parametrize(("phrase", "reason", "code"), [("DISARM", "quiet", "wrong-phrase"), (None, "  ", "no-reason")])
def test_without_phrase_or_reason_it_stays_armed(  # noqa: PLR0917 -- pytest hands them over by name
    tmp_path: Path, store: Store, clock: ManualClock, phrase: str | None, reason: str, code: str
) -> None:
    switch = KillSwitch(tmp_path)
    latch(switch, clock)
    adopt(switch, store, clock)
    typed = shown_phrase(switch, store) if phrase is None else phrase

    with pytest.raises(ActionRefused) as refused:
        switch.disarm_sync(store, phrase=typed, source="cli", reason=reason, now=clock.now())

    assert refused.value.code == code
    assert switch.is_armed()
    assert store.read_sync(lambda tx: tx.kill_row()).armed


def test_what_is_not_armed_cannot_be_disarmed(tmp_path: Path, store: Store, clock: ManualClock) -> None:
    with pytest.raises(ActionRefused) as refused:
        KillSwitch(tmp_path).disarm_sync(store, phrase="DISARM 1-0000", source="cli", reason="x", now=clock.now())

    assert refused.value.code == "not-armed"


class PressedAgain(ManualClock):
    """A clock whose look, in the middle of the disarm's transaction, is the moment somebody presses kill again."""

    def __init__(self, clock: ManualClock, switch: KillSwitch) -> None:
        super().__init__(clock.now())
        self._switch = switch

    def now(self):  # type: ignore[no-untyped-def]
        at = super().now()
        self._switch.latch("pressed again", "user:2", at)
        return at


def test_a_kill_pressed_while_disarming_wins(tmp_path: Path, clock: ManualClock) -> None:
    switch = KillSwitch(tmp_path)
    store = Store.open(tmp_path / "cerbero.db", origin="demo", clock=clock, boot="b")
    latch(switch, clock)
    adopt(switch, store, clock)
    phrase = shown_phrase(switch, store)
    store.close()
    racing = Store.open(tmp_path / "cerbero.db", origin="demo", clock=PressedAgain(clock, switch), boot="b")

    with pytest.raises(ActionRefused) as refused:
        switch.disarm_sync(racing, phrase=phrase, source="cli", reason="quiet", now=clock.now())

    assert refused.value.code == "killed-again"
    assert switch.is_armed()
    assert (tmp_path / "KILL").exists()
    racing.close()


def test_a_file_that_cannot_be_removed_keeps_it_armed(tmp_path: Path, store: Store, clock: ManualClock) -> None:
    switch = KillSwitch(tmp_path)
    (tmp_path / "KILL").mkdir()
    adopt(switch, store, clock)

    with pytest.raises(StateError, match="stays armed"):
        switch.disarm_sync(store, phrase=shown_phrase(switch, store), source="cli", reason="quiet", now=clock.now())

    assert switch.is_armed()
