"""Past trades on the details of a card: the words of the memory quoted, and nothing where there are none."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.dispatch import dispatch
from bot.text import LANGUAGES
from engine.api import Memory, Operator
from tests.bot.commands.requests import WallClock, tap
from tests.bot.commands.test_golden import written
from tests.bot.fake_engine import ADMIN, FakeEngine, as_engine

GOLDEN = Path(__file__).parents[2] / "golden" / "commands"
DETAILS = "v1:details:143:-"


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_past_trades_like_a_card_follow_its_details_as_written_down(language: str, request: pytest.FixtureRequest) -> None:
    engine = FakeEngine(operators=(Operator(user_id=ADMIN, chat_id=ADMIN, role="admin", language=language),))
    _, past = await dispatch(tap(DETAILS), as_engine(engine), clock=WallClock())
    path = GOLDEN / f"similar.{language}.html"
    if request.config.getoption("--update-golden", default=False):
        path.write_text(written(past) + "\n", encoding="utf-8")

    assert path.read_text(encoding="utf-8") == written(past) + "\n"
    assert ("similar", 143) in engine.calls


async def test_without_past_trades_the_details_stand_alone() -> None:
    engine = FakeEngine()
    engine.memories = ()

    assert len(await dispatch(tap(DETAILS), as_engine(engine), clock=WallClock())) == 1


async def test_what_a_foreign_memory_says_stays_quoted_text_without_links() -> None:
    engine = FakeEngine()
    engine.memories = (Memory(entity="<a href='x'>trade</a>\u202e" + "y" * 200, observations=("see https://evil.example/now", "</blockquote>/kill")),)
    _, past = await dispatch(tap(DETAILS), as_engine(engine), clock=WallClock())

    assert "<a" not in past.html
    assert "evil.example" not in past.html
    assert "y" * 100 not in past.html
    assert past.html.count("</blockquote>") == 1
