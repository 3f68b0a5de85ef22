"""What the chat cannot carry goes out by the operator's own command, and nobody waits for it."""

from __future__ import annotations

import shlex
import sys
import threading
from pathlib import Path

import pytest

from engine.errors import ConfigError
from engine.home import home_at
from engine.safety.operator_command import OperatorCommand
from engine.safety.second_path import WAITING_MAX, InTurn, SecondPath, Way, alert_command, command_of, try_once

KEEPS = "import sys; open('told', 'ab').write(sys.stdin.buffer.read())"
WORKS_LATER = "import os, sys; sys.exit('not yet') if not os.path.exists('works') else open('told', 'ab').write(sys.stdin.buffer.read())"
HANGS = "import signal; open('begun', 'w').close(); signal.pause()"


def path_of(folder: Path, program: str, *, timeout_s: float = 10.0, retries_s: tuple[float, ...] = (0.01,)) -> SecondPath:
    return SecondPath(OperatorCommand((sys.executable, "-c", program), folder, timeout_s=timeout_s), retries_s=retries_s)


def wait_for(path: Path) -> None:
    while not path.exists():
        threading.Event().wait(0.01)


def test_each_cause_is_told_once_until_it_is_over(tmp_path: Path) -> None:
    second_path = path_of(tmp_path, KEEPS)
    second_path.start()

    assert second_path.tell("telegram", "token refused €")
    assert not second_path.tell("telegram", "token refused again")
    assert second_path.tell("telegram_chat", "chat closed")
    second_path.end_of("telegram")
    assert second_path.tell("telegram", "a second receiver")
    second_path.close()
    told = (tmp_path / "told").read_text(encoding="utf-8").splitlines()
    assert {"chat closed", "a second receiver"} <= set(told) <= {"chat closed", "a second receiver", "token refused €"}
    assert len(told) == len(set(told))


def test_what_was_not_taken_goes_again_and_the_failure_is_told_once(tmp_path: Path) -> None:
    second_path = path_of(tmp_path, WORKS_LATER)
    second_path.start()
    second_path.tell("telegram", "token refused")
    while not (problem := second_path.take_problem()):
        threading.Event().wait(0.01)
    assert problem.endswith("ended with 1: not yet")
    assert second_path.take_problem() == ""
    (tmp_path / "works").touch()
    wait_for(tmp_path / "told")
    second_path.close()

    assert (tmp_path / "told").read_text() == "token refused\n"


def test_a_command_that_hangs_is_ended_and_tried_again(tmp_path: Path) -> None:
    hangs_once = f"import os\nif not os.path.exists('begun'):\n    {HANGS}\n" + KEEPS
    second_path = path_of(tmp_path, hangs_once, timeout_s=0.5)
    second_path.start()
    second_path.tell("telegram", "token refused")
    wait_for(tmp_path / "told")
    second_path.close()

    assert (tmp_path / "told").read_text() == "token refused\n"


def test_closing_does_not_wait_for_a_command_that_hangs(tmp_path: Path) -> None:
    second_path = path_of(tmp_path, HANGS)
    second_path.start()
    second_path.tell("telegram", "token refused")
    wait_for(tmp_path / "begun")
    second_path.close(wait_s=0.3)

    assert not second_path._thread.is_alive()


def test_two_ways_that_fail_are_both_named_and_the_one_under_way_is_ended(tmp_path: Path) -> None:
    def way(program: str) -> OperatorCommand:
        return OperatorCommand((sys.executable, "-c", program), tmp_path, timeout_s=10.0)

    ways: list[Way] = [way("import sys; sys.exit('no route')"), way("import sys; sys.exit('no credit')")]
    name = Path(sys.executable).name
    assert InTurn(ways).run(b"token refused\n") == f"{name} ended with 1: no route; {name} ended with 1: no credit"

    second_path = SecondPath.over([ways[0], way(HANGS)])
    assert second_path is not None
    second_path.start()
    second_path.tell("telegram", "token refused")
    wait_for(tmp_path / "begun")
    second_path.close(wait_s=0.3)
    assert not second_path._thread.is_alive()


def test_closing_in_the_midst_of_a_try_that_fails_makes_one_more_and_no_pause(tmp_path: Path) -> None:
    fails_on_go = "import os, time\nopen('begun', 'a').write('x')\nwhile not os.path.exists('go'):\n    time.sleep(0.01)\nraise SystemExit(1)"
    second_path = path_of(tmp_path, fails_on_go, retries_s=(3600.0,))
    second_path.start()
    second_path.tell("telegram", "token refused")
    wait_for(tmp_path / "begun")
    threading.Timer(0.3, (tmp_path / "go").touch).start()
    second_path.close(wait_s=30.0)

    assert not second_path._thread.is_alive()
    assert (tmp_path / "begun").read_text() == "xx"


def test_a_flood_of_causes_has_a_limit(tmp_path: Path) -> None:
    second_path = path_of(tmp_path, KEEPS)

    assert [second_path.tell(f"cause {number}", "text") for number in range(WAITING_MAX + 1)] == [True] * WAITING_MAX + [False]


def test_the_home_names_the_command(tmp_path: Path) -> None:
    home = home_at(tmp_path)
    assert command_of(home) is None
    home.alert_command.write_text(shlex.join(("/usr/bin/mail", "-s", "Cerbero Bite", "me@example.org")) + "\n")
    home.alert_command.chmod(0o600)

    assert alert_command(home.alert_command) == ("/usr/bin/mail", "-s", "Cerbero Bite", "me@example.org")
    assert command_of(home) is not None


def test_a_command_others_can_change_is_refused(tmp_path: Path) -> None:
    home = home_at(tmp_path)
    home.alert_command.write_text("/usr/bin/mail\n")
    home.alert_command.chmod(0o622)

    with pytest.raises(ConfigError, match=r"alert\.command"):
        command_of(home)


def test_what_comes_back_while_its_first_text_is_taken_is_told_as_well(tmp_path: Path) -> None:
    waits = "import os, time\nopen('begun', 'w').close()\nwhile not os.path.exists('go'):\n    time.sleep(0.01)\n"
    second_path = path_of(tmp_path, waits + KEEPS)
    second_path.start()
    second_path.tell("telegram", "token refused")
    wait_for(tmp_path / "begun")
    second_path.end_of("telegram")
    second_path.tell("telegram", "a second receiver")
    (tmp_path / "go").touch()
    second_path.close(wait_s=10.0)

    assert (tmp_path / "told").read_text() == "token refused\na second receiver\n"


@pytest.mark.parametrize(
    ("program", "problem"),
    [(KEEPS, ""), ("import sys; sys.exit('no route')", "ended with 1: no route"), (None, "does not exist")],
    ids=["a command that takes it", "a command that fails", "no command"],
)
def test_a_drill_hands_one_text_to_the_command_and_tells_what_went_wrong(tmp_path: Path, program: str | None, problem: str) -> None:
    home = home_at(tmp_path)
    if program is not None:
        home.alert_command.write_text(shlex.join([sys.executable, "-c", program]))

    told = try_once(home, "a test of the second path")

    assert (told.endswith(problem), bool(told)) == (True, bool(problem))
    assert (tmp_path / "told").exists() is (program == KEEPS)
