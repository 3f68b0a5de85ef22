"""The part of the door that is about messages which change while they stand."""

from __future__ import annotations

from typing import Protocol


class Follows(Protocol):
    """One message a chat follows the audit chain at a time, and ends by itself in words."""

    async def begin(self, chat_id: int, key: str) -> None:
        """A message is owed that shows the newest rows as they come, for ten minutes; an earlier one of the chat ends. Once for the same `key`."""

    async def number_of(self, key: str) -> int | None:
        """The number under which the message owed with this dedupe key stands in its chat; None while it does not."""
