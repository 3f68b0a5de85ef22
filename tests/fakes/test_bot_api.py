"""The fake is as strict as the platform: its refusals, word for word, through the real library."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import telegram
from telegram import InputMediaPhoto
from telegram.error import BadRequest, Conflict, Forbidden, InvalidToken, RetryAfter

from tests.fakes.bot_api import TOKEN, FakeBotApi
from tests.fakes.bot_rules import small_png, units

ADA = 1001


@pytest.fixture
async def api() -> AsyncIterator[FakeBotApi]:
    async with FakeBotApi(people={ADA: "Ada"}) as server:
        yield server


@pytest.fixture
async def bot(api: FakeBotApi) -> AsyncIterator[telegram.Bot]:
    async with telegram.Bot(TOKEN, base_url=api.base_url, base_file_url=api.base_url.replace("/bot", "/file/bot")) as opened:
        yield opened


def button(data: str) -> telegram.InlineKeyboardMarkup:
    return telegram.InlineKeyboardMarkup([[telegram.InlineKeyboardButton("A", callback_data=data)]])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (" ", "message text is empty"),
        ("x" * 4097, "message is too long"),
        ("😀" * 2049, "message is too long"),
        ("<b>x", "can't find end tag"),
        ("<b>x</i>", "unmatched end tag"),
        ("<blink>x</blink>", "unsupported start tag"),
        ("a < b", "unsupported start tag"),
        ("<b onclick='x'>x</b>", "attributes"),
        ("<blockquote><blockquote>x</blockquote></blockquote>", "nested"),
        ("<a>x</a>", "attributes"),
    ],
)
async def test_a_bad_text_is_refused(bot: telegram.Bot, text: str, words: str) -> None:
    with pytest.raises(BadRequest, match=f"(?i){words}"):
        await bot.send_message(ADA, text, parse_mode="HTML")


async def test_the_whole_subset_is_taken(api: FakeBotApi, bot: telegram.Bot) -> None:
    markup = (
        "<b>b</b><i>i</i><u>u</u><s>s</s><tg-spoiler>h</tg-spoiler><code>c</code><pre>p</pre>"
        '<blockquote expandable>q <b>b</b></blockquote><a href="https://x">l</a><tg-time unix="1" format="r">t</tg-time>&lt;&amp;'
    )
    await bot.send_message(ADA, markup, parse_mode="HTML")

    assert api.messages(ADA)[0].text == "biushcpq blt<&"


@pytest.mark.parametrize("data", ["", "d" * 65, "é" * 33])
async def test_a_bad_button_is_refused(bot: telegram.Bot, data: str) -> None:
    with pytest.raises(BadRequest, match=r"(?i)button_data_invalid|not allowed"):
        await bot.send_message(ADA, "x", reply_markup=button(data))


async def test_too_many_buttons_are_refused(bot: telegram.Bot) -> None:
    rows = [[telegram.InlineKeyboardButton("A", callback_data="d")] for _ in range(101)]
    with pytest.raises(BadRequest):
        await bot.send_message(ADA, "x", reply_markup=telegram.InlineKeyboardMarkup(rows))


async def test_unknown_and_closed_chats_are_refused(api: FakeBotApi, bot: telegram.Bot) -> None:
    with pytest.raises(BadRequest, match=r"(?i)chat not found"):
        await bot.send_message(5, "x")
    api.block(ADA)
    with pytest.raises(Forbidden, match="blocked by the user"):
        await bot.send_message(ADA, "x")


@pytest.mark.parametrize("photo", [b"GIF89a", small_png()[:-20], small_png()[:40] + b"\x00" + small_png()[41:]])
async def test_a_broken_picture_is_refused(bot: telegram.Bot, photo: bytes) -> None:
    with pytest.raises(BadRequest, match=r"(?i)image_process_failed"):
        await bot.send_photo(ADA, photo)


async def test_a_picture_is_kept_can_be_fetched_and_replaced(api: FakeBotApi, bot: telegram.Bot) -> None:
    sent = await bot.send_photo(ADA, small_png(), caption="<b>one</b>", parse_mode="HTML", reply_markup=button("d"))
    fetched = await (await bot.get_file(sent.photo[0].file_id)).download_as_bytearray()
    media = InputMediaPhoto(small_png(16, 9), caption="two")
    edited = await bot.edit_message_media(media, chat_id=ADA, message_id=sent.message_id)

    assert bytes(fetched) == small_png()
    assert (edited.caption, edited.photo[0].width, edited.reply_markup) == ("two", 16, None)
    assert api.messages(ADA)[0].past_texts == ["one"]


async def test_a_caption_is_measured_in_utf16_units(bot: telegram.Bot) -> None:
    assert units("😀") == 2
    await bot.send_photo(ADA, small_png(), caption="x" * 1024)
    with pytest.raises(BadRequest, match=r"(?i)caption is too long"):
        await bot.send_photo(ADA, small_png(), caption="😀" * 513)


async def test_edits_are_refused_in_the_platforms_words(api: FakeBotApi, bot: telegram.Bot) -> None:
    sent, photo = await bot.send_message(ADA, "x"), await bot.send_photo(ADA, small_png())
    with pytest.raises(BadRequest, match=r"(?i)message is not modified"):
        await bot.edit_message_text("x", ADA, sent.message_id)
    with pytest.raises(BadRequest, match=r"(?i)message to edit not found"):
        await bot.edit_message_text("y", ADA, 99)
    with pytest.raises(BadRequest, match=r"(?i)there is no text in the message"):
        await bot.edit_message_text("y", ADA, photo.message_id)
    with pytest.raises(BadRequest, match=r"(?i)there is no caption in the message"):
        await bot.edit_message_caption(ADA, sent.message_id, caption="y")
    api.say(ADA, "mine")
    with pytest.raises(BadRequest, match=r"(?i)can't be edited"):
        await bot.edit_message_text("y", ADA, photo.message_id + 1)


async def test_a_reply_needs_its_message_unless_it_may_do_without(bot: telegram.Bot) -> None:
    with pytest.raises(BadRequest, match=r"(?i)message to be replied not found"):
        await bot.send_message(ADA, "x", reply_to_message_id=99)
    await bot.send_message(ADA, "x", reply_to_message_id=99, allow_sending_without_reply=True)


async def test_a_tap_is_answered_once(api: FakeBotApi, bot: telegram.Bot) -> None:
    await bot.send_message(ADA, "x", reply_markup=button("d"))
    tap = api.tap(api.messages(ADA)[0], "A")
    await bot.answer_callback_query(tap, "ok", show_alert=True)

    assert (api.answers[tap].text, api.answers[tap].is_alert) == ("ok", True)
    with pytest.raises(BadRequest, match=r"(?i)query is too old"):
        await bot.answer_callback_query(tap)


async def test_an_offset_confirms_what_is_below_it(api: FakeBotApi, bot: telegram.Bot) -> None:
    first, second, third = (api.say(ADA, f"/n{number}") for number in range(3))
    updates = await bot.get_updates(offset=second, timeout=0)

    assert [update.update_id for update in updates] == [second, third]
    assert [update["update_id"] for update in api.pending_updates()] == [second, third]
    assert first < second < third
    assert [entity.type for entity in updates[0].message.entities] == ["bot_command"]
    assert [update.update_id for update in await bot.get_updates(offset=-1, timeout=0)] == [third]


async def test_kinds_nobody_asked_for_are_not_queued(api: FakeBotApi, bot: telegram.Bot) -> None:
    await bot.get_updates(allowed_updates=["message"], timeout=0)
    api.edit_own(ADA, "/kill")

    assert api.pending_updates() == []


async def test_a_long_poll_ends_when_something_comes(api: FakeBotApi, bot: telegram.Bot) -> None:
    import asyncio

    waiting = asyncio.create_task(bot.get_updates(timeout=5))
    await api.wait_until(lambda: api._poll_number == 1)
    update_id = api.say(ADA, "/x")

    assert [update.update_id for update in await waiting] == [update_id]


async def test_the_older_of_two_polls_ends_in_conflict(api: FakeBotApi, bot: telegram.Bot) -> None:
    import asyncio

    waiting = asyncio.create_task(bot.get_updates(timeout=5))
    await api.wait_until(lambda: api._poll_number == 1)
    async with telegram.Bot(TOKEN, base_url=api.base_url) as other:
        await other.get_updates(timeout=0)
    with pytest.raises(Conflict):
        await waiting


async def test_faults_come_as_often_as_ordered(api: FakeBotApi, bot: telegram.Bot) -> None:
    api.fault("sendMessage", code=429, retry_after=7, contains="noisy")
    await bot.send_message(ADA, "quiet")
    with pytest.raises(RetryAfter, match="7 seconds"):
        await bot.send_message(ADA, "noisy")
    await bot.send_message(ADA, "noisy")

    assert [call.status for call in api.calls_of("sendMessage")] == [200, 429, 200]


async def test_a_wrong_token_and_an_unknown_method_are_refused(api: FakeBotApi, bot: telegram.Bot) -> None:
    with pytest.raises(InvalidToken):
        await telegram.Bot("1:wrong", base_url=api.base_url).get_me()
    with pytest.raises(telegram.error.EndPointNotFound):
        await bot.do_api_request("sendTelepathy")


async def test_a_menu_with_a_bad_name_is_refused(bot: telegram.Bot) -> None:
    with pytest.raises(BadRequest, match=r"(?i)bot_command_invalid"):
        await bot.set_my_commands([telegram.BotCommand("Status", "x")])


async def test_a_twin_lives_the_same_moment_apart(api: FakeBotApi, bot: telegram.Bot) -> None:
    await bot.send_message(ADA, "card", reply_markup=button("a"))
    api.say(ADA, "/status")

    async with api.twin() as other, telegram.Bot(TOKEN, base_url=other.base_url) as second:
        (card,) = other.messages(ADA)
        await second.edit_message_text("settled", chat_id=ADA, message_id=card.message_id)
        number = other.say(ADA, "/help")

        assert [message.text for message in (*api.messages(ADA), *other.messages(ADA))] == ["card", "settled"]
        assert ([each["update_id"] for each in other.pending_updates()], len(api.pending_updates())) == ([number - 1, number], 1)
