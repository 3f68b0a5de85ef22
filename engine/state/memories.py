"""What is remembered of past trades and whatever else the operator's agents noted: texts by the thing they are about.

Rules of this file: nothing here is ever read by a decision, and no audit row tells of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from engine.state.models import Memory
from engine.state.rows import Rows, columns

MEMORIES_READ_MAX = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryRecord:
    """One thing noted about an entity."""

    memory_id: int
    entity: str
    observation: str
    at: datetime


class MemoryRows(Rows):
    """Notes, each kept once."""

    def remember(self, entity: str, observations: Sequence[str], *, now: datetime) -> int:
        """Every observation is kept under the entity; returns how many were new."""
        rows = [{"entity": entity, "observation": observation, "at": now} for observation in observations]
        return sum(self._insert_new(Memory, row) is not None for row in rows)

    def memories(self) -> tuple[MemoryRecord, ...]:
        """The newest notes, oldest of them first."""
        query = Memory.select(*columns(Memory, MemoryRecord)).order_by(Memory.memory_id.desc()).limit(MEMORIES_READ_MAX)
        return tuple(reversed(self._records(MemoryRecord, query)))
