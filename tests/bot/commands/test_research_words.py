"""What research says of a period and of one of a thing, in both languages; an interval of no width is none."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.charts import alt_text
from bot.figures import ABSENT
from bot.format import to_plain
from bot.messages.voice import voice
from bot.views.lab import interval, montecarlo
from bot.views.research import replay
from bot.views.sweep import sweep
from tests.bot.charts.samples_replay import replayed_trades
from tests.bot.charts.samples_results import replayed
from tests.bot.fake_lab import FAN, MONTECARLO, SWEPT
from tests.bot.fake_views import REPLAY

ONE = replace(MONTECARLO, days=1, realised_r=MONTECARLO.realised_r[:1], fan=FAN[:1], verdict="unmatched")


@pytest.mark.parametrize(
    ("language", "days", "trades"), [("en", "paths of 1 day from", "after 1 trade:"), ("it", "percorsi inventati di 1 giorno a", "dopo 1 operazione:")]
)
def test_paths_of_one_day_and_one_trade_are_told_in_the_singular(language: str, days: str, trades: str) -> None:
    told = to_plain(montecarlo(ONE, voice(language)))

    assert days in told
    assert trades in told


@pytest.mark.parametrize(("language", "told"), [("en", "1 setting lived through"), ("it", "1 combinazione vissuta")])
def test_a_sweep_of_one_setting_and_one_week_is_told_in_the_singular(language: str, told: str) -> None:
    words = to_plain(sweep(replace(SWEPT, settings=1, weeks=1), voice(language)))

    assert told in words
    assert ("(1 week, " if language == "en" else "(1 settimana, ") in words


def test_an_interval_of_no_width_is_a_dash() -> None:
    english = voice("en")

    assert [interval(ends, english) for ends in (None, (-0.024, -0.024), (-0.024, 0.01))] == [ABSENT, ABSENT, "-0.024 … +0.010"]


@pytest.mark.parametrize(("language", "span"), [("en", "6 Jan 2025 – 20 Jan 2025"), ("it", "6 gen 2025 – 20 gen 2025")])
def test_text_and_pictures_name_the_last_day_that_was_lived_through(language: str, span: str) -> None:
    lived = {"from_at": datetime(2025, 1, 6, tzinfo=UTC), "to_at": datetime(2025, 1, 21, tzinfo=UTC)}
    texts = [to_plain(replay(replace(REPLAY, **lived), voice(language))), to_plain(sweep(replace(SWEPT, **lived), voice(language)))]
    pictures = [alt_text(replace(chart, **lived), language=language) for chart in (replayed(), replayed_trades())]

    assert all(span in told for told in (*texts, *pictures))
