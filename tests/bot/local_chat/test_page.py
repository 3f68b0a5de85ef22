"""The page as a person sees it: in a real browser, the size of a phone."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from playwright.async_api import Page, expect

from bot.chat import Button, ButtonStyle, Reply
from bot.local_chat.strings import page_strings
from bot.local_chat.updates import LOCAL_CHAT_ID
from engine.clock import SystemClock
from tests.bot.local_chat.door import Door, Running, new_chat, running_chat
from tests.e2e.browser import DESKTOP, PHONE, chromium, phone_page

pytestmark = pytest.mark.browser

BUTTONS = (
    (
        Button(label="Approve", action="v1:approve:142:n1", style=ButtonStyle.SUCCESS),
        Button(label="Reject", action="v1:reject:142:n1", style=ButtonStyle.DANGER),
    ),
    (Button(label="Details", action="v1:details:142"), Button(label="Chart", action="v1:chart:142")),
)
WHY = "\n".join(f"reason {number}: a figure stands beside its limit" for number in range(12))


def card() -> Reply:
    until = int((SystemClock().wall() + timedelta(minutes=29, seconds=30)).timestamp())
    words = (
        "<b>ENTRY #142</b> · ETH bull put 28 Nov 3200/3000 · +0.0125 ETH · risk €172\n"
        f'credit: 0.0125 ETH\nvalid until: <tg-time unix="{until}" format="r">14:33</tg-time>\n'
        f"<blockquote expandable>{WHY}</blockquote>\n12·a1b2c3d4"
    )
    return Reply(html=words, buttons=BUTTONS)


def chart_png() -> bytes:
    figure = Figure(figsize=(5.4, 5.4), dpi=200, facecolor="#0e1621")
    figure.add_subplot().plot([2600, 3030, 3200, 3800], [-170, -170, 30, 30])
    canvas = FigureCanvasAgg(figure)
    canvas.print_png(file := BytesIO())
    return file.getvalue()


@asynccontextmanager
async def opened(*, language: str = "en") -> AsyncIterator[tuple[Running, Page]]:
    """A running chat and a phone that has opened its link; nothing may be complained of in the console."""
    complaints: list[str] = []
    async with chromium() as browser, running_chat(language=language) as running, phone_page(browser, language=language) as page:
        page.on("console", lambda message: complaints.append(message.text) if message.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        await page.goto(running.url)
        await expect(page.locator("#connection")).to_have_text(page_strings(language)["online"])
        yield running, page
        assert complaints == []


async def test_a_card_with_its_chart_arrives_by_itself_and_is_decoded() -> None:
    async with opened() as (running, page):
        await expect(page.locator("#empty")).to_be_visible()
        await running.chat.send(LOCAL_CHAT_ID, card(), png=chart_png())

        turn = page.locator(".turn")
        await expect(turn).to_contain_text("ENTRY #142 · ETH bull put")
        await expect(turn.locator("b").first).to_have_text("ENTRY #142")
        await expect(turn.locator("time")).to_have_text(re.compile(r"^in 29 min"))
        await expect(turn.locator(".photo img")).to_have_js_property("naturalWidth", 1080)
        assert (await turn.locator(".photo img").get_attribute("alt") or "").startswith("ENTRY #142")
        await expect(page.locator("#empty")).to_be_hidden()
        await expect(page.locator(".key.success")).to_be_in_viewport()
        assert await page.locator(".keys").first.locator(".key").count() == 2


async def test_a_tap_is_stored_its_buttons_wait_and_the_answer_is_a_toast() -> None:
    async with opened() as (running, page):
        sent = await running.chat.send(LOCAL_CHAT_ID, card())
        approve = page.get_by_role("button", name="Approve")
        await approve.click()
        await expect(page.get_by_role("button", name="Reject")).to_have_attribute("aria-disabled", "true")
        await approve.dispatch_event("click")
        await running.door.tapped.wait()

        query = running.door.updates[0]["callback_query"]
        assert (query["data"], query["message"]["message_id"], len(running.door.updates)) == ("v1:approve:142:n1", sent.message_id, 1)
        await running.chat.answer_callback(running.door.callback_ids[0], "Approved at 14:05:10 UTC")
        await expect(page.locator("#toast")).to_have_text("Approved at 14:05:10 UTC")
        await expect(page.locator("#toast")).to_be_visible()


async def test_an_answered_card_cannot_be_tapped_again_while_it_waits_for_its_edit() -> None:
    async with opened() as (running, page):
        sent = await running.chat.send(LOCAL_CHAT_ID, card())
        await page.get_by_role("button", name="Approve").click()
        await running.door.tapped.wait()
        await running.chat.answer_callback(running.door.callback_ids[0], "Approved at 14:05:10 UTC")
        await expect(page.locator("#toast")).to_have_text("Approved at 14:05:10 UTC")
        for name in ("Approve", "Reject"):
            await expect(page.get_by_role("button", name=name)).to_have_attribute("aria-disabled", "true")
            await page.get_by_role("button", name=name).dispatch_event("click")
        running.door.tapped.clear()
        await page.get_by_role("button", name="Details").click()
        await running.door.tapped.wait()
        await running.chat.edit(LOCAL_CHAT_ID, sent.message_id, replace(card(), buttons=BUTTONS[1:]))
        await expect(page.locator(".key")).to_have_text(["Details", "Chart"])
        await expect(page.locator('.key[aria-disabled="true"]')).to_have_count(0)

    assert [update["callback_query"]["data"] for update in running.door.updates] == ["v1:approve:142:n1", "v1:details:142"]


async def test_a_message_that_asks_several_questions_spends_only_the_one_that_was_answered() -> None:
    async with opened() as (running, page):
        asked = tuple((Button(label=f"Cancel #{number}", action=f"v1:cancel:{number}:n{number}"),) for number in (7, 8))
        await running.chat.send(LOCAL_CHAT_ID, Reply(html="two orders work", buttons=asked))
        await page.get_by_role("button", name="Cancel #7").click()
        await running.door.tapped.wait()
        await running.chat.answer_callback(running.door.callback_ids[0], "Asked to end")

        await expect(page.get_by_role("button", name="Cancel #7")).to_have_attribute("aria-disabled", "true")
        await expect(page.get_by_role("button", name="Cancel #8")).not_to_have_attribute("aria-disabled", "true")


async def test_a_tap_that_decided_nothing_leaves_the_question_open() -> None:
    cases = (("Too late", True, "v1:approve:142:n1"), ("", False, "v1:approve:142:n1"), ("Later", False, "v1:snooze:142:n1"))
    async with opened() as (running, page):
        for number, (words, is_alert, action) in enumerate(cases, start=1):
            asked = ((Button(label=f"Yes to {number}", action=action), Button(label="No", action="v1:reject:142:n1")),)
            await running.chat.send(LOCAL_CHAT_ID, Reply(html="a question", buttons=asked))
            running.door.tapped.clear()
            await page.get_by_role("button", name=f"Yes to {number}").click()
            await running.door.tapped.wait()
            await running.chat.answer_callback(running.door.callback_ids[-1], words, is_alert=is_alert)
            await expect(page.locator('.key[aria-disabled="true"]')).to_have_count(0)
            if is_alert:
                await page.get_by_role("button", name="OK").click()


async def test_pictures_of_one_answer_lie_side_by_side_and_are_leafed_through() -> None:
    async with opened() as (running, page):
        hd = ((Button(label="HD", action="v1:hd:chart:-"),),)
        await running.chat.send(LOCAL_CHAT_ID, Reply(html="the summary"))
        first = [await running.chat.send(LOCAL_CHAT_ID, Reply(html=f"sheet {number}", buttons=hd), png=chart_png()) for number in (1, 2, 3)]
        await running.chat.send(LOCAL_CHAT_ID, card(), png=chart_png())
        await running.chat.send(LOCAL_CHAT_ID, Reply(html="alone", buttons=hd), png=chart_png())
        album = page.get_by_role("group", name="3 pictures")
        await expect(album.locator(".turn")).to_have_count(3)
        await expect(page.locator(".album")).to_have_count(1)
        await album.get_by_role("button", name="Enlarge the picture: sheet 2").click()
        place = page.locator("#zoom-place")
        await expect(place).to_have_text("2 / 3 · sheet 2")
        await page.keyboard.press("ArrowRight")
        await expect(place).to_have_text("3 / 3 · sheet 3")
        await expect(page.get_by_role("button", name="Next picture")).to_be_hidden()
        await page.get_by_role("button", name="Picture before").click()
        await page.keyboard.press("ArrowLeft")
        await expect(page.locator("#zoomed")).to_have_attribute("alt", "sheet 1")
        await page.keyboard.press("Escape")
        await running.chat.delete(LOCAL_CHAT_ID, first[0].message_id)
        await expect(page.get_by_role("group", name="2 pictures")).to_be_visible()
        assert await page.evaluate("document.getElementById('log').scrollWidth <= document.getElementById('log').clientWidth")


async def test_a_screen_reader_hears_names_roles_and_states_of_everything() -> None:
    async with opened() as (running, page):
        await running.chat.send(LOCAL_CHAT_ID, replace(card(), html="<b>ENTRY #142</b>\nwords"))
        await page.get_by_label("Message or command").press_sequentially("/pe")

        await expect(page.locator("body")).to_match_aria_snapshot(
            """
            - banner:
              - heading "Cerbero Bite" [level=1]
              - status: online
              - group "Engine time"
            - main:
              - log "Messages":
                - article /Cerbero Bite, \\d+:\\d+/:
                  - text: /142 words/
                  - button "Reply"
                  - button "Approve"
                  - button "Reject"
                  - button "Details"
                  - button "Chart"
            - contentinfo:
              - listbox "Commands":
                - option "/pending Cards that wait"
              - button "Commands" [expanded]
              - combobox "Message or command" [expanded]
              - button "Send"
            """
        )
        assert [await page.locator(f"#{name}").get_attribute("aria-live") for name in ("log", "toast")] == ["polite", "assertive"]


async def test_an_alert_is_a_dialog_until_it_is_acknowledged() -> None:
    async with opened() as (running, page):
        await running.chat.send(LOCAL_CHAT_ID, card())
        await page.get_by_role("button", name="Reject").click()
        await expect(page.locator(".key.tapped")).to_have_count(1)
        await running.door.tapped.wait()
        await running.chat.answer_callback(running.door.callback_ids[0], "Already decided by Ada", is_alert=True)

        await expect(page.get_by_role("dialog")).to_contain_text("Already decided by Ada")
        await page.get_by_role("button", name="OK").click()
        await expect(page.locator("#alert")).to_be_hidden()


async def test_an_edit_changes_the_bubble_in_place_and_keeps_picture_and_focus() -> None:
    async with opened() as (running, page):
        sent = await running.chat.send(LOCAL_CHAT_ID, card(), png=chart_png())
        await running.chat.send(LOCAL_CHAT_ID, Reply(html="something later"))
        await page.get_by_role("button", name="Show more").click()
        await page.get_by_role("button", name="Details").focus()
        await running.chat.edit(LOCAL_CHAT_ID, sent.message_id, replace(card(), html=card().html + "\nApproved by Ada"))

        turns = page.locator(".turn")
        await expect(turns.first).to_contain_text("Approved by Ada")
        await expect(turns.first).to_contain_text("edited")
        assert await turns.count() == 2
        await expect(page.get_by_role("button", name="Details")).to_be_focused()
        await expect(page.get_by_role("button", name="Show less")).to_be_visible()
        await expect(page.locator(".photo img")).to_have_js_property("naturalWidth", 1080)


async def test_commands_are_typed_found_in_the_menu_and_sent_with_enter() -> None:
    async with opened() as (running, page):
        words = page.get_by_label("Message or command")
        await words.press_sequentially("/p")
        await expect(page.get_by_role("option")).to_have_count(2)
        await words.press("ArrowDown")
        await words.press("ArrowDown")
        await expect(page.get_by_role("option", selected=True)).to_contain_text("/pending")
        await words.press("Enter")
        await expect(page.locator(".turn.mine")).to_contain_text("/pending")
        await expect(words).to_have_value("")
        await expect(page.locator("#menu")).to_be_hidden()

        await words.press_sequentially("/kill strange fills")
        await words.press("Enter")
        await expect(page.locator(".turn.mine")).to_have_count(2)
        assert [each["message"]["text"] for each in running.door.updates] == ["/pending", "/kill strange fills"]
        assert [reason for _, reason in running.door.kills] == ["strange fills"]

        await page.get_by_role("button", name="Commands").click()
        await page.get_by_role("option", name="/status").click()
        await expect(page.locator(".turn.mine")).to_have_count(3)
        assert running.door.updates[-1]["message"]["text"] == "/status"


async def test_words_that_were_not_stored_stay_in_the_composer() -> None:
    async with chromium() as browser, running_chat() as running, phone_page(browser) as page:
        await page.goto(running.url)
        running.door.failure = OSError(28, "ENOSPC")
        await page.get_by_label("Message or command").fill("/status")
        await page.get_by_role("button", name="Send").click()

        await expect(page.locator("#toast")).to_have_text(page_strings("en")["not_sent"])
        await expect(page.get_by_label("Message or command")).to_have_value("/status")
        assert await page.locator(".turn").count() == 0


async def test_an_answer_is_threaded_under_its_message_and_leads_back_to_it() -> None:
    async with opened() as (running, page):
        sent = await running.chat.send(LOCAL_CHAT_ID, card())
        await running.chat.send(LOCAL_CHAT_ID, Reply(html="FILLED #142"), reply_to=sent.message_id)
        thread = page.locator(".thread")
        await expect(thread).to_contain_text("ENTRY #142")
        await thread.click()
        await expect(page.locator(".turn").first).to_be_focused()

        await page.locator(".turn").first.get_by_role("button", name="Reply").click()
        await page.get_by_label("Message or command").fill("/audit_verify")
        await page.keyboard.press("Enter")
        await expect(page.locator(".turn.mine .thread")).to_contain_text("ENTRY #142")
        assert running.door.updates[0]["message"]["reply_to_message"]["message_id"] == sent.message_id


async def test_a_reload_keeps_the_whole_history() -> None:
    async with opened() as (running, page):
        sent = await running.chat.send(LOCAL_CHAT_ID, card(), png=chart_png())
        await page.get_by_label("Message or command").fill("/status")
        await page.keyboard.press("Enter")
        await expect(page.locator(".turn")).to_have_count(2)
        await running.chat.edit(LOCAL_CHAT_ID, sent.message_id, replace(card(), html="settled", buttons=BUTTONS[1:]))
        await page.reload()

        await expect(page.locator(".turn")).to_have_count(2)
        await expect(page.locator(".turn").first).to_contain_text("settled")
        await expect(page.locator(".turn.mine")).to_contain_text("/status")
        assert await page.locator(".key").count() == 2
        await expect(page.locator(".photo img")).to_have_js_property("naturalWidth", 1080)


async def test_a_page_without_the_key_shows_one_line_and_nothing_of_the_chat() -> None:
    async with chromium() as browser, running_chat() as running, phone_page(browser) as page:
        await running.chat.send(LOCAL_CHAT_ID, card())
        for link in (running.root + "/", running.root + "/?key=wrong"):
            await page.goto(link)
            assert (await page.inner_text("body")).strip() == page_strings("en")["how_to_open"]
            assert await page.locator("script, link, .turn").count() == 0


async def test_hostile_markup_is_inert() -> None:
    hostile = (
        "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>"
        "<a href=\"javascript:document.title='owned'\">tap me</a><b onclick=\"document.title='owned'\">bold</b>"
        "<svg onload=\"document.title='owned'\"></svg><iframe src='javascript:1'></iframe>&lt;script&gt;"
    )
    async with opened() as (running, page):
        label = Button(label="<img src=x onerror=\"document.title='owned'\">", action="x")
        await running.chat.send(LOCAL_CHAT_ID, Reply(html=hostile, buttons=((label,),), document=("<b>x</b>.csv", "")))
        await page.get_by_label("Message or command").fill("<script>document.title='owned'</script>")
        await page.keyboard.press("Enter")
        await expect(page.locator(".turn")).to_have_count(2)
        await page.locator(".turn b").click()

        assert await page.locator("#log").locator("script, img, a[href^='javascript'], svg, iframe, [onclick], [onerror]").count() == 0
        await expect(page.locator(".turn.mine")).to_contain_text("<script>document.title='owned'</script>")
        await expect(page.locator(".key")).to_have_text("<img src=x onerror=\"document.title='owned'\">")
        assert await page.title() == "Cerbero Bite"


async def test_a_picture_is_enlarged_by_a_click_and_closed_with_escape() -> None:
    async with opened() as (running, page):
        await running.chat.send(LOCAL_CHAT_ID, card(), png=chart_png())
        photo = page.locator(".photo")
        await photo.click()
        await expect(page.locator("#zoomed")).to_be_visible()
        await page.locator("#zoomed").click()
        assert await page.evaluate("document.getElementById('zoomed').getBoundingClientRect().width") > PHONE["width"]
        await page.keyboard.press("Escape")
        await expect(page.locator("#zoom")).to_be_hidden()
        await expect(photo).to_be_focused()


async def test_the_header_tells_the_engines_time_speed_stage_and_state() -> None:
    async with opened(language="it") as (_, page):
        await expect(page.locator("#engine-time")).to_have_text("18 nov 2026, 14:03 UTC")
        await expect(page.locator("#engine-speed")).to_have_text("2 giorni al secondo")
        await expect(page.locator("#stage")).to_have_text("PAPER")
        await expect(page.locator("#state")).to_have_text("HOLD")
        assert await page.evaluate("document.documentElement.lang") == "it"


async def test_the_end_of_the_run_is_said() -> None:
    async with chromium() as browser, running_chat() as running, phone_page(browser) as page:
        await page.goto(running.url)
        await expect(page.locator("#connection")).to_have_text("online")
        running.chat.stop()

        await expect(page.locator("#connection")).to_have_text("connecting…")


async def test_a_link_of_an_earlier_run_says_that_the_chat_has_ended() -> None:
    async with chromium() as browser, phone_page(browser) as page:
        async with running_chat() as running:
            await page.goto(running.url)
            await expect(page.locator("#connection")).to_have_text("online")
            port = int(running.root.rpartition(":")[2])
        next_run = new_chat(Door())
        next_run.bind(port)
        serving = asyncio.create_task(next_run.serve())

        await expect(page.get_by_role("alert")).to_have_text(page_strings("en")["over"])
        next_run.stop()
        await serving


async def test_focus_never_moves_to_another_button_when_its_own_is_gone() -> None:
    async with opened() as (running, page):
        sent = await running.chat.send(LOCAL_CHAT_ID, card())
        await page.get_by_role("button", name="Approve").focus()
        await running.chat.edit(LOCAL_CHAT_ID, sent.message_id, replace(card(), buttons=BUTTONS[1:]))

        await expect(page.locator(".key")).to_have_count(2)
        await expect(page.locator(".turn")).to_be_focused()


async def test_nothing_is_cut_off_at_any_width_and_a_person_may_use_the_keyboard_alone(tmp_path: Path) -> None:
    async with opened() as (running, page):
        await running.chat.send(LOCAL_CHAT_ID, Reply(html="<pre>" + "wide " * 40 + "</pre>" + "long" * 100))
        await running.chat.send(LOCAL_CHAT_ID, card(), png=chart_png())
        await expect(page.locator(".turn")).to_have_count(2)
        for viewport in (PHONE, {"width": 320, "height": 568}, DESKTOP):
            await page.set_viewport_size(viewport)
            await page.screenshot(path=tmp_path / f"{viewport['width']}.png")
            assert await page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]
            assert await page.evaluate("document.getElementById('log').scrollWidth <= document.getElementById('log').clientWidth")
            assert await page.evaluate("document.querySelector('.phone').getBoundingClientRect().width") <= 640
            await expect(page.get_by_role("button", name="Send")).to_be_in_viewport()

        await page.get_by_role("button", name="Approve").focus()
        await page.keyboard.press("Tab")
        await expect(page.get_by_role("button", name="Reject")).to_be_focused()
        await page.keyboard.press("Enter")
        await expect(page.locator(".key.tapped")).to_have_text("Reject")
        assert await page.get_by_role("log").get_attribute("aria-live") == "polite"
        unnamed = "[...document.querySelectorAll('button')].filter(b => !b.hidden && !b.ariaLabel && !b.textContent.trim()).length"
        assert await page.evaluate(unnamed) == 0


async def test_a_reader_of_old_messages_is_not_torn_away_by_a_new_one() -> None:
    async with opened() as (running, page):
        for number in range(30):
            await running.chat.send(LOCAL_CHAT_ID, Reply(html=f"message {number}"))
        await expect(page.locator(".turn")).to_have_count(30)
        await page.evaluate("document.getElementById('log').scrollTop = 0")
        newest = page.get_by_role("button", name="Go to the newest message")
        await expect(newest).to_be_visible()
        await running.chat.send(LOCAL_CHAT_ID, Reply(html="fresh"))

        await expect(page.locator("#unread")).to_have_text("1")
        assert await page.evaluate("document.getElementById('log').scrollTop") == 0
        await newest.click()
        await expect(page.get_by_text("fresh")).to_be_in_viewport()
        await expect(newest).to_be_hidden()
