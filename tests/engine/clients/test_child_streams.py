"""A server's process never outlives the engine, however the engine ends."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import ROOT

STUBBORN = "import os, sys, time; open(sys.argv[1], 'w').write(str(os.getpid()))\nwhile True: time.sleep(1)"
"""It reads nothing, so the end of its input tells it nothing."""
ENGINE = """
import asyncio, sys
from engine.clients.child_streams import ChildCommand, child_streams

async def main():
    async with child_streams(ChildCommand(command=sys.executable, args=("-S", "-c", sys.argv[1], sys.argv[2]))):
        await asyncio.Event().wait()

asyncio.run(main())
"""
WITHIN_S = 30.0


def until(is_so: Callable[[], bool]) -> bool:
    deadline_s = time.monotonic() + WITHIN_S
    while not is_so() and time.monotonic() < deadline_s:
        time.sleep(0.02)
    return is_so()


def is_gone(pid: int) -> bool:
    """Whoever is dead and not yet buried does nothing any more."""
    status = Path(f"/proc/{pid}/status")
    return not status.exists() or "State:\tZ" in status.read_text()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a child with its parent")
def test_a_server_that_does_not_listen_ends_with_an_engine_that_was_killed(tmp_path: Path) -> None:
    told = tmp_path / "pid"
    engine = subprocess.Popen([sys.executable, "-c", ENGINE, STUBBORN, str(told)], cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)})
    try:
        assert until(lambda: told.exists() and told.read_text() != "")
        pid = int(told.read_text())
    finally:
        engine.kill()
        engine.wait()

    assert until(lambda: is_gone(pid))
