"""The power fails at every write of two days of trading; what the engine was promised is there, whole, and the plain settings lose some of it."""

from __future__ import annotations

import pytest

from tests.crash.memory import memory_folder
from tests.crash.power_loss import IMAGES_MIN, PER_MOMENT, PER_MOMENT_HEAVY, Outcome, power_loss


@pytest.fixture(scope="module", params=[PER_MOMENT, pytest.param(PER_MOMENT_HEAVY, marks=pytest.mark.slow)])
def outcome(request: pytest.FixtureRequest) -> Outcome:
    with memory_folder() as folder:
        return power_loss(folder, per_moment=request.param)


def test_no_promise_is_broken_and_no_transaction_is_split_in_thousands_of_images(outcome: Outcome) -> None:
    ours = outcome.ours

    assert ours.told == []
    assert ours.is_clean()
    assert ours.images >= IMAGES_MIN
    assert ours.acknowledged > 100


def test_plain_settings_lose_what_they_acknowledged(outcome: Outcome) -> None:
    """The model is worth something only while it finds the faults that are known to be there."""
    assert outcome.defaults.lost > 0
    assert outcome.relaxed.lost > 0
