"""The engine as a server over a whole desk: looks, rules and the one request, through a real MCP session."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from engine.api import EquityChart, PositionView, ReplaySummary, StatusView
from engine.clients import McpConnection
from engine.clients.mcp import in_memory
from engine.errors import ActionRefused, VenueError
from engine.notices import AlertNotice
from engine.runtime.asked import AskedRules
from engine.runtime.manual_actions import AGENT_ACTIONS_MAX, run_open
from engine.servers.engine import build_engine_server
from tests.bot import fake_views
from tests.engine.core.builders import NOW
from tests.scenarios.house import ANNA, House, house, open_trade


class Looks:
    """A desk of the test's, with a replay that is refused or told."""

    def __init__(self, engine: House) -> None:
        self._door = engine.door
        self.replayed: list[tuple[date, date]] = []

    async def status(self) -> StatusView:
        return await self._door.status()

    async def positions(self) -> tuple[PositionView, ...]:
        return await self._door.positions()

    async def equity(self, period: str) -> EquityChart:
        return await self._door.equity(period)

    async def replay(self, from_on: date, to_on: date) -> ReplaySummary:
        if self.replayed:
            raise ActionRefused("replay-not-covered")
        self.replayed.append((from_on, to_on))
        return fake_views.REPLAY


class Agent:
    """Another program at the engine's server."""

    def __init__(self, connection: McpConnection) -> None:
        self._connection = connection

    async def ask(self, tool: str, **arguments: Any) -> Any:
        return json.loads(await self._connection.call(tool, arguments))


@asynccontextmanager
async def asked(engine: House) -> AsyncIterator[Agent]:
    async def ask_to_scan() -> int:
        return await engine.desk.store.write(lambda tx: tx.add_manual_action(action="scan", args={}, source="mcp:agent", now=engine.desk.clock.wall()))

    connection = McpConnection("engine", in_memory(build_engine_server(Looks(engine), AskedRules(engine.desk), ask_to_scan)))
    try:
        yield Agent(connection)
    finally:
        await connection.aclose()


async def test_an_agent_sees_the_desk_and_changes_nothing(tmp_path: Path) -> None:
    async with house(tmp_path) as engine:
        await open_trade(engine)
        before = engine.desk.store.last_head()
        async with asked(engine) as agent:
            status, positions, equity = await agent.ask("get_status"), await agent.ask("get_positions"), await agent.ask("get_equity", period="all")
            exit_asked = await agent.ask("evaluate_exit", trade_id=1)
        after = engine.desk.store.last_head()

    assert (status["stage"], status["open_trades"], status["is_killed"]) == ("paper", 1, False)
    assert (positions[0]["trade_id"], positions[0]["quantity_eth"]) == (1, "2")
    assert "payoff" not in positions[0]
    assert equity["env"] == "PAPER"
    assert (exit_asked["outcome"], exit_asked["strategy"], len(exit_asked["legs"])) == ("hold", "bull_put", 2)
    assert before == after


async def test_the_rules_answer_as_the_cycle_would_and_no_card_comes_of_it(tmp_path: Path) -> None:
    async with house(tmp_path) as engine:
        engine.clock.advance_to(NOW)
        async with asked(engine) as agent:
            entry = await agent.ask("evaluate_entry")
            strikes = await agent.ask("select_strikes", strategy="bear_call")
        cards = await engine.proposals()
        await engine.door.scan(ANNA)
        (card,) = await engine.proposals()

    assert (entry["outcome"], entry["bias"], entry["strategy"]) == ("approved", "bull", "bull_put")
    assert entry["legs"] == ["sell ETH-20MAR26-1750-P", "buy ETH-20MAR26-1650-P"]
    assert entry["max_loss_eur"] == str(card.max_loss_eur)
    assert strikes["strategy"] == "bear_call"
    assert cards == ()


async def test_without_a_chain_the_rules_say_what_is_missing(tmp_path: Path) -> None:
    async with house(tmp_path) as engine:
        engine.clock.advance_to(NOW)
        engine.market.muted.add("chain")
        async with asked(engine) as agent:
            entry, strikes = await agent.ask("evaluate_entry"), await agent.ask("select_strikes", strategy="bull_put")

    assert (entry["outcome"], strikes["outcome"], strikes["reason"]) == ("refused", "none", "no_chain")


async def test_a_trade_nobody_has_and_days_nobody_can_replay_are_refused(tmp_path: Path) -> None:
    async with house(tmp_path) as engine, asked(engine) as agent:
        first = await agent.ask("replay", from_on="2026-01-05", to_on="2026-01-12")
        for tool, arguments in (
            ("evaluate_exit", {"trade_id": 9}),
            ("replay", {"from_on": "2026-01-12", "to_on": "2026-01-05"}),
            ("replay", {"from_on": "2026-01-05", "to_on": "2026-01-12"}),
            ("select_strikes", {"strategy": "strangle"}),
        ):
            with pytest.raises(VenueError) as caught:
                await agent.ask(tool, **arguments)
            assert caught.value.permanent

    assert (first["equity"], "scans" in first) == (None, True)


async def test_a_proposal_that_is_asked_for_waits_for_a_person(tmp_path: Path) -> None:
    async with house(tmp_path) as engine:
        engine.clock.advance_to(NOW)
        async with asked(engine) as agent:
            number = (await agent.ask("request_proposal"))["action_id"]
        await run_open(engine.desk)
        action = await engine.desk.store.read(lambda tx: tx.manual_action(number))
        states = await engine.states()
        await engine.deliver()

    assert action is not None
    assert action.result == "scan-proposed"
    assert states == ["pending"]
    assert engine.card().nonce is not None


async def test_another_program_may_ask_for_nothing_but_a_look_and_a_text(tmp_path: Path) -> None:
    async with house(tmp_path) as engine:
        for action, args in (("disarm", {"phrase": "x", "reason": "y"}), ("approve", {"proposal_id": "1"}), ("force_close", {"trade_id": "1"})):
            await engine.desk.store.write(
                lambda tx, action=action, args=args: tx.add_manual_action(action=action, args=args, source="mcp:scout", now=engine.desk.clock.wall())
            )
        await run_open(engine.desk)
        results = [await engine.desk.store.read(lambda tx, number=number: tx.manual_action(number)) for number in (1, 2, 3)]

    assert {result.result for result in results if result is not None} == {"refused: another program may not ask for this"}


async def test_a_program_s_text_reaches_every_operator_quoted_and_a_flood_does_not(tmp_path: Path) -> None:
    async with house(tmp_path) as engine:
        for number in range(AGENT_ACTIONS_MAX + 2):
            await engine.desk.store.write(
                lambda tx, number=number: tx.add_manual_action(
                    action="say", args={"text": f"fall {number}"}, source="mcp:scout", now=engine.clock.now() + timedelta(seconds=number)
                )
            )
        await run_open(engine.desk)
        await engine.deliver()
        said = [notice for notice in engine.notices(AlertNotice) if notice.code == "agent-said"]
        last = await engine.desk.store.read(lambda tx: tx.manual_action(AGENT_ACTIONS_MAX + 2))

    assert [notice.detail for notice in said] == [f"scout: fall {number}" for number in range(AGENT_ACTIONS_MAX)]
    assert last is not None
    assert "too much at once" in last.result
