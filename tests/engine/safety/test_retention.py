"""Which backups may go: the newest verified never, at least three stay, and a clock in doubt deletes nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.safety.retention import DAYS_KEPT, NEWEST_KEPT, WEEKS_KEPT, Backup, Soundness, choose

NOW = datetime(2026, 11, 22, 4, 20, tzinfo=UTC)
DAY = timedelta(days=1)


def taken(at: datetime, soundness: Soundness = Soundness.VERIFIED) -> Backup:
    return Backup(path=Path(f"{at:%Y%m%dT%H%M%S}"), taken_at=at, head_seq=1, size_bytes=1, soundness=soundness, problem="", checked_at=None)


def daily(count: int, newest: datetime = NOW) -> list[Backup]:
    return [taken(newest - DAY * number) for number in range(count)]


def test_of_daily_backups_a_week_of_days_and_five_weeks_stay() -> None:
    backups = daily(60)
    kept = [backup for backup in backups if backup not in choose(backups, NOW).removable]

    assert kept[:DAYS_KEPT] == backups[:DAYS_KEPT]
    assert len(kept) == DAYS_KEPT + WEEKS_KEPT - 1
    assert len({backup.taken_at.isocalendar()[:2] for backup in kept}) == WEEKS_KEPT


@pytest.mark.parametrize(("count", "removed"), [(0, 0), (2, 0), (3, 0), (4, 1), (9, 6)])
def test_of_one_day_the_newest_three_stay(count: int, removed: int) -> None:
    backups = [taken(NOW - timedelta(minutes=number)) for number in range(count)]

    assert list(choose(backups, NOW).removable) == backups[NEWEST_KEPT:]
    assert len(choose(backups, NOW).removable) == removed


def test_where_all_but_two_are_bad_nothing_goes() -> None:
    bad = [taken(backup.taken_at, Soundness.BAD) for backup in daily(20)]

    assert choose(bad, NOW).removable == ()
    assert choose([*daily(2), *bad[2:]], NOW).removable == ()
    assert "2 verified" in choose([*daily(2), *bad[2:]], NOW).problem


def test_a_bad_one_goes_once_three_good_ones_are_newer_and_one_nobody_looked_at_stays() -> None:
    bad, unknown, fresh = taken(NOW - 3 * DAY, Soundness.BAD), taken(NOW - 4 * DAY, Soundness.UNKNOWN), taken(NOW - DAY / 2, Soundness.BAD)

    assert choose([*daily(3), bad, unknown, fresh], NOW).removable == (bad,)


@pytest.mark.parametrize("step", [-2 * 3600, -86_400, -10 * 365 * 86_400, 10 * 365 * 86_400])
def test_a_clock_that_was_set_wrong_deletes_nothing(step: int) -> None:
    choice = choose(daily(60), NOW + timedelta(seconds=step))

    assert choice.removable == ()
    assert "clock" in choice.problem


def test_one_backup_taken_by_a_wrong_clock_keeps_all_the_others() -> None:
    later = NOW + timedelta(days=3650)

    assert choose([taken(later), *daily(60)], later).removable == ()
    assert choose([taken(later), *daily(60)], NOW + DAY).removable == ()


@given(
    days=st.lists(st.tuples(st.integers(0, 2000), st.sampled_from(Soundness)), max_size=40, unique_by=lambda each: each[0]),
    now_day=st.integers(-4000, 4000),
)
def test_whatever_lies_there_the_newest_verified_and_three_verified_stay(days: list[tuple[int, Soundness]], now_day: int) -> None:
    backups = [taken(NOW - DAY * day, soundness) for day, soundness in days]
    sound = sorted((backup for backup in backups if backup.soundness is Soundness.VERIFIED), key=lambda backup: backup.taken_at, reverse=True)
    removed = set(choose(backups, NOW + DAY * now_day).removable)

    assert not removed.intersection(sound[:NEWEST_KEPT])
    assert all(backup.soundness is not Soundness.UNKNOWN for backup in removed)
