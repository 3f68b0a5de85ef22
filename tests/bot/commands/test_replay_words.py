"""What a replay says: every rate with its sample, its interval and its break-even, every breaker, every trade."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import pytest
from click.testing import CliRunner

from bot.charts import alt_text
from bot.chat import Reply
from bot.cli import cli
from bot.format import to_plain
from bot.handlers import research as handlers
from bot.messages.voice import voice
from bot.run.replay import as_document
from bot.views.research import BREAKERS_SHOWN_MAX, TRADE_COLUMNS, replay, trades_csv
from engine.app import MarketPlan, build_market
from engine.config import load_rules
from engine.errors import ConfigError
from engine.market.shipped import shipped_history
from engine.research.fast_replay import FastPlan
from engine.research.fast_summary import fast_summary
from engine.research.summary import with_changes
from engine.views import EquityChart, ReasonsChart, ReplaySummary, TearsheetChart, TradesChart
from tests.bot.commands.requests import order
from tests.bot.fake_engine import FakeEngine, as_engine

FROM_AT = datetime(2024, 2, 5, tzinfo=UTC)


@cache
def summary() -> ReplaySummary:
    """Two synthetic months, lived through fast."""
    rules = load_rules(None).rules
    market = build_market(MarketPlan(history=shipped_history()), rules)
    plan = FastPlan(market=market, rules=rules, from_at=FROM_AT, to_at=FROM_AT + timedelta(days=60), resume_after=timedelta(days=1))
    return fast_summary(plan, history="history (synthetic)")


def told(view: ReplaySummary, language: str) -> str:
    return to_plain(replay(view, voice(language)))


@pytest.mark.parametrize(
    ("language", "words"),
    [
        (
            "en",
            (
                "break-even p*",
                "(90%: ",
                "over ",
                "breaks even at 1, n ",
                "of the credit",
                "Entry filters off: n ",
                "Refusals by rule",
                "modelled option prices",
            ),
        ),
        ("it", ("pareggio p*", "(90 %: ", "in pareggio a 1, n ", "Senza filtri di ingresso: n ", "Rifiuti per regola", "prezzi di opzioni da modello")),
    ],
)
def test_every_figure_of_a_replay_stands_beside_what_it_has_to_be_compared_with(language: str, words: tuple[str, ...]) -> None:
    text = told(summary(), language)

    assert [word for word in words if word not in text] == []


def test_breakers_are_told_with_the_day_somebody_resumed_and_not_more_than_can_be_read() -> None:
    tripped = tuple(("breaker-losses", FROM_AT + timedelta(days=day), FROM_AT + timedelta(days=day + 1)) for day in range(BREAKERS_SHOWN_MAX + 2))
    text = told(replace(summary(), resumed=tripped), "en")

    assert text.count(", resumed on ") == BREAKERS_SHOWN_MAX
    assert "2 more times a breaker tripped" in text


def test_breaker_nobody_resumed_says_that_nothing_was_opened_after_it() -> None:
    text = told(replace(summary(), breakers=(("breaker-month", FROM_AT),)), "en")

    assert "nobody resumed, so nothing was opened after it" in text


def test_the_trades_are_written_as_a_table_any_program_reads() -> None:
    view = summary()
    rows = list(csv.DictReader(io.StringIO(trades_csv(view.trades))))

    assert tuple(rows[0]) == TRADE_COLUMNS
    assert [float(row["pnl_eur"]) for row in rows] == [float(trade.pnl_eur) for trade in view.trades]
    assert {row["week"] for row in rows} == {trade.week for trade in view.trades}


def test_the_document_has_every_trade_with_every_digit_and_no_pictures() -> None:
    view = summary()
    document = as_document(view)

    assert [trade["credit_coin_per_eth"] for trade in document["trades"]] == [f"{trade.credit_coin:f}" for trade in view.trades]
    assert "chart" not in document
    assert view.performance is not None
    assert document["performance"]["mean_r_interval"] == list(view.performance.mean_r_interval or ())
    assert document["unfiltered"]["closed"] >= 1


async def test_a_replay_in_the_chat_comes_with_its_four_pictures() -> None:
    engine = FakeEngine()

    async def lived(**_: object) -> ReplaySummary:
        return summary()

    engine.replay = lived  # type: ignore[method-assign]
    replies: tuple[Reply, ...] = await handlers.replay(order("/replay 2024-02-05"), as_engine(engine))

    assert [type(reply.chart) for reply in replies if reply.chart is not None] == [TearsheetChart, TradesChart, ReasonsChart, EquityChart]


async def test_a_replay_with_another_value_says_so_under_and_on_each_of_its_pictures() -> None:
    engine, changed = FakeEngine(), with_changes(summary(), (("exit.profit_take_net_frac", "0.5", "0.4"),))

    async def lived(**_: object) -> ReplaySummary:
        return changed

    engine.replay = lived  # type: ignore[method-assign]
    replies: tuple[Reply, ...] = await handlers.replay(order("/replay 2024-02-05 exit.profit_take_net_frac=0.4"), as_engine(engine))
    sentence = "With exit.profit_take_net_frac 0.4 instead of 0.5, in this replay only"
    pictures = [reply for reply in replies if reply.chart is not None]

    assert [sentence in reply.html for reply in replies] == [True] * len(replies)
    assert [sentence in alt_text(reply.chart) for reply in pictures if reply.chart is not None] == [True] * 4


def test_the_command_takes_the_words_of_the_chat_and_names_them_in_text_document_and_pictures(tmp_path: Path) -> None:
    out, home = tmp_path / "out", ("--home", str(tmp_path / "home"))
    span = ("--history", "shipped", "--from", "2024-02-05", "--to", "2024-02-20", "--out", str(out))
    read = ("replay", "exit.profit_take_net_frac=0.4", "policy=ignore", *span)
    done = CliRunner().invoke(cli, [*home, *read], standalone_mode=False)
    document = json.loads((out / "summary.json").read_text(encoding="utf-8"))

    assert done.return_value == 0
    assert done.stdout.splitlines()[1] == "With exit.profit_take_net_frac 0.4 instead of 0.5, in this replay only"
    assert document["changes"] == [["exit.profit_take_net_frac", "0.5", "0.4"]]
    assert (document["policy"], document["opened"]) == ("ignore", 0)
    assert "instead of" not in told(summary(), "en")


@pytest.mark.parametrize(
    ("word", "told"),
    [
        ("exit.stop=1", "unknown key"),
        ("exit.vol_stop_pts=8,9", "has several values"),
        ("policy=maybe", "no manner of a replay"),
        ("exit.vol_stop_pts", "no KEY=VALUE"),
        ("strikes.dte_min_d=999", "cannot run with these values"),
    ],
)
def test_words_the_command_cannot_take_are_refused_in_a_sentence(tmp_path: Path, word: str, told: str) -> None:
    refused = CliRunner().invoke(cli, ["--home", str(tmp_path), "replay", word], standalone_mode=False)

    assert isinstance(refused.exception, ConfigError)
    assert told in str(refused.exception)
