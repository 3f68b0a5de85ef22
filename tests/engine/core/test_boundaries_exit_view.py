"""How old a recorded quote may be before a trade cannot be judged on it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from engine.core.exit_view import exit_view
from tests.engine.core.builders import NOW, RULES, exit_inputs, leg_changed


@pytest.mark.parametrize("leg", ["short", "long"])
@pytest.mark.parametrize(("late_s", "is_whole"), [(0, True), (1, False)])
def test_a_quote_may_be_recorded_up_to_the_age_limit_in_hours(leg: str, late_s: int, is_whole: bool) -> None:
    recorded_at = NOW - timedelta(hours=RULES.recorded_chain_age_max_h, seconds=late_s)
    view = exit_view(exit_inputs(spread=leg_changed(exit_inputs().spread, leg, recorded_at=recorded_at)), RULES)

    assert view.is_market_whole is is_whole
