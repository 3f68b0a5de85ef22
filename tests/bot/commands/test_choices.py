"""Buttons that choose what a command shows."""

from __future__ import annotations

from datetime import date

import pytest

from bot.dispatch import dispatch
from engine.api import Operator
from tests.bot.commands.requests import WallClock, order, tap, words
from tests.bot.fake_engine import ADMIN, FakeEngine, as_engine


async def test_a_choice_runs_its_command_with_its_words_as_if_typed() -> None:
    engine = FakeEngine()

    await dispatch(tap("v1:show:smile.2026-03-27:-"), as_engine(engine), clock=WallClock())

    assert [("smile", date(2026, 3, 27))] == engine.calls


@pytest.mark.parametrize("ref", ["kill.now", "scan", "backup", "nothing", "smile.friday", "smile.2026-03-27.2026-03-28"])
async def test_a_choice_runs_nothing_but_what_looks(ref: str) -> None:
    engine = FakeEngine()

    replies = await dispatch(tap(f"v1:show:{ref}:-"), as_engine(engine), clock=WallClock())

    assert engine.calls == []
    assert "from another time" in words(replies)


async def test_a_past_card_is_shown_again_with_nothing_to_decide() -> None:
    engine = FakeEngine()

    replies = await dispatch(order("/replay #143"), as_engine(engine), clock=WallClock())

    assert engine.calls == [("card_json", 143)]
    assert replies[0].chart is not None
    assert all(button.action.split(":")[1] in ("details", "chart") for row in replies[0].buttons for button in row)


@pytest.mark.parametrize(("language", "deadline"), [("en", "⏳ Deadline: "), ("it", "⏳ Termine: ")])
async def test_nothing_counts_down_on_a_past_card(language: str, deadline: str) -> None:
    engine = FakeEngine(operators=(Operator(user_id=ADMIN, chat_id=ADMIN, role="admin", language=language),))

    (waiting,) = await dispatch(order("/replay #143"), as_engine(engine), clock=WallClock())
    (ended,) = await dispatch(order("/replay #144"), as_engine(engine), clock=WallClock())

    assert deadline in waiting.html
    assert 'format="wdt"' in waiting.html
    assert 'format="r"' not in waiting.html + ended.html
    assert "⏳" not in ended.html


@pytest.mark.parametrize(("line", "told"), [("/replay #99", "There is no card #99."), ("/replay #x", "Expected:")])
async def test_a_card_that_is_not_there_is_answered_in_words(line: str, told: str) -> None:
    assert told in words(await dispatch(order(line), as_engine(FakeEngine()), clock=WallClock()))
