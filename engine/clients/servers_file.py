"""`mcp.json`: which server plays which role, in the ecosystem's usual shape.

Rules of this file: a mistake raises ConfigError with file, line and fix; secrets
stand in `env` or `headers` and are never part of a message.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self
from urllib.parse import parse_qsl, unquote, urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from engine.clients.mcp import McpConnection, over_http, over_stdio
from engine.clients.pins import PINS, PinFile
from engine.clients.roles import ROLES, SIDE_ROLES, SIM, TOOLS
from engine.config import SECRET_LENGTH_MIN, SECRET_NAME
from engine.errors import ConfigError

SERVERS_MAX = 32
KEY_LENGTH_MIN = 16
"""A part of an address this long is taken for a key, not a name."""

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
        document = json.loads(text, object_pairs_hook=_without_repeats)
    except json.JSONDecodeError as error:
        raise ConfigError(f"not valid JSON ({error.msg})", fix="Correct the line.", path=path, line=error.lineno) from None
    except _Repeated as repeated:
        raise ConfigError("this name stands twice", fix="Keep one of them.", path=path, line=_line_of(text, repeated.key), key=repeated.key) from None
    servers = document.get("mcpServers") if isinstance(document, dict) else None
    if not isinstance(servers, dict):
        raise ConfigError("mcpServers is missing", fix=SHAPE, path=path, line=1, key="mcpServers")
    if len(servers) > SERVERS_MAX:
        raise ConfigError(f"more than {SERVERS_MAX} servers", fix="Remove some.", path=path, line=1, key="mcpServers")
    return tuple(_spec(path, text, name, entry) for name, entry in servers.items())


def connect_servers(path: Path) -> dict[str, McpConnection]:
    """A connection to each server of a file, held against what it could do at first; nothing is started yet. Raises ConfigError."""
    pins = PinFile(path.with_name(PINS))
    pins.require_sound()
    connections = {spec.name: connection_of(spec) for spec in read_servers(path)}
    for connection in connections.values():
        connection.pin(pins)
    return connections


def connection_of(spec: ServerSpec) -> McpConnection:
    """A connection to a described server; nothing is started yet."""
    if isinstance(spec, StdioServer):
        return McpConnection(spec.name, over_stdio(spec.command, spec.args, env=spec.env), tools=spec.tools)
    return McpConnection(spec.name, over_http(spec.url, headers=spec.headers), tools=spec.tools, is_cheap=True)


def secrets_in(specs: Sequence[ServerSpec]) -> tuple[str, ...]:
    """What of the file must never show: headers, secret variables and arguments, and the parts of an address that look like keys."""
    found: list[str] = []
    for spec in specs:
        if isinstance(spec, StdioServer):
            found += [value for name, value in spec.env.items() if SECRET_NAME.search(name.upper())]
            found += [value for name, _, value in (arg.partition("=") for arg in spec.args) if SECRET_NAME.search(name.upper().replace("-", "_"))]
        else:
            # `Bearer KEY`: a log may hold the word and the key apart.
            found += [part for value in spec.headers.values() for part in (value, value.split(" ")[-1])]
            found += _secrets_of_url(spec.url)
    return tuple(dict.fromkeys(value for value in found if len(value) >= SECRET_LENGTH_MIN))


def _secrets_of_url(url: str) -> list[str]:
    parts = urlsplit(url)
    keys = [unquote(segment) for segment in parts.path.split("/") if len(segment) >= KEY_LENGTH_MIN]
    return [*keys, *(value for _, value in parse_qsl(parts.query)), *([] if parts.password is None else [unquote(parts.password)])]


class _Repeated(Exception):
    """A name stands twice in one object: JSON would keep the last and say nothing."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


def _without_repeats(pairs: list[tuple[str, object]]) -> dict[str, object]:
    known: dict[str, object] = {}
    for key, value in pairs:
        if key in known:
            raise _Repeated(key)
        known[key] = value
    return known


def _spec(path: Path, text: str, name: str, entry: object) -> ServerSpec:
    # A misspelt name would be a server nobody asks, and its inputs would be missing without a word.
    _refuse_unknown(path, text, name, known=(*ROLES, *SIDE_ROLES, SIM), key=f"mcpServers.{name}", what="no role of this engine")
    try:
        known = _Entry.model_validate(entry)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        key = ".".join(("mcpServers", name, *(str(part) for part in first["loc"])))
        raise ConfigError(first["msg"], fix=SHAPE, path=path, line=_line_of(text, name), key=key) from None
    for tool in known.tools:
        _refuse_unknown(path, text, tool, known=sorted(TOOLS), key=f"mcpServers.{name}.tools.{tool}", what="no tool this engine calls")
    if known.command is not None:
        return StdioServer(name=name, command=known.command, args=tuple(known.args), env=known.env, tools=known.tools)
    if known.url is not None:
        return HttpServer(name=name, url=known.url, headers=known.headers, tools=known.tools)
    raise ConfigError("neither command nor url", fix=SHAPE, path=path, line=_line_of(text, name), key=f"mcpServers.{name}")


def _refuse_unknown(path: Path, text: str, name: str, *, known: Sequence[str], key: str, what: str) -> None:
    if name in known:
        return
    near = difflib.get_close_matches(name, known, n=1)
    fix = f"Did you mean {near[0]}?" if near else f"Known are {', '.join(known)}."
    raise ConfigError(f"{name} is {what}", fix=fix, path=path, line=_line_of(text, name), key=key)


def _line_of(text: str, name: str) -> int | None:
    quoted = json.dumps(name)
    return next((number for number, line in enumerate(text.splitlines(), start=1) if quoted in line), None)
