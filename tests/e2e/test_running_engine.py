"""A running engine beside its command line: asked, stopped, killed without warning, started again."""

from __future__ import annotations

import asyncio
import json
import signal
from pathlib import Path

import pytest

from tests.e2e.product import cerbero_beside, started
from tests.e2e.scene import ADA, Scene, demo_over_telegram, telegram_env
from tests.fakes.bot_api import FakeBotApi

KILL_FILE_S = 2.0
MANUAL_ACTIONS_S = 75.0
"""The engine looks once a minute on the wall."""


async def test_the_command_line_beside_a_running_engine(tmp_path: Path) -> None:
    home = tmp_path / "home"
    async with FakeBotApi(people={ADA: "Ada"}) as api, demo_over_telegram(api, home) as scene:
        card = await scene.card("ENTRY #1", after=0)
        await second_instance_is_refused(scene)
        await store_can_be_read(scene)
        armed = await cerbero_beside("kill-switch", "arm", "--reason", "from the desk", "--home", home)
        assert (armed.stdout.strip(), (home / "KILL").exists()) == ("kill_switch=1", True)
        assert "from the desk" in (await cerbero_beside("kill-switch", "status", "--home", home)).stdout
        answer = await scene.tap(card, "Approve")
        assert "kill switch is armed" in answer.text
        assert (await inspected(home))["trades"]["open"] == 0

        stopped = await cerbero_beside("stop", "--home", home)
        assert (stopped.returncode, f"engine {scene.child.pid} stopped" in stopped.stdout) == (0, True)
        assert await scene.child.ended() == 0
    assert (await cerbero_beside("status", "--home", home)).stdout.splitlines()[0] == "engine idle, kill_switch=1"


async def second_instance_is_refused(scene: Scene) -> None:
    status = await cerbero_beside("status", "--home", scene.home)
    assert status.stdout.splitlines()[0] == f"engine running, kill_switch=0, pid {scene.child.pid}"
    for words in (("demo", "--no-browser"), ("start", "--no-browser")):
        second = await cerbero_beside(*words, "--home", scene.home)
        assert (second.returncode, str(scene.child.pid) in second.stderr) == (75, True)


async def store_can_be_read(scene: Scene) -> None:
    facts = await inspected(scene.home)
    assert (facts["cards"]["waiting"], facts["trades"]["open"], facts["store"]["origin"]) == (1, 0, "demo")
    exported = await cerbero_beside("audit", "export", "--home", scene.home)
    rows = [json.loads(line) for line in exported.stdout.splitlines()]
    tail = json.loads((await cerbero_beside("audit", "tail", "2", "--json", "--home", scene.home)).stdout)
    assert [row["seq"] for row in rows] == list(range(1, len(rows) + 1))
    assert [row["seq"] for row in tail] == [row["seq"] for row in rows[-2:]]
    assert (await cerbero_beside("audit", "verify", "--home", scene.home)).returncode == 0


async def inspected(home: Path) -> dict[str, dict[str, object]]:
    facts: dict[str, dict[str, object]] = json.loads((await cerbero_beside("state", "inspect", "--json", "--home", home)).stdout)
    return facts


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_a_signal_ends_the_run_in_order(tmp_path: Path, number: signal.Signals) -> None:
    async with FakeBotApi(people={ADA: "Ada"}) as api, started("start", "--chat", "telegram", "--home", tmp_path, env=telegram_env(api)) as child:
        await child.line_with("chat: Telegram")
        code = await child.stop(number)

        assert (code, child.errors) == (0, [])
        assert "nothing is lost" in child.output
    assert (await cerbero_beside("audit", "verify", "--home", tmp_path)).returncode == 0


async def test_a_card_survives_a_death_without_warning(tmp_path: Path) -> None:
    home = tmp_path / "home"
    async with FakeBotApi(people={ADA: "Ada"}) as api:
        async with demo_over_telegram(api, home) as scene:
            card = await scene.card("ENTRY #1", after=0)
            first_approve = card.button("Approve").data
            scene.child.process.kill()
            await scene.child.process.wait()
        dead = await cerbero_beside("status", "--home", home)
        assert dead.stdout.splitlines()[0] == "engine idle, kill_switch=0"
        async with demo_over_telegram(api, home) as scene:
            up = await scene.next("ENGINE UP", after=card.message_id)
            assert "first start" not in up.text
            assert "Waiting for your answer" in (await scene.ask("/pending", "#1")).text
            asked = next(each for each in reversed(scene.api.messages(ADA)) if "Approve" in each.labels)
            await scene.tap(asked, "Approve")
            await scene.next("OPENED trade #1", after=card.message_id)
            assert (await inspected(home))["trades"]["open"] == 1
            assert "decided already" in (await scene.tap_data(card, first_approve)).text
            assert (await inspected(home))["trades"]["open"] == 1
            assert await scene.child.stop() == 0
    assert (await cerbero_beside("audit", "verify", "--home", home)).returncode == 0


async def test_every_start_is_announced(tmp_path: Path) -> None:
    async with FakeBotApi(people={ADA: "Ada"}) as api:
        for _ in range(3):
            before = max((message.message_id for message in api.messages(ADA)), default=0)
            async with started("start", "--chat", "telegram", "--home", tmp_path, env=telegram_env(api)) as child:
                await api.wait_for(lambda message, before=before: message.message_id > before and "ENGINE UP" in message.text, timeout=20)
                assert await child.stop() == 0


@pytest.mark.slow
async def test_orders_from_the_command_line_are_carried_out_within_a_minute(tmp_path: Path) -> None:
    home = tmp_path / "home"
    async with FakeBotApi(people={ADA: "Ada"}) as api, demo_over_telegram(api, home) as scene:
        card = await scene.card("ENTRY #1", after=0)
        asked = await cerbero_beside("approve", "1", "--home", home)
        assert (asked.returncode, "within a minute" in asked.stdout) == (0, True)
        await scene.next("OPENED trade #1", after=card.message_id, timeout=MANUAL_ACTIONS_S)
        await cerbero_beside("kill-switch", "arm", "--home", home)
        early = await cerbero_beside("kill-switch", "disarm", "--phrase", "x", "--reason", "y", "--home", home)
        assert (early.returncode, "within a minute" in early.stdout) == (1, True)
        phrase = await disarm_phrase(home)
        await cerbero_beside("kill-switch", "disarm", "--phrase", phrase, "--reason", "checked", "--home", home)
        await gone(home / "KILL")
        assert (await cerbero_beside("kill-switch", "status", "--home", home)).stdout.strip() == "kill_switch=0"
        rows = json.loads((await cerbero_beside("audit", "tail", "1000", "--json", "--home", home)).stdout)

    assert {"manual.approve", "manual.disarm"} <= {row["type"] for row in rows}


async def disarm_phrase(home: Path) -> str:
    """The phrase, which names the audit row the engine writes at its next look."""
    async with asyncio.timeout(MANUAL_ACTIONS_S):
        while True:
            seen = json.loads((await cerbero_beside("kill-switch", "status", "--json", "--home", home)).stdout)
            if seen["phrase"] is not None:
                return str(seen["phrase"])


async def gone(path: Path) -> None:
    """Another process has removed the file."""
    async with asyncio.timeout(MANUAL_ACTIONS_S):
        while path.exists():  # noqa: ASYNC110, ASYNC240 - a file another process removes sets no event
            await asyncio.sleep(0.25)
