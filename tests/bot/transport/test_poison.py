"""Updates that break whoever handles them: three tries, then words, and never the end of the program."""

from __future__ import annotations

import asyncio

import pytest

from bot.chat import Reply, Request
from engine.api import Engine
from tests.bot.transport.desk import Desk, echo
from tests.bot.transport.door import ADA, BEA, StoreDoor
from tests.fakes.bot_api import FakeBotApi

MISTAKES = [
    KeyError("x"),
    RecursionError("deep"),
    MemoryError(),
    asyncio.CancelledError(),
    KeyboardInterrupt(),
    SystemExit(3),
    BaseExceptionGroup("two", [KeyError("a")]),
]


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: type(mistake).__name__)
async def test_whatever_a_handler_raises_the_command_is_tried_three_times_and_the_next_one_is_answered(
    api: FakeBotApi, door: StoreDoor, mistake: BaseException
) -> None:
    async def act(request: Request, engine: Engine) -> tuple[Reply, ...]:
        if request.command == "scan":
            raise mistake
        return await echo(request, engine)

    async with Desk(api, door, handler=act) as desk:
        api.say(BEA, "/scan")
        api.say(BEA, "/status")
        await api.wait_for(lambda m: "given up" in m.text)
        await api.wait_for(lambda m: "did /status" in m.text)

    assert [request.command for request in desk.requests].count("scan") == 3
    assert door.inbox_states() == ["dead", "done"]


async def test_a_tap_whose_handler_asks_for_the_end_of_the_program_is_given_up_in_words(api: FakeBotApi, door: StoreDoor) -> None:
    async def act(request: Request, _: Engine) -> tuple[Reply, ...]:
        raise SystemExit(request.update_id)

    await door.owe_notice(ADA, "entry_card")
    async with Desk(api, door, handler=act):
        card = await api.wait_for(lambda m: bool(m.buttons))
        api.tap(card, "Approve")
        await api.wait_for(lambda m: "given up" in m.text)

    assert door.inbox_states() == ["dead"]


async def test_an_update_that_ends_the_program_three_times_is_buried_in_words_by_the_fourth_start(api: FakeBotApi, door: StoreDoor) -> None:
    handled = 0

    async def act(request: Request, engine: Engine) -> tuple[Reply, ...]:
        nonlocal handled
        if request.command == "poison":
            handled += 1
            await asyncio.Event().wait()
        return await echo(request, engine)

    api.say(ADA, "/poison")
    for number in range(1, 4):
        async with Desk(api, door, handler=act):
            await api.wait_until(lambda number=number: handled == number)
    api.say(ADA, "/status")
    async with Desk(api, door, handler=act):
        await api.wait_for(lambda m: "given up" in m.text)
        await api.wait_for(lambda m: "did /status" in m.text)

    assert handled == 3
    assert door.inbox_states() == ["dead", "done"]
    assert len([m for m in api.messages(ADA) if "given up" in m.text]) == 1
