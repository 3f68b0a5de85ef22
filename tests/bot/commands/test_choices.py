"""Buttons that choose what a command shows."""

from __future__ import annotations

from datetime import date

import pytest

from bot.dispatch import dispatch
from tests.bot.commands.requests import WallClock, tap, words
from tests.bot.fake_engine import FakeEngine, as_engine


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
