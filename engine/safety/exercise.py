"""Exercises of what must work once: the kill latch and the dead-man, each in a throw-away folder on the home's own disk.

Rules of this file: nothing of the home is read or changed, and nothing is sent to a venue.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from engine.clock import Clock, monotonic_s
from engine.home import Home
from engine.safety.kill_switch import KillSwitch

LATCH_MAX_S = 0.2
DEAD_MAN_MAX_S = 30.0
SHELL = "/bin/sh"
FIRED = 1
DRILL_PREFIX = "drill-"

DEAD_MAN = Path(__file__).with_name("dead_man.sh")


@dataclass(frozen=True, slots=True, kw_only=True)
class Exercise:
    """Whether it worked, how long it took, and what went wrong in words."""

    name: str
    took_s: float
    problem: str = ""

    @property
    def ok(self) -> bool:
        return not self.problem

    def sentence(self) -> str:
        if not self.ok:
            return f"{self.name} drill FAILED: {self.problem}"
        return f"{self.name} drill ok in {self.took_s:.3f} s; nothing of the home was touched"

    def as_json(self) -> dict[str, object]:
        return {"name": self.name, "ok": self.ok, "took_s": round(self.took_s, 3), "problem": self.problem}


def exercise(name: str, home: Home, *, clock: Clock) -> Exercise:
    """The exercise `kill` or `dead-man` was held."""
    return exercise_kill(home, clock=clock) if name == "kill" else exercise_dead_man()


def exercise_kill(home: Home, *, clock: Clock) -> Exercise:
    """A switch like the real one was thrown in a folder beside the store, and a second program would find it thrown."""
    try:
        with tempfile.TemporaryDirectory(prefix=DRILL_PREFIX, dir=home.root) as folder:
            switch = KillSwitch(Path(folder))
            began_s = monotonic_s()
            is_on_disk = switch.latch("drill", "drill", clock.now())
            took_s = monotonic_s() - began_s
            is_found = KillSwitch(Path(folder)).is_armed()
    except OSError as error:
        return Exercise(name="kill", took_s=0.0, problem=str(error))
    if not (is_on_disk and is_found):
        return Exercise(name="kill", took_s=took_s, problem=switch.problem if switch.problem else "the latch was set and not found")
    return Exercise(name="kill", took_s=took_s, problem="" if took_s <= LATCH_MAX_S else f"it took {took_s:.3f} s, the limit is {LATCH_MAX_S} s")


def exercise_dead_man() -> Exercise:
    """The dead-man was left with a home whose engine never lived: it set the kill file there and called its alert command."""
    if not Path(SHELL).exists() or shutil.which("ls") is None:
        return Exercise(name="dead-man", took_s=0.0, problem=f"{SHELL} is not on this machine")
    began_s = monotonic_s()
    try:
        with tempfile.TemporaryDirectory(prefix="cerbero-dead-man-") as folder:
            problem = _left_alone(Path(folder))
    except (OSError, subprocess.TimeoutExpired) as error:
        problem = str(error)
    return Exercise(name="dead-man", took_s=monotonic_s() - began_s, problem=problem)


def _left_alone(folder: Path) -> str:
    home, conf, told = folder / "home", folder / "dead_man.conf", folder / "told"
    home.mkdir(mode=0o700)
    conf.touch(mode=0o600)
    conf.write_text(f"home={home}\nalert_command=tee {told}\n", encoding="utf-8")
    done = subprocess.run(  # noqa: S603 -- our own script with a folder we made, no shell between
        [SHELL, str(DEAD_MAN), str(conf)], capture_output=True, text=True, timeout=DEAD_MAN_MAX_S, check=False
    )
    if not (home / "KILL").exists():
        return f"it set no kill file: {(done.stdout + done.stderr).strip()}"
    if not told.exists() or not told.read_text(encoding="utf-8").strip():
        return f"it called no alert command: {(done.stdout + done.stderr).strip()}"
    return "" if done.returncode == FIRED else f"it ended with {done.returncode}: {(done.stdout + done.stderr).strip()}"
