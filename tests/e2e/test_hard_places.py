"""The product where a machine, a platform or a thief makes it hard: odd environments, hang-ups, a link that is refused, a stolen phone."""

from __future__ import annotations

import asyncio
import json
import os
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.product import cerbero_beside, environment, started
from tests.e2e.scene import ADA, PATIENCE_S, Scene, demo_over_telegram, telegram_env
from tests.fakes.bot_api import FakeBotApi

BOB = 2002
NEW_TOKEN = "5151:another-fake-token-BBQ7xyz"
TOLD_WITHIN_S = 30.0
"""What the operator is promised for a link that is refused."""

PROGRAM = Path(sys.executable).with_name("cerbero-bite")
HOSTILE = {"LANG": "C", "LC_ALL": "C", "TZ": "Pacific/Apia", "PYTHONUTF8": "0"}


def in_a_hostile_place(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """The command ran with nothing masked, no HOME, in a folder that is gone, on the far side of the date line, in plain ASCII."""
    kept = {key: value for key, value in environment().items() if key not in {"HOME", "PYTHONIOENCODING"}}
    gone = folder / "gone"
    gone.mkdir()
    script = f"umask 0; cd {shlex.quote(str(gone))} && rmdir {shlex.quote(str(gone))} && exec {shlex.join((str(PROGRAM), *words))}"
    return subprocess.run(("/bin/sh", "-c", script), env=kept | HOSTILE, capture_output=True, text=True, encoding="utf-8", timeout=60, check=False)


@pytest.mark.skipif(not PROGRAM.exists(), reason="the console script is not installed beside the interpreter")
def test_an_odd_environment_changes_no_decision_and_opens_no_file_to_others(tmp_path: Path) -> None:
    look = ("dry-run", "--at", "2026-03-02T14:00Z", "--json", "--home", str(tmp_path / "none"))
    plain = subprocess.run((str(PROGRAM), *look), env=environment(), capture_output=True, text=True, timeout=60, check=False)
    hostile = in_a_hostile_place(tmp_path, *look)
    kept = in_a_hostile_place(tmp_path, "dry-run", "--once", "--home", str(tmp_path / "home"))
    open_to_others = {
        str(path.relative_to(tmp_path)): oct(path.stat().st_mode & 0o777) for path in (tmp_path / "home").rglob("*") if path.stat().st_mode & 0o077
    }

    assert (plain.returncode, hostile.returncode, kept.returncode) == (0, 0, 0), hostile.stderr + kept.stderr
    assert json.loads(hostile.stdout) == json.loads(plain.stdout)
    assert (tmp_path / "home" / "cerbero.db").exists()
    assert open_to_others == {}


async def test_a_hang_up_of_the_terminal_ends_the_run_in_order(tmp_path: Path) -> None:
    async with FakeBotApi(people={ADA: "Ada"}) as api, started("start", "--chat", "telegram", "--home", tmp_path, env=telegram_env(api)) as child:
        await child.line_with("chat: Telegram")
        code = await child.stop(signal.SIGHUP)

        assert (code, child.errors) == (0, [])
    assert (await cerbero_beside("audit", "verify", "--home", tmp_path)).returncode == 0


async def test_output_nobody_reads_any_more_ends_nothing_and_the_end_is_in_order(tmp_path: Path) -> None:
    """As in `cerbero-bite start | head -1`: the reader is gone after the first line."""
    async with FakeBotApi(people={ADA: "Ada"}) as api:
        reading, writing = os.pipe()
        command = (sys.executable, "-m", "bot", "start", "--chat", "telegram", "--home", str(tmp_path))
        process = await asyncio.create_subprocess_exec(*command, env=environment(telegram_env(api)), stdout=writing, stderr=asyncio.subprocess.PIPE)
        os.close(writing)
        first = await asyncio.to_thread(os.read, reading, 10)
        os.close(reading)
        api.say(ADA, "/status")
        await api.wait_for(lambda message: "Engine" in message.text, timeout=PATIENCE_S)
        process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(10):
            _, complaints = await process.communicate()

        assert (first[:6], process.returncode, complaints) == (b"engine", 0, b"")
    assert (await cerbero_beside("audit", "verify", "--home", tmp_path)).returncode == 0


def with_second_path(home: Path) -> Path:
    """The home's alerts go to the file that is returned."""
    told = home.parent / "told"
    home.mkdir(exist_ok=True)
    program = f"import sys; open({str(told)!r}, 'ab').write(sys.stdin.buffer.read())"
    (home / "alert.command").write_text(shlex.join((sys.executable, "-c", program)) + "\n", encoding="utf-8")
    (home / "alert.command").chmod(0o600)
    return told


def read(told: Path) -> str:
    return told.read_text(encoding="utf-8") if told.exists() else ""


async def told_by_second_path(told: Path, words: str) -> str:
    """What was told, once the words are part of it."""
    async with asyncio.timeout(TOLD_WITHIN_S):
        while words not in (text := read(told)):  # noqa: ASYNC110 - a file has no event
            await asyncio.sleep(0.05)
    return text


async def test_a_second_receiver_and_a_closed_chat_are_told_by_the_second_path(tmp_path: Path) -> None:
    home = tmp_path / "home"
    told = with_second_path(home)
    async with FakeBotApi(people={ADA: "Ada"}) as api, started("start", "--chat", "telegram", "--home", home, env=telegram_env(api)) as child:
        await child.line_with("chat: Telegram")
        await api.wait_for(lambda message: "ENGINE UP" in message.text, timeout=PATIENCE_S)
        api.fault("sendMessage", code=403, description="Forbidden: bot was blocked by the user", times=None)
        api.say(ADA, "/status")
        await told_by_second_path(told, "(403)")
        api.fault("getUpdates", code=409, description="Conflict: can't use getUpdates method while webhook is active", times=None)
        # The poll under way ends with this one; a revoked token is seen by the next poll, twenty seconds later at most.
        api.say(ADA, "/status")
        words = await told_by_second_path(told, "(409)")
        status = json.loads((await cerbero_beside("status", "--json", "--home", home)).stdout)

        assert "On hold, no new entries: Telegram." in words
        assert "⛓ " in words
        assert {"telegram", "telegram_chat"} <= set(status["holds"])
        assert await child.stop() == 0
    assert (await cerbero_beside("drill", "second-path", "--home", home)).returncode == 0
    assert "This is a test." in told.read_text(encoding="utf-8")


async def test_after_the_theft_of_the_phone_the_runbook_leaves_the_thief_nothing(tmp_path: Path) -> None:
    """Revoke the token, arm the kill switch on the machine, start with a new token and the new number."""
    home = tmp_path / "home"
    told = with_second_path(home)
    async with FakeBotApi(people={ADA: "Ada"}) as api, demo_over_telegram(api, home) as scene:
        card = await scene.card("ENTRY #1", after=0)
        approve = card.button("Approve").data
        for method in ("getUpdates", "sendMessage", "editMessageCaption", "answerCallbackQuery"):
            api.fault(method, code=401, description="Unauthorized", times=None)
        api.say(ADA, "/status")
        await told_by_second_path(told, "(401)")
        armed = await cerbero_beside("kill-switch", "arm", "--reason", "the phone was stolen", "--home", home)
        assert armed.stdout.strip() == "kill_switch=1"
        assert await scene.child.stop() == 0
    env = {"CERBERO_OPERATORS": f"{BOB}:admin"}
    async with FakeBotApi(token=NEW_TOKEN, people={ADA: "Ada", BOB: "Bob"}) as api, demo_over_telegram(api, home, env=env) as scene:
        up = await api.wait_for(lambda message: "ENGINE UP" in message.text, chat_id=BOB, timeout=PATIENCE_S)
        assert "kill switch is armed" in up.text
        await thief_gets_nowhere(scene, approve)
        api.say(BOB, "/disarm")
        asked = await api.wait_for(lambda message: "To disarm, type" in message.text, chat_id=BOB, timeout=PATIENCE_S)
        assert "DISARM " in asked.text
        assert await scene.child.stop() == 0
    rows = json.loads((await cerbero_beside("audit", "tail", "1000", "--json", "--home", home)).stdout)
    assert [row["body"]["removed"] for row in rows if row["type"] == "access.changed"] == [[], [f"{ADA}:admin"]]
    assert "the phone was stolen" in next(row["body"]["reason"] for row in rows if row["type"] == "kill.armed")
    assert not [row for row in rows if row["type"] == "entry.approved"]


async def thief_gets_nowhere(scene: Scene, approve: str) -> None:
    """The account that was the operator's writes and taps; it hears nothing and changes nothing."""
    scene.api.say(ADA, "/disarm DISARM 1-0000 it is fine")
    scene.api.say(ADA, "/resume")
    scene.api.say(ADA, "/status")
    up = next(message for message in scene.api.messages(BOB) if "ENGINE UP" in message.text)
    answer = await scene.tap_data(up, approve, user_id=ADA)
    assert answer.text == "This button is not for you."
    assert scene.api.messages(ADA) == []
    assert (scene.home / "KILL").exists()
