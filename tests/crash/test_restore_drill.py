"""Twenty backups of a store that is written to come back whole; a plain copy of the file does not."""

from __future__ import annotations

from pathlib import Path

from tests.crash.restore_drill import DRILLS, drill


def test_every_backup_comes_back_whole_and_no_row_that_was_known_is_missing(tmp_path: Path) -> None:
    ours, naive = drill(tmp_path, drills=DRILLS)

    assert (ours.tried, ours.whole, ours.stale) == (DRILLS, DRILLS, 0)
    # The model is worth something only while it finds what is known to be wrong with the plain way.
    assert naive.whole - naive.stale < DRILLS
