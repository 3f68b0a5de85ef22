"""The part of the door that is about messages which follow the audit chain."""

from __future__ import annotations

from typing import Protocol


class Follows(Protocol):
    """One such message a chat; each ends by itself, in words."""

    async def begin(self, chat_id: int, key: str) -> None:
        """A message is owed that shows the newest rows as they come, for ten minutes; an earlier one of the chat ends. Once for the same `key`."""
