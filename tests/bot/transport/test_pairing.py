"""A stranger's pairing code, as Telegram brings it: nothing else of theirs reaches the store, and a removed person's kill does not count."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from bot.poll import Poller
from bot.switchboard import telegram_menu, workers
from bot.telegram import TelegramDoor
from engine.clock import SystemClock
from tests.fakes.bot_api import FakeBotApi
from tests.scenarios.house import ANNA, OPERATOR, House, house

ADA, EVE = OPERATOR.user_id, 9


@asynccontextmanager
async def phones(engine: House, api: FakeBotApi) -> AsyncIterator[None]:
    """The engine's real chat over the fake platform."""
    door = TelegramDoor(api.token, base_url=api.base_url, menu=telegram_menu())
    inbox, outbox = workers(engine.door, door)
    poller = Poller(engine.door, door, clock=SystemClock(), on_stored=inbox.poke, poll_s=2.0)
    tasks = [asyncio.create_task(run) for run in (poller.run(), inbox.run(), outbox.run())]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await door.close()


async def test_a_code_sent_to_the_bot_lets_its_sender_in_and_is_answered(tmp_path: Path) -> None:
    async with house(tmp_path) as engine, FakeBotApi(people={ADA: "Ada", EVE: "Eve"}) as api, phones(engine, api):
        nonce = await engine.door.people.ask("invite", ANNA)
        code = (await engine.door.people.invite(ANNA, "approver", nonce)).facts["code"]
        api.say(EVE, "/status", name="Eve")
        api.say(EVE, "/pair 00000-00000", name="Eve")
        api.say(EVE, f"/pair {code}", name="Eve")
        welcome = await api.wait_for(lambda message: "on the list" in message.text, chat_id=EVE)
        zone = await api.wait_for(lambda message: "Which time zone" in message.text, chat_id=EVE)
        told = await api.wait_for(lambda message: "Eve came onto the list" in message.text, chat_id=ADA)
        api.tap(zone, "Rome")
        await api.wait_for(lambda message: "Europe/Rome" in message.text and "from now on" in message.text, chat_id=EVE)
        listed = {each.user_id: (each.role, each.zone) for each in await engine.door.operators()}

    assert "approver" in welcome.text
    assert "approver" in told.text
    assert listed == {ADA: ("admin", ""), EVE: ("approver", "Europe/Rome")}
    assert min(message.message_id for message in api.messages(EVE)) == welcome.message_id


async def test_a_wrong_code_is_answered_by_silence_and_stands_in_the_chain(tmp_path: Path) -> None:
    async with house(tmp_path) as engine, FakeBotApi(people={ADA: "Ada", EVE: "Eve"}) as api, phones(engine, api):
        api.say(EVE, "/pair 00000-00000", name="Eve")
        api.say(ADA, "/whoami")
        await api.wait_for(lambda message: "admin" in message.text, chat_id=ADA)
        refused = await engine.audited("access.refused")

    assert (api.messages(EVE), refused) == ([], 1)


async def test_who_was_removed_kills_nothing_any_more(tmp_path: Path) -> None:
    async with house(tmp_path) as engine, FakeBotApi(people={ADA: "Ada", EVE: "Eve"}) as api, phones(engine, api):
        room = engine.door.people
        code = (await room.invite(ANNA, "approver", await room.ask("invite", ANNA))).facts["code"]
        api.say(EVE, f"/pair {code}", name="Eve")
        await api.wait_for(lambda message: "on the list" in message.text, chat_id=EVE)
        await room.remove(ANNA, EVE, await room.ask(str(EVE), ANNA))
        api.say(EVE, "/kill spite", name="Eve")
        api.say(ADA, "/whoami")
        await api.wait_for(lambda message: "admin" in message.text and "Ada" in message.text, chat_id=ADA)

        assert not engine.desk.kill_switch.is_armed()
