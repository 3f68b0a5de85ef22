"""Two processes write one store without a failure, and every backup taken beside a writer is whole and up to date."""

from __future__ import annotations

import pytest

from tests.crash.memory import memory_folder
from tests.crash.store_writers import BACKUPS, BACKUPS_HEAVY, WRITES, WRITES_HEAVY, Outcome, store_writers

SIZES = [pytest.param((WRITES, BACKUPS), id="quick"), pytest.param((WRITES_HEAVY, BACKUPS_HEAVY), id="heavy", marks=pytest.mark.slow)]


@pytest.fixture(scope="module", params=SIZES)
def outcome(request: pytest.FixtureRequest) -> Outcome:
    with memory_folder() as folder:
        return store_writers(folder, writes=request.param[0], backups=request.param[1])


def test_no_write_fails_beside_another_writer_and_none_is_lost(outcome: Outcome) -> None:
    assert outcome.ours.failed == 0
    assert outcome.ours.counted == outcome.ours.asked


def test_every_backup_beside_a_writer_is_whole_and_lacks_nothing_acknowledged(outcome: Outcome) -> None:
    assert (outcome.backups.broken, outcome.backups.stale) == (0, 0)


def test_the_plain_ways_fail_writes_and_break_or_miss_rows(outcome: Outcome) -> None:
    assert outcome.naive.failed > 0
    assert outcome.copies.broken + outcome.copies.stale > 0
