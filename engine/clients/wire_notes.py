"""What travels to and from the memory and the notes."""

from __future__ import annotations

from pydantic import Field

from engine.clients.wire import Instant, Wire


class MemoryWire(Wire):
    entity: str
    observations: list[str]


class RememberedWire(Wire):
    """How many observations were new."""

    remembered: int


class RecalledWire(Wire):
    """Nearest first."""

    memories: list[MemoryWire]


class GraphNodeWire(Wire):
    """An entity of the knowledge-graph memory server."""

    name: str
    observations: list[str] = Field(default_factory=list)


class GraphWire(Wire):
    """What the knowledge-graph memory server finds."""

    entities: list[GraphNodeWire] = Field(default_factory=list)


class ReportWire(Wire):
    name: str
    title: str
    tags: list[str]
    published_at: Instant


class PublishedWire(Wire):
    """Under which name a report lies in the folder; the same report again is not written twice."""

    name: str
    is_new: bool


class ReportsWire(Wire):
    """Newest first."""

    reports: list[ReportWire]


class AskedWire(Wire):
    """A request waits for the running engine; `action_id` is its number in the audit chain's words."""

    action_id: int
