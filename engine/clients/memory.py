"""The desk's memory: our own server, or the knowledge-graph memory server in its place.

Rules of this file: whatever comes back is text for people; a memory that is gone costs
a line on a card and nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence

from engine.clients.mcp import CALL_DEADLINE_S, McpConnection
from engine.clients.nearness import Memory, nearest
from engine.clients.wire import read_wire
from engine.clients.wire_notes import GraphWire, RecalledWire, RememberedWire

OWN_TOOLS = frozenset({"remember", "recall"})
GRAPH_TYPE = "cerbero"
"""The type our entities have in a knowledge graph, which is also how they are found again."""
RECALL_DEADLINE_S = 3.0
"""A person waits for the rest of the card."""


class MemoryClient:
    """Remembers and recalls through whichever server plays the role."""

    def __init__(self, connection: McpConnection) -> None:
        self._connection = connection
        self._is_graph: bool | None = None

    async def remember(self, entity: str, observations: Sequence[str]) -> None:
        """The observations are kept under the entity. Raises VenueError."""
        if not await self._speaks_graph():
            text = await self._connection.call("remember", {"entity": entity, "observations": list(observations)})
            read_wire(RememberedWire, text, server=self._connection.name, tool="remember")
            return
        # A graph makes an entity once and takes further observations by its name; both calls may be repeated.
        await self._connection.tell("create_entities", {"entities": [{"name": entity, "entityType": GRAPH_TYPE, "observations": []}]})
        await self._connection.tell("add_observations", {"observations": [{"entityName": entity, "contents": list(observations)}]})

    async def recall(self, query: str, count: int) -> tuple[Memory, ...]:
        """The things whose notes are nearest to the query, nearest first. Raises VenueError."""
        if not await self._speaks_graph(RECALL_DEADLINE_S):
            text = await self._connection.call("recall", {"query": query, "count": count}, deadline_s=RECALL_DEADLINE_S)
            found = read_wire(RecalledWire, text, server=self._connection.name, tool="recall")
            return tuple(Memory(entity=each.entity, observations=tuple(each.observations)) for each in found.memories)
        text = await self._connection.call("search_nodes", {"query": GRAPH_TYPE}, deadline_s=RECALL_DEADLINE_S)
        graph = read_wire(GraphWire, text, server=self._connection.name, tool="search_nodes")
        return nearest(query, [Memory(entity=node.name, observations=tuple(node.observations)) for node in graph.entities], count=count)

    async def _speaks_graph(self, deadline_s: float = CALL_DEADLINE_S) -> bool:
        if self._is_graph is None:
            self._is_graph = bool(await self._connection.missing(OWN_TOOLS, deadline_s=deadline_s))
        return self._is_graph
