"""An outside chat server in mcp.json is the second path of a desk without a command, and the next way where the command fails."""

from __future__ import annotations

import asyncio
import json
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from mcp.server.mcpserver import MCPServer

from bot.messages.elsewhere import second_path_words
from engine.clients.mcp import McpConnection, in_memory
from engine.clients.telegram import OutsideChatClient
from engine.offline import try_second_path
from engine.runtime import switches
from engine.safety import outside_chat
from engine.safety.operator_command import OperatorCommand
from engine.safety.outside_chat import OutsideChat
from engine.safety.second_path import SecondPath, Way
from tests.conftest import ROOT
from tests.scenarios.house import house

TAKES, FAILS = "import sys; open('told', 'ab').write(sys.stdin.buffer.read())", "raise SystemExit(3)"


class Chat:
    """Somebody else's chat server."""

    def __init__(self, *, hangs: bool = False) -> None:
        self.texts: list[str] = []
        self.hangs = hangs
        self.mcp = MCPServer("chat", log_level="CRITICAL")

        @self.mcp.tool(structured_output=False)
        async def send_message(text: str) -> str:
            if self.hangs:
                await asyncio.Event().wait()
            self.texts.append(text)
            return "Message sent!"


@pytest.mark.parametrize(("program", "by_command", "by_chat"), [(None, 0, 1), (TAKES, 1, 0), (FAILS, 0, 1)], ids=["chat alone", "both", "command fails"])
async def test_what_the_chat_cannot_carry_takes_the_first_way_that_works(tmp_path: Path, program: str | None, by_command: int, by_chat: int) -> None:
    chat = Chat()
    connection = McpConnection("telegram", in_memory(chat.mcp))
    ways: list[Way] = [OutsideChat(OutsideChatClient(connection), asyncio.get_running_loop())]
    if program is not None:
        ways.insert(0, OperatorCommand((sys.executable, "-c", program), tmp_path, timeout_s=10.0))
    path = SecondPath.over(ways)
    assert path is not None
    async with house(tmp_path) as engine:
        path.start()
        await switches.hold(replace(engine.desk, second_path=path, say=second_path_words("en")), "telegram", "refused (401)")
        await asyncio.to_thread(path.close)
    await connection.aclose()
    told = (tmp_path / "told").read_text(encoding="utf-8") if (tmp_path / "told").exists() else ""

    assert (told.count("On hold, no new entries: Telegram."), len(chat.texts)) == (by_command, by_chat)
    assert all("On hold, no new entries: Telegram." in text and "⛓" in text for text in chat.texts)


async def test_a_chat_server_that_is_gone_is_a_problem_in_words(tmp_path: Path) -> None:
    connection = McpConnection("telegram", in_memory(Chat().mcp))
    await connection.aclose()
    outside = OutsideChat(OutsideChatClient(connection), asyncio.get_running_loop())

    assert "the connection is closed" in await asyncio.to_thread(outside.run, b"are you there\n")


async def test_a_chat_server_that_hangs_is_given_up_after_its_time_and_at_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    connection = McpConnection("telegram", in_memory(Chat(hangs=True).mcp))
    outside = OutsideChat(OutsideChatClient(connection), asyncio.get_running_loop())
    outside.end()
    asking = asyncio.create_task(asyncio.to_thread(outside.run, b"are you there\n"))
    await asyncio.sleep(0.05)
    await asyncio.to_thread(outside.end)
    at_the_end = await asking
    monkeypatch.setattr(outside_chat, "WAIT_S", 0.05)
    after_its_time = await asyncio.to_thread(outside.run, b"are you there\n")
    await connection.aclose()

    assert "had not taken it" in at_the_end
    assert after_its_time == "the outside chat server had not taken it after 0.05 s"


def test_an_mcp_file_without_a_chat_server_leaves_the_drill_to_the_command(tmp_path: Path) -> None:
    (tmp_path / "mcp.json").write_text(json.dumps({"mcpServers": {}}))
    done = try_second_path(tmp_path, "This is a test.")

    assert (done.ok, "alert.command does not exist" in done.sentence) == (False, True)


def test_without_a_way_there_is_no_second_path() -> None:
    assert SecondPath.over(()) is None


@pytest.mark.parametrize(
    ("fault", "is_ok", "words"), [("", True, "your chat server took the test message"), ("tool error", False, "FAILED: telegram.send_message")]
)
def test_the_drill_goes_through_the_chat_server_of_a_home_without_a_command(tmp_path: Path, fault: str, is_ok: bool, words: str) -> None:
    (tmp_path / "fault").write_text(fault)
    server = {"command": sys.executable, "args": ["-S", "-m", "tests.faults.child", str(tmp_path / "fault")], "env": {"PYTHONPATH": str(ROOT)}}
    (tmp_path / "mcp.json").write_text(json.dumps({"mcpServers": {"telegram": server}}))
    done = try_second_path(tmp_path, "This is a test.")

    assert (done.ok, words in done.sentence) == (is_ok, True)
