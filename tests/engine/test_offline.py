"""What the command line may do to a home without being its engine."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from engine import offline
from engine.clock import ManualClock
from engine.errors import AlreadyRunning, StateError
from engine.safety.instance import HomeLock
from engine.state.repository import Store
from tests.conftest import ROOT
from tests.engine.core.builders import NOW
from tests.scenarios.house import house, open_trade


def born(home: Path) -> None:
    """The home has a store with one audit row."""
    store = Store.open(home / "cerbero.db", origin="demo", clock=ManualClock(NOW), boot="test")
    store.write_sync(lambda tx: tx.audit(actor="test", type="test.born", ref="", body={}))
    store.close()


@contextmanager
def held(home: Path) -> Iterator[None]:
    """Another engine holds the home."""
    lock = HomeLock.acquire(home)
    try:
        yield
    finally:
        lock.release()


def test_a_home_that_does_not_exist_is_idle_and_not_killed(tmp_path: Path) -> None:
    home = tmp_path / "nowhere"

    assert offline.read_status(home).lines() == ["engine idle, kill_switch=0"]
    assert offline.kill_status(home).as_json() == {"kill_switch": 0, "reason": "", "phrase": None}
    assert offline.stop_running(home, wait_s=1).sentence == f"no engine runs in {home}"
    assert not home.exists()


async def test_the_status_of_a_home_with_trades_tells_them(tmp_path: Path) -> None:
    async with house(tmp_path) as engine:
        await open_trade(engine)
        await engine.run_job("heartbeat")
    told = offline.read_status(tmp_path)

    assert told.lines()[:2] == ["engine idle, kill_switch=0", "open trades 1, cards waiting 0, holds none"]
    document = told.as_json()
    assert (document["state"], document["open_trades"], document["origin"], document["last_seen_at"]) == ("idle", 1, "demo", NOW.isoformat())
    facts = offline.inspect_store(tmp_path)
    assert facts["trades"] == {"open": 1, "closed": 0, "net_eur": "0"}
    assert facts["jobs"]["open ok"] == 1
    assert facts["cards"] == {"waiting": 0, "asked": 1}


def test_a_running_engine_is_named_by_its_pid(tmp_path: Path) -> None:
    born(tmp_path)
    with held(tmp_path):
        told = offline.read_status(tmp_path)

    assert told.pid is not None
    assert told.lines()[0] == f"engine running, kill_switch=0, pid {told.pid}"
    assert told.as_json()["state"] == "running"


def test_the_switch_is_armed_and_disarmed_with_its_phrase_while_nothing_runs(tmp_path: Path) -> None:
    born(tmp_path)

    assert offline.arm_kill(tmp_path, reason="from the shell", source="cli:root") == "kill_switch=1"

    status = offline.kill_status(tmp_path)
    assert (status.is_armed, status.reason) == (True, "from the shell")
    assert status.phrase is not None
    assert status.sentence() == f"kill_switch=1: from the shell\nto disarm type: {status.phrase}"
    assert offline.read_status(tmp_path).lines()[1] == "killed: from the shell"
    wrong = offline.disarm_kill(tmp_path, phrase="DISARM 1-0000", reason="all clear", source="cli:root")
    silent = offline.disarm_kill(tmp_path, phrase=status.phrase, reason="", source="cli:root")
    assert [wrong.sentence, silent.sentence] == [offline.DISARM_SENTENCES["wrong-phrase"], offline.DISARM_SENTENCES["no-reason"]]
    assert offline.disarm_kill(tmp_path, phrase=status.phrase, reason="all clear", source="cli:root").ok
    assert offline.kill_status(tmp_path).sentence() == "kill_switch=0"
    assert offline.read_status(tmp_path).holds == ("operator",)
    assert not offline.disarm_kill(tmp_path, phrase=status.phrase, reason="all clear", source="cli:root").ok
    assert offline.verify_audit(tmp_path, anchors=None).ok


def test_a_kill_that_cannot_be_recorded_stands_and_says_so(tmp_path: Path) -> None:
    born(tmp_path)
    (tmp_path / "lock").unlink(missing_ok=True)
    (tmp_path / "lock").mkdir()

    told = offline.arm_kill(tmp_path, reason="from the shell", source="cli:root")

    assert told.startswith("kill_switch=1; it is not in the audit yet")
    assert offline.kill_status(tmp_path).is_armed


def test_a_home_without_a_store_can_be_armed_and_only_a_hand_lifts_that(tmp_path: Path) -> None:
    told = offline.arm_kill(tmp_path, reason="before the first start", source="cli:root")
    assert told == f"kill_switch=1 in {tmp_path}, where no engine runs and nothing was ever stored: is this the home you mean?"
    assert offline.read_status(tmp_path).lines() == ["engine idle, kill_switch=1", "killed: before the first start"]

    assert offline.kill_status(tmp_path).is_armed
    assert offline.read_status(tmp_path).is_killed
    with pytest.raises(StateError, match="remove the file by hand"):
        offline.disarm_kill(tmp_path, phrase="DISARM 1-0000", reason="all clear", source="cli:root")


def test_a_running_engine_is_asked_and_never_written_over(tmp_path: Path) -> None:
    born(tmp_path)
    with held(tmp_path):
        assert offline.arm_kill(tmp_path, reason="from the shell", source="cli:root") == "kill_switch=1"
        asked = offline.disarm_kill(tmp_path, phrase="DISARM 1-0000", reason="all clear", source="cli:root")
        assert (asked.ok, "asked the running engine" in asked.sentence) == (True, True)
        assert offline.request_action(tmp_path, action="reject", args={"proposal_id": "1"}, source="cli:root").startswith("asked (action 3)")
        with pytest.raises(AlreadyRunning):
            HomeLock.acquire(tmp_path)

    store = Store.open_readonly(tmp_path / "cerbero.db")
    actions = store.read_sync(lambda tx: tx.open_manual_actions())
    rows = store.read_sync(lambda tx: tx.audit_tail(10))
    store.close()
    assert [action.action for action in actions] == ["arm", "disarm", "reject"]
    assert [row.type for row in rows] == ["test.born"]


def test_nobody_is_asked_where_no_engine_runs(tmp_path: Path) -> None:
    with pytest.raises(StateError, match="no engine runs"):
        offline.request_action(tmp_path, action="reject", args={}, source="cli:root")


def test_the_audit_is_verified_listed_and_exported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    born(tmp_path)
    offline.arm_kill(tmp_path, reason="from the shell", source="cli:root")

    verdict = offline.verify_audit(tmp_path, anchors=None)
    assert verdict.sentence().startswith("audit ok: 2 rows, head ")
    assert (verdict.as_json()["ok"], verdict.as_json()["anchored_seq"]) == (True, 2)
    assert [row.type for row in offline.audit_rows(tmp_path, last=5)] == ["test.born", "kill.armed"]
    assert offline.export_audit(tmp_path, out=None) == 2
    out = tmp_path / "audit.jsonl"
    assert offline.export_audit(tmp_path, out=out) == 2
    assert out.read_text() == capsys.readouterr().out
    assert [json.loads(line)["type"] for line in out.read_text().splitlines()] == ["test.born", "kill.armed"]


def test_a_history_that_lost_its_tail_is_broken_and_says_where(tmp_path: Path) -> None:
    born(tmp_path)
    anchors = tmp_path / "elsewhere.jsonl"
    anchors.write_text(json.dumps({"seq": 9, "hash": "0" * 64, "at": "2026-03-02T14:00:00+00:00", "why": "test"}) + "\n")

    verdict = offline.verify_audit(tmp_path, anchors=anchors)

    assert (verdict.ok, verdict.sentence().startswith("audit BROKEN")) == (False, True)


@pytest.mark.parametrize("ask", [lambda home: offline.verify_audit(home, anchors=None), offline.inspect_store, lambda home: offline.audit_rows(home, last=1)])
def test_a_home_without_a_store_has_nothing_to_show(tmp_path: Path, ask: object) -> None:
    with pytest.raises(StateError, match="there is no store"):
        ask(tmp_path)  # type: ignore[operator]


STUBBORN = """
import signal, sys
from pathlib import Path
from engine.safety.instance import HomeLock
lock = HomeLock.acquire(Path(sys.argv[1]))
if sys.argv[2] == "stubborn":
    signal.signal(signal.SIGTERM, lambda *_: None)
print("up", flush=True)
while True:
    signal.pause()
"""


@pytest.mark.parametrize(("temper", "ok"), [("meek", True), ("stubborn", False)])
def test_stopping_waits_for_the_end_and_says_when_it_does_not_come(tmp_path: Path, temper: str, ok: bool) -> None:
    child = subprocess.Popen([sys.executable, "-c", textwrap.dedent(STUBBORN), str(tmp_path), temper], stdout=subprocess.PIPE, text=True, cwd=ROOT)
    try:
        assert child.stdout is not None
        assert child.stdout.readline() == "up\n"

        done = offline.stop_running(tmp_path, wait_s=5 if ok else 0)

        assert done.ok is ok
        assert str(child.pid) in done.sentence
    finally:
        child.send_signal(signal.SIGKILL)
        child.wait()
