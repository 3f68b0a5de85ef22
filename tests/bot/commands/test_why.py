"""What may stand behind /why: a decision, a rule of it, both or neither."""

from __future__ import annotations

import pytest

from bot.dispatch import dispatch
from tests.bot.commands.requests import WallClock, order, words
from tests.bot.fake_engine import FakeEngine, as_engine


@pytest.mark.parametrize(
    ("line", "decision", "starts"),
    [
        ("/why", None, "<b>Decision #58"),
        ("/why 58", 58, "<b>Decision #58"),
        ("/why #58", 58, "<b>Decision #58"),
        ("/why E13", None, "<b>E13 in decision #58"),
        ("/why 58 E13", 58, "<b>E13 in decision #58"),
        ("/why 58 e13", 58, "<b>E13 in decision #58"),
        ("/why 58 e5", 58, "<b>E05 in decision #58"),
        ("/why 58 X00", 58, "<b>X00 in decision #58"),
    ],
)
async def test_a_decision_and_a_rule_are_read_from_what_was_typed(line: str, decision: int | None, starts: str) -> None:
    engine = FakeEngine()
    replies = await dispatch(order(line), as_engine(engine), clock=WallClock())

    assert ("why", decision) in engine.calls
    assert replies[0].html.startswith(starts)


@pytest.mark.parametrize("line", ["/why soon", "/why 58 59", "/why E13 58", "/why 58 E13 E14", "/why 58 E130"])
async def test_anything_else_is_answered_with_what_is_expected(line: str) -> None:
    engine = FakeEngine()
    replies = await dispatch(order(line), as_engine(engine), clock=WallClock())

    assert "why" not in engine.asked
    assert "/why [ID] [rule]" in words(replies)


async def test_a_rule_the_decision_did_not_ask_says_so() -> None:
    replies = await dispatch(order("/why 58 X05"), as_engine(FakeEngine()), clock=WallClock())

    assert "Hard exit when the spread's mark reaches 2.5× the credit." in words(replies)
    assert "Not asked in this decision." in words(replies)
