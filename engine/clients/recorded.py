"""A run that lives on recorded calls: each question is answered as it was, the same question twice in the order it was asked.

Rules of this file: a question that was never asked has no answer; nothing is made up.
"""

from __future__ import annotations

import json
from collections import defaultdict, deque
from collections.abc import Mapping, Sequence
from typing import Any

from engine.clients.bundle import Clients
from engine.clients.call_log import RecordedCall, failure_of
from engine.clients.deribit import DeribitClient
from engine.clients.hyperliquid import HyperliquidClient
from engine.clients.macro import MacroClient
from engine.clients.mcp import CALL_DEADLINE_S, REPLY_BYTES_MAX, Caller
from engine.clients.portfolio import PortfolioClient
from engine.clients.roles import ROLES, SIM
from engine.clients.sentiment import SentimentClient
from engine.errors import Fault, VenueError


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


def _question(tool: str, arguments: Mapping[str, Any]) -> str:
    return f"{tool} {json.dumps(arguments, sort_keys=True)}"
