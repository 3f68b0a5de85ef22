"""Notes about past trades: kept once, told in the order they were made."""

from __future__ import annotations

from engine.clock import ManualClock
from engine.runtime.memory import StoreMemory
from engine.state.repository import Store


async def test_a_note_is_kept_once_under_its_entity(store: Store, clock: ManualClock) -> None:
    memory = StoreMemory(store, clock.now)
    first = await memory.remember("trade 1", ["bull put", "closed by profit take"])
    again = await memory.remember("trade 1", ["bull put", "DVOL 62 at entry"])
    other = await memory.remember("trade 2", ["bull put"])
    rows = await store.read(lambda tx: tx.memories())

    assert (first, again, other) == (2, 1, 1)
    assert [(row.entity, row.observation) for row in rows] == [
        ("trade 1", "bull put"),
        ("trade 1", "closed by profit take"),
        ("trade 1", "DVOL 62 at entry"),
        ("trade 2", "bull put"),
    ]
    assert {row.at for row in rows} == {clock.now()}


async def test_what_shares_the_rarer_words_is_recalled_first(store: Store, clock: ManualClock) -> None:
    memory = StoreMemory(store, clock.now)
    await memory.remember("trade 1", ["bull_put", "dvol:60", "stop_loss"])
    await memory.remember("trade 2", ["bull_put", "dvol:45", "profit_take"])
    await memory.remember("trade 3", ["bear_call", "dvol:45", "profit_take"])
    found = await memory.recall("bull_put stop_loss", 2)
    nothing = await memory.recall("iron_condor", 3)

    assert [each.entity for each in found] == ["trade 1", "trade 2"]
    assert found[0].observations == ("bull_put", "dvol:60", "stop_loss")
    assert nothing == ()


async def test_remembering_leaves_no_row_in_the_audit_chain(store: Store, clock: ManualClock) -> None:
    before = store.last_head()
    await StoreMemory(store, clock.now).remember("trade 1", ["bull put"])

    assert store.last_head() == before
