"""An outside chat server as a way to the operator: used from the second path's thread, asked on the engine's loop."""

from __future__ import annotations

import asyncio
from concurrent.futures import CancelledError, Future

from engine.clients.servers_file import connect_servers
from engine.clients.telegram import DEADLINE_S, OutsideChatClient
from engine.errors import VenueError
from engine.home import Home
from engine.safety.operator_command import OperatorCommand
from engine.safety.second_path import Way, try_once

WAIT_S = DEADLINE_S + 2.0
"""A loop that hangs longer is no way to anybody."""


def ways(command: OperatorCommand | None, chat: OutsideChatClient | None) -> tuple[Way, ...]:
    """Who may be told what the chat cannot carry, on the loop that runs: the operator's command first, then an outside chat server."""
    chats = () if chat is None else (OutsideChat(chat, asyncio.get_running_loop()),)
    return chats if command is None else (command, *chats)


def try_ways(home: Home, text: str) -> tuple[str, str]:
    """The home's command, or where there is none its outside chat server, was handed `text`: what went wrong in words, and who took it."""
    problem = None if home.alert_command.exists() or not home.mcp_json.exists() else asyncio.run(_try_chat(home, text))
    return (try_once(home, text), "your command") if problem is None else (problem, "your chat server")


async def _try_chat(home: Home, text: str) -> str | None:
    """The home's outside chat server was handed `text`: empty when it took it, otherwise what went wrong; None where there is none. Raises ConfigError."""
    connection = connect_servers(home.mcp_json).get("telegram")
    if connection is None:
        return None
    try:
        await OutsideChatClient(connection).send_message(text)
    except VenueError as error:
        return str(error)
    finally:
        await connection.aclose()
    return ""


class OutsideChat:
    """Sends through the client, from another thread than the loop's."""

    def __init__(self, chat: OutsideChatClient, loop: asyncio.AbstractEventLoop) -> None:
        self._chat, self._loop = chat, loop
        self._asking: Future[None] | None = None

    def run(self, content: bytes) -> str:
        """What went wrong in words, empty when the server took the text."""
        asking = asyncio.run_coroutine_threadsafe(self._chat.send_message(content.decode().strip()), self._loop)
        self._asking = asking
        try:
            asking.result(WAIT_S)
        except VenueError as error:
            return str(error)
        except (TimeoutError, CancelledError):
            asking.cancel()
            return f"the outside chat server had not taken it after {WAIT_S:g} s"
        return ""

    def end(self) -> None:
        """What is under way takes no longer."""
        if self._asking is not None:
            self._asking.cancel()
