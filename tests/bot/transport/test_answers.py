"""What each answer of the platform comes to, for whoever listens and for whoever sends."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from structlog.testing import capture_logs

from bot.telegram import RENEWED_AFTER_POLLS, TelegramDoor
from engine.errors import DeliveryError, LinkRefused
from tests.bot.transport.desk import Desk
from tests.bot.transport.door import ADA, StoreDoor
from tests.fakes.bot_api import FakeBotApi
from tests.soak.fast_loop import FastLoop


def at_speed(work: Callable[[], Awaitable[None]]) -> None:
    """Whatever waits in it is not waited for."""
    with asyncio.Runner(loop_factory=FastLoop) as runner:
        runner.run(work())  # type: ignore[arg-type]


async def polled(api: FakeBotApi) -> TelegramDoor:
    """A door that has polled once."""
    telegram = TelegramDoor(api.token, base_url=api.base_url)
    await telegram.connect()
    await telegram.get_updates(offset=0, wait_s=0)
    return telegram


@pytest.mark.parametrize(
    ("code", "hold", "words"),
    [
        (401, True, "revoked or replaced"),
        (403, True, "banned or deactivated"),
        (409, True, "another program"),
        (400, False, ""),
        (429, False, ""),
        (500, False, ""),
        (502, False, ""),
    ],
)
async def test_a_poll_that_is_refused_holds_only_where_a_person_must_mend_it(api: FakeBotApi, door: StoreDoor, code: int, words: str, *, hold: bool) -> None:
    """Everything else is tried again, and what was said meanwhile is heard."""
    async with Desk(api, door):
        await api.wait_until(lambda: bool(api.calls_of("getUpdates")))
        api.fault("getUpdates", code=code, retry_after=1 if code == 429 else None)
        api.say(ADA, "/status")
        await api.wait_for(lambda m: "did /status" in m.text, timeout=8.0)
        if hold:
            await api.wait_until(lambda: any(call.status == code for call in api.calls_of("getUpdates")))

    assert any(call.status == code for call in api.calls_of("getUpdates"))
    assert not words or words in door.told_holds.get("telegram", "")
    assert hold == ("telegram" in door.told_holds)


async def test_a_poll_told_to_wait_waits_exactly_so_long(api: FakeBotApi, door: StoreDoor) -> None:
    async with Desk(api, door):
        await api.wait_until(lambda: bool(api.calls_of("getUpdates")))
        api.fault("getUpdates", code=429, retry_after=2)
        api.say(ADA, "/status")
        await api.wait_for(lambda m: "did /status" in m.text, timeout=8.0)

    polls = api.calls_of("getUpdates")
    refused = next(number for number, call in enumerate(polls) if call.status == 429)
    assert 2.0 <= polls[refused + 1].at - polls[refused].at < 3.5


def test_polls_that_hang_make_no_progress_and_get_new_connections() -> None:
    async def work() -> None:
        async with FakeBotApi(people={ADA: "Ada"}) as api:
            telegram = await polled(api)
            api.hang("getUpdates", times=RENEWED_AFTER_POLLS)
            with capture_logs() as logged:
                for _ in range(RENEWED_AFTER_POLLS):
                    with pytest.raises(DeliveryError):
                        await telegram.get_updates(offset=0, wait_s=20.0)
            api.say(ADA, "/status")
            found = await telegram.get_updates(offset=0, wait_s=0)
            await telegram.close()

        assert [line["failed_polls"] for line in logged if line["event"] == "telegram.connections_renewed"] == [RENEWED_AFTER_POLLS]
        assert len(found) == 1

    at_speed(work)


@pytest.mark.parametrize("code", [401, 403, 409])
def test_a_refusal_of_the_bot_itself_keeps_its_connections(code: int) -> None:
    async def work() -> None:
        async with FakeBotApi(people={ADA: "Ada"}) as api:
            telegram = await polled(api)
            api.fault("getUpdates", code=code, times=None)
            for _ in range(2):
                with pytest.raises(LinkRefused):
                    await telegram.get_updates(offset=0, wait_s=0)
            await telegram.close()

    at_speed(work)


async def test_a_chat_that_became_a_group_is_closed_and_never_followed(api: FakeBotApi, door: StoreDoor) -> None:
    api.fault("sendMessage", code=400, description="Bad Request: group chat was upgraded to a supergroup chat")
    async with Desk(api, door):
        await door.owe_notice(ADA, "alert")
        await api.wait_until(lambda: door.outbox_states() in (["sent"], ["dead"]))

    assert {call.params["chat_id"] for call in api.calls_of("sendMessage")} == {str(ADA)}
