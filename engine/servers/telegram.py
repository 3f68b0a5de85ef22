"""The desk's own chat as a server: other agents of the operator's may have a text delivered.

Rules of this file: a text arrives boxed as quoted data under the agent's name, never
with a button; it waits in the store for the engine, which may refuse it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated

from mcp.server.mcpserver import MCPServer
from pydantic import Field

from engine.clients.wire_notes import AskedWire
from engine.errors import EngineError
from engine.servers.answers import json_of, refusal

TEXT_CHARS_MAX = 250
"""As much as a quoted text from outside may have in a message."""

AskToSay = Callable[[str, str], Awaitable[int]]
"""(agent, text) → the number under which the engine was asked."""


def build_telegram_server(ask_to_say: AskToSay) -> MCPServer:
    """A server over the outbox of a running engine."""
    server = MCPServer("cerbero-telegram", log_level="WARNING")

    @server.tool(structured_output=False)
    async def send_message(
        text: Annotated[str, Field(min_length=1, max_length=TEXT_CHARS_MAX)],
        agent: Annotated[str, Field(pattern=r"^[A-Za-z0-9 _.-]{1,40}$")] = "agent",
    ) -> str:
        """A text for every operator, quoted under the agent's name; the engine looks within a minute."""
        try:
            return json_of(AskedWire(action_id=await ask_to_say(agent, text)))
        except EngineError as error:
            raise refusal(str(error)) from None

    return server
