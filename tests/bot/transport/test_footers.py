"""Every message the bot sends carries the audit footer, and any old message's footer is checked when it is answered."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from bot.chat import Reply
from bot.delivery import REPLY_KIND, encode_reply
from bot.format import CAPTION_MAX_UNITS, TEXT_MAX_UNITS, to_plain, units
from bot.messages.voice import voice
from bot.parts import footer_line, headline, signed_parts
from bot.switchboard import render_notice, workers
from bot.telegram import TelegramDoor
from bot.text import LANGUAGES, Texts
from bot.views.safety import verified
from engine.api import NewMessage
from engine.notices import encode_notice
from tests.bot import fake_views
from tests.bot.cards.condors import EVERY_NOTICE
from tests.bot.transport.door import ADA, StoreDoor
from tests.fakes.bot_api import FakeBotApi
from tests.fakes.bot_rules import small_png

FOOTER = "⛓ 12·0a1b2c3d"
LONG = "\n".join(f"row {number} of a long answer" for number in range(1, 300))
REPLIES = {
    "sentence": Reply(html="one <b>sentence</b>"),
    "picture alone": Reply(chart=fake_views.EQUITY),
    "picture with words": Reply(html="words", chart=fake_views.EQUITY),
    "picture with words too long for it": Reply(html="<b>TITLE</b>\n" + "x" * 1100, chart=fake_views.EQUITY),
    "words of two messages": Reply(html=LONG),
    "words of very many messages": Reply(html=LONG * 5),
    "words without a line end": Reply(html="<i>" + "y" * 9000 + "</i>"),
    "document": Reply(html="the whole audit", document=("audit.txt", "1 2 3")),
    "document alone": Reply(document=("audit.txt", "1 2 3")),
    "toast that became a message": Reply(html="heard"),
}


async def sent_by(api: FakeBotApi, door: StoreDoor) -> list[str]:
    """What stands under each message once everything owed was sent."""
    telegram = TelegramDoor(api.token, base_url=api.base_url)
    _, outbox = workers(door, telegram)  # type: ignore[arg-type]
    pump = asyncio.create_task(outbox.run())
    try:
        await api.wait_until(lambda: set(door.outbox_states()) == {"sent"}, timeout=20)
    finally:
        pump.cancel()
        await asyncio.gather(pump, return_exceptions=True)
        await telegram.close()
    return [message.text for message in api.messages(ADA)]


@pytest.mark.parametrize("reply", REPLIES.values(), ids=REPLIES.keys())
async def test_every_message_of_an_answer_carries_the_footer(api: FakeBotApi, door: StoreDoor, reply: Reply) -> None:
    await door.owe(NewMessage(chat_id=ADA, kind=REPLY_KIND, payload_json=encode_reply(reply), dedupe_key="r", priority=3))
    texts = await sent_by(api, door)

    assert texts
    assert [text for text in texts if not text.endswith(FOOTER)] == []
    assert [call for call in api.calls if call.status == 400] == []


@pytest.mark.parametrize("name", EVERY_NOTICE)
async def test_every_notice_new_or_edited_carries_the_footer(api: FakeBotApi, door: StoreDoor, name: str) -> None:
    kind, payload = encode_notice(EVERY_NOTICE[name])
    reply = render_notice(kind, payload, language="it", nonce=None, footer="12·0a1b2c3d")
    telegram = TelegramDoor(api.token, base_url=api.base_url)
    picture = small_png() if reply.chart is not None else None
    sent = await telegram.send(ADA, reply, png=picture)
    await telegram.edit(ADA, sent.message_id, replace(reply, html=f"again {reply.html}"), png=picture)
    await telegram.close()

    assert [message.text for message in api.messages(ADA) if FOOTER not in message.text] == []
    assert api.messages(ADA)[-1].text.startswith("again")


async def test_a_notice_that_cannot_be_written_and_one_refused_as_markup_carry_it_too(api: FakeBotApi, door: StoreDoor) -> None:
    await door.owe_notice(ADA, "of_no_kind", '{"a":1}', key="broken")
    kind, payload = encode_notice(EVERY_NOTICE["alert"])
    await door.owe_notice(ADA, kind, payload, key="refused")
    api.fault("sendMessage", code=400, description="Bad Request: can't parse entities")
    texts = await sent_by(api, door)

    assert len(texts) == 2
    assert [text for text in texts if FOOTER not in text] == []


def test_parts_stay_short_enough_with_their_footer() -> None:
    footer = "PAPER · ⛓ 123456·0a1b2c3d"
    parts = signed_parts(f"{LONG}\n{footer}")

    assert len(parts) > 1
    assert all(part.endswith(footer) and units(part) <= TEXT_MAX_UNITS for part in parts)
    assert units(headline("x" * 5000 + f"\n{footer}")) <= CAPTION_MAX_UNITS
    assert footer_line("words ⛓ 1·0a1b2c3d in a line\nof no footer") == ""
    assert signed_parts("no footer") == ("no footer",)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_footer_that_is_in_no_row_is_said_and_says_nothing_against_the_rows(language: str) -> None:
    sound = replace(fake_views.VERIFIED, first_bad_seq=None, problem="", footer_ok=False, footer_seq=12)
    told = to_plain(verified(sound, voice(language)))

    assert Texts(language).say("footer-wrong", seq="12") in told
    assert Texts(language).say("verify-ok", rows=sound.rows) in told


@pytest.mark.parametrize("language", LANGUAGES)
async def test_lost_anchors_are_not_called_a_broken_row(language: str) -> None:
    lost = replace(fake_views.VERIFIED, ok=False, first_bad_seq=None, problem="the anchor file is gone", footer_ok=None)
    told = to_plain(verified(lost, voice(language)))

    assert Texts(language).say("verify-anchors") in told
    assert "the anchor file is gone" in told
