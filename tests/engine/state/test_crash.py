"""Killed processes and neighbours: what was acknowledged is there, what was not is not, nobody gets an error."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from engine.clock import SystemClock
from engine.state.repository import AnchorFile, Store, verify_home
from tests.conftest import ROOT


def start_child(what: str, home: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.engine.state.child", what, str(home)]
    child = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    if child.stdout is None or child.stdout.readline() != "ready\n":
        raise ChildProcessError("the child did not start")
    return child


def reopened(home: Path) -> Store:
    return Store.open(home / "cerbero.db", origin="demo", clock=SystemClock(), boot="parent", anchors=AnchorFile(home / "anchors.jsonl"))


@pytest.mark.parametrize("writes_before_the_kill", [1, 7, 60])
def test_every_acknowledged_write_survives_a_kill(tmp_path: Path, writes_before_the_kill: int) -> None:
    child = start_child("write", tmp_path)
    if child.stdout is None:
        raise ChildProcessError("no pipe")
    acknowledged = [int(child.stdout.readline()) for _ in range(writes_before_the_kill)]
    child.kill()
    acknowledged += [int(line) for line in child.stdout.read().splitlines(keepends=True) if line.endswith("\n")]
    child.wait()
    store = reopened(tmp_path)
    counter, seq = store.read_sync(lambda tx: (tx.get_meta("counter"), tx.head().seq))
    store.close()

    assert counter is not None
    assert int(counter) >= acknowledged[-1]
    assert seq == int(counter) + 1
    assert verify_home(tmp_path / "cerbero.db", tmp_path / "anchors.jsonl").ok


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("strace") is None, reason="needs strace")
@pytest.mark.parametrize("call", ["pwrite64", "fdatasync", "fsync", "link", "unlink"])
def test_a_kill_at_every_call_to_the_disk_loses_nothing_acknowledged(tmp_path: Path, call: str) -> None:
    """From the making of the file to the close: whatever call the process dies at, the next start finds a whole store or none."""
    for nth in range(1, 300):
        home = tmp_path / str(nth)
        home.mkdir()
        inject = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", f"trace={call}", "-e", f"inject={call}:signal=SIGKILL:when={nth}"]
        command = [*inject, sys.executable, "-m", "tests.engine.state.child", "three", str(home)]
        done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=False)
        acknowledged = len(done.stdout.splitlines()) - 1
        store = reopened(home)
        counter, seq = store.read_sync(lambda tx: (tx.get_meta("counter"), tx.head().seq))
        store.close()
        written = 0 if counter is None else int(counter) + 1

        assert written == seq
        assert written >= acknowledged
        assert verify_home(home / "cerbero.db", home / "anchors.jsonl").ok
        if done.returncode == 0:
            return
    pytest.fail("the child never reached its end")


def test_half_a_transaction_is_never_seen(tmp_path: Path) -> None:
    child = start_child("half", tmp_path)

    assert child.wait() == -9
    store = reopened(tmp_path)
    assert store.read_sync(lambda tx: (tx.get_meta("half"), tx.head().seq)) == (None, 0)
    store.close()


def test_the_command_line_asks_while_the_engine_writes_and_neither_fails(tmp_path: Path) -> None:
    store = reopened(tmp_path)
    child = start_child("ask", tmp_path)
    written = 0
    while child.poll() is None:
        store.write_sync(lambda tx: tx.audit(actor="engine", type="test.row", ref="", body={}))
        written += 1

    assert child.returncode == 0
    assert len(store.read_sync(lambda tx: tx.open_manual_actions())) == 150
    assert store.read_sync(lambda tx: tx.head().seq) == written
    store.close()
