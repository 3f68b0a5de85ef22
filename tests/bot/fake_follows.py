"""Messages that follow the audit chain, at the api door."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass
class FakeFollows:
    """Every one begins."""

    note: Callable[..., None]

    async def begin(self, chat_id: int, key: str) -> None:
        self.note("follows.begin", (chat_id, key))

    async def number_of(self, key: str) -> int | None:
        self.note("follows.number_of", key)
        return None
