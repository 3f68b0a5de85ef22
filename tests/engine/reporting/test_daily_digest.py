"""The day's figures."""

from __future__ import annotations

from dataclasses import replace

from engine.reporting.daily_digest import net_greeks
from tests.bot.cards.samples import digest, proposal

GREEKS = proposal().greeks


def test_events_beyond_seven_days_are_left_out() -> None:
    assert [event.name for event in digest().digest.events] == ["CPI", "PPI"]


def test_the_portfolio_greeks_are_the_sum() -> None:
    total = net_greeks([GREEKS, GREEKS])

    assert total is not None
    assert total.delta_eth == 2 * GREEKS.delta_eth
    assert total.is_partial is False


def test_a_missing_position_makes_the_sum_partial() -> None:
    total = net_greeks([GREEKS, None])

    assert total is not None
    assert total.is_partial is True
    assert net_greeks([replace(GREEKS, is_partial=True)]) == replace(GREEKS, is_partial=True)


def test_without_positions_there_are_no_greeks() -> None:
    assert net_greeks([]) is None
    assert net_greeks([None]) is None
