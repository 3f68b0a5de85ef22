"""From an owed message to what stands in the chat, whatever the platform answers."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest

from bot.chat import Button, Reply, Request
from bot.delivery import decode_reply, encode_reply
from bot.outbox import Pacer
from engine.api import Engine
from engine.views import PayoffChart
from tests.bot import fake_views
from tests.bot.transport.desk import Desk, card_buttons, echo
from tests.bot.transport.door import ADA, BEA, NONCE, VIC, StoreDoor
from tests.fakes.bot_api import FakeBotApi

CHARTS = [
    fake_views.POSITION.payoff,
    fake_views.POSITION.timeline,
    fake_views.EQUITY,
    fake_views.MARKET.chart,
]


def photo_card(text: str) -> Reply:
    """A card with a picture."""
    assert isinstance(fake_views.POSITION.payoff, PayoffChart)
    return Reply(html=text, chart=fake_views.POSITION.payoff, buttons=card_buttons(NONCE))


@pytest.mark.parametrize("chart", [each for each in CHARTS if each is not None], ids=lambda each: type(each).__name__)
def test_a_stored_reply_comes_back_exactly(chart: PayoffChart) -> None:
    reply = Reply(html="<b>è</b>", chart=chart, buttons=((Button(label="A", action="v1:page:2:-"),),), toast="t", is_alert=True, document=("a.csv", "1,2"))

    assert reply == decode_reply(encode_reply(reply))


async def test_a_notice_is_written_in_its_readers_language_with_nonce_and_footer(api: FakeBotApi, door: StoreDoor) -> None:
    await door.owe_notice(BEA, "entry_card", '{"id":142}')
    async with Desk(api, door):
        card = await api.wait_for(lambda m: bool(m.buttons))
        await api.wait_until(lambda: door.outbox_states() == ["sent"])

    assert card.text == 'entry_card it {"id":142}\n⛓ 12·0a1b2c3d'
    assert [(button.label, button.data, button.style) for row in card.buttons for button in row] == [
        ("Approve", f"v1:approve:142:{NONCE}", "success"),
        ("Reject", f"v1:reject:142:{NONCE}", "danger"),
    ]


async def test_a_card_with_a_chart_is_one_photo_with_buttons(api: FakeBotApi, door: StoreDoor) -> None:
    await door.owe_notice(ADA, "entry_card")
    async with Desk(api, door) as desk:
        desk.notices["entry_card"] = photo_card('<b>ENTRY</b>\nvalid <tg-time unix="1800000000" format="r">in 9 min</tg-time>')
        card = await api.wait_for(lambda m: bool(m.buttons))

    assert card.photo_size == (1080, 1350)
    assert card.text == "ENTRY\nvalid in 9 min"
    assert len(api.messages(ADA)) == 1


async def test_words_too_long_for_a_caption_follow_the_photo_and_carry_the_buttons(api: FakeBotApi, door: StoreDoor) -> None:
    await door.owe_notice(ADA, "entry_card")
    async with Desk(api, door) as desk:
        desk.notices["entry_card"] = photo_card("<b>ENTRY #142</b>\n" + "x" * 1100)
        card = await api.wait_for(lambda m: bool(m.buttons))
        await api.wait_until(lambda: door.outbox_states() == ["sent"])

    photo, words = api.messages(ADA)
    assert (photo.text, photo.labels, photo.photo is not None) == ("ENTRY #142", [], True)
    assert words == card


async def test_a_card_whose_chart_cannot_be_drawn_goes_out_in_words(api: FakeBotApi, door: StoreDoor) -> None:
    await door.owe_notice(ADA, "entry_card")
    async with Desk(api, door) as desk:
        desk.failing_charts = True
        desk.notices["entry_card"] = photo_card("ENTRY")
        card = await api.wait_for(lambda m: bool(m.buttons))

    assert card.photo is None


async def test_a_notice_that_cannot_be_written_is_still_sent(api: FakeBotApi, door: StoreDoor) -> None:
    await door.owe_notice(ADA, "broken", '{"level":"critical"}')
    async with Desk(api, door):
        told = await api.wait_for(lambda m: m.text.startswith("broken"))

    assert told.text == 'broken: {"level":"critical"}\nPAPER · ⛓ 12·0a1b2c3d'


async def test_a_message_for_nobody_on_the_list_is_never_sent(api: FakeBotApi, door: StoreDoor) -> None:
    api.open_chat(9999, "Former")
    await door.owe_notice(9999, "alert")
    async with Desk(api, door):
        await api.wait_until(lambda: door.outbox_states() == ["dead"])

    assert api.messages() == []


async def test_markup_telegram_cannot_parse_goes_out_once_as_plain_words(api: FakeBotApi, door: StoreDoor) -> None:
    await door.owe_notice(ADA, "alert")
    async with Desk(api, door) as desk:
        desk.notices["alert"] = Reply(html="<b>rps < 50 &amp; falling</b>", buttons=card_buttons(NONCE))
        told = await api.wait_for(lambda m: "falling" in m.text)

    assert [call.status for call in api.calls_of("sendMessage")] == [400, 200]
    assert told.labels == ["Approve", "Reject"]


async def test_a_photo_telegram_cannot_process_goes_out_in_words(api: FakeBotApi, door: StoreDoor) -> None:
    api.fault("sendPhoto", code=400, description="Bad Request: IMAGE_PROCESS_FAILED")
    await door.owe_notice(ADA, "entry_card")
    async with Desk(api, door) as desk:
        desk.notices["entry_card"] = photo_card("<b>ENTRY</b>")
        card = await api.wait_for(lambda m: bool(m.buttons))

    assert (card.text, card.photo) == ("ENTRY", None)


async def test_what_is_refused_twice_is_dead(api: FakeBotApi, door: StoreDoor) -> None:
    await door.owe_notice(ADA, "alert")
    async with Desk(api, door) as desk:
        desk.notices["alert"] = Reply(html="x", buttons=((Button(label="A", action="d" * 65),),))
        await api.wait_until(lambda: door.outbox_states() == ["dead"])

    assert [call.status for call in api.calls_of("sendMessage")] == [400, 400]


async def test_a_flood_wait_is_obeyed_exactly(api: FakeBotApi, door: StoreDoor) -> None:
    api.fault("sendMessage", code=429, retry_after=1)
    await door.owe_notice(ADA, "digest")
    async with Desk(api, door):
        await api.wait_for(lambda m: "digest" in m.text)

    refused, taken = api.calls_of("sendMessage")
    assert 1.0 <= taken.at - refused.at < 3.0


async def test_a_flood_wait_of_a_digest_does_not_hold_up_a_kill(api: FakeBotApi, door: StoreDoor) -> None:
    api.fault("sendMessage", code=429, retry_after=300, contains="digest")
    async with Desk(api, door):
        await door.owe_notice(ADA, "digest")
        await api.wait_until(lambda: door.outbox_states() == ["retry"])
        await door.owe_notice(ADA, "alert", priority=0)
        await api.wait_for(lambda m: "alert" in m.text, timeout=5.0)


async def test_an_urgent_message_goes_before_older_ones(api: FakeBotApi, door: StoreDoor) -> None:
    for number in range(3):
        await door.owe_notice(ADA, f"digest{number}")
    await door.owe_notice(ADA, "killed", priority=0)
    async with Desk(api, door):
        await api.wait_for(lambda m: "digest2" in m.text)

    assert [m.text.split()[0] for m in api.messages(ADA)] == ["killed", "digest0", "digest1", "digest2"]


async def test_a_bad_gateway_is_tried_again(api: FakeBotApi, door: StoreDoor) -> None:
    api.fault("sendMessage", code=502, times=2)
    await door.owe_notice(ADA, "alert")
    async with Desk(api, door):
        await api.wait_for(lambda m: "alert" in m.text)
        await api.wait_until(lambda: door.outbox_states() == ["sent"])

    assert [call.status for call in api.calls_of("sendMessage")] == [502, 502, 200]


async def test_after_an_outage_messages_come_in_their_order_and_once(api: FakeBotApi, door: StoreDoor) -> None:
    async with Desk(api, door):
        await api.wait_until(lambda: door.polls > 0 or bool(api.calls_of("getUpdates")))
        await api.stop()
        for number in range(4):
            await door.owe_notice(ADA, f"fill{number}")
        await api.wait_until(lambda: "retry" in door.outbox_states())
        await api.start()
        await api.wait_for(lambda m: "fill3" in m.text, timeout=8)

    assert [m.text.split()[0] for m in api.messages(ADA)] == ["fill0", "fill1", "fill2", "fill3"]


@pytest.mark.parametrize("fault", ["hang", "drop", "garbage"])
async def test_information_that_may_have_arrived_is_not_sent_again(api: FakeBotApi, door: StoreDoor, fault: str) -> None:
    if fault == "garbage":
        api.garbage("sendMessage")
    else:
        (api.hang if fault == "hang" else api.drop)("sendMessage", after=True)
    await door.owe_notice(ADA, "fill")
    async with Desk(api, door):
        await api.wait_until(lambda: door.outbox_states() == ["ambiguous"])
        await door.owe_notice(ADA, "next")
        await api.wait_for(lambda m: "next" in m.text)

    assert len([m for m in api.messages(ADA) if "fill" in m.text]) == 1


async def test_a_card_that_may_have_arrived_is_sent_again_and_says_so(api: FakeBotApi, door: StoreDoor) -> None:
    api.hang("sendMessage", after=True)
    await door.owe_notice(ADA, "entry_card")
    async with Desk(api, door):
        await api.wait_for(lambda m: "possible duplicate, same #id" in m.text)
        await api.wait_until(lambda: door.outbox_states() == ["sent"])

    assert ["possible duplicate" in m.text for m in api.messages(ADA)] == [False, True]


async def test_a_card_that_surely_did_not_arrive_is_not_marked_as_a_duplicate(api: FakeBotApi, door: StoreDoor) -> None:
    api.fault("sendMessage", code=502)
    await door.owe_notice(ADA, "entry_card")
    async with Desk(api, door):
        card = await api.wait_for(lambda m: bool(m.buttons))

    assert "duplicate" not in card.text


async def test_a_card_in_flight_at_a_crash_is_sent_again_and_says_so(api: FakeBotApi, door: StoreDoor) -> None:
    api.hang("sendMessage", after=True)
    await door.owe_notice(ADA, "entry_card")
    async with Desk(api, door):
        await api.wait_for(lambda m: bool(m.buttons))
    await door.store.write(lambda tx: tx.settle_retry(1, not_before=datetime.now(UTC), error="the program ended while sending"))
    async with Desk(api, door):
        await api.wait_for(lambda m: "possible duplicate" in m.text)


async def test_a_blocked_chat_is_named_and_held_until_it_opens_again(api: FakeBotApi, door: StoreDoor) -> None:
    api.block(ADA)
    async with Desk(api, door):
        await door.owe_notice(ADA, "alert")
        await api.wait_until(lambda: "telegram_chat" in door.holds())
        assert door.outbox_states() == ["dead"]
        api.open_chat(ADA)
        await door.owe_notice(ADA, "second")
        await api.wait_until(lambda: "telegram_chat" not in door.holds())


async def test_a_hanging_send_does_not_hold_up_the_next_chat(api: FakeBotApi, door: StoreDoor) -> None:
    api.hang("sendMessage", contains="slow")
    async with Desk(api, door, deadline_s=5.0):
        await door.owe_notice(ADA, "slow")
        await door.owe_notice(VIC, "fast")
        await api.wait_for(lambda m: "fast" in m.text, timeout=4)


async def test_an_outcome_is_written_into_its_card(api: FakeBotApi, door: StoreDoor) -> None:
    async with Desk(api, door) as desk:
        desk.notices["entry_card"] = photo_card("ENTRY")
        await door.owe_notice(ADA, "entry_card")
        card = await api.wait_for(lambda m: bool(m.buttons))
        desk.notices["card_outcome"] = Reply(html="ENTRY\n<b>Approved</b> by Ada")
        door.edits["card_outcome"] = (card.message_id,)
        await door.owe_notice(ADA, "card_outcome")
        await api.wait_until(lambda: card.edits == 1)
        await api.wait_until(lambda: door.outbox_states() == ["sent", "sent"])

    assert (card.text, card.labels) == ("ENTRY\nApproved by Ada", [])


async def test_a_card_that_asks_anew_has_its_new_picture_and_buttons(api: FakeBotApi, door: StoreDoor) -> None:
    async with Desk(api, door) as desk:
        desk.notices["entry_card"] = photo_card("ENTRY")
        await door.owe_notice(ADA, "entry_card")
        card = await api.wait_for(lambda m: bool(m.buttons))
        desk.notices["entry_card"] = photo_card("ENTRY\nThe market moved")
        door.edits["entry_card"] = (card.message_id,)
        await door.owe_notice(ADA, "entry_card", key="second revision")
        await api.wait_until(lambda: card.edits == 1)

    assert (card.text, card.labels) == ("ENTRY\nThe market moved", ["Approve", "Reject", "HD"])
    assert [call.status for call in api.calls_of("editMessageMedia")] == [200]
    assert len(api.messages(ADA)) == 1


async def test_an_edit_that_changes_nothing_counts_as_done(api: FakeBotApi, door: StoreDoor) -> None:
    async with Desk(api, door) as desk:
        desk.notices["card_outcome"] = Reply(html="same")
        await door.owe_notice(ADA, "card_outcome", "1")
        told = await api.wait_for(lambda m: m.text == "same")
        door.edits["card_outcome"] = (told.message_id,)
        await door.owe_notice(ADA, "card_outcome", "2")
        await api.wait_until(lambda: door.outbox_states() == ["sent", "sent"])

    assert len(api.messages(ADA)) == 1


async def test_the_outcome_of_a_deleted_card_comes_as_a_new_message(api: FakeBotApi, door: StoreDoor) -> None:
    async with Desk(api, door) as desk:
        await door.owe_notice(ADA, "entry_card")
        card = await api.wait_for(lambda m: bool(m.buttons))
        api.delete(card)
        desk.notices["card_outcome"] = Reply(html="Approved")
        door.edits["card_outcome"] = (card.message_id,)
        await door.owe_notice(ADA, "card_outcome")
        await api.wait_for(lambda m: m.text == "Approved")


async def test_an_outcome_too_long_for_its_caption_takes_the_buttons_away_and_follows(api: FakeBotApi, door: StoreDoor) -> None:
    async with Desk(api, door) as desk:
        desk.notices["entry_card"] = photo_card("ENTRY")
        await door.owe_notice(ADA, "entry_card")
        card = await api.wait_for(lambda m: bool(m.buttons))
        desk.notices["card_outcome"] = Reply(html="Approved " + "x" * 1100)
        door.edits["card_outcome"] = (card.message_id,)
        await door.owe_notice(ADA, "card_outcome")
        told = await api.wait_for(lambda m: m.text.startswith("Approved"))

    assert told.reply_to == card.message_id
    assert card.labels == []


async def test_a_long_text_comes_in_parts_with_the_buttons_on_the_last(api: FakeBotApi, door: StoreDoor) -> None:
    async with Desk(api, door) as desk:
        rows = "\n".join(f"row {number} " + "y" * 90 for number in range(80))
        desk.notices["alert"] = Reply(html=f"<b>LIST</b>\n<blockquote expandable>{rows}</blockquote>", buttons=card_buttons(NONCE))
        await door.owe_notice(ADA, "alert")
        await api.wait_for(lambda m: bool(m.buttons))

    parts = api.messages(ADA)
    assert [bool(m.buttons) for m in parts] == [False, True]
    assert "\n".join(m.text for m in parts) == f"LIST\n{rows}"


async def test_more_than_three_parts_become_a_document(api: FakeBotApi, door: StoreDoor) -> None:
    async with Desk(api, door) as desk:
        desk.notices["alert"] = Reply(html="z" * 20_000, buttons=card_buttons(NONCE))
        await door.owe_notice(ADA, "alert")
        await api.wait_for(lambda m: bool(m.buttons))

    document, words = api.messages(ADA)
    assert document.document == ("message.txt", b"z" * 20_000)
    assert len(words.text) == 4096


async def test_a_reply_with_a_document_sends_both(api: FakeBotApi, door: StoreDoor) -> None:
    async def act(request: Request, engine: Engine) -> tuple[Reply, ...]:
        return (Reply(html="12 trades", document=("history.csv", "a,b\n1,2\n")),) if request.command == "history" else await echo(request, engine)

    async with Desk(api, door, handler=act):
        api.say(ADA, "/history")
        told = await api.wait_for(lambda m: m.document is not None)

    assert told.document == ("history.csv", b"a,b\n1,2\n")
    assert api.messages(ADA)[0].text == "12 trades\nPAPER · ⛓ 12·0a1b2c3d"


def test_the_first_messages_to_a_chat_go_at_once_and_later_ones_one_a_second() -> None:
    pacer, now_s = Pacer(), time.monotonic()

    waits = [round(pacer.wait_s(ADA, now_s), 3) for _ in range(8)]

    assert waits == [0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 2.0, 3.0]
    assert pacer.wait_s(BEA, now_s) == 0.0
    assert pacer.wait_s(ADA, now_s + 60) == 0.0
