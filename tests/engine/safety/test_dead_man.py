"""When the dead-man fires and when it waits: every way a heartbeat can be in doubt."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest

from engine.app import MarketPlan, RunPlan, running
from engine.clock import SystemClock
from engine.home import open_home
from engine.safety.heartbeat import uptime_s
from engine.safety.kill_switch import KillSwitch
from engine.state.store import Store
from tests.engine.safety.dead_man import IS_TESTABLE, SCRIPT, UNTESTABLE, Rig, rig_in

ALIVE, FIRED, UNDONE = 0, 1, 3

pytestmark = pytest.mark.skipif(not IS_TESTABLE, reason=UNTESTABLE)


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Rig]:
    async with rig_in(tmp_path) as made:
        yield made


def unshared(shift_s: int) -> tuple[str, ...]:
    """A shell whose machine started `shift_s` seconds earlier; skips where the kernel or the user may not."""
    before = ("unshare", "--time", "--boottime", str(shift_s))
    program = shutil.which("unshare")
    if program is None or subprocess.run([*before, "true"], capture_output=True, check=False).returncode != 0:
        pytest.skip("unshare --time needs root and a kernel with time namespaces")
    return (program, *before[1:])


@pytest.mark.parametrize("shell", ["dash", "bash", "busybox", "sh"])
def test_the_script_is_plain_enough_for_every_shell(shell: str) -> None:
    program = shutil.which(shell)
    if program is None:
        pytest.skip(f"{shell} is not here")
    options = {"bash": ["--posix", "-n"], "busybox": ["sh", "-n"]}.get(shell, ["-n"])
    done = subprocess.run([program, *options, str(SCRIPT)], capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr) == (0, "")
    assert os.access(SCRIPT, os.X_OK)


async def test_a_young_heartbeat_is_left_alone(rig: Rig) -> None:
    rig.beat(age_s=110)
    ended = await rig.run()

    assert (ended.code, ended.out, ended.err) == (ALIVE, "", "")
    assert not (rig.home / "KILL").exists()
    assert not (rig.conf.parent / "dead_man.lock").exists()


async def test_an_old_heartbeat_fires(rig: Rig) -> None:
    rig.beat(age_s=122)
    ended = await rig.run()

    assert ended.code == FIRED
    assert "the limit is 120 s" in ended.out
    assert (rig.home / "KILL").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        pytest.param(lambda path: path.unlink(), "there is no heartbeat file", id="missing"),
        pytest.param(lambda path: path.write_text(""), "empty, cut off", id="empty"),
        pytest.param(lambda path: path.write_bytes(bytes(range(256)) * 8), "not a heartbeat", id="garbage"),
        pytest.param(lambda path: path.write_bytes(b"\0" * 4096), "not a heartbeat", id="zeros"),
        pytest.param(lambda path: path.write_bytes(b"x" * 50_000_000), "not a heartbeat", id="huge"),
        pytest.param(lambda path: path.write_text("x=" + "y" * 4096 + "\n" + path.read_text()), "not a heartbeat", id="too long"),
        pytest.param(lambda path: path.write_text(path.read_text()[:-6]), "cut off", id="cut off"),
        pytest.param(lambda path: path.write_text(path.read_text() + "x\n"), "not a heartbeat", id="something after its end"),
        pytest.param(lambda path: path.write_text(path.read_text().replace("format=1", "format=2")), "not a heartbeat", id="another format"),
        pytest.param(lambda path: (path.unlink(), path.mkdir()), "cannot be read", id="a folder"),
        pytest.param(lambda path: (path.unlink(), os.mkfifo(path)), "cannot be read", id="a pipe"),
        pytest.param(lambda path: (path.unlink(), path.symlink_to("nowhere")), "there is no heartbeat file", id="a link to nothing"),
        pytest.param(lambda path: shutil.rmtree(path.parent), "the home folder is gone", id="home gone"),
    ],
)
async def test_a_heartbeat_in_doubt_fires(rig: Rig, spoil: Callable[[Path], object], why: str) -> None:
    rig.beat()
    spoil(rig.home / "heartbeat")
    ended = await rig.run()

    assert why in ended.out
    assert ended.code == (FIRED if rig.home.is_dir() else UNDONE)
    assert KillSwitch(rig.home).is_armed()


@pytest.mark.parametrize("uptime", ["", "-5", "soon", "007", "12.5", "9" * 20, "1 2", "$(id)"])
async def test_an_age_that_is_no_number_fires(rig: Rig, uptime: str) -> None:
    rig.beat(uptime_s=uptime)
    ended = await rig.run()

    assert ended.code == FIRED
    assert "not a heartbeat" in ended.out
    assert ended.err == ""


async def test_a_heartbeat_from_the_future_fires(rig: Rig) -> None:
    rig.beat(age_s=-30)
    ended = await rig.run()

    assert ended.code == FIRED
    assert "from the future" in ended.out


async def test_a_heartbeat_of_another_boot_fires_after_its_grace(rig: Rig) -> None:
    rig.configure("boot_grace_s=0")
    rig.beat(boot_id="00000000-0000-0000-0000-000000000000")
    ended = await rig.run()

    assert ended.code == FIRED
    assert "has restarted and the engine has not come back" in ended.out


async def test_a_machine_that_has_just_started_waits_for_the_engine(rig: Rig) -> None:
    just_started = unshared(60 - int(uptime_s()))
    rig.beat(boot_id="00000000-0000-0000-0000-000000000000")
    ended = await rig.run(before=just_started)

    assert (ended.code, ended.out) == (ALIVE, "")


async def test_a_unit_that_failed_after_a_start_gets_no_grace(rig: Rig) -> None:
    just_started = unshared(60 - int(uptime_s()))
    systemctl = rig.tools / "systemctl"
    systemctl.write_text("#!/bin/sh\necho failed\nexit 3\n")
    systemctl.chmod(0o755)
    rig.configure("unit=cerbero-bite.service")
    rig.beat(boot_id="00000000-0000-0000-0000-000000000000")
    ended = await rig.run(before=just_started)

    assert ended.code == FIRED
    assert "cerbero-bite.service has failed" in ended.out


@pytest.mark.parametrize(("shift_s", "code"), [(110, ALIVE), (130, FIRED), (-60, FIRED)])
async def test_age_is_the_uptime_of_the_machine(rig: Rig, shift_s: int, code: int) -> None:
    before = unshared(shift_s)
    rig.beat()
    ended = await rig.run(before=before)

    assert ended.code == code


@pytest.mark.parametrize("step", ["-1h", "+1h", "+3650d", "-3650d"])
@pytest.mark.parametrize(("age_s", "code"), [(10, ALIVE), (125, FIRED)])
async def test_a_stepped_wall_clock_changes_nothing(rig: Rig, step: str, age_s: int, code: int) -> None:
    faketime = shutil.which("faketime")
    if faketime is None:
        pytest.skip("faketime is not here")
    rig.beat(age_s=age_s)
    if step.startswith("-"):
        os.utime(rig.home / "heartbeat", (4_000_000_000, 4_000_000_000))
    ended = await rig.run(before=(faketime, "-f", step))

    assert ended.code == code


@pytest.mark.parametrize(
    ("until_s", "age_s", "code"),
    [(900, 800, ALIVE), (900, 895, ALIVE), (900, 905, FIRED), (30, 40, FIRED), (80_000, 895, ALIVE), (80_000, 905, FIRED), (-5, 10, ALIVE), (-5, 130, FIRED)],
)
async def test_a_planned_stop_counts_until_its_end_and_never_beyond_the_limit(rig: Rig, until_s: int, age_s: int, code: int) -> None:
    """The marker ends `until_s` after the heartbeat; the limit is 900 s; one that ended before it began is none."""
    beat_s = int(uptime_s()) - age_s
    rig.beat(age_s=age_s, planned_stop_until_uptime_s=str(beat_s + until_s))
    ended = await rig.run()

    assert ended.code == code
    assert ("stopped on purpose" in ended.out) is (code == FIRED and until_s > 0)


@pytest.mark.parametrize("marker", ["", "for ever", "99999999999999999999"])
async def test_a_planned_stop_that_is_no_number_is_none(rig: Rig, marker: str) -> None:
    rig.beat(age_s=130, planned_stop_until_uptime_s=marker)
    ended = await rig.run()

    assert ended.code == FIRED


async def test_an_engine_says_that_its_end_is_planned_and_a_failing_one_does_not(rig: Rig) -> None:
    clock = SystemClock()
    plan = RunPlan(home=open_home(rig.home), clock=clock, market=MarketPlan(seed=7, start_at=clock.now()), origin="demo")
    with pytest.raises(ZeroDivisionError):
        async with running(plan):
            raise ZeroDivisionError
    failed = (rig.home / "heartbeat").read_text()
    async with running(plan):
        checked = await rig.run("--check")
    stopped = await rig.run("--check")

    assert "planned_stop" not in failed
    assert "judgement: alive" in checked.out
    assert "judgement: planned: the engine was stopped on purpose" in stopped.out
    assert (await rig.run()).code == ALIVE


@pytest.mark.parametrize("how", [signal.SIGSTOP, signal.SIGKILL])
async def test_a_frozen_and_a_killed_process_are_found(rig: Rig, how: signal.Signals) -> None:
    rig.configure("max_age_s=1")
    child = await asyncio.create_subprocess_exec(sys.executable, "-m", "tests.engine.safety.child", "beat", str(rig.home), stdout=asyncio.subprocess.PIPE)
    assert child.stdout is not None
    try:
        assert await child.stdout.readline() == b"beating\n"
        living = await rig.run()
        child.send_signal(how)
        codes = [(await rig.run()).code]
        while codes[-1] == ALIVE and len(codes) < 200:
            await asyncio.sleep(0.05)
            codes.append((await rig.run()).code)

        assert (living.code, codes[-1]) == (ALIVE, FIRED)
    finally:
        with suppress(ProcessLookupError):
            child.kill()
        await child.wait()


async def test_the_engine_honours_the_latch_and_knows_who_set_it(rig: Rig, store: Store) -> None:
    rig.beat(age_s=500)
    await rig.run()
    switch = KillSwitch(rig.home)
    now = datetime.now(UTC)

    assert switch.is_armed()
    assert switch.reason().startswith("dead-man: the heartbeat is 50")
    assert await store.write(lambda tx: switch.adopt(tx, now=now))
    armed = store.read_sync(lambda tx: tx.audit_tail(1, "kill.armed"))[0]
    assert armed.actor == "dead-man"
    assert switch.problem == ""


async def test_a_running_engine_sees_the_latch_at_once(rig: Rig) -> None:
    switch = KillSwitch(rig.home)
    rig.beat(age_s=500)
    before = switch.is_armed()
    await rig.run()

    assert (before, switch.is_armed()) == (False, True)


async def test_a_kill_that_stood_before_keeps_its_reason(rig: Rig) -> None:
    KillSwitch(rig.home).latch("pressed by hand", "anna", datetime(2026, 3, 2, tzinfo=UTC))
    rig.beat(age_s=500)
    ended = await rig.run()

    assert "KILL is set" in ended.out
    assert KillSwitch(rig.home).reason() == "pressed by hand"


@pytest.fixture
def medium(tmp_path: Path) -> Iterator[Path]:
    """A folder on a medium of its own, 64 kB large."""
    folder = tmp_path / "small"
    folder.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k,nr_inodes=16", "none", str(folder)], capture_output=True, check=False).returncode != 0:
        pytest.skip("mounting a small medium needs root")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


async def test_on_a_full_disk_the_reserved_file_becomes_the_latch(medium: Path) -> None:
    """The memory of the script lies on the full medium too."""
    async with rig_in(medium) as rig:
        KillSwitch(rig.home)
        rig.beat(age_s=500)
        fill(medium)
        ended = await rig.run()
        switch = KillSwitch(rig.home)

        assert ended.code == FIRED
        assert "every run fires anew" in ended.out
        assert switch.is_armed()
        assert switch.reason().startswith("dead-man: the heartbeat is 50")


def fill(medium: Path) -> None:
    """No block and no name is left on the medium."""
    try:
        with (medium / "ballast").open("wb", buffering=0) as ballast:
            while ballast.write(b"x" * 4096):
                continue
    except OSError:
        pass
    for number in range(64):
        try:
            (medium / f"name-{number}").touch()
        except OSError:
            return
