"""Anchors leave the host by the operator's own command, and nothing waits for it."""

from __future__ import annotations

import json
import os
import shlex
import sys
import threading
from pathlib import Path

import pytest

from engine.clock import ManualClock
from engine.errors import ConfigError
from engine.home import Home, home_at
from engine.safety.carry_off import LINES_MAX, CarryOff, carry_command
from engine.state.anchors import read_copy
from engine.state.repository import AnchorFile, Store

KEEPS = "import sys; open('kept.jsonl', 'ab').write(sys.stdin.buffer.read())"
TELLS_ENVIRONMENT = "import os, json; json.dump(dict(os.environ), open('environment.json', 'w'))"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return home_at(tmp_path)


def runs(program: str) -> tuple[str, ...]:
    return (sys.executable, "-c", program)


def anchor(home: Home, clock: ManualClock, times: int = 1) -> None:
    """So many more lines stand in the anchor file."""
    store = Store.open(home.db, origin="demo", clock=clock, boot="b", anchors=AnchorFile(home.anchors))
    for _ in range(times):
        store.write_sync(lambda tx: tx.audit(actor="a", type="kill.armed", ref="", body={}))
    store.close()


def kept(home: Home) -> list[int]:
    return [anchor.seq for anchor in read_copy(home.root / "kept.jsonl")]


def test_the_command_gets_what_has_not_arrived_and_only_that(home: Home, clock: ManualClock) -> None:
    carrier = CarryOff(runs(KEEPS), home)
    anchor(home, clock, 3)
    assert carrier.carry()
    anchor(home, clock, 2)
    assert carrier.carry()
    assert carrier.carry()

    assert kept(home) == [1, 2, 3, 4, 5]
    assert (home.root / "kept.jsonl").read_bytes() == home.anchors.read_bytes()
    assert CarryOff(runs("raise SystemExit(9)"), home).carry(), "nothing is left, so nothing is run"


def test_nothing_to_carry_runs_nothing(home: Home) -> None:
    assert CarryOff(("/nowhere/at/all",), home).carry()


@pytest.mark.parametrize("note", [b"garbage", b"\xff", b"3 other\n", b"99 x\n"], ids=["garbage", "no text", "another history", "ahead"])
def test_where_nobody_knows_what_arrived_every_line_is_offered_again(home: Home, clock: ManualClock, note: bytes) -> None:
    anchor(home, clock, 3)
    home.anchors_carried.write_bytes(note)

    assert CarryOff(runs(KEEPS), home).carry()
    assert kept(home) == [1, 2, 3]


def test_many_lines_go_in_parts_and_go_on_where_a_part_failed(home: Home) -> None:
    count = 2 * LINES_MAX + 5
    home.anchors.write_text("".join(json.dumps({"seq": seq, "hash": "a" * 64, "at": "", "why": "due"}) + "\n" for seq in range(1, count + 1)))
    keeps_the_first_part_only = KEEPS + "; import os; sys.exit(os.path.getsize('kept.jsonl') > 150_000 and not os.path.exists('works'))"
    carrier = CarryOff(runs(keeps_the_first_part_only), home)
    assert not carrier.carry()
    (home.root / "works").touch()
    assert carrier.carry()

    first, second = range(1, LINES_MAX + 1), range(LINES_MAX + 1, 2 * LINES_MAX + 1)
    assert kept(home) == [*first, *second, *range(LINES_MAX + 1, count + 1)]


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (runs("import sys; sys.exit('disk\\x1b[31m full')"), "ended with 1: disk\ufffd[31m full"),
        (runs("raise SystemExit(7)"), "ended with 7"),
        (("/nowhere/keep-anchors",), "keep-anchors cannot be run (No such file or directory)"),
        (runs("import os, signal; os.kill(os.getpid(), signal.SIGKILL)"), "ended with -9"),
    ],
    ids=["fails in words", "fails silently", "is not there", "is killed"],
)
def test_a_run_of_failures_is_told_once(home: Home, clock: ManualClock, command: tuple[str, ...], words: str) -> None:
    anchor(home, clock)
    carrier = CarryOff(command, home)
    assert not carrier.carry()
    assert carrier.take_problem().endswith(words)
    assert not carrier.carry()
    assert carrier.take_problem() == ""


def test_a_new_run_of_failures_is_told_anew(home: Home, clock: ManualClock) -> None:
    anchor(home, clock)
    carrier, works = CarryOff(runs("import os, sys; sys.exit(not os.path.exists('works'))"), home), home.root / "works"
    assert not carrier.carry()
    assert carrier.take_problem().endswith("ended with 1")
    works.touch()
    assert carrier.carry()
    assert carrier.take_problem() == ""
    works.unlink()
    anchor(home, clock)

    assert not carrier.carry()
    assert carrier.take_problem().endswith("ended with 1")


def test_a_command_that_hangs_is_ended_with_all_it_started(home: Home, clock: ManualClock) -> None:
    """The child holds the pipe of the command's own words: only the end of both lets the reader go."""
    anchor(home, clock)
    hangs = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'import signal; signal.pause()'])"
    carrier = CarryOff(runs(hangs), home, timeout_s=0.5)

    assert not carrier.carry()
    assert carrier.take_problem().endswith("had not ended after 0.5 s")


def test_an_edited_anchor_file_is_a_problem_and_not_the_end_of_the_thread(home: Home) -> None:
    home.anchors.write_text("edited\n")
    carrier = CarryOff(runs(KEEPS), home)

    assert not carrier.carry()
    assert "anchors.jsonl:1" in carrier.take_problem()


def test_the_command_sees_no_secret_and_no_shell(home: Home, clock: ManualClock) -> None:
    anchor(home, clock)
    environ = {"PATH": "/usr/bin", "CERBERO_TELEGRAM_TOKEN": "1:x", "DERIBIT_API_KEY": "k", "my_password": "p", "SSH_AUTH_SOCK": "/run/agent"}

    assert CarryOff((*runs(TELLS_ENVIRONMENT), "$(touch shell)", "; touch shell"), home, environ=environ).carry()
    seen = json.loads((home.root / "environment.json").read_text())
    assert {name for name in seen if name in environ} == {"PATH", "SSH_AUTH_SOCK"}
    assert not (home.root / "shell").exists()


def test_the_thread_carries_each_line_and_the_last_one_at_the_end(home: Home, clock: ManualClock) -> None:
    carrier = CarryOff(runs(KEEPS), home)
    carrier.start()
    store = Store.open(home.db, origin="demo", clock=clock, boot="b", anchors=AnchorFile(home.anchors, carrier.poke))
    for _ in range(3):
        store.write_sync(lambda tx: tx.audit(actor="a", type="kill.armed", ref="", body={}))
    store.write_sync(lambda tx: tx.audit(actor="a", type="test.last", ref="", body={}))
    store.close()
    carrier.close()

    assert kept(home) == [1, 2, 3, 4]
    assert [anchor.why for anchor in read_copy(home.root / "kept.jsonl")][-1] == "shutdown"


def test_a_command_that_hangs_at_the_end_is_not_waited_for(home: Home, clock: ManualClock) -> None:
    anchor(home, clock)
    carrier = CarryOff(runs("import signal; open('begun', 'w').close(); signal.pause()"), home)
    carrier.start()
    while not (home.root / "begun").exists():
        threading.Event().wait(0.01)
    carrier.close(wait_s=0.5)

    assert not carrier._thread.is_alive()
    assert not home.anchors_carried.exists()


def test_a_thread_that_is_between_two_commands_is_left_alone(home: Home) -> None:
    """Nothing runs that could be ended: closing waits its time and returns."""
    os.mkfifo(home.anchors)
    carrier = CarryOff(runs(KEEPS), home)
    carrier.start()
    carrier.close(wait_s=0.1)
    assert carrier._thread.is_alive()
    # The reader of the pipe sees an empty file, and the thread comes to its end.
    writer = os.open(home.anchors, os.O_WRONLY)
    home.anchors.unlink()
    os.close(writer)
    carrier._thread.join(5)

    assert not carrier._thread.is_alive()


def test_a_home_without_the_file_carries_nothing(home: Home) -> None:
    assert carry_command(home.anchors_command) is None
    assert CarryOff.of_home(home) is None


def test_the_command_is_one_line_of_words(home: Home) -> None:
    home.anchors_command.write_text(f"# to the backup host\n\n{shlex.join(['/bin/keep', 'a b', '--to=x'])}\n")

    assert carry_command(home.anchors_command) == ("/bin/keep", "a b", "--to=x")
    assert CarryOff.of_home(home) is not None


NO_COMMANDS = {"empty": b"", "comment": b"# nothing\n", "two lines": b"one\ntwo\n", "open quote": b"keep 'unclosed\n", "no text": b"\xff\xfe"}


@pytest.mark.parametrize("content", NO_COMMANDS.values(), ids=NO_COMMANDS.keys())
def test_a_file_that_holds_no_command_is_refused_with_the_fix(home: Home, content: bytes) -> None:
    home.anchors_command.write_bytes(content)

    with pytest.raises(ConfigError, match=r"anchors\.command"):
        carry_command(home.anchors_command)


def test_a_command_that_others_can_change_is_refused(home: Home) -> None:
    home.anchors_command.write_text("/bin/keep\n")
    home.anchors_command.chmod(0o622)

    with pytest.raises(ConfigError, match="others on this machine can change it"):
        CarryOff.of_home(home)
