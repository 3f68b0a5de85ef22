"""The exact text of the research commands, in both languages. After a wanted change: pytest --update-golden."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bot.dispatch import dispatch
from bot.format import TEXT_MAX_UNITS, plain_of, units
from bot.handlers import COMMANDS
from bot.text import LANGUAGES
from engine.api import Operator
from engine.errors import ActionRefused
from tests.bot import fake_lab
from tests.bot.commands.requests import WallClock, order, words
from tests.bot.commands.test_golden import usual, written
from tests.bot.fake_engine import ADMIN, FakeEngine, as_engine

GOLDEN = Path(__file__).parents[2] / "golden" / "lab"


def unmatched(engine: FakeEngine) -> None:
    engine.lab.montecarlo_view = replace(fake_lab.MONTECARLO, realised_r=fake_lab.REAL_R * 5, z=None, below_realised=None, verdict="unmatched")


def no_trades(engine: FakeEngine) -> None:
    engine.lab.montecarlo_view = replace(fake_lab.MONTECARLO, realised_r=(), z=None, below_realised=None, verdict="no_trades")


def blocked(engine: FakeEngine) -> None:
    engine.lab.montecarlo_view = replace(fake_lab.MONTECARLO, z=-2.31, below_realised=0.011, verdict="blocked")


def untraded(engine: FakeEngine) -> None:
    engine.lab.sweep_view = replace(fake_lab.SWEPT, rows=(), best=None, folds=(), walk_forward=None, deflated_frac=None, untraded=4)


def nothing_closed(engine: FakeEngine) -> None:
    engine.lab.kelly_view = replace(fake_lab.KELLY, rows=())


def untrue(engine: FakeEngine) -> None:
    engine.lab.kelly_view = fake_lab.UNREAD


CASES = {
    "montecarlo": ("/montecarlo", usual),
    "montecarlo_unmatched": ("/montecarlo", unmatched),
    "montecarlo_no_trades": ("/montecarlo", no_trades),
    "montecarlo_blocked": ("/montecarlo", blocked),
    "sweep": ("/sweep exit.profit_take_net_frac=0.4,0.6 exit.stop_loss_x_credit=2,3", usual),
    "sweep_nothing": ("/sweep exit.profit_take_net_frac=0.4,0.6", untraded),
    "kelly": ("/kelly", usual),
    "kelly_nothing_closed": ("/kelly", nothing_closed),
    "kelly_untrue": ("/kelly", untrue),
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", CASES)
async def test_the_answer_reads_exactly_as_written_down(name: str, language: str, request: pytest.FixtureRequest) -> None:
    line, arrange = CASES[name]
    engine = FakeEngine(operators=(Operator(user_id=ADMIN, chat_id=ADMIN, role="admin", language=language),))
    arrange(engine)

    replies = await dispatch(order(line), as_engine(engine), clock=WallClock())
    shown = "\n\n---\n\n".join(written(reply) for reply in replies) + "\n"
    path = GOLDEN / f"{name}.{language}.html"
    if request.config.getoption("--update-golden", default=False):
        path.parent.mkdir(exist_ok=True)
        path.write_text(shown, encoding="utf-8")

    assert path.read_text(encoding="utf-8") == shown
    assert all(units(reply.html) <= TEXT_MAX_UNITS for reply in replies)


async def test_a_second_asker_is_told_to_wait() -> None:
    engine = FakeEngine()
    engine.failure = ActionRefused("research-busy")

    assert "ask again" in words(await dispatch(order("/montecarlo"), as_engine(engine), clock=WallClock()))


REFUSALS = {
    "grid-empty": {},
    "grid-word": {"word": "exit"},
    "grid-twice": {},
    "grid-unknown": {"name": "exit.foo"},
    "grid-unknown-near": {"name": "exit.profit_take_frac", "near": "exit.profit_take_net_frac"},
    "grid-range": {"name": "exit.vol_stop_pts"},
    "grid-many": {"count": "100,001", "most": "100,000"},
    "grid-value": {"name": "exit.vol_stop_pts", "word": "soon"},
    "grid-one": {"name": "exit.vol_stop_pts"},
    "grid-impossible": {},
    "grid-manner": {"word": "policy=maybe"},
    "sweep-too-many": {"count": "72", "most": "60"},
    "sweep-too-long": {"count": "1,461", "most": "1,100"},
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("code", REFUSALS)
async def test_a_grid_that_cannot_be_is_told_in_one_sentence_with_an_example(code: str, language: str) -> None:
    engine = FakeEngine(operators=(Operator(user_id=ADMIN, chat_id=ADMIN, role="admin", language=language),))
    engine.failure = ActionRefused(code, **REFUSALS[code])

    (reply,) = await dispatch(order("/sweep exit.vol_stop_pts=8,10"), as_engine(engine), clock=WallClock())

    assert {fact for fact in REFUSALS[code].values() if fact not in plain_of(reply.html)} == set()
    assert "/sweep " in reply.html or "/replay " in reply.html
    assert "\n" not in reply.html


def test_research_stands_in_the_registry() -> None:
    assert {command.name for command in COMMANDS if command.group == "research"} >= {"replay", "montecarlo", "sweep", "kelly", "digest"}
