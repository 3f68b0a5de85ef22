"""What each server could do when it was first used: its tools with descriptions and schemas, by hash.

Rules of this file: a server whose tools are others than at first is not asked anything until a person has
accepted them, because a description or a schema that changes is how a trusted server turns into another one.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import structlog
from mcp.client.client import Client
from mcp_types import Tool

from engine.errors import ConfigError

LISTING_PAGES_MAX = 20
PINS = "pins.json"

log = structlog.get_logger(__name__)


class Pins(Protocol):
    """Whoever remembers what a server could do at first."""

    def agrees(self, server: str, digest: str) -> bool:
        """True for the digest the server had at first; where there is none yet, this one is it from now on."""


class PinFile:
    """Pins in a file of the home, `{"server": "sha256"}`; two processes may share it."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def agrees(self, server: str, digest: str) -> bool:
        """True for the digest the server had at first; where there is none yet, this one is it from now on. A file that cannot be used agrees to nothing."""
        try:
            pins = self._read()
            if server not in pins:
                self._write({**pins, server: digest})
                return True
        except (ConfigError, OSError) as error:
            log.error("pins.unusable", error=str(error))
            return False
        return pins[server] == digest

    def require_sound(self) -> None:
        """Nothing happens for a file that can be read, or that is not there yet. Raises ConfigError."""
        self._read()

    def forget(self, server: str) -> bool:
        """The server's next tools are accepted as they are; False when none were pinned. Raises ConfigError."""
        pins = self._read()
        if server not in pins:
            return False
        self._write({name: digest for name, digest in pins.items() if name != server})
        return True

    def _read(self) -> dict[str, str]:
        if not self._path.exists():
            return {}
        try:
            document = json.loads(self._path.read_text(encoding="utf-8"))
        except ValueError:
            document = None
        if not isinstance(document, dict) or not all(isinstance(digest, str) for digest in document.values()):
            raise ConfigError("this is no list of pinned servers", fix="Delete the file if every server may be trusted anew.", path=self._path)
        return document

    def _write(self, pins: dict[str, str]) -> None:
        handle, name = tempfile.mkstemp(dir=self._path.parent, prefix=f".{PINS}.")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(json.dumps(pins, indent=2, sort_keys=True) + "\n")
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(self._path)


async def listed_tools(client: Client) -> tuple[Tool, ...]:
    """What the server says it can do."""
    tools: list[Tool] = []
    cursor: str | None = None
    for _ in range(LISTING_PAGES_MAX):
        page = await client.list_tools(cursor=cursor)
        tools += page.tools
        cursor = page.next_cursor
        if cursor is None:
            break
    return tuple(tools)


def digest_of(tools: Sequence[Tool]) -> str:
    """The hash of everything the server says of its tools, in whatever order it lists them."""
    rows = sorted(json.dumps(tool.model_dump(mode="json", exclude_none=True), sort_keys=True) for tool in tools)
    return hashlib.sha256("\n".join(rows).encode()).hexdigest()
