"""Whatever the venue does to orders, one approval is one intent and nothing is asked for twice."""

from __future__ import annotations

import logging

import pytest
import structlog
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.engine.execution.order_model import Orders, Place, Tally
from tests.plain_logs import plain_logs

BATCH, STEPS = 10, 10
HAS_LIVED_THROUGH = {"fill part", "hang up", "kill", "hold", "maintain", "crash", "order-unknown", "order-not-placed", "filled", "unfilled"}
"""What a long run has to meet: a model in which nothing goes wrong proves nothing."""


def run_model(batches: int) -> Tally:
    """The machine ran so many batches, each before a venue of its own and the same way each time."""
    tally = Tally()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    chosen = settings(
        max_examples=BATCH,
        stateful_step_count=STEPS,
        deadline=None,
        database=None,
        report_multiple_bugs=False,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    try:
        for number in range(batches):
            place = Place()
            try:
                run_state_machine_as_test(seed(number)(type("Orders", (Orders,), {"tally": tally, "place": place})), settings=chosen)
            finally:
                place.close()
    finally:
        plain_logs()
    return tally


@pytest.mark.parametrize("batches", [1, pytest.param(100, marks=pytest.mark.slow)])
def test_no_law_of_an_order_is_broken_whatever_the_venue_does(batches: int) -> None:
    tally = run_model(batches)
    print(tally.told())

    assert tally.runs >= batches * BATCH
    assert tally.intents_of_an_approval_most == 1
    assert tally.live_of_a_leg_most <= 1
    assert batches == 1 or tally.seen.keys() >= HAS_LIVED_THROUGH
