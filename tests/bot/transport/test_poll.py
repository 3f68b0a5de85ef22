"""The link to the platform: what happens when it refuses us, and what is said about it."""

from __future__ import annotations

import pytest

from bot.poll import StrangerLog
from bot.telegram import TelegramDoor, file_url_of
from engine.clock import SystemClock
from engine.errors import ConfigError
from tests.bot.transport.desk import Desk
from tests.bot.transport.door import ADA, NONCE, STRANGER, StoreDoor
from tests.fakes.bot_api import TOKEN, FakeBotApi
from tests.fakes.bot_chats import BotMessage


async def test_a_refused_token_at_the_start_is_a_setting_to_mend(api: FakeBotApi) -> None:
    telegram = TelegramDoor("4242:another-token", base_url=api.base_url)

    with pytest.raises(ConfigError, match="Telegram refused the token") as caught:
        await telegram.check_token()
    await telegram.close()

    assert "@BotFather" in caught.value.fix
    assert "another-token" not in str(caught.value)
    assert caught.value.__cause__ is None


async def test_an_unreachable_telegram_at_the_start_stops_nothing(api: FakeBotApi, door: StoreDoor) -> None:
    await api.stop()
    telegram = TelegramDoor(TOKEN, base_url=api.base_url)
    await telegram.check_token()
    await telegram.close()
    async with Desk(api, door):
        await api.start()
        api.say(ADA, "/status")
        await api.wait_for(lambda m: "did /status" in m.text, timeout=8)


async def test_a_good_token_is_known_by_its_bots_name(api: FakeBotApi) -> None:
    telegram = TelegramDoor(TOKEN, base_url=api.base_url)
    await telegram.check_token()
    await telegram.close()

    assert telegram.username == "cerbero_test_bot"


@pytest.mark.parametrize(("code", "words"), [(401, "token"), (409, "second instance")])
async def test_a_link_a_person_must_mend_puts_the_engine_on_hold_until_it_is(api: FakeBotApi, door: StoreDoor, code: int, words: str) -> None:
    async with Desk(api, door):
        await api.wait_until(lambda: door.polls > 0 or bool(api.calls_of("getUpdates")))
        api.fault("getUpdates", code=code, times=None)
        api.say(ADA, "/status")
        await api.wait_until(lambda: "telegram" in door.holds())
        detail = door.holds()["telegram"]
        api.heal()
        await api.wait_until(lambda: "telegram" not in door.holds(), timeout=8)

    assert words in detail
    assert str(code) in detail
    assert TOKEN not in detail


async def test_a_hold_stays_while_good_polls_and_refused_ones_take_turns(api: FakeBotApi, door: StoreDoor) -> None:
    """As when a thief and we take turns: every other poll looks good."""
    async with Desk(api, door, calm_s=3600.0):
        api.fault("getUpdates", code=409)
        await api.wait_until(lambda: "telegram" in door.holds())
        polls = door.polls
        await api.wait_until(lambda: door.polls > polls + 1, timeout=8)

        assert "telegram" in door.holds()


async def test_a_hold_of_an_earlier_run_is_lifted_once_polling_has_been_calm(api: FakeBotApi, door: StoreDoor) -> None:
    await door.hold("telegram", "from before")
    async with Desk(api, door):
        api.say(ADA, "/status")
        await api.wait_until(lambda: door.holds() == {})


async def test_a_second_poller_takes_the_first_ones_poll_away(api: FakeBotApi, door: StoreDoor) -> None:
    thief = TelegramDoor(TOKEN, base_url=api.base_url)
    async with Desk(api, door):
        await api.wait_until(lambda: len(api.calls_of("getMe")) == 1)
        api.say(ADA, "/status")
        await api.wait_for(lambda m: "did /status" in m.text)
        await thief.get_updates(offset=0, wait_s=0)
        await api.wait_until(lambda: any(call.status == 409 for call in api.calls_of("getUpdates")))
        await api.wait_until(lambda: "telegram" in door.holds())
    await thief.close()


async def test_network_trouble_while_polling_is_no_hold_and_loses_nothing(api: FakeBotApi, door: StoreDoor) -> None:
    api.fault("getUpdates", code=502)
    api.drop("getUpdates")
    async with Desk(api, door):
        api.say(ADA, "/status")
        await api.wait_for(lambda m: "did /status" in m.text, timeout=8)

    assert door.holds() == {}


async def test_an_update_the_library_could_not_parse_does_not_stop_the_poll(api: FakeBotApi, door: StoreDoor) -> None:
    async with Desk(api, door):
        api.push({"message": {"message_id": "seven", "from": {"id": ADA}, "chat": None, "date": "yesterday"}})
        api.say(ADA, "/status")
        await api.wait_for(lambda m: "did /status" in m.text)
        await api.wait_until(lambda: not api.pending_updates())

    assert sorted(door.outcomes.values()) == ["handled", "ignored:malformed"]


async def test_what_we_ask_for_is_named_in_every_poll(api: FakeBotApi, door: StoreDoor) -> None:
    async with Desk(api, door):
        await api.wait_until(lambda: bool(api.calls_of("getMe")))
        api.say(ADA, "/status")
        await api.wait_for(lambda m: "did /status" in m.text)

    assert {call.params["allowed_updates"] for call in api.calls_of("getUpdates")} == {'["message", "edited_message", "callback_query"]'}


async def test_a_thousand_updates_of_strangers_leave_no_row_and_a_kill_passes_them(api: FakeBotApi, door: StoreDoor) -> None:
    for number in range(1000):
        api.say(STRANGER + number, "/kill")
    api.say(ADA, "/kill")
    async with Desk(api, door):
        await api.wait_until(lambda: bool(door.kills), timeout=8)
        await api.wait_for(lambda m: "did /kill" in m.text)

    assert len(door.inbox_states()) == 1
    assert len(door.strangers) == 30


async def test_every_tap_of_a_stranger_on_a_button_like_ours_is_counted_and_no_other(api: FakeBotApi, door: StoreDoor) -> None:
    """Far more of them than are worth a row each: a burst of them kills, so none may slip through."""
    theirs = BotMessage(chat_id=STRANGER, message_id=5, text="")
    for number in range(45):
        api.tap_data(theirs, f"v1:approve:{number}:{NONCE}", user_id=STRANGER + number % 2)
    for data in ("hello", f"v2:approve:1:{NONCE}", "v1:approve:1:-"):
        api.tap_data(theirs, data)
    api.say(STRANGER, "/status")
    api.say(ADA, "/status")
    async with Desk(api, door):
        await api.wait_for(lambda m: "did /status" in m.text, timeout=8)

    assert (door.strange_taps, door.polling_began) == (45, True)


def test_a_stranger_is_recorded_once_a_minute() -> None:
    strangers, now = StrangerLog(), SystemClock().wall()

    assert [strangers.is_news(STRANGER, now) for _ in range(3)] == [True, False, False]


def test_files_are_found_on_the_same_server() -> None:
    assert file_url_of("http://127.0.0.1:9000/bot") == "http://127.0.0.1:9000/file/bot"
    assert file_url_of("https://api.telegram.org/bot") == "https://api.telegram.org/file/bot"
