"""The page's server: bubbles, streams, pictures, a clean start and a quick end."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
import zlib
from collections.abc import AsyncIterator
from importlib.resources import files
from pathlib import Path

import httpx
import pytest

from bot.chat import Button, ButtonStyle, Reply
from bot.delivery import Transport
from bot.local_chat.history import BUBBLES_MAX, PHOTO_BYTES_MAX, STREAMS_MAX, UNREAD_MAX, Bubble, Room, Streams, frame, photo_facts
from bot.local_chat.routes import Page
from bot.local_chat.server import ClockLine, LocalChat
from bot.local_chat.strings import page_strings
from bot.local_chat.updates import LOCAL_CHAT_ID
from engine.clock import SystemClock
from engine.errors import ConfigError, DeliveryError, StateError
from tests.bot import fake_views
from tests.bot.local_chat.door import COMMANDS, Door, new_chat, running_chat
from tests.conftest import ROOT

PNG = bytes.fromhex("89504e470d0a1a0a0000000d494844520000000200000003080200000036880ad2") + b"rest"
PAGE = files("bot.local_chat") / "page"
PAGE_FILES = ("index.html", "chat.css", "render.js", "composer.js", "chat.js", "icon.svg")


async def events_of(stream: httpx.Response) -> AsyncIterator[tuple[str, dict[str, object]]]:
    name = ""
    async for line in stream.aiter_lines():
        if line.startswith("event: "):
            name = line.removeprefix("event: ")
        if line.startswith("data: "):
            yield name, json.loads(line.removeprefix("data: "))


def bubble(message_id: int, *, photo: bytes | None = None) -> Bubble:
    return Bubble(message_id=message_id, is_mine=False, sent_at=SystemClock().wall(), nodes=["words"], photo=photo)


async def next_named(events: AsyncIterator[tuple[str, dict[str, object]]], name: str) -> dict[str, object]:
    async for event, body in events:
        if event == name:
            return body
    raise EOFError(name)


async def test_the_chat_is_a_transport() -> None:
    chat: Transport = new_chat(Door())

    assert chat.username


async def test_a_page_gets_the_history_and_then_every_change() -> None:
    async with running_chat() as running, running.client() as client:
        first = await running.chat.send(LOCAL_CHAT_ID, Reply(html="<b>one</b>"))
        async with client.stream("GET", "/events") as stream:
            events = events_of(stream)
            so_far = await next_named(events, "history")
            assert [each["text"] for each in so_far["bubbles"]] == ["one"]

            buttons = ((Button(label="Approve", action="v1:a", style=ButtonStyle.SUCCESS),),)
            second = await running.chat.send(LOCAL_CHAT_ID, Reply(html="two", buttons=buttons), png=PNG, reply_to=first.message_id)
            shown = await next_named(events, "bubble")
            assert (shown["id"], shown["reply_to"], shown["photo"]) == (second.message_id, first.message_id, photo_facts(PNG))
            assert shown["buttons"] == [[{"label": "Approve", "action": "v1:a", "style": "success"}]]

            await running.chat.edit(LOCAL_CHAT_ID, second.message_id, Reply(html="two, settled"))
            edited = await next_named(events, "bubble")
            assert (edited["id"], edited["text"], edited["buttons"], edited["revision"]) == (second.message_id, "two, settled", [], 1)
            assert edited["photo"] == photo_facts(PNG)


async def test_the_engines_clock_is_told_every_second() -> None:
    async with running_chat() as running, running.client() as client, client.stream("GET", "/events") as stream:
        told = await next_named(events_of(stream), "clock")

        assert told == {"known": True, "now_ms": 1_795_010_580_000, "speed": 172_800.0, "stage": "PAPER", "state": "hold"}


async def test_a_picture_and_a_document_are_served_by_message() -> None:
    async with running_chat() as running, running.client() as client:
        pictured = await running.chat.send(LOCAL_CHAT_ID, Reply(html="chart"), png=PNG)
        written = await running.chat.send(LOCAL_CHAT_ID, Reply(document=("trades.csv", "id;pnl_eur\n1;-3.20\n")))

        picture = await client.get(f"/photo/{pictured.message_id}")
        assert (picture.content, picture.headers["content-type"]) == (PNG, "image/png")
        document = await client.get(f"/document/{written.message_id}")
        assert document.text == "id;pnl_eur\n1;-3.20\n"
        assert document.headers["content-disposition"] == "attachment"
        for absent in (f"/photo/{written.message_id}", f"/document/{pictured.message_id}", "/photo/1", "/photo/x"):
            assert (await client.get(absent)).status_code == 404


async def test_a_picture_sent_as_a_file_is_a_document_to_keep() -> None:
    async with running_chat() as running, running.client() as client:
        sent = await running.chat.send(LOCAL_CHAT_ID, Reply(html="equity", chart=fake_views.EQUITY, is_file=True), png=PNG)

        kept = await client.get(f"/document/{sent.message_id}")
        assert (kept.content, kept.headers["content-type"]) == (PNG, "image/png")
        assert (await client.get(f"/photo/{sent.message_id}")).status_code == 404


async def test_the_menu_is_the_registry() -> None:
    async with running_chat() as running, running.client() as client:
        assert [{"name": name, "help": text} for name, text in COMMANDS] == (await client.get("/commands")).json()


async def test_an_edit_of_a_message_from_an_earlier_run_stands_again_under_its_number() -> None:
    async with running_chat() as running:
        for words in ("settled", "again"):
            sent = await running.chat.edit(LOCAL_CHAT_ID, 7, Reply(html=words))
            assert sent.message_id == 7


async def test_an_edit_of_a_message_this_run_never_sent_stands_as_a_new_one() -> None:
    async with running_chat() as running:
        ahead = (await running.chat.send(LOCAL_CHAT_ID, Reply(html="one"))).message_id + 1_000_000

        assert (await running.chat.edit(LOCAL_CHAT_ID, ahead, Reply(html="settled"))).message_id != ahead


async def test_another_chat_is_refused_for_good() -> None:
    chat = new_chat(Door())

    with pytest.raises(DeliveryError) as refused:
        await chat.send(999, Reply(html="x"))
    assert refused.value.permanent
    with pytest.raises(DeliveryError):
        await chat.edit(999, 1, Reply(html="x"))


async def test_a_taken_port_is_said_with_its_remedy() -> None:
    async with running_chat() as running:
        port = int(running.root.rpartition(":")[2])

        with pytest.raises(ConfigError, match=rf"--port: .*port {port} on 127\.0\.0\.1.*Choose another one, e\.g\. --port 8766"):
            new_chat(Door()).bind(port)


async def test_the_chat_ends_loudly_when_the_clock_breaks_a_promise() -> None:
    async def broken() -> ClockLine:
        raise KeyError("stage")

    page = Page(language="en", strings=page_strings("en"), commands=COMMANDS)
    chat = LocalChat(Door(), page, clock=SystemClock(), clock_line=broken, on_stored=lambda: None)
    chat.bind(0)

    with pytest.raises(KeyError):
        await chat.serve()


async def test_an_engine_that_does_not_answer_is_said() -> None:
    async def silent() -> ClockLine:
        raise StateError("locked")

    page = Page(language="en", strings=page_strings("en"), commands=COMMANDS)
    chat = LocalChat(Door(), page, clock=SystemClock(), clock_line=silent, on_stored=lambda: None)
    url = chat.bind(0)
    serving = asyncio.create_task(chat.serve())
    async with httpx.AsyncClient(trust_env=False) as client, client.stream("GET", url.replace("/?", "/events?")) as stream:
        assert await next_named(events_of(stream), "clock") == {"known": False}
    chat.stop()
    await serving


@pytest.mark.parametrize("port", [-1, 65_536])
async def test_an_impossible_port_is_said_too(port: int) -> None:
    with pytest.raises(ConfigError, match="--port"):
        new_chat(Door()).bind(port)


@pytest.mark.parametrize("is_cancelled", [False, True])
async def test_it_ends_with_a_page_open_and_a_request_hanging(is_cancelled: bool) -> None:
    door = Door()
    chat = new_chat(door)
    url = chat.bind(0)
    serving = asyncio.create_task(chat.serve())
    door.is_open.clear()
    async with httpx.AsyncClient(trust_env=False) as client, client.stream("GET", url.replace("/?", "/events?")) as stream:
        await next_named(events_of(stream), "history")
        hanging = asyncio.create_task(client.post(url.replace("/?", "/send?"), json={"text": "/kill"}))
        await door.killed.wait()
        if is_cancelled:
            serving.cancel()
        else:
            chat.stop()
        await asyncio.wait({serving}, timeout=30)

        assert serving.done()
        assert is_cancelled == serving.cancelled()
        await asyncio.gather(hanging, return_exceptions=True)


async def test_the_programs_signal_handlers_stay_its_own() -> None:
    before = [signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)]
    async with running_chat() as running, running.client() as client:
        await client.get("/")

        assert before == [signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)]


async def test_the_oldest_page_is_closed_when_too_many_are_open() -> None:
    streams = Streams()
    first, *others = [streams.open(f"hello {number}") for number in range(STREAMS_MAX + 1)]
    streams.publish("clock", {})

    assert [text async for text in first] == [frame("elsewhere", {})]
    assert [await anext(other) for other in others] == [f"hello {number + 1}" for number in range(STREAMS_MAX)]


async def test_a_page_that_does_not_read_is_let_go() -> None:
    streams = Streams()
    slow = streams.open("hello")
    for number in range(UNREAD_MAX):
        streams.publish("clock", {"number": number})

    assert [text async for text in slow] == []


async def test_after_the_end_a_new_page_gets_the_history_and_is_closed() -> None:
    room = Room()
    room.close()

    assert len([text async for text in room.watch()]) == 1


def test_the_oldest_bubbles_are_forgotten_beyond_the_limit() -> None:
    room = Room()
    for message_id in range(BUBBLES_MAX + 1):
        room.show(bubble(message_id))

    assert [room.get(message_id) is not None for message_id in (0, 1, BUBBLES_MAX)] == [False, True, True]


def test_pictures_have_a_limit_of_their_own_and_the_newest_always_stays() -> None:
    half, too_much = bytes(PHOTO_BYTES_MAX // 2), bytes(PHOTO_BYTES_MAX + 1)
    room = Room()
    room.show(bubble(1, photo=half))
    room.show(bubble(2, photo=half))
    assert room.get(1) is not None

    room.show(bubble(3, photo=too_much))
    assert [room.get(message_id) is not None for message_id in (1, 2, 3)] == [False, False, True]


def test_a_picture_of_another_kind_has_no_known_size() -> None:
    assert photo_facts(PNG) == {"width": 2, "height": 3, "version": zlib.crc32(PNG)}
    assert photo_facts(b"GIF89a" + b"x" * 40)["width"] is None
    assert photo_facts(PNG[:20])["height"] is None


def test_the_page_asks_nothing_of_the_outside() -> None:
    for name in PAGE_FILES:
        text = (PAGE / name).read_text(encoding="utf-8")
        addresses = set(re.findall(r"(?:https?:)?//[a-z0-9.-]+\.[a-z]{2,}\S*", text))
        assert addresses <= {'http://www.w3.org/2000/svg"'}


def test_the_page_holds_no_inline_code_or_style() -> None:
    markup = (PAGE / "index.html").read_text(encoding="utf-8")

    assert re.findall(r"<script(?![^>]*\bsrc=)|<style|\son\w+=|\sstyle=|javascript:", markup) == []


def test_both_languages_say_everything_the_page_asks_for() -> None:
    asked = set(re.findall(r"\bstrings\.(\w+)", "".join((PAGE / name).read_text(encoding="utf-8") for name in PAGE_FILES)))
    asked |= set(re.findall(r"\$(\w+)", (PAGE / "index.html").read_text(encoding="utf-8"))) - {"lang", "key", "strings_json"}
    asked |= {"how_to_open", "online", "connecting", "ended", "state_hold", "state_kill"}
    asked |= {f"speed_{unit}" for unit in ("days", "hours", "minutes", "seconds")}

    assert asked == set(page_strings("en"))
    assert set(page_strings("en")) == set(page_strings("it"))
    assert all(text.strip() for language in ("en", "it") for text in page_strings(language).values())
    assert page_strings("xx") == page_strings("en")


@pytest.mark.skipif(sys.platform != "linux", reason="only there a screen is told by the environment")
def test_a_machine_without_a_screen_opens_no_browser(tmp_path: Path) -> None:
    opened = _open_in_a_fresh_program(tmp_path, screen={})

    assert opened == ""


@pytest.mark.skipif(sys.platform != "linux", reason="only there a screen is told by the environment")
def test_a_machine_with_a_screen_opens_the_link(tmp_path: Path) -> None:
    opened = _open_in_a_fresh_program(tmp_path, screen={"DISPLAY": ":99"})

    assert opened == "http://127.0.0.1:8765/?key=k\n"


def _open_in_a_fresh_program(folder: Path, *, screen: dict[str, str]) -> str:
    """What the browser of the environment was asked to show."""
    browser, seen = folder / "browser", folder / "seen"
    browser.write_text(f'#!/bin/sh\necho "$1" > {seen}\n', encoding="utf-8")
    browser.chmod(0o700)
    program = (
        "import threading; from bot.local_chat.server import open_browser; open_browser('http://127.0.0.1:8765/?key=k');"
        "[each.join() for each in threading.enumerate() if each.name == 'open-browser']"
    )
    env = {"PATH": os.environ["PATH"], "BROWSER": f"{browser} %s", **screen}
    subprocess.run([sys.executable, "-c", program], env=env, check=True, capture_output=True, cwd=ROOT)
    return seen.read_text(encoding="utf-8") if seen.exists() else ""


async def test_the_page_speaks_italian_when_told() -> None:
    async with running_chat(language="it") as running, running.client() as client:
        page = (await client.get("/")).text

        assert '<html lang="it">' in page
        assert "Messaggio o /comando" in page
        assert "$" not in page
