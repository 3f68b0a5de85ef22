"""Memory, notes and messages of other programs, each through a real MCP session."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from mcp.server.mcpserver import MCPServer

from engine.clients import McpConnection
from engine.clients.brain_bridge import BrainBridgeClient
from engine.clients.mcp import in_memory
from engine.clients.memory import MemoryClient
from engine.clients.nearness import Memory, nearest
from engine.clients.telegram import OutsideChatClient
from engine.errors import StateError, VenueError
from engine.servers.brain_bridge import Vault, build_brain_bridge_server
from engine.servers.memory import build_memory_server
from engine.servers.telegram import build_telegram_server

NOW = datetime(2026, 9, 7, 14, 0, tzinfo=UTC)


@asynccontextmanager
async def connected(server: MCPServer) -> AsyncIterator[McpConnection]:
    connection = McpConnection(server.name, in_memory(server))
    try:
        yield connection
    finally:
        await connection.aclose()


def files(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir())


class Notebook:
    """A memory in memory."""

    def __init__(self) -> None:
        self.notes: dict[str, list[str]] = {}

    async def remember(self, entity: str, observations: Any) -> int:
        known = self.notes.setdefault(entity, [])
        new = [observation for observation in observations if observation not in known]
        known += new
        return len(new)

    async def recall(self, query: str, count: int) -> tuple[Memory, ...]:
        return nearest(query, [Memory(entity=entity, observations=tuple(notes)) for entity, notes in self.notes.items()], count=count)


def knowledge_graph() -> MCPServer:
    """A server with the tools of the ecosystem's knowledge-graph memory."""
    server, nodes = MCPServer("graph", log_level="CRITICAL"), {}

    @server.tool(structured_output=False)
    async def create_entities(entities: list[dict[str, Any]]) -> str:
        new = [entity for entity in entities if entity["name"] not in nodes]
        nodes.update({entity["name"]: dict(entity) for entity in new})
        return json.dumps(new, indent=2)

    @server.tool(structured_output=False)
    async def add_observations(observations: list[dict[str, Any]]) -> str:
        for each in observations:
            known = nodes[each["entityName"]]["observations"]
            known += [content for content in each["contents"] if content not in known]
        return "[]"

    @server.tool(structured_output=False)
    async def search_nodes(query: str) -> str:
        found = [node for node in nodes.values() if query in json.dumps(node)]
        return json.dumps({"entities": found, "relations": []}, indent=2)

    return server


@pytest.mark.parametrize("is_graph", [False, True], ids=["our own", "knowledge graph"])
async def test_what_was_remembered_is_recalled_by_likeness_from_either_server(is_graph: bool) -> None:
    server = knowledge_graph() if is_graph else build_memory_server(Notebook())
    async with connected(server) as connection:
        memory = MemoryClient(connection)
        await memory.remember("trade 1", ["bull_put", "stop_loss"])
        await memory.remember("trade 2", ["bull_put", "profit_take"])
        await memory.remember("trade 1", ["note: too early"])
        found = await memory.recall("bull_put stop_loss", 3)

    assert [each.entity for each in found] == ["trade 1", "trade 2"]
    assert found[0].observations == ("bull_put", "stop_loss", "note: too early")


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("remember", {"entity": "", "observations": ["x"]}),
        ("remember", {"entity": "x", "observations": []}),
        ("remember", {"entity": "x", "observations": ["y" * 501]}),
        ("recall", {"query": "x", "count": 21}),
    ],
)
async def test_a_note_that_is_too_much_or_nothing_is_refused(tool: str, arguments: dict[str, Any]) -> None:
    async with connected(build_memory_server(Notebook())) as connection:
        with pytest.raises(VenueError) as caught:
            await connection.call(tool, arguments)

    assert caught.value.permanent


async def test_a_report_is_a_note_with_front_matter_and_is_listed_newest_first(tmp_path: Path) -> None:
    folder, now = tmp_path / "vault", [NOW]
    async with connected(build_brain_bridge_server(Vault(folder, lambda: now[0]))) as connection:
        notes = BrainBridgeClient(connection)
        assert await notes.list_reports() == ()
        first = await notes.publish_report("August: a quiet month", "# August\n\nNothing.", ["cerbero", "report/monthly"])
        now[0] += timedelta(days=30)
        second = await notes.publish_report("Settembre è andato", "# Settembre", [])
        listed = await notes.list_reports()

    assert (first, second) == ("2026-09-07-august-a-quiet-month.md", "2026-10-07-settembre-e-andato.md")
    assert listed == (second, first)
    assert (folder / first).read_text(encoding="utf-8").splitlines() == [
        "---",
        'title: "August: a quiet month"',
        'tags: ["cerbero", "report/monthly"]',
        "published_at: 2026-09-07T14:00:00+00:00",
        "---",
        "",
        "# August",
        "",
        "Nothing.",
    ]
    assert (folder / first).stat().st_mode & 0o777 == 0o600


def test_the_same_report_twice_is_one_and_a_changed_one_takes_its_place(tmp_path: Path) -> None:
    vault = Vault(tmp_path, lambda: NOW)
    told = [vault.publish("Day", body, ["a"]).is_new for body in ("one", "one", "two")]

    assert told == [True, False, True]
    assert "two" in (tmp_path / "2026-09-07-day.md").read_text(encoding="utf-8")
    assert [file.name for file in tmp_path.iterdir()] == ["2026-09-07-day.md"]


def test_other_notes_of_the_folder_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.md").write_text("# my own\n", encoding="utf-8")
    (tmp_path / "odd.md").write_text("---\ntitle: [\ntags: 1\npublished_at: x\n---\n", encoding="utf-8")
    vault = Vault(tmp_path, lambda: NOW)
    vault.publish("Day", "x", [])

    assert [report.name for report in vault.reports().reports] == ["2026-09-07-day.md"]
    assert (tmp_path / "mine.md").read_text(encoding="utf-8") == "# my own\n"


@pytest.mark.parametrize("title", ["../../etc/passwd", "/absolute", "a\nb", "…", "x" * 120])
async def test_no_title_leads_out_of_the_folder(tmp_path: Path, title: str) -> None:
    folder = tmp_path / "vault"
    async with connected(build_brain_bridge_server(Vault(folder, lambda: NOW))) as connection:
        name = await BrainBridgeClient(connection).publish_report(title, "x", [])

    assert files(folder) == [name]
    assert files(tmp_path) == ["vault"]
    assert len(name) < 90


async def test_a_tag_that_is_none_and_a_folder_that_cannot_be_written_are_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    async with connected(build_brain_bridge_server(Vault(tmp_path / "file" / "below", lambda: NOW))) as connection:
        for tags in (["Not A Tag"], []):
            with pytest.raises(VenueError) as caught:
                await BrainBridgeClient(connection).publish_report("x", "y", tags)
            assert caught.value.permanent


async def test_a_program_s_text_is_handed_to_the_engine_under_its_name() -> None:
    asked: list[tuple[str, str]] = []

    async def ask(agent: str, text: str) -> int:
        asked.append((agent, text))
        return 41

    async with connected(build_telegram_server(ask)) as connection:
        told = json.loads(await connection.call("send_message", {"text": "spot fell", "agent": "scout"}))
        await OutsideChatClient(connection).send_message("backup done")

    assert told == {"action_id": 41}
    assert asked == [("scout", "spot fell"), ("agent", "backup done")]


@pytest.mark.parametrize("arguments", [{"text": ""}, {"text": "x" * 251}, {"text": "x", "agent": "<b>"}, {"text": "x", "agent": "a" * 41}])
async def test_a_text_nobody_could_read_is_refused(arguments: dict[str, str]) -> None:
    async def never(agent: str, text: str) -> int:
        raise AssertionError(agent + text)

    async with connected(build_telegram_server(never)) as connection:
        with pytest.raises(VenueError) as caught:
            await connection.call("send_message", arguments)

    assert caught.value.permanent


async def test_where_no_engine_runs_the_text_is_refused_in_words() -> None:
    async def nobody(agent: str, text: str) -> int:
        raise StateError(f"no engine runs, so nobody would carry this out ({agent}, {len(text)})")

    async with connected(build_telegram_server(nobody)) as connection:
        with pytest.raises(VenueError, match="no engine runs") as caught:
            await connection.call("send_message", {"text": "x"})

    assert caught.value.is_refusal


async def test_an_outside_chat_may_answer_in_any_form_and_a_no_is_a_no() -> None:
    server = MCPServer("outside", log_level="CRITICAL")
    said: list[str] = []

    @server.tool(structured_output=False)
    async def send_message(text: str) -> str:
        if text == "no":
            raise ValueError("blocked")
        said.append(text)
        return "Message sent successfully! 🎉"

    async with connected(server) as connection:
        chat = OutsideChatClient(connection)
        await chat.send_message("the chat is silent")
        with pytest.raises(VenueError):
            await chat.send_message("no")

    assert said == ["the chat is silent"]
