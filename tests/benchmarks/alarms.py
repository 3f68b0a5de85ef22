"""How soon a person hears of it: a link that is refused, by the second path; a second instance, by its end."""

from __future__ import annotations

import asyncio
import shlex
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

from bot.switchboard import serve_telegram, telegram_menu
from bot.telegram import TelegramDoor
from engine.app import MarketPlan, RunPlan, running
from engine.clock import SystemClock
from engine.home import Home, open_home
from engine.safety.instance import HomeLock
from engine.state.records import OperatorRecord
from tests.benchmarks.figures import Figure, median_ms
from tests.conftest import ROOT
from tests.fakes.bot_api import FakeBotApi

ADA, WAIT_S = 1001, 60.0
KEEPS = "import sys; open('told', 'ab').write(sys.stdin.buffer.read())"


def measure(*, times: int) -> tuple[Figure, ...]:
    """Seconds from the platform's 409 to the words in the operator's hands, and milliseconds to the refusal of a second start."""
    with tempfile.TemporaryDirectory(prefix="cerbero-bench-", dir=Path.cwd()) as folder:
        home = open_home(Path(folder) / "home")
        return (asyncio.run(_second_path(home)), _second_instance(home, times=times))


async def _second_path(home: Home) -> Figure:
    command = (sys.executable, "-c", KEEPS)
    home.alert_command.write_text(shlex.join(command) + "\n", encoding="utf-8")
    home.alert_command.chmod(0o600)
    bare_s = median_ms(lambda: subprocess.run(command, cwd=home.root, input=b"", check=True), times=1) / 1000
    (home.root / "told").unlink()
    operators = (OperatorRecord(user_id=ADA, chat_id=ADA, role="admin", language="en"),)
    plan = RunPlan(home=home, clock=SystemClock(), market=MarketPlan(seed=7), origin="demo", operators=operators)
    async with FakeBotApi(people={ADA: "Ada"}) as api, running(plan) as up:
        door = TelegramDoor(api.token, base_url=api.base_url, menu=telegram_menu())
        serving = asyncio.create_task(serve_telegram(up.door, door, clock=plan.clock))
        await api.wait_for(lambda message: "ENGINE UP" in message.text, timeout=WAIT_S)
        began_s = time.perf_counter()
        api.fault("getUpdates", code=409, times=None)
        await _until_there(home.root / "told")
        taken_s = time.perf_counter() - began_s
        serving.cancel()
        with suppress(asyncio.CancelledError):
            await serving
    return Figure(name="409 told by the second path", value=taken_s, unit="s", peer="the command alone", peer_value=bare_s, budget="<= 30 s")


async def _until_there(path: Path) -> None:
    async with asyncio.timeout(WAIT_S):
        while not await asyncio.to_thread(path.exists):  # noqa: ASYNC110 - a file has no event
            await asyncio.sleep(0.01)


def _second_instance(home: Home, *, times: int) -> Figure:
    lock = HomeLock.acquire(home.root)
    try:
        command = [sys.executable, "-m", "bot", "--home", str(home.root), "start", "--no-browser"]
        refused_ms = median_ms(lambda: subprocess.run(command, cwd=ROOT, check=False, capture_output=True), times=times)
        bare_ms = median_ms(lambda: subprocess.run([sys.executable, "-c", "pass"], cwd=ROOT, check=True), times=times)
    finally:
        lock.release()
    return Figure(name="second instance refused, cold process", value=refused_ms, unit="ms", peer="python -c pass", peer_value=bare_ms, budget="<= 1,000 ms")
