"""Past trades are remembered once they have ended and recalled on the details of the next card, whatever the memory does."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

from mcp.server.mcpserver import MCPServer
from mcp.shared.exceptions import MCPError

from engine.clients.mcp import McpConnection, in_memory
from engine.clients.memory import MemoryClient
from engine.runtime.desk import Desk
from engine.runtime.memory import StoreMemory
from engine.runtime.remembering import REMEMBERED_UNTIL, notes_of, remember_closed, similar_trades
from engine.servers.memory import build_memory_server
from tests.scenarios.house import CHEAP, House, at, house, open_trade, unguarded


@asynccontextmanager
async def remembering(engine: House, server: MCPServer | None = None) -> AsyncIterator[Desk]:
    """The desk with a memory: its own, or the server given."""
    served = build_memory_server(StoreMemory(engine.desk.store, engine.clock.now)) if server is None else server
    connection = McpConnection("memory", in_memory(served))
    try:
        yield replace(engine.desk, clients=replace(engine.desk.clients, memory=MemoryClient(connection)))
    finally:
        await connection.aclose()


async def closed_trade(engine: House) -> None:
    """The Monday trade was opened, and closed with more than half of its credit earned."""
    await open_trade(engine)
    engine.market.books = CHEAP
    await engine.run_until(at("03-02 19:00"))
    await engine.tap("approve", engine.card())


async def test_a_trade_that_ended_is_remembered_once_with_its_traits_and_its_end(tmp_path: Path) -> None:
    async with house(tmp_path, rules=unguarded()) as engine, remembering(engine) as desk:
        await remember_closed(desk)
        before = await engine.desk.store.read(lambda tx: tx.memories())
        await closed_trade(engine)
        await remember_closed(desk)
        await remember_closed(desk)
        notes = [row.observation for row in await engine.desk.store.read(lambda tx: tx.memories())]

    assert before == ()
    assert notes[:3] == ["strategy:bull_put", "bias:bull", "dvol:60"]
    assert {"exit:profit_take", "outcome:won"} <= set(notes)
    assert len(notes) == len(set(notes))


async def test_the_next_card_recalls_it_and_a_card_of_its_own_does_not(tmp_path: Path) -> None:
    async with house(tmp_path, rules=unguarded()) as engine, remembering(engine) as desk:
        await closed_trade(engine)
        await remember_closed(desk)
        (first, second) = await engine.proposals()
        recalled = await similar_trades(desk, first.proposal_id)
        own = await similar_trades(desk, second.proposal_id)
        nobody = await similar_trades(desk, 99)

    assert [each.entity for each in recalled] == ["PAPER trade 1"]
    assert (own, nobody) == ((), ())


async def test_a_memory_that_is_gone_costs_nothing_and_the_trade_is_offered_again(tmp_path: Path) -> None:
    server, is_gone = MCPServer("flaky", log_level="CRITICAL"), [True]

    @server.tool(structured_output=False)
    async def remember(entity: str, observations: list[str]) -> str:
        if is_gone[0]:
            raise MCPError(-32000, f"no room for {entity}", {"retryable": False})
        return f'{{"remembered": {len(observations)}}}'

    @server.tool(structured_output=False)
    async def recall(query: str, count: int) -> str:
        raise MCPError(-32000, f"nothing for {query} {count}", {"retryable": False})

    async with house(tmp_path, rules=unguarded()) as engine, remembering(engine, server) as desk:
        await closed_trade(engine)
        await remember_closed(desk)
        missed = await engine.desk.store.read(lambda tx: tx.get_meta(REMEMBERED_UNTIL))
        is_gone[0] = False
        await remember_closed(desk)
        kept = await engine.desk.store.read(lambda tx: tx.get_meta(REMEMBERED_UNTIL))
        recalled = await similar_trades(desk, 1)

    assert (missed, recalled) == (None, ())
    assert kept is not None
    assert kept.endswith(" 1")


async def test_without_a_memory_nothing_is_remembered_and_nothing_recalled(tmp_path: Path) -> None:
    async with house(tmp_path) as engine:
        await open_trade(engine)
        await remember_closed(engine.desk)
        (trade,) = await engine.trades()

        assert await engine.door.similar(1) == ()
        assert notes_of(replace(trade, pnl_eur=Decimal("-3.10"), close_reason="stop_loss"))[-3:] == ("exit:stop_loss", "outcome:lost", "net_eur:-3.10")
