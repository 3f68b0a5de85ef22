"""The desk's memory as a server: notes by the thing they are about, recalled by likeness."""

from __future__ import annotations

from typing import Annotated

from mcp.server.mcpserver import MCPServer
from pydantic import Field

from engine.api import DeskMemory
from engine.clients.wire_notes import MemoryWire, RecalledWire, RememberedWire
from engine.servers.answers import json_of

OBSERVATIONS_MAX, RECALLED_MAX = 50, 20
Entity = Annotated[str, Field(min_length=1, max_length=100)]
Observation = Annotated[str, Field(min_length=1, max_length=500)]


def build_memory_server(memory: DeskMemory) -> MCPServer:
    """A server over `memory`; what it tells is text for people and no input of any decision."""
    server = MCPServer("cerbero-memory", log_level="WARNING")

    @server.tool(structured_output=False)
    async def remember(entity: Entity, observations: Annotated[list[Observation], Field(min_length=1, max_length=OBSERVATIONS_MAX)]) -> str:
        """Keep observations about one thing; one that is known already is kept once."""
        return json_of(RememberedWire(remembered=await memory.remember(entity, observations)))

    @server.tool(structured_output=False)
    async def recall(query: Annotated[str, Field(min_length=1, max_length=500)], count: Annotated[int, Field(ge=1, le=RECALLED_MAX)] = 3) -> str:
        """The things whose notes are nearest to a question, nearest first."""
        found = await memory.recall(query, count)
        return json_of(RecalledWire(memories=[MemoryWire(entity=each.entity, observations=list(each.observations)) for each in found]))

    return server
