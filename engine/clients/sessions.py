"""A session with a server and the calls inside it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

from mcp.client.client import Client


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionState:
    """A server as seen from here: `state` is idle, up, down, open (the breaker, for `open_for_s`) or changed (its tools are others than at first)."""

    name: str
    state: str
    failing_for_s: float | None
    open_for_s: float | None


@dataclass(frozen=True, slots=True)
class Job:
    """A call under way; `max_bytes` None: only whether it worked is asked."""

    tool: str
    arguments: dict[str, Any]
    max_bytes: int | None
    answer: asyncio.Future[str]


@dataclass(slots=True, eq=False)
class Session:
    """An entered session and the calls inside it; put into the queue it says: this one is lost."""

    client: Client
    running: dict[asyncio.Task[None], Job] = field(default_factory=dict)
    look_again_s: float = 0.0
    is_opening: bool = True
    is_lost: bool = False

    @property
    def is_idle(self) -> bool:
        """Nobody waits for an answer of this session."""
        return all(job.answer.done() for job in self.running.values())
