"""After an outage: what is too old to be sent by itself is named in one message, what was traded or asked comes as it is."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot.chat import Reply
from bot.delivery import REPLY_KIND, encode_reply
from bot.format import plain_of
from bot.switchboard import render_notice
from engine.api import NewMessage, OutboxItem
from engine.clock import ManualClock
from engine.notices import AlertNotice, AwayNotice, Level, Missed, decode_notice, encode_notice
from engine.runtime.late import NAMED_MAX
from engine.runtime.loudness import Loudness, Part, changed
from engine.runtime.notify import ANSWERS_LAST, NEWS_LAST, Priority, post
from tests.scenarios.house import OPERATOR, START_AT, House, house

FOOTER = "12·0a1b2c3d"


class WallClock(ManualClock):
    """The wall shows what the market's clock shows: an outage can be waited through."""

    def wall(self) -> datetime:
        return self.now()


@asynccontextmanager
async def late_house(home: Path) -> AsyncIterator[tuple[House, WallClock]]:
    """An engine whose start has been told."""
    clock = WallClock(START_AT)
    async with house(home, clock=clock) as engine:
        await claimed(engine)
        yield engine, clock


def alert(engine: House, code: str, level: Level = "info") -> AlertNotice:
    return AlertNotice(env="PAPER", code=code, level=level, at=engine.desk.now(), facts={"hold": "anchors"})


async def owe(engine: House, code: str, level: Level = "info", *, key: str = "") -> None:
    priority = Priority.CRITICAL if level == "critical" else Priority.NEWS
    await engine.desk.store.write(lambda tx: post(tx, alert(engine, code, level), dedupe_key=f"{code}{key}", priority=priority))


async def claimed(engine: House) -> list[OutboxItem]:
    """Everything that goes out now."""
    found = []
    while (item := await engine.door.claim_outgoing()) is not None:
        await engine.door.settle_sent(item.outbox_id, 900 + item.outbox_id)
        found.append(item)
    return found


def words(item: OutboxItem, language: str = "en") -> str:
    return plain_of(render_notice(item.kind, item.payload_json, language=language, nonce=None, footer=FOOTER).html)


@pytest.mark.parametrize(("age", "kinds"), [(NEWS_LAST - timedelta(seconds=1), ["alert", "alert"]), (NEWS_LAST, ["away"])])
async def test_news_too_old_to_be_sent_by_themselves_become_one_message(tmp_path: Path, age: timedelta, kinds: list[str]) -> None:
    async with late_house(tmp_path) as (engine, clock):
        await owe(engine, "hold-lifted")
        await owe(engine, "bias-turned")
        clock.advance_to(clock.now() + age)
        found = await claimed(engine)

    assert [item.kind for item in found] == kinds
    assert [item.is_silent for item in found if item.kind == "away"] == [True] * kinds.count("away")


async def test_what_is_critical_is_never_too_late(tmp_path: Path) -> None:
    async with late_house(tmp_path) as (engine, clock):
        await owe(engine, "hold", "critical")
        clock.advance_to(clock.now() + timedelta(days=2))

        assert [item.kind for item in await claimed(engine)] == ["alert"]


async def test_an_outage_that_goes_on_makes_the_message_longer_and_counts_what_it_does_not_list(tmp_path: Path) -> None:
    async with late_house(tmp_path) as (engine, clock):
        for number in range(NAMED_MAX + 2):
            await owe(engine, "hold-lifted", key=str(number))
            clock.advance_to(clock.now() + NEWS_LAST)
            # The link is down: what is claimed goes nowhere.
            item = await engine.door.claim_outgoing()
            assert item is not None
            await engine.door.settle_retry(item.outbox_id, delay_s=0.0, error="no connection")
        (told,) = await claimed(engine)
        away = decode_notice(told.kind, told.payload_json)

    assert isinstance(away, AwayNotice)
    assert (told.kind, away.count, len(away.missed)) == ("away", NAMED_MAX + 2, NAMED_MAX)
    assert away.from_at == START_AT
    assert "2 older ones are not listed" in words(told)


async def test_an_answer_that_comes_an_hour_late_is_named_instead(tmp_path: Path) -> None:
    async with late_house(tmp_path) as (engine, clock):
        answer = encode_reply(Reply(html="<b>3 open trades</b>\nmore"))
        await engine.door.owe(NewMessage(chat_id=OPERATOR.chat_id, kind=REPLY_KIND, payload_json=answer, dedupe_key="reply:1"))
        clock.advance_to(clock.now() + ANSWERS_LAST)
        (told,) = await claimed(engine)

    assert "an answer to you: 3 open trades" in words(told)
    assert "una risposta per te: 3 open trades" in words(told, "it")
    assert words(told).endswith(f"⛓ {FOOTER}")


async def test_what_its_reader_switched_off_is_not_named_either(tmp_path: Path) -> None:
    async with late_house(tmp_path) as (engine, clock):
        off = changed(OPERATOR.loudness, "alert.recovery", Part.DAY, Loudness.OFF)
        await engine.desk.store.write(lambda tx: tx.prefer(OPERATOR.user_id, loudness=off))
        await owe(engine, "hold-lifted")
        clock.advance_to(clock.now() + NEWS_LAST)

        assert await claimed(engine) == []


def test_a_message_of_an_earlier_version_is_named_as_one_that_cannot_be_shown() -> None:
    away = AwayNotice(env="PAPER", from_at=START_AT, to_at=START_AT, count=1, missed=(Missed(at=START_AT, kind="alert", payload_json='{"level": 7}'),))

    told = render_notice(*encode_notice(away), language="en", nonce=None, footer=FOOTER)

    assert "a message that cannot be shown any more" in plain_of(told.html)
