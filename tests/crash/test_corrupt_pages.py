"""A damaged store is refused in words that name the way back, or held with what is missing; it is never taken as it is nor made anew."""

from __future__ import annotations

import pytest

from tests.crash.corrupt_pages import (
    BAD,
    CHANGED,
    EMPTIED,
    LOG_OFFSETS,
    LOG_OFFSETS_QUICK,
    OFFSETS,
    OFFSETS_QUICK,
    SPOTS,
    Outcome,
    corrupt_pages,
)
from tests.crash.memory import memory_folder

SIZES = [
    pytest.param((OFFSETS_QUICK, LOG_OFFSETS_QUICK), id="quick"),
    pytest.param((OFFSETS, LOG_OFFSETS), id="whole", marks=pytest.mark.slow),
]


@pytest.fixture(scope="module", params=SIZES)
def outcome(request: pytest.FixtureRequest) -> Outcome:
    with memory_folder() as folder:
        return corrupt_pages(folder, offsets=request.param[0], log_offsets=request.param[1])


def test_no_place_of_the_store_changes_unnoticed(outcome: Outcome) -> None:
    told = {name: ours.told for name, (ours, _) in outcome.spots.items()}

    assert told == {name: [] for name in SPOTS}
    assert sum(ours.tried for ours, _ in outcome.spots.values()) >= OFFSETS_QUICK


def test_a_store_that_was_cut_emptied_or_replaced_is_refused_and_never_made_anew(outcome: Outcome) -> None:
    assert outcome.wholes.told == []
    assert outcome.wholes.of(*BAD) == 0


def test_a_damaged_log_is_missed_by_its_anchors_and_a_damaged_index_of_it_by_nobody(outcome: Outcome) -> None:
    assert (outcome.log_bytes.told, outcome.logs.told) == ([], [])
    assert outcome.logs_as_expected == outcome.logs.tried


def test_plain_settings_take_a_damaged_store_for_a_sound_one(outcome: Outcome) -> None:
    assert sum(naive.of(CHANGED) for _, naive in outcome.spots.values()) > 0
    assert outcome.naive_wholes.of(EMPTIED) > 0
