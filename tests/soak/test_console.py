"""A busy console at speed: whatever the platform answers and however often the program starts anew, nothing owed is lost or doubled.

The real outbox, the real library and the strict platform on loopback; only waiting is left out (`fast_loop`). Each day owes cards,
fills, news, alerts and answers to two people, while calls are refused (429), fail (502), are taken without an answer, lose their
connection, or find nobody, and the program is ended amid sendings.
"""

from __future__ import annotations

import asyncio
import itertools
import random
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot.chat import Reply
from bot.delivery import REPLY_KIND, encode_reply
from bot.outbox import Outbox, Press
from bot.switchboard import render_notice
from bot.telegram import TelegramDoor
from bot.text import Texts
from engine.api import NewMessage
from engine.clock import ManualClock
from engine.core.model import Strategy
from engine.notices import AlertNotice, encode_notice
from engine.runtime.notify import Priority, post
from engine.state.records import NewOutgoing
from engine.state.repository import Transaction
from tests.bot.cards.samples import entry_card
from tests.fakes.bot_api import FakeBotApi
from tests.fakes.bot_chats import BotMessage
from tests.fakes.bot_rules import small_png
from tests.scenarios.house import OPERATOR, SECOND, START_AT, House, house
from tests.soak.fast_loop import FastLoop

SEED = 20260105
CHATS = (OPERATOR.chat_id, SECOND.chat_id)
TRADES_A_DAY, RESTARTS_A_DAY, DRAINED_WITHIN_S = 5, 2, 3600.0
STEPS = ("card", "fill", "mark", "end")
PRIORITIES = {"card": Priority.CARD, "fill": Priority.ANSWER, "mark": Priority.NEWS, "end": Priority.ANSWER}
STATES = "SELECT dedupe_key, state, error FROM outbox"
TOLD = "soak"


class LoopClock(ManualClock):
    """The wall goes with the loop's time; `advance_to` leaps over the night."""

    def __init__(self, start_at: datetime, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(start_at)
        self._loop = loop

    def wall(self) -> datetime:
        return self.now() + timedelta(seconds=self._loop.time())


@dataclass(slots=True, kw_only=True)
class Console:
    """The engine, the platform, and what was owed so far by its mark."""

    engine: House
    clock: LoopClock
    api: FakeBotApi
    draw: random.Random
    marks: list[str] = field(default_factory=list)
    faults: Counter[str] = field(default_factory=Counter)
    numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    async def owe_day(self) -> None:
        """A day's messages, some of them while others are still under way."""
        trades = [await self._trade() for _ in range(TRADES_A_DAY)]
        for step in STEPS:
            for proposal_id, number in trades:
                await self._owe(step, proposal_id, number)
                await asyncio.sleep(self.draw.uniform(0, 3))
            await self._news()

    async def _trade(self) -> tuple[int, int]:
        number, now = next(self.numbers), self.clock.now()

        def work(tx: Transaction) -> int:
            return tx.add_proposal(
                kind="entry", strategy=Strategy.BULL_PUT, reason="entry", urgency="none", payload_json="{}", created_at=now, expires_at=now + timedelta(days=9)
            )

        return await self.engine.desk.store.write(work), number

    async def _owe(self, step: str, proposal_id: int, number: int) -> None:
        mark = f"{TOLD}-{step}-{number:05d}"
        notice = replace(entry_card(), proposal_id=proposal_id) if step == "card" else self._alert(mark)
        kind, payload_json = encode_notice(notice)

        def work(tx: Transaction) -> None:
            for chat_id in CHATS:
                key = f"{mark}@{chat_id}"
                priority = PRIORITIES[step]
                tx.add_outgoing(NewOutgoing(chat_id=chat_id, kind=kind, payload_json=payload_json, dedupe_key=key, priority=priority, proposal_id=proposal_id))

        await self.engine.desk.store.write(work)
        self.marks.append(mark if step != "card" else f"{mark}#{proposal_id}")

    async def _news(self) -> None:
        mark, answer = (f"{TOLD}-{kind}-{next(self.numbers):05d}" for kind in ("news", "answer"))
        await self.engine.desk.store.write(lambda tx: post(tx, self._alert(mark), dedupe_key=mark, priority=Priority.NEWS))
        for chat_id in CHATS:
            payload = encode_reply(Reply(html=answer))
            await self.engine.door.owe(NewMessage(chat_id=chat_id, kind=REPLY_KIND, payload_json=payload, dedupe_key=f"{answer}@{chat_id}", priority=3))
        self.marks += [mark, answer]

    def _alert(self, mark: str) -> AlertNotice:
        return AlertNotice(env="PAPER", code="agent-said", level="info", at=self.clock.now(), facts={"agent": "desk"}, detail=mark)

    async def trouble(self) -> None:
        """The platform misbehaves now and then, until cancelled."""
        while True:
            await asyncio.sleep(self.draw.uniform(1, 8))
            kind = self.draw.choice(("429", "502", "hang", "drop", "garbage", "outage"))
            self.faults[kind] += 1
            if kind == "429":
                self.api.fault("sendMessage", code=429, retry_after=self.draw.randrange(1, 30))
            elif kind == "502":
                self.api.fault("*", code=502, times=self.draw.randrange(1, 4))
            elif kind == "outage":
                await self._outage()
            else:
                {"hang": self.api.hang, "drop": self.api.drop}.get(kind, lambda *_, **__: self.api.garbage("sendMessage"))("sendMessage", after=True)

    async def _outage(self) -> None:
        await self.api.stop()
        try:
            await asyncio.sleep(self.draw.uniform(1, 20))
        finally:
            await self.api.start()

    async def depth(self) -> int:
        return (await self.engine.desk.store.read(lambda tx: tx.outbox_depth()))[0]

    async def states(self) -> dict[str, str]:
        rows = await self.engine.desk.store.read(lambda tx: list(tx._sql(STATES)))
        return {str(key): str(state) for key, state, _ in rows if str(key).startswith(TOLD)}


@asynccontextmanager
async def pump(console: Console) -> AsyncIterator[None]:
    """One run of the program, ended where it stands; what a crash left under way is settled as at the next start."""
    telegram = TelegramDoor(console.api.token, base_url=console.api.base_url)
    press = Press(
        render_notice=render_notice,
        render_chart=lambda *_, **__: small_png(1080, 1350),
        duplicate_mark=lambda language: Texts(language).say("possible-duplicate"),
    )
    running = asyncio.create_task(Outbox(console.engine.door, telegram, press, jitter=console.draw.random).run())
    try:
        yield
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await telegram.close()
        await console.engine.desk.store.write(lambda tx: tx.recover_sending(console.clock.wall()))


async def live_through(console: Console, *, days: int) -> None:
    """The days passed, and at the end of each one nothing is owed any more."""
    for _ in range(days):
        owing, trouble = asyncio.create_task(console.owe_day()), asyncio.create_task(console.trouble())
        for _ in range(RESTARTS_A_DAY):
            async with pump(console):
                await asyncio.sleep(console.draw.uniform(5, 40))
        trouble.cancel()
        await asyncio.gather(trouble, return_exceptions=True)
        async with pump(console), asyncio.timeout(DRAINED_WITHIN_S):
            await owing
            console.api.heal()
            while await console.depth():  # noqa: ASYNC110 - the store sets no event, and waiting costs nothing here
                await asyncio.sleep(1.0)
        console.clock.advance_to(console.clock.now() + timedelta(days=1))


def problems(console: Console, states: dict[str, str]) -> list[str]:
    """What was lost, said twice or told in the wrong order."""
    found = [f"{key} is {state}" for key, state in states.items() if state not in ("sent", "ambiguous")]
    found += [f"{key} has no row" for mark in console.marks for chat in CHATS if (key := f"{mark.split('#')[0]}@{chat}") not in states]
    for chat_id in CHATS:
        messages = sorted(console.api.messages(chat_id), key=lambda each: each.message_id)
        for mark in console.marks:
            found += _doubts(mark, chat_id, messages, states)
        found += _disorder(chat_id, console.marks, [message.text for message in messages])
    return found


def _doubts(mark: str, chat_id: int, messages: Sequence[BotMessage], states: dict[str, str]) -> list[str]:
    """What is wrong with how one message came: information once, or not at all where that is marked; a card at least once, and then marked."""
    name, _, card = mark.partition("#")
    if card:
        said = [message for message in messages if any(button.data.split(":")[2] == card for row in message.buttons for button in row)]
        unmarked = [message for message in said[1:] if "⚠" not in message.text]
        return ([] if said else [f"{mark}@{chat_id} never came"]) + [f"{mark}@{chat_id} came again unmarked"] * len(unmarked)
    times = len([message for message in messages if name in message.text])
    is_right = times == 1 or (times == 0 and states.get(f"{name}@{chat_id}") == "ambiguous")
    return [] if is_right else [f"{mark}@{chat_id} came {times} times"]


def _disorder(chat_id: int, marks: list[str], texts: list[str]) -> list[str]:
    """Steps of one trade that stand in the chat in another order than they happened."""
    place = {mark: next((at for at, text in enumerate(texts) if mark in text), None) for mark in marks if "#" not in mark}
    numbers = {mark.rsplit("-", 1)[1] for mark in place if "-fill-" in mark}
    found = []
    for number in sorted(numbers):
        seen = [at for step in STEPS[1:] if (at := place.get(f"{TOLD}-{step}-{number}")) is not None]
        if seen != sorted(seen):
            found.append(f"trade {number} in chat {chat_id} stands as {seen}")
    return found


async def soak(home: Path, days: int) -> tuple[list[str], Counter[str], Counter[str]]:
    """What was wrong after the days, how every message ended, and which faults there were."""
    loop, pictures = asyncio.get_running_loop(), ThreadPoolExecutor(max_workers=1)
    assert isinstance(loop, FastLoop)
    loop.set_default_executor(pictures)
    clock = LoopClock(START_AT, loop)
    people = dict.fromkeys(CHATS, "Ada")
    async with FakeBotApi(people=people) as api, house(home, clock=clock, operators=(OPERATOR, SECOND)) as engine:
        for pool in (pictures, engine.desk.store._thread):
            loop.watch(pool)
        console = Console(engine=engine, clock=clock, api=api, draw=random.Random(SEED))
        await live_through(console, days=days)
        states = await console.states()
        return problems(console, states), Counter(states.values()), console.faults


@pytest.mark.parametrize("days", [2, pytest.param(30, marks=pytest.mark.slow)])
def test_every_owed_message_comes_once_or_is_marked_and_in_order(tmp_path: Path, days: int) -> None:
    with asyncio.Runner(loop_factory=FastLoop) as runner:
        found, ended, faults = runner.run(soak(tmp_path, days))
    print(f"{days} days: {sum(ended.values())} messages, {dict(ended)}, faults {dict(faults)}, {days * RESTARTS_A_DAY} restarts")

    assert found == []
    assert ended["sent"] > ended["ambiguous"]
