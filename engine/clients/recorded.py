"""A run that lives on recorded calls, or one look out of it: each question is answered as it was, the same one twice in the order it was asked.

Rules of this file: a question that was never asked has no answer; nothing is made up.
"""

from __future__ import annotations

import json
from collections import defaultdict, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from engine.clients.bundle import Clients
from engine.clients.call_log import RecordedCall, failure_of, read_calls
from engine.clients.deribit import DeribitClient
from engine.clients.hyperliquid import HyperliquidClient
from engine.clients.macro import MacroClient
from engine.clients.mcp import CALL_DEADLINE_S, REPLY_BYTES_MAX, Caller
from engine.clients.portfolio import PortfolioClient
from engine.clients.roles import ROLES, SIM
from engine.clients.sentiment import SentimentClient
from engine.errors import ConfigError, Fault, VenueError

LOOK_TOOL = "get_dvol_history"
"""Asked once by every look that could end in an entry, up to the instant of the look."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedLook:
    """One look with an option chain: its instant, and the calls from then on."""

    at: datetime
    calls: tuple[RecordedCall, ...]


class RecordedCaller:
    """Answers for one server out of its recording."""

    def __init__(self, name: str, calls: Sequence[RecordedCall]) -> None:
        self._name = name
        self._left: dict[str, deque[RecordedCall]] = defaultdict(deque)
        for call in calls:
            if call.server == name:
                self._left[_question(call.tool, call.arguments)].append(call)

    @property
    def name(self) -> str:
        return self._name

    async def call(self, tool: str, arguments: dict[str, Any], *, deadline_s: float = CALL_DEADLINE_S, max_bytes: int = REPLY_BYTES_MAX) -> str:
        """What the server answered then. Raises VenueError as it failed then, and for a question that is not in the recording."""
        left = self._left[_question(tool, arguments)]
        if not left:
            raise VenueError("this was not asked in the recording", server=self._name, tool=tool, permanent=True).blamed(Fault.HERE)
        told = left.popleft()
        if told.answer is None:
            raise failure_of(told.failure if told.failure is not None else {}, server=self._name, tool=tool)
        if len(told.answer.encode()) > max_bytes or told.took_ms > deadline_s * 1000:
            raise VenueError("the recorded answer is larger or slower than this question allows", server=self._name, tool=tool, permanent=True)
        return told.answer


def recorded_clients(calls: Sequence[RecordedCall]) -> Clients:
    """The market's clients over a recording; a role that was never asked is None."""
    servers = {call.server for call in calls}
    callers: dict[str, Caller] = {name: RecordedCaller(name, calls) for name in servers}
    deribit, hyperliquid, macro, sentiment, portfolio = (callers.get(role, callers.get(SIM)) for role in ROLES)
    return Clients(
        deribit=DeribitClient(deribit) if deribit is not None else None,
        hyperliquid=HyperliquidClient(hyperliquid) if hyperliquid is not None else None,
        macro=MacroClient(macro) if macro is not None else None,
        sentiment=SentimentClient(sentiment) if sentiment is not None else None,
        portfolio=PortfolioClient(portfolio) if portfolio is not None else None,
    )


def recorded_look(folder: Path, at: datetime | None) -> RecordedLook:
    """The newest look of the recording, or the newest up to `at`. Raises ConfigError where there is none, naming what there is."""
    try:
        calls = read_calls(folder)
    except (KeyError, ValueError, OSError) as error:
        raise ConfigError(
            f"the recording cannot be read ({type(error).__name__}: {error})", fix="Name the folder CERBERO_RECORD wrote.", path=folder, key="--recorded"
        ) from error
    instants = sorted({datetime.fromisoformat(call.arguments["end_at"]) for call in calls if call.tool == LOOK_TOOL})
    if not instants:
        fix = "Run `CERBERO_RECORD=DIR cerbero-bite start` over a weekly opening or a /why."
        raise ConfigError("the recording holds no look with an option chain", fix=fix, path=folder, key="--recorded")
    fitting = [instant for instant in instants if at is None or instant <= at]
    if not fitting:
        fix = f"The first one is of {instants[0]:%Y-%m-%dT%H:%MZ}, the last of {instants[-1]:%Y-%m-%dT%H:%MZ}."
        raise ConfigError("the recording holds no look up to that instant", fix=fix, path=folder, key="--at")
    return RecordedLook(at=fitting[-1], calls=tuple(call for call in calls if call.asked_at >= fitting[-1]))


def _question(tool: str, arguments: Mapping[str, Any]) -> str:
    return f"{tool} {json.dumps(arguments, sort_keys=True)}"
