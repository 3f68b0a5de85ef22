"""Every request to the disk fails once and for good; the engine kills itself in words and keeps what it acknowledged."""

from __future__ import annotations

import pytest

from tests.crash.io_errors import WRITES, WRITES_HEAVY, Outcome, io_errors
from tests.crash.memory import memory_folder


@pytest.fixture(scope="module", params=[WRITES, pytest.param(WRITES_HEAVY, marks=pytest.mark.slow)])
def outcome(request: pytest.FixtureRequest) -> Outcome:
    with memory_folder() as folder:
        return io_errors(folder, writes=request.param)


def test_an_error_of_the_disk_latches_the_kill_switch_and_ends_the_run(outcome: Outcome) -> None:
    tally = outcome.errors

    assert tally.faults > 200
    assert (tally.killed, tally.ended) == (tally.faults, tally.faults)


def test_what_was_acknowledged_is_there_at_the_next_start_and_the_end_is_told_in_a_sentence(outcome: Outcome) -> None:
    tally = outcome.errors

    assert tally.told == []
    assert (tally.kept, tally.spoken) == (tally.faults, tally.faults)


def test_a_full_disk_refuses_in_words_and_the_run_goes_on_when_there_is_room_again(outcome: Outcome) -> None:
    tally = outcome.full

    assert tally.told == []
    assert (tally.killed, tally.ended) == (0, 0)
    assert tally.faults > 50
    assert (tally.kept, tally.spoken) == (tally.faults, tally.faults)


def test_a_plain_program_goes_on_after_an_error_of_the_disk(outcome: Outcome) -> None:
    """The fault the switch is for: SQLite itself says that all is well again."""
    assert outcome.naive_errors.went_on > 0
