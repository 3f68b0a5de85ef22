"""Every command and button of the registry in every shape of update by everybody: nothing happens but what a person plainly asked."""

from __future__ import annotations

import itertools
import random
from dataclasses import replace
from pathlib import Path

import pytest

from bot.access import words_for_strangers
from bot.callbacks import DECIDING, Verb, encode
from bot.chat import Reply
from bot.dispatch import dispatch
from bot.format import plain_of, units
from bot.handlers import COMMANDS
from bot.messages import render
from bot.parts import signed_parts
from bot.updates import Ignored, Incoming, parse, to_request
from engine.api import Operator
from engine.notices import AlertNotice
from tests.bot.commands.requests import WALL, WallClock
from tests.bot.commands.test_access import button
from tests.bot.fake_engine import ADMIN, APPROVER, OPERATORS, STRANGER, VIEWER, FakeEngine, as_engine
from tests.bot.transport.desk import Desk
from tests.bot.transport.door import StoreDoor
from tests.bot.transport.shapes import BOT, COMMANDS_MEANT, NOT_COMMANDS, NOT_TAPS, Raw, plain_tap
from tests.engine.core.builders import NOW
from tests.fakes import bot_rules
from tests.fakes.bot_api import FakeBotApi
from tests.scenarios.house import ANNA, House, house

LINES = tuple(command.example for command in COMMANDS)
DATA = tuple(button(verb) for verb in Verb)
KNOWN = {operator.user_id: operator for operator in OPERATORS}
SEED = 20260101
FORGED, TEXTS = (200, pytest.param(10_000, marks=pytest.mark.slow)), (300, pytest.param(10_000, marks=pytest.mark.slow))
NASTY = (
    "<b>",
    "</blockquote>",
    "&amp;<",
    "&#",
    "\x00",
    "\u202e",
    "\u200b",
    "tg://user?id=1",
    "<script>",
    "☠️",
    "𝕏",
    "\n",
    "x" * 900,
    "@all",
    "APPROVED ✅",
    "'\"",
)


def read(raw: Raw) -> Incoming | Ignored:
    return parse({"update_id": 1} | raw, bot_username=BOT, received_at=WALL)


async def handled(raw: Raw, engine: FakeEngine) -> tuple[Reply, ...]:
    """What whoever sent it hears."""
    incoming = read(raw)
    if isinstance(incoming, Ignored):
        return ()
    nobody = Operator(user_id=incoming.user_id, chat_id=incoming.chat_id, role="admin", language="en")
    request = replace(to_request(incoming, KNOWN.get(incoming.user_id, nobody)), sent_at=WALL)
    return await dispatch(request, as_engine(engine), clock=WallClock())


def test_the_matrix_is_as_large_as_it_says() -> None:
    assert len(COMMANDS_MEANT) + len(NOT_COMMANDS) >= 40
    assert len(LINES) * (len(COMMANDS_MEANT) + len(NOT_COMMANDS)) * 5 > 10_000


@pytest.mark.parametrize("name", NOT_COMMANDS)
async def test_what_is_no_command_does_nothing_for_anybody(name: str) -> None:
    """A text is answered as a text, and asks the engine nothing."""
    engine = FakeEngine()
    for line, user_id in itertools.product(LINES, (STRANGER, VIEWER, APPROVER, ADMIN)):
        engine.calls.clear()
        incoming = read(NOT_COMMANDS[name](line, user_id))
        is_start = isinstance(incoming, Incoming) and incoming.command == "start"
        replies = await handled(NOT_COMMANDS[name](line, user_id), engine)

        assert user_id != STRANGER or (replies, engine.calls) == ((), [])
        assert isinstance(incoming, Ignored) or incoming.command is None or incoming.command not in line.split(" ")[0][1:] or is_start
        assert set(engine.asked) <= ({"status"} if is_start else set()), (line, user_id)


@pytest.mark.parametrize("name", COMMANDS_MEANT)
async def test_what_is_a_command_is_nothing_from_a_stranger_and_read_from_an_operator(name: str) -> None:
    engine = FakeEngine()
    for line in LINES:
        replies = await handled(COMMANDS_MEANT[name](line, STRANGER), engine)
        meant = read(COMMANDS_MEANT[name](line, ADMIN))

        assert (replies, engine.calls) == ((), [])
        assert isinstance(meant, Incoming)
        assert meant.command == line.split(" ")[0][1:]


@pytest.mark.parametrize("name", NOT_TAPS)
async def test_what_is_no_tap_does_nothing_for_anybody(name: str) -> None:
    engine = FakeEngine()
    for data, user_id in itertools.product(DATA, (STRANGER, VIEWER, APPROVER, ADMIN)):
        assert isinstance(read(NOT_TAPS[name](data, user_id)), Ignored)
        assert await handled(NOT_TAPS[name](data, user_id), engine) == ()
        assert engine.calls == []


@pytest.mark.parametrize("every", [7, pytest.param(1, marks=pytest.mark.slow)])
async def test_the_whole_matrix_of_a_stranger_leaves_no_row_and_tells_nothing(api: FakeBotApi, door: StoreDoor, every: int) -> None:
    """Every seventh command in every shape, every button in every shape; all commands with --heavy."""
    lines, taps = {**COMMANDS_MEANT, **NOT_COMMANDS}, {"plain": plain_tap, **NOT_TAPS}
    sent = [shape(line, STRANGER) for line, shape in itertools.product(LINES[::every], lines.values())]
    sent += [shape(data, STRANGER) for data, shape in itertools.product(DATA, taps.values())]
    for raw in sent:
        api.push(raw)
    async with Desk(api, door) as desk:
        await api.wait_until(lambda: door.polls > 0 and not api.pending_updates(), timeout=60.0)
    told = {call.params.get("text") for call in api.calls_of("answerCallbackQuery")}
    changes, disclosures = (door.inbox_states(), door.outbox_states(), door.kills, desk.requests), api.messages()
    print(f"{len(LINES)} commands, {len(DATA)} buttons, {len(lines)} and {len(taps)} shapes: {len(sent)} updates of a stranger, {told} is all they heard")

    assert changes == ([], [], [], [])
    assert disclosures == []
    assert told <= {words_for_strangers(), None}


@pytest.mark.parametrize("count", FORGED)
async def test_no_forged_button_is_accepted(tmp_path: Path, count: int) -> None:
    """Each is the real button of the card that waits with one thing or more of it wrong, or made up altogether."""
    draw = random.Random(SEED)
    async with house(tmp_path) as engine:
        await engine.run_until(NOW)
        card, before = engine.card(), await _state(engine)
        assert card.nonce is not None
        for number in range(count):
            raw = _forged(draw, number, card.message_id, card.nonce)
            incoming = read(raw)
            if isinstance(incoming, Incoming):
                operator = await engine.door.operator(incoming.user_id)
                nobody = Operator(user_id=incoming.user_id, chat_id=incoming.chat_id, role="admin", language="en")
                await dispatch(to_request(incoming, nobody if operator is None else operator), engine.door)

        after = await _state(engine)
        print(f"{count} forged buttons on a card that waits: {'0' if after == before else 'some'} accepted")

        assert after == before


def _forged(draw: random.Random, number: int, message_id: int, nonce: str) -> Raw:
    """Button data that must not count: the nonce, the card, the message, the chat or the person is another one."""
    verb = draw.choice([each for each in Verb if each in DECIDING and each is not Verb.INVITE])
    wrong = draw.choice(("nonce", "swapped", "card", "message", "person", "text"))
    other = "".join(draw.choice("ABCdef0123_-") for _ in range(16))
    swapped = nonce.swapcase() if nonce.swapcase() != nonce else other
    ref = str(draw.randrange(2, 10**6)) if wrong == "card" else "1"
    data = encode(verb, ref, {"nonce": other, "swapped": swapped}.get(wrong, nonce))
    if wrong == "text":
        cut = draw.randrange(len(data))
        data = data[:cut] + draw.choice("\x00:é9") + data[cut + 1 :]
    user_id = STRANGER + number % 50 if wrong == "person" else ANNA.user_id
    raw = plain_tap(data, user_id)
    raw["callback_query"]["message"]["message_id"] = message_id + draw.randrange(1, 9) if wrong == "message" else message_id
    return raw


async def _state(engine: House) -> tuple[object, ...]:
    """Everything a button could change."""
    people, kill, holds = await engine.desk.store.read(lambda tx: (tx.operators(), tx.kill_row(), tx.holds()))
    return await engine.states(), await engine.trades(), await engine.orders(), people, kill, holds


@pytest.mark.parametrize("count", TEXTS)
def test_no_text_from_outside_breaks_a_message_or_makes_it_too_long(count: int) -> None:
    draw, messages = random.Random(SEED), 0
    for _ in range(count):
        text = "".join(draw.choice((*NASTY, chr(draw.randrange(32, 0x2FFF)))) for _ in range(draw.randrange(1, 40)))
        alert = AlertNotice(
            env="PAPER", code=draw.choice(("sky-fell", "kill", "hold")), level="critical", at=NOW, facts={"reason": text, "hold": text}, detail=text
        )
        for part in signed_parts(render(alert, language=draw.choice(("en", "it")), nonce="", footer="12·0a1b2c3d").html):
            messages += 1
            seen = bot_rules.visible_text(part, "HTML")

            assert units(part) <= bot_rules.TEXT_MAX_UNITS
            assert seen == plain_of(part).strip()
            assert not any(char in seen for char in "\x00\u202e\u200b")
    print(f"{count} generated texts, {messages} messages: 0 with broken markup, 0 too long")
