"""The product's own commands, words and charts through the strict platform."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.switchboard import render_notice, serve_telegram, telegram_menu
from bot.telegram import TelegramDoor
from engine.clock import SystemClock
from engine.notices import encode_notice
from tests.bot.cards import samples
from tests.bot.fake_engine import FakeEngine
from tests.bot.transport.door import ADA, BEA, NONCE, StoreDoor
from tests.fakes.bot_api import FakeBotApi
from tests.fakes.bot_rules import small_png


class WholeEngine(StoreDoor, FakeEngine):
    """Delivery over the real store, every other answer of the fake engine."""

    def __init__(self, path: Path) -> None:
        FakeEngine.__init__(self)
        StoreDoor.__init__(self, path)


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[WholeEngine]:
    opened = WholeEngine(tmp_path / "whole.db")
    yield opened
    opened.close()


@asynccontextmanager
async def serving(api: FakeBotApi, engine: WholeEngine) -> AsyncIterator[None]:
    telegram = TelegramDoor(api.token, base_url=api.base_url, menu=telegram_menu())
    task = asyncio.create_task(serve_telegram(engine, telegram, clock=SystemClock()))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_the_menu_stands_in_both_languages(api: FakeBotApi, engine: WholeEngine) -> None:
    async with serving(api, engine):
        await api.wait_until(lambda: set(api.commands) == {"", "en", "it"})

    assert [name for name, _ in api.commands["it"]] == [name for name, _ in api.commands["en"]]
    assert len(api.commands[""]) <= 12


async def test_every_reading_command_is_answered_in_markup_telegram_takes(api: FakeBotApi, engine: WholeEngine) -> None:
    asked = ["/status", "/positions", "/position 7", "/market", "/why", "/pending", "/equity", "/history", "/audit", "/help", "/whoami", "/version"]
    async with serving(api, engine):
        for line in asked:
            api.say(ADA, line)
        await api.wait_until(lambda: engine.inbox_states() == ["done"] * len(asked), timeout=20)
        await api.wait_until(lambda: set(engine.outbox_states()) == {"sent"}, timeout=30)

    refused = [call for call in api.calls if call.status == 400]
    assert refused == []
    assert len(api.messages(ADA)) >= len(asked)


@pytest.mark.parametrize("language", ["en", "it"])
async def test_every_notice_is_taken_by_telegram_as_it_is(api: FakeBotApi, language: str) -> None:
    telegram = TelegramDoor(api.token, base_url=api.base_url)
    for notice in samples.NOTICES.values():
        kind, payload = encode_notice(notice)
        reply = render_notice(kind, payload, language=language, nonce=samples.NONCE, footer=samples.FOOTER)
        await telegram.send(ADA, reply, png=small_png() if reply.chart is not None else None)
    await telegram.close()

    assert [call for call in api.calls if call.status != 200] == []
    assert all(samples.FOOTER in message.text for message in api.messages(ADA) if message.text)


async def test_a_card_is_sent_with_its_chart_and_its_tap_reaches_the_engine(api: FakeBotApi, engine: WholeEngine) -> None:
    kind, payload = encode_notice(samples.NOTICES["entry"])
    engine.card_kinds = {kind}
    await engine.owe_notice(BEA, kind, payload)
    async with serving(api, engine):
        card = await api.wait_for(lambda m: bool(m.buttons), timeout=20)
        answer = await api.wait_for_answer(api.tap(card, f"v1:approve:142:{NONCE}"))

    assert card.photo_size == (1080, 1350)
    assert answer.text
    assert "approve" in engine.asked
