"""`mcp.json`: which server plays which role, in the ecosystem's usual shape.

Rules of this file: a mistake raises ConfigError with file, line and fix; secrets
stand in `env` or `headers` and are never part of a message.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from engine.clients.mcp import McpConnection, over_http, over_stdio
from engine.errors import ConfigError

SERVERS_MAX = 32
SHAPE = 'Write {"mcpServers": {"name": {"command": "…", "args": []} or {"url": "https://…"}}}.'


@dataclass(frozen=True, slots=True, kw_only=True)
class StdioServer:
    """A server run as a child process; `tools` maps our tool names to its own."""

    name: str
    command: str
    args: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict, repr=False)
    tools: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpServer:
    """A server reached by URL."""

    name: str
    url: str = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    tools: Mapping[str, str] = field(default_factory=dict)


ServerSpec = StdioServer | HttpServer


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    type: str | None = None
    command: str | None = Field(default=None, min_length=1)
    args: list[str] = []
    env: dict[str, str] = {}
    url: str | None = Field(default=None, pattern=r"^https?://")
    headers: dict[str, str] = {}
    tools: dict[str, str] = {}

    @model_validator(mode="after")
    def _one_way_to_reach_it(self) -> Self:
        if (self.command is None) == (self.url is None):
            raise ValueError("exactly one of command and url is needed")
        return self


def read_servers(path: Path) -> tuple[ServerSpec, ...]:
    """The servers of a file in its order; none when the file does not exist. Raises ConfigError."""
    if not path.exists():
        return ()
    text = path.read_text(encoding="utf-8")
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        raise ConfigError(f"not valid JSON ({error.msg})", fix="Correct the line.", path=path, line=error.lineno) from None
    servers = document.get("mcpServers") if isinstance(document, dict) else None
    if not isinstance(servers, dict):
        raise ConfigError("mcpServers is missing", fix=SHAPE, path=path, line=1, key="mcpServers")
    if len(servers) > SERVERS_MAX:
        raise ConfigError(f"more than {SERVERS_MAX} servers", fix="Remove some.", path=path, line=1, key="mcpServers")
    return tuple(_spec(path, text, name, entry) for name, entry in servers.items())


def connection_of(spec: ServerSpec) -> McpConnection:
    """A connection to a described server; nothing is started yet."""
    if isinstance(spec, StdioServer):
        return McpConnection(spec.name, over_stdio(spec.command, spec.args, env=spec.env), tools=spec.tools)
    return McpConnection(spec.name, over_http(spec.url, headers=spec.headers), tools=spec.tools)


def _spec(path: Path, text: str, name: str, entry: object) -> ServerSpec:
    try:
        known = _Entry.model_validate(entry)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        key = ".".join(("mcpServers", name, *(str(part) for part in first["loc"])))
        raise ConfigError(first["msg"], fix=SHAPE, path=path, line=_line_of(text, name), key=key) from None
    if known.command is not None:
        return StdioServer(name=name, command=known.command, args=tuple(known.args), env=known.env, tools=known.tools)
    if known.url is not None:
        return HttpServer(name=name, url=known.url, headers=known.headers, tools=known.tools)
    raise ConfigError("neither command nor url", fix=SHAPE, path=path, line=_line_of(text, name), key=f"mcpServers.{name}")


def _line_of(text: str, name: str) -> int | None:
    quoted = json.dumps(name)
    return next((number for number, line in enumerate(text.splitlines(), start=1) if quoted in line), None)
