"""A replay on one sheet says what the replay says."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from engine.reporting.tearsheet import months_of, tearsheet
from tests.bot.fake_views import EQUITY, REPLAY


def test_the_sheet_has_the_replays_own_figures() -> None:
    sheet = tearsheet(REPLAY)

    assert sheet is not None
    assert (sheet.closed, sheet.win_rate, sheet.win_rate_interval) == (REPLAY.stats.closed, REPLAY.stats.win_rate, REPLAY.stats.win_rate_interval)
    assert (sheet.points, sheet.net_eur, sheet.refused) == (EQUITY.points, float(REPLAY.stats.net_eur), REPLAY.refused)


def test_without_a_curve_there_is_no_sheet() -> None:
    assert tearsheet(replace(REPLAY, equity=None)) is None


def test_months_are_what_the_curve_gained_in_them_and_sum_up_to_its_end() -> None:
    days = ((2025, 12, 30, 4.0), (2025, 12, 31, 5.0), (2026, 1, 2, 3.0), (2026, 1, 31, 11.0), (2026, 3, 1, 10.0))
    curve = replace(EQUITY, points=tuple((datetime(year, month, day, tzinfo=UTC), level) for year, month, day, level in days))

    months = months_of(curve)

    assert [(at.year, at.month) for at, _ in months] == [(2025, 12), (2026, 1), (2026, 3)]
    assert [level for _, level in months] == pytest.approx([5.0, 6.0, -1.0])
