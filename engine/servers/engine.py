"""The engine's own core as a server, for the operator's other agents: they may look, ask the rules, and ask for a proposal.

Rules of this file: nothing here decides or trades; a proposal that is asked for waits
for a person like every other.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from typing import Annotated, Literal

from mcp.server.mcpserver import MCPServer
from pydantic import Field

from engine.api import DeskLooks, DeskRules, Strategy
from engine.clients.wire_notes import AskedWire
from engine.errors import ActionRefused, EngineError
from engine.servers.answers import json_of, refusal

AskToScan = Callable[[], Awaitable[int]]
PICTURES = ("payoff", "timeline", "chart")
"""What is drawn for people and would only be long here."""
REPLAY_DAYS_MAX = 120


def build_engine_server(desk: DeskLooks, rules: DeskRules, ask_to_scan: AskToScan) -> MCPServer:
    """A server over the engine of a home, running or not."""
    server = MCPServer("cerbero-engine", log_level="WARNING")
    _add_looks(server, desk)
    _add_rules(server, rules)
    _add_replay(server, desk)

    @server.tool(structured_output=False)
    async def request_proposal() -> str:
        """Ask the running engine to look for an entry now. Whatever it finds waits for a person; nothing is placed by this."""
        return await _answered(_asked(ask_to_scan))

    return server


def view_json(view: object) -> str:
    """A view as JSON: money as decimal text, instants as ISO, codes as words, no pictures."""
    return json.dumps(view, default=_plain)


def _add_looks(server: MCPServer, desk: DeskLooks) -> None:
    async def positions() -> str:
        return view_json([_without_pictures(asdict(view)) for view in await desk.positions()])

    async def equity(period: str) -> str:
        return view_json(asdict(await desk.equity(period)))

    async def status() -> str:
        return view_json(asdict(await desk.status()))

    @server.tool(structured_output=False)
    async def get_status() -> str:
        """The engine: stage, stops, jobs, ages of its inputs, cards that wait, the head of its audit chain."""
        return await _answered(status())

    @server.tool(structured_output=False)
    async def get_positions() -> str:
        """Every open trade at present prices with its last decisions."""
        return await _answered(positions())

    @server.tool(structured_output=False)
    async def get_equity(period: Literal["30d", "all"] = "all") -> str:
        """The result curve in EUR, realised and not."""
        return await _answered(equity(period))


def _add_rules(server: MCPServer, rules: DeskRules) -> None:
    async def entry() -> str:
        return view_json(asdict(await rules.evaluate_entry()))

    async def strikes(strategy: str) -> str:
        return view_json(asdict(await rules.select_strikes(Strategy(strategy))))

    async def exit_of(trade_id: int) -> str:
        found = await rules.evaluate_exit(trade_id)
        if found is None:
            raise refusal(f"no open trade has the number {trade_id}")
        return view_json(asdict(found))

    @server.tool(structured_output=False)
    async def evaluate_entry() -> str:
        """Whether an entry would be proposed now, with every check, its figure and its limit. Nothing is proposed."""
        return await _answered(entry())

    @server.tool(structured_output=False)
    async def select_strikes(strategy: Literal["bull_put", "bear_call", "iron_condor"]) -> str:
        """The spread the rules would choose for a strategy now, whatever the bias."""
        return await _answered(strikes(strategy))

    @server.tool(structured_output=False)
    async def evaluate_exit(trade_id: Annotated[int, Field(ge=1)]) -> str:
        """What the exit table says of an open trade now. Nothing is closed."""
        return await _answered(exit_of(trade_id))


def _add_replay(server: MCPServer, desk: DeskLooks) -> None:
    async def lived(from_on: date, to_on: date) -> str:
        summary = asdict(await desk.replay(from_on, to_on))
        return view_json(_without_pictures(summary) | {"equity": None})

    @server.tool(structured_output=False)
    async def replay(from_on: date, to_on: date) -> str:
        """The job table lived through a stretch of the simulated market; takes a while."""
        if not timedelta(0) < to_on - from_on <= timedelta(days=REPLAY_DAYS_MAX):
            raise refusal(f"ask for at most {REPLAY_DAYS_MAX} days, the first before the last")
        return await _answered(lived(from_on, to_on))


async def _answered(work: Awaitable[str]) -> str:
    try:
        return await work
    except ActionRefused as error:
        raise refusal(error.code) from None
    except EngineError as error:
        raise refusal(str(error)) from None


async def _asked(ask_to_scan: AskToScan) -> str:
    return json_of(AskedWire(action_id=await ask_to_scan()))


def _without_pictures(view: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in view.items() if name not in PICTURES}


def _plain(value: object) -> object:
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, timedelta):
        return value.total_seconds()
    raise TypeError(f"{type(value).__name__} has no place in an answer")
