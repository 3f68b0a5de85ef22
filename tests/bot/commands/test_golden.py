"""The exact text of every command, in both languages. After a wanted change: pytest --update-golden."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bot.chat import Reply
from bot.dispatch import dispatch
from bot.figures import Figures
from bot.format import TEXT_MAX_UNITS, units
from bot.text import LANGUAGES
from engine.api import Operator, ServerHealth, ServerSeen
from engine.core.model import Bias, BiasDecision
from engine.views import ActionResult, HoldView, VerifyView
from tests.bot import fake_views
from tests.bot.commands.requests import WallClock, order
from tests.bot.fake_engine import ADMIN, FakeEngine, as_engine

GOLDEN = Path(__file__).parents[2] / "golden" / "commands"


def killed(engine: FakeEngine) -> None:
    engine.status_view = replace(fake_views.STATUS, is_killed=True, kill_reason="strange fills", is_dry_run=True, outbox_depth=3, outbox_oldest_s=41.0)


def stopped_itself(engine: FakeEngine) -> None:
    details = (("day-loss", "430.1234 >= 400 eur"), ("loop-lag", "2.4 > 2 s"), ("venue-locked", ""), ("anchors", "disk full"))
    holds = tuple(HoldView(code=code, since_at=fake_views.NOW, detail=detail) for code, detail in details)
    engine.status_view = replace(fake_views.STATUS, is_killed=True, kill_reason="strangers: 201 > 200 n", holds=holds)


def simulated(engine: FakeEngine) -> None:
    engine.servers_seen = (ServerSeen(name="sim", roles=("deribit", "macro"), health=ServerHealth.UP, latency_ms=None, missing=("get_time",), problem=""),)


def empty(engine: FakeEngine) -> None:
    engine.position_views, engine.pending_views, engine.why_view, engine.audit_lines = (), (), None, ()
    engine.history_view, engine.by_hand.working = replace(fake_views.HISTORY, stats=fake_views.NO_STATS, trades=()), ()
    engine.market_view = replace(fake_views.MARKET, bias=None, events=(), chart=None, dvol_pts=None, spot_usd=None)
    engine.status_view = replace(fake_views.STATUS, holds=(), is_config_changed=False, last_poll_s=None, backup_age_s=None, input_ages_s=())


def unpriced_market(engine: FakeEngine) -> None:
    bias = BiasDecision(bias=Bias.NO_ENTRY, row=1, strategy=None, warnings=("funding", "rr25", "dvol_24h_ago"))
    engine.market_view = replace(fake_views.MARKET, bias=bias, chart=None, source="")
    engine.why_view = replace(fake_views.WHY, source="", recorded_at=None)


def none_such(engine: FakeEngine) -> None:
    engine.history_view = replace(fake_views.HISTORY, stats=fake_views.NO_STATS, trades=(), closed_ever=14)


def condors(engine: FakeEngine) -> None:
    left = replace(fake_views.CONDOR, trade_id=11, sides=fake_views.CALLS, legs=fake_views.CONDOR.legs[2:])
    engine.position_views = (fake_views.CONDOR, left, fake_views.LINEAR)


def one_open(engine: FakeEngine) -> None:
    quote, again = engine.by_hand.quote, ActionResult(code="already-paused", ok=True)
    engine.by_hand.quote = replace(quote, prices=quote.prices[:1], sums=quote.sums, unpriced_ids=(), busy_ids=(), paused=again)


def unpriced(engine: FakeEngine) -> None:
    engine.by_hand.quote = replace(engine.by_hand.quote, prices=(), sums=(), unpriced_ids=(7, 8), busy_ids=(), nonce=None)


def broken(engine: FakeEngine) -> None:
    engine.verify_view = VerifyView(
        ok=False,
        rows=142,
        head_seq=142,
        head_hash8="7f3a9c01",
        first_bad_seq=88,
        problem="row 88: hash does not match",
        anchored_seq=140,
        unanchored_rows=2,
        unanchored_s=41.0,
        footer_ok=False,
        footer_seq=90,
    )


def usual(engine: FakeEngine) -> None:
    """The afternoon of `fake_views` as it is."""


CASES = {
    "start": ("/start", usual),
    "help": ("/help", usual),
    "help_history": ("/help history", usual),
    "status": ("/status", usual),
    "status_killed": ("/status", killed),
    "status_stopped_itself": ("/status", stopped_itself),
    "status_empty": ("/status", empty),
    "ping": ("/ping", usual),
    "ping_simulated": ("/ping", simulated),
    "positions": ("/positions", usual),
    "positions_empty": ("/positions", empty),
    "position": ("/position 7", usual),
    "position_unmarked": ("/position 8", usual),
    "positions_condor": ("/positions", condors),
    "position_condor": ("/position 9", condors),
    "position_linear": ("/position 10", condors),
    "force_close_picker_condor": ("/force_close", condors),
    "position_unknown": ("/position 99", usual),
    "position_ended": ("/position 3", usual),
    "position_picker": ("/position", usual),
    "pending": ("/pending", usual),
    "pending_empty": ("/pending", empty),
    "market": ("/market", usual),
    "market_empty": ("/market", empty),
    "market_unpriced": ("/market", unpriced_market),
    "why_unpriced": ("/why 58", unpriced_market),
    "why": ("/why 58", usual),
    "why_rule": ("/why 58 E13", usual),
    "why_rule_of_two_legs": ("/why L03", usual),
    "why_bias_row": ("/why 58 b5", usual),
    "why_rule_unknown": ("/why 58 E77", usual),
    "why_empty": ("/why", empty),
    "equity": ("/equity", usual),
    "history": ("/history", usual),
    "history_empty": ("/history 7d", empty),
    "history_none_such": ("/history all stop_loss losers", none_such),
    "scan": ("/scan", usual),
    "monitor": ("/monitor", usual),
    "force_close": ("/force_close 7", usual),
    "force_close_condor": ("/force_close 9", usual),
    "force_close_side": ("/force_close 9 put", usual),
    "force_close_picker": ("/force_close", usual),
    "force_close_all": ("/force_close all", usual),
    "cancel": ("/cancel 7", usual),
    "cancel_picker": ("/cancel", usual),
    "cancel_nothing": ("/cancel", empty),
    "force_close_all_one": ("/force_close ALL", one_open),
    "force_close_all_unpriced": ("/force_close all", unpriced),
    "pause": ("/pause travelling", usual),
    "resume": ("/resume", usual),
    "kill": ("/kill strange fills", usual),
    "kill_empty": ("/kill", empty),
    "disarm": ("/disarm", usual),
    "disarm_done": ("/disarm DISARM 142-7F3A checked", usual),
    "audit": ("/audit", usual),
    "audit_empty": ("/audit kill", empty),
    "audit_verify": ("/audit_verify", usual),
    "audit_verify_broken": ("/audit_verify", broken),
    "replay": ("/replay 2024-01-01 2026-06-30", usual),
    "digest": ("/digest", usual),
    "expected": ("/equity 31d", usual),
    "unknown": ("/statsu", usual),
}


def written(reply: Reply) -> str:
    """A reply as a page to read: its text, its picture by name, its buttons."""
    parts = [reply.html]
    if reply.chart is not None:
        parts.append(f"[picture: {type(reply.chart).__name__}]")
    if reply.document is not None:
        parts.append(f"[document: {reply.document[0]}]\n{reply.document[1]}")
    parts += [" ".join(f"[{button.label} → {button.action}]" for button in row) for row in reply.buttons]
    return "\n".join(parts)


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
        path.write_text(shown, encoding="utf-8")

    assert path.read_text(encoding="utf-8") == shown
    assert all(units(reply.html) <= TEXT_MAX_UNITS for reply in replies)


async def test_a_rate_never_stands_without_its_sample_size_and_its_break_even() -> None:
    figures = Figures("en")
    for line in ("/history", "/replay"):
        replies = await dispatch(order(line), as_engine(FakeEngine()), clock=WallClock())
        whole = "\n".join(reply.html for reply in replies)

        assert f"win {figures.pct(fake_views.STATS.win_rate)}" in whole
        assert "n 14 · win" in whole
        assert "break-even p* 77.2%" in whole
