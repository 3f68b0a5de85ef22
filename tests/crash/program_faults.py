"""The real program on a machine that refuses: full or read-only disk, no more files to open, files that may not grow, an I/O error.

`python -m tests.crash.program_faults [--heavy]`. Expected each time: one sentence and an exit code that is not 0 where it cannot work, the
kill switch lands all the same, nothing in the store is lost, and all is well when the machine is. A small disk needs root and the
right to mount, an injected error needs strace; what the machine lacks is said and not counted.
"""

from __future__ import annotations

import asyncio
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from engine.home import Home, home_at
from engine.safety.backup import create_backup, list_backups
from engine.safety.kill_switch import KillSwitch
from engine.safety.retention import Soundness
from tests.crash.io_errors import ROWS, prepare
from tests.crash.memory import memory_folder
from tests.crash.nursery import Nursery, has_strace, nursery, traced
from tests.crash.report import Row, tell
from tests.e2e.product import free_port
from tests.engine.core.builders import NOW

PACK = "program_faults"
DISK_KB = 1400
OPEN_FILES = (12,)
OPEN_FILES_HEAVY = tuple(range(8, 16))
FILE_BYTES = (100_000,)
FILE_BYTES_HEAVY = (40_000, 100_000, 200_000, 300_000)
CALLS = (("fdatasync", "-wal"),)
CALLS_HEAVY = (("fdatasync", "-wal"), ("pwrite64", "-wal"), ("fdatasync", ""), ("pwrite64", ""), ("pread64", "-wal"))
END_S = 90.0
VERIFIED = re.compile(r"^audit ok: (\d+) rows", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One command line that has ended."""

    words: str
    code: int
    said: str

    def is_refusal(self) -> bool:
        """It ended with a code that is not 0, and its last line is one sentence of the program's own."""
        lines = self.said.strip().splitlines()
        return self.code in (1, 2) and "Traceback" not in self.said and bool(lines) and lines[-1].startswith("cerbero-bite: ")

    def is_done(self) -> bool:
        return self.code == 0 and "Traceback" not in self.said


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One expectation and whether it held; `shown` is what was seen."""

    fault: str
    expected: str
    held: bool
    shown: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """Where programs are started and homes are made."""

    nursery: Nursery
    folder: Path

    async def ask(self, home: Home, *words: str) -> Run:
        """The command ran to its end."""
        output = self.folder / f"{len(list(self.folder.glob('*.txt')))}.txt"
        program = await self.nursery.start("--home", home.root, *words, env={}, output=output)
        try:
            code = await program.code(timeout=END_S)
        except TimeoutError:
            code = await program.end(signal.SIGKILL)
        return Run(words=" ".join(words), code=code, said=program.told())

    async def start(self, home: Home) -> Run:
        """The engine was started and ended by itself; -9 where it did not end."""
        return await self.ask(home, *demo())

    async def is_whole(self, home: Home, *, rows: int = ROWS) -> bool:
        """The auditor's command finds all rows, and none that does not follow."""
        run = await self.ask(home, "audit", "verify")
        found = VERIFIED.search(run.said)
        return run.is_done() and found is not None and int(found[1]) >= rows

    @contextmanager
    def limited(self, what: int, soft: int) -> Iterator[None]:
        """Programs started inside live under this limit."""
        pid = self.nursery.process.pid
        before = resource.prlimit(pid, what)
        resource.prlimit(pid, what, (soft, before[1]))
        try:
            yield
        finally:
            resource.prlimit(pid, what, before)


def demo() -> tuple[str, ...]:
    return ("demo", "--no-browser", "--port", str(free_port()), "--autopilot", "approve")


def new_home(root: Path) -> Home:
    """A home with a store of some history, one backup, and what an earlier run leaves behind: its lock file, its reserve for the kill switch."""
    home = home_at(root)
    prepare(home)
    KillSwitch(root)
    (root / "lock").write_text(f"{'':<31}\n")
    home.log_dir.mkdir()
    create_backup(home, now=NOW)
    return home


@contextmanager
def small_disk(folder: Path) -> Iterator[Path | None]:
    """A disk of about a megabyte in `folder`; None where this machine does not let us have one."""
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK_KB}k", "small", str(folder)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode:
        yield None
        return
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def fill(folder: Path) -> Path:
    """Not one more block fits into `folder`; returns what has to go for that to be over."""
    path = folder / "filled"
    with path.open("wb", buffering=0) as file:
        for size in (4096, 1):
            try:
                while True:
                    file.write(b"x" * size)
            except OSError:
                continue
    return path


async def on_a_full_disk(bench: Bench) -> list[Check]:
    """ENOSPC for everything the program writes."""
    fault, checks = "full disk", []
    with small_disk(bench.folder / "full") as disk:
        if disk is None:
            return [lacking(fault)]
        home = new_home(disk / "home")
        filled = fill(disk)
        run = await bench.start(home)
        checks.append(Check(fault=fault, expected="the start is refused in a sentence", held=run.is_refusal(), shown=last_line(run)))
        run = await bench.ask(home, "backup", "create")
        are_sound = [backup.soundness for backup in list_backups(home)] == [Soundness.VERIFIED]
        checks.append(Check(fault=fault, expected="no backup, the old one whole", held=run.is_refusal() and are_sound, shown=last_line(run)))
        run = await bench.ask(home, "kill-switch", "arm", "--reason", "no room")
        switch = KillSwitch(home.root)
        checks.append(
            Check(fault=fault, expected="the kill switch lands, with its reason", held=run.is_done() and switch.reason() == "no room", shown=last_line(run))
        )
        checks.append(Check(fault=fault, expected="nothing is lost", held=await bench.is_whole(home), shown=""))
        filled.unlink()
        run = await bench.ask(home, "kill-switch", "arm", "--reason", "again")
        is_over = run.is_done() and await bench.is_whole(home, rows=ROWS + 1)
        checks.append(Check(fault=fault, expected="with room again the store is written", held=is_over, shown=last_line(run)))
    return checks


async def on_a_read_only_disk(bench: Bench) -> list[Check]:
    """EROFS for everything the program writes, reading goes on."""
    fault, checks = "read-only disk", []
    with small_disk(bench.folder / "read-only") as disk:
        if disk is None:
            return [lacking(fault)]
        home = new_home(disk / "home")
        await asyncio.to_thread(subprocess.run, ["mount", "-o", "remount,ro", str(disk)], check=True)
        for words in (demo(), ("backup", "create"), ("kill-switch", "arm", "--reason", "smoke")):
            run = await bench.ask(home, *words)
            checks.append(Check(fault=fault, expected=f"{' '.join(words[:2])}: refused in a sentence", held=run.is_refusal(), shown=last_line(run)))
        checks.append(Check(fault=fault, expected="reading goes on", held=await bench.is_whole(home), shown=""))
    return checks


async def without_open_files(bench: Bench, limits: tuple[int, ...]) -> list[Check]:
    """EMFILE wherever it strikes first."""
    checks = []
    for limit in limits:
        fault, home = f"{limit} open files", new_home(bench.folder / f"files-{limit}")
        with bench.limited(resource.RLIMIT_NOFILE, limit):
            run = await bench.start(home)
            checks.append(Check(fault=fault, expected="the start is refused in a sentence", held=run.is_refusal(), shown=last_line(run)))
            run = await bench.ask(home, "kill-switch", "arm", "--reason", "smoke")
        checks.append(Check(fault=fault, expected="the kill switch lands", held=run.is_done() and home.kill.exists(), shown=last_line(run)))
        checks.append(Check(fault=fault, expected="nothing is lost", held=await bench.is_whole(home), shown=""))
    return checks


async def with_files_that_may_not_grow(bench: Bench, limits: tuple[int, ...]) -> list[Check]:
    """EFBIG, which SQLite takes for a failing disk."""
    checks = []
    for limit in limits:
        fault, home = f"files of {limit} bytes at most", new_home(bench.folder / f"size-{limit}")
        with bench.limited(resource.RLIMIT_FSIZE, limit):
            run = await bench.start(home)
        held = run.is_refusal() and home.kill.exists()
        checks.append(Check(fault=fault, expected="killed, ended in a sentence", held=held, shown=last_line(run)))
        checks.append(Check(fault=fault, expected="nothing is lost", held=await bench.is_whole(home), shown=""))
    return checks


async def with_an_error_of_the_disk(bench: Bench, calls: tuple[tuple[str, str], ...]) -> list[Check]:
    """EIO for one call of the running program to a file of its store."""
    if not has_strace():
        return [lacking("I/O error")]
    checks = []
    for call, suffix in calls:
        fault, home = f"EIO at {call} of the store{suffix}", new_home(bench.folder / f"eio-{call}{suffix}")
        output = bench.folder / f"eio-{call}{suffix}.log"
        program = await bench.nursery.start("--home", home.root, *demo(), env={}, output=output)
        await asyncio.to_thread(wait_for, output, "chat: ")
        options = ("-P", f"{home.db}{suffix}", "-e", f"trace={call}", "-e", f"inject={call}:error=EIO:when=1", "-o", "/dev/null")
        async with traced(program, *options):
            try:
                code = await program.code(timeout=END_S)
            except TimeoutError:
                code = await program.end(signal.SIGKILL)
        run = Run(words="demo", code=code, said=program.told())
        checks.append(Check(fault=fault, expected="killed, ended in a sentence", held=run.is_refusal() and home.kill.exists(), shown=last_line(run)))
        checks.append(Check(fault=fault, expected="nothing is lost", held=await bench.is_whole(home), shown=""))
        shutil.rmtree(home.root)
    return checks


def wait_for(output: Path, words: str) -> None:
    """The program has said the words."""
    until_s = time.monotonic() + END_S
    while time.monotonic() < until_s and not (output.exists() and words in output.read_text(errors="replace")):
        time.sleep(0.05)


def lacking(fault: str) -> Check:
    return Check(fault=fault, expected="not tried", held=True, shown="this machine lacks what it takes")


def last_line(run: Run) -> str:
    lines = run.said.strip().splitlines()
    return f"exit {run.code}: {lines[-1] if lines else 'nothing said'}"


async def try_all(folder: Path, *, is_heavy: bool = False) -> list[Check]:
    """Every fault of the pack, one after the other; `folder` must be empty."""
    checks: list[Check] = []
    async with nursery() as started:
        bench = Bench(nursery=started, folder=folder)
        faults: tuple[Callable[[], Awaitable[list[Check]]], ...] = (
            lambda: on_a_full_disk(bench),
            lambda: on_a_read_only_disk(bench),
            lambda: without_open_files(bench, OPEN_FILES_HEAVY if is_heavy else OPEN_FILES),
            lambda: with_files_that_may_not_grow(bench, FILE_BYTES_HEAVY if is_heavy else FILE_BYTES),
            lambda: with_an_error_of_the_disk(bench, CALLS_HEAVY if is_heavy else CALLS),
        )
        for fault in faults:
            checks += await fault()
    return checks


def run(heavy: bool) -> tuple[Row, ...]:
    """The figures of the pack for the table of all packs."""
    with memory_folder() as folder:
        checks = asyncio.run(try_all(folder, is_heavy=heavy))
    by_fault: dict[str, list[Check]] = {}
    for check in checks:
        by_fault.setdefault(check.fault, []).append(check)
    rows = []
    for fault, found in by_fault.items():
        held = sum(check.held for check in found)
        if any(check.expected == "not tried" for check in found):
            rows.append(Row(pack=PACK, measure=fault, ours=found[0].shown, naive="", pass_mark="", is_passed=True))
        else:
            rows.append(
                Row(pack=PACK, measure=fault, ours=f"{held}/{len(found)}", naive="", pass_mark=f"{len(found)}/{len(found)}", is_passed=held == len(found))
            )
    return tuple(rows)


if __name__ == "__main__":
    sys.exit(tell(run))
