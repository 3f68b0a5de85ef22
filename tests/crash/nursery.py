"""Programs under test as children that start fast, are watched by strace, and are killed."""

from __future__ import annotations

import asyncio
import json
import shutil
import signal
import subprocess
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from os import kill
from pathlib import Path

from tests.conftest import ROOT
from tests.e2e.product import environment

OURS, NAIVE = "bot.cli", "tests.crash.naive_bot"
WARM_S = 60.0
END_S = 30.0
ATTACH_S = 20.0
LINE_MAX_BYTES = 1 << 20


@dataclass(slots=True)
class Program:
    """One run of the command line; `code` is below 0 when a signal ended it."""

    pid: int
    output: Path
    ended: asyncio.Future[int]

    @property
    def is_running(self) -> bool:
        return not self.ended.done()

    def told(self) -> str:
        """What it printed."""
        return self.output.read_text(encoding="utf-8", errors="replace") if self.output.exists() else ""

    async def code(self, *, timeout: float = END_S) -> int:
        """How it ended, once it has."""
        return await asyncio.wait_for(asyncio.shield(self.ended), timeout)

    async def end(self, number: signal.Signals) -> int:
        """How it ended after the signal; one that had ended already is left alone."""
        if self.is_running:
            # Gone a moment ago, and the news is still on its way.
            with suppress(ProcessLookupError):
                kill(self.pid, number)
        return await self.code()


@dataclass(slots=True)
class Nursery:
    """Starts programs out of one parent with everything imported."""

    process: Process
    _news: dict[int, Program] = field(default_factory=dict)
    _started: asyncio.Queue[int] = field(default_factory=asyncio.Queue)
    _early: dict[int, int] = field(default_factory=dict)

    async def start(self, *args: str | Path, env: Mapping[str, str], output: Path, module: str = OURS, syncs: Path | None = None) -> Program:
        """`cerbero-bite ARGS`, or the main function of another module, runs in `env`, its words go to the file `output`.

        `syncs` is where it notes when it has synced what, if it shall.
        """
        order = {"module": module, "args": [str(arg) for arg in args], "env": environment(env), "output": str(output), "syncs": str(syncs) if syncs else ""}
        if self.process.stdin is None:
            raise LookupError("the parent has no stdin")
        self.process.stdin.write(json.dumps(order).encode() + b"\n")
        await self.process.stdin.drain()
        pid = await asyncio.wait_for(self._started.get(), WARM_S)
        program = Program(pid, output, asyncio.get_running_loop().create_future())
        self._news[pid] = program
        if pid in self._early:
            program.ended.set_result(self._early.pop(pid))
        return program

    async def listen(self) -> None:
        """The parent's news are taken until it ends."""
        if self.process.stdout is None:
            raise LookupError("the parent has no stdout")
        while line := await self.process.stdout.readline():
            news = json.loads(line)
            if "started" in news:
                self._started.put_nowait(news["started"])
            elif news["ended"] in self._news:
                self._news.pop(news["ended"]).ended.set_result(news["code"])
            else:
                self._early[news["ended"]] = news["code"]


@asynccontextmanager
async def nursery() -> AsyncIterator[Nursery]:
    """A parent that is ready; it and all its children are gone at the end."""
    command = (sys.executable, "-m", "tests.crash.warm_program")
    process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, env=environment(), stdin=PIPE, stdout=PIPE, limit=LINE_MAX_BYTES)
    if process.stdin is None or process.stdout is None:
        raise LookupError("the parent has no pipes")
    await asyncio.wait_for(process.stdout.readline(), WARM_S)
    ready = Nursery(process)
    listening = asyncio.create_task(ready.listen())
    try:
        yield ready
    finally:
        process.stdin.close()
        await process.wait()
        await listening


def has_strace() -> bool:
    """strace is here and may trace."""
    path = shutil.which("strace")
    return path is not None and subprocess.run([path, "-o", "/dev/null", "true"], capture_output=True, check=False).returncode == 0


@asynccontextmanager
async def traced(program: Program, *options: str, is_main_thread_only: bool = False) -> AsyncIterator[Process]:
    """strace watches every thread of the running program, or the main one alone, with `options`; at the end the program is killed.

    A live one is not let go of: strace that is asked to leave while it kills may wait for ever.
    """
    command = ("strace", *(() if is_main_thread_only else ("-f",)), *options, "-p", str(program.pid))
    strace = await asyncio.create_subprocess_exec(*command, stdout=subprocess.DEVNULL, stderr=PIPE)
    if strace.stderr is None:
        raise LookupError("strace has no stderr")
    said = b""
    async with asyncio.timeout(ATTACH_S):
        while b"attached" not in said:
            line = await strace.stderr.readline()
            if not line:
                raise ChildProcessError(f"strace did not attach: {said.decode()}")
            said += line
    draining = asyncio.create_task(strace.stderr.read())
    try:
        yield strace
    finally:
        await program.end(signal.SIGKILL)
        await strace.wait()
        await draining
