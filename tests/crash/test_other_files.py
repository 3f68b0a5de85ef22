"""The power fails while the files beside the store are written: what was promised is there, and plain writes of the same files lose it."""

from __future__ import annotations

import pytest

from tests.crash.folder import Deed, Disk, Doing, instants
from tests.crash.memory import memory_folder
from tests.crash.other_files import HEAVY, IMPOSSIBLE, IS_POSSIBLE, MEASURES, PLAIN, QUICK, Tally, other_files
from tests.crash.other_files_child import DEEDS, PLAIN_DEEDS

STATES_MIN = 200


@pytest.fixture(scope="module", params=[pytest.param(QUICK, id="quick"), pytest.param(HEAVY, id="heavy", marks=pytest.mark.slow)])
def tallies(request: pytest.FixtureRequest) -> dict[str, Tally]:
    if not IS_POSSIBLE:
        pytest.skip(IMPOSSIBLE)
    with memory_folder() as folder:
        return other_files(folder, request.param)


def test_no_kill_no_anchor_no_backup_is_lost_and_no_heartbeat_lies_after_a_power_cut(tallies: dict[str, Tally]) -> None:
    assert {name: tallies[name].told for name in DEEDS} == {name: [] for name in MEASURES}
    assert sum(tallies[name].images for name in DEEDS) >= STATES_MIN


def test_plain_writes_lose_each_of_them(tallies: dict[str, Tally]) -> None:
    assert {name: len(tallies[PLAIN + name].told) > 0 for name in PLAIN_DEEDS} == dict.fromkeys(PLAIN_DEEDS, True)


def test_what_no_sync_made_certain_may_be_there_or_not() -> None:
    """The model forgets as much as a file system may, and no more."""
    path, moved = "/home/KILL", "/home/MOVED"
    before = Disk(folders={"/home"})
    deeds = [
        Deed(doing=Doing.MADE, file=1, path=path),
        Deed(doing=Doing.WRITTEN, file=1, path=path, content=b"smoke"),
        Deed(doing=Doing.SYNCED, file=1, path=path),
        Deed(doing=Doing.SYNCED, path="/home"),
        Deed(doing=Doing.MOVED, file=1, path=path, target=moved),
        Deed(doing=Doing.ALL_SYNCED),
    ]
    certain = [instant.certain.files() for instant in instants(before, deeds)]
    still_open = [len(instant.open_deeds) for instant in instants(before, deeds)]

    assert certain == [{}, {}, {}, {}, {path: b"smoke"}, {path: b"smoke"}, {moved: b"smoke"}]
    assert still_open == [0, 1, 2, 1, 0, 1, 0]
