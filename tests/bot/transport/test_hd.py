"""The HD button: on every picture, and what it brings is the same chart as a file."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO

import pytest
from PIL import Image

from bot.charts import render_png
from bot.chat import Button, Reply, Request
from bot.dispatch import dispatch
from bot.keyboards import with_hd
from bot.text import Texts
from engine.api import Engine
from engine.notices import encode_notice
from tests.bot import fake_notices, fake_views
from tests.bot.commands.requests import WallClock, tap, words
from tests.bot.fake_engine import FakeEngine, as_engine
from tests.bot.transport.desk import Desk
from tests.bot.transport.door import ADA, StoreDoor
from tests.fakes.bot_api import FakeBotApi

PLAIN = Button(label="A", action="v1:page:2:-")


def labels(reply: Reply) -> list[list[str]]:
    return [[button.label for button in row] for row in reply.buttons]


@pytest.mark.parametrize(
    ("rows", "wanted"),
    [
        ((), [["HD"]]),
        (((PLAIN,),), [["A", "HD"]]),
        (((PLAIN, PLAIN),), [["A", "A"], ["HD"]]),
        (((PLAIN, PLAIN), (PLAIN,)), [["A", "A"], ["A", "HD"]]),
    ],
)
def test_it_stands_last_and_never_third_in_a_row(rows: tuple[tuple[Button, ...], ...], wanted: list[list[str]]) -> None:
    assert labels(with_hd(Reply(html="x", chart=fake_views.EQUITY, buttons=rows), Texts("en"))) == wanted


def test_words_alone_and_files_have_none() -> None:
    for reply in (Reply(html="x"), Reply(html="x", chart=fake_views.EQUITY, is_file=True)):
        assert with_hd(reply, Texts("en")) == reply


@pytest.mark.parametrize("language", ["en", "it"])
async def test_a_tap_brings_the_chart_of_that_message_with_its_figures_in_words(language: str) -> None:
    engine = FakeEngine()
    engine.on_list = tuple(replace(person, language=language) for person in engine.on_list)

    (reply,) = await dispatch(tap("v1:hd:chart:-"), as_engine(engine), clock=WallClock())

    assert engine.calls == [("sent", (ADA, 77))]
    assert (reply.chart, reply.is_file) == (fake_views.EQUITY, True)
    assert ("+45,62 €" if language == "it" else "+€45.62") in reply.html


async def test_a_tap_under_a_card_brings_the_cards_own_chart() -> None:
    engine = FakeEngine()
    for notice in (fake_notices.EXIT_CARD, fake_notices.EXIT_DONE):
        engine.sent_message = encode_notice(notice)
        (reply,) = await dispatch(tap("v1:hd:chart:-"), as_engine(engine), clock=WallClock())

        assert reply.chart == fake_notices.EXIT_CARD.chart


@pytest.mark.parametrize("stored", [None, ("reply", '{"html":"no picture"}'), ("reply", "not json"), encode_notice(fake_notices.DIGEST)])
async def test_a_tap_under_a_message_without_a_picture_is_answered_in_words(stored: tuple[str, str] | None) -> None:
    engine = FakeEngine()
    engine.sent_message = stored

    assert "This button is from another time" in words(await dispatch(tap("v1:hd:chart:-"), as_engine(engine), clock=WallClock()))


async def test_over_telegram_the_file_is_a_document_of_twice_the_size(api: FakeBotApi, door: StoreDoor) -> None:
    async def handler(request: Request, _: Engine) -> tuple[Reply, ...]:
        return (Reply(html="Equity", chart=fake_views.EQUITY, is_file=request.callback is not None),)

    async with Desk(api, door, handler=handler) as desk:
        desk.draws_for_real = True
        api.say(ADA, "/equity")
        picture = await api.wait_for(lambda m: m.photo is not None)
        api.tap(picture, "HD")
        told = await api.wait_for(lambda m: m.document is not None)

    assert told.document is not None
    name, content = told.document
    assert name == "equity.png"
    assert content == render_png(fake_views.EQUITY, scale=2)
    assert Image.open(BytesIO(content)).size == (2160, 2700)
    assert told.labels == []
    assert "⛓" in told.text
