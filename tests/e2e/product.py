"""The product as child processes: started, asked, stopped and killed like an operator does."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from tests.conftest import ROOT

START_S = 30.0
"""A cold start on a busy machine: imports, a store, the first chart."""

STOP_S = 30.0
COMMAND_S = 60.0


NOWHERE = "http://127.0.0.1:9"
"""An address at which nobody listens: what a test does not stand in for cannot be reached."""
UPSTREAMS = {f"CERBERO_{name}_URL": NOWHERE for name in ("HYPERLIQUID", "FEAR_GREED", "FRED", "ECB")} | {"CERBERO_DERIBIT_URL": f"{NOWHERE}/api/v2"}


def environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """This process's environment without the operator's own settings and without the world outside, plus `extra`."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("CERBERO_")}
    return {**kept, **UPSTREAMS, "PYTHONUNBUFFERED": "1", **({} if extra is None else extra)}


def cerbero(*args: str | Path, env: Mapping[str, str] | None = None, timeout: float = COMMAND_S, stdin: str = "") -> subprocess.CompletedProcess[str]:
    """`cerbero-bite ARGS` has run to its end, with `stdin` on its standard input."""
    command = [sys.executable, "-m", "bot", *map(str, args)]
    return subprocess.run(command, cwd=ROOT, env=environment(env), input=stdin, capture_output=True, text=True, timeout=timeout, check=False)


async def cerbero_beside(*args: str | Path, env: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """`cerbero-bite ARGS` has run to its end, and this loop's fakes went on answering meanwhile."""
    return await asyncio.to_thread(lambda: cerbero(*args, env=env))


def free_port() -> int:
    """A port of 127.0.0.1 nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Child:
    """A running command whose output is kept line by line."""

    def __init__(self, process: Process) -> None:
        self.process = process
        self.lines: list[str] = []
        self.errors: list[str] = []
        self.changed = asyncio.Event()
        self._readers = [asyncio.ensure_future(self._read(process.stdout, self.lines)), asyncio.ensure_future(self._read(process.stderr, self.errors))]

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def output(self) -> str:
        return "\n".join(self.lines)

    @property
    def complaints(self) -> str:
        return "\n".join(self.errors)

    async def line_with(self, wanted: str, *, timeout: float = START_S) -> str:
        """The first line of stdout with `wanted` in it. Raises AssertionError when there is none in time or the command ended."""
        try:
            async with asyncio.timeout(timeout):
                while True:
                    found = next((line for line in self.lines if wanted in line), None)
                    if found is not None:
                        return found
                    if self.process.returncode is not None:
                        break
                    self.changed.clear()
                    await self.changed.wait()
        except TimeoutError:
            pass
        raise AssertionError(f"no {wanted!r} (exit {self.process.returncode})\nstdout:\n{self.output}\nstderr:\n{self.complaints}")

    async def ended(self, *, timeout: float = STOP_S) -> int:
        """The exit code, once it has ended by itself and its output is read."""
        async with asyncio.timeout(timeout):
            code = await self.process.wait()
            await asyncio.gather(*self._readers)
        return code

    async def stop(self, number: signal.Signals = signal.SIGINT, *, timeout: float = STOP_S) -> int:
        """Ctrl-C (or another signal), and its exit code."""
        self.process.send_signal(number)
        return await self.ended(timeout=timeout)

    async def put_away(self) -> None:
        """It does not run any more, whatever it took."""
        if self.process.returncode is None:
            self.process.kill()
        await self.process.wait()
        await asyncio.gather(*self._readers)

    async def _read(self, stream: asyncio.StreamReader | None, into: list[str]) -> None:
        if stream is None:
            return
        while line := await stream.readline():
            into.append(line.decode("utf-8", errors="replace").rstrip("\n"))
            self.changed.set()
        self.changed.set()


@asynccontextmanager
async def started(*args: str | Path, env: Mapping[str, str] | None = None) -> AsyncIterator[Child]:
    """`cerbero-bite ARGS` running as a child process, put away at the end."""
    command: Sequence[str] = [sys.executable, "-m", "bot", *map(str, args)]
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=ROOT,
        env=environment(env),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    child = Child(process)
    try:
        yield child
    finally:
        await child.put_away()
