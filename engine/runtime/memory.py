"""The desk's memory over its store: what is noted, and which notes are nearest to a question."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from engine.clients.nearness import Memory, nearest
from engine.state.repository import Store

RECALLED_MAX = 20


class StoreMemory:
    """Remembers into the store and recalls from it."""

    def __init__(self, store: Store, now: Callable[[], datetime]) -> None:
        self._store, self._now = store, now

    async def remember(self, entity: str, observations: Sequence[str]) -> int:
        """The observations are kept; returns how many were new."""
        return await self._store.write(lambda tx: tx.remember(entity, observations, now=self._now()))

    async def recall(self, query: str, count: int) -> tuple[Memory, ...]:
        """The things whose notes share most with the query, nearest first."""
        records = await self._store.read(lambda tx: tx.memories())
        by_entity: dict[str, list[str]] = {}
        for record in records:
            by_entity.setdefault(record.entity, []).append(record.observation)
        known = [Memory(entity=entity, observations=tuple(observations)) for entity, observations in by_entity.items()]
        return nearest(query, known, count=min(count, RECALLED_MAX))
