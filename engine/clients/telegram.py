"""An outside chat server: a second way to a person where the first one is in trouble."""

from __future__ import annotations

from engine.clients.mcp import McpConnection

DEADLINE_S = 8.0


class OutsideChatClient:
    """Sends plain texts through somebody else's chat server."""

    def __init__(self, connection: McpConnection) -> None:
        self._connection = connection

    async def send_message(self, text: str) -> None:
        """The server has taken the text. Raises VenueError."""
        await self._connection.tell("send_message", {"text": text}, deadline_s=DEADLINE_S)
