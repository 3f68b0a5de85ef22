"""Which options are listed: the rules against the calendar and against recorded listings."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from engine.market.grid import NEVER_S, expiries, is_month_end, listed_expiries, listed_options, strike_step_usd
from engine.market.snapshots import Snapshot, SnapshotStore
from tests.engine.market.surfaces import MONDAY, inputs_of, seconds, slices_at


def listed(t: datetime) -> list[datetime]:
    return [datetime.fromtimestamp(expiry_s, UTC) for expiry_s in expiries(t).tolist()]


def strikes(expiry_in_days: float, *, spot_usd: float = 1927.0) -> np.ndarray:
    inputs = inputs_of(spot_usd=spot_usd)
    options = listed_options(slices_at(inputs, MONDAY + timedelta(days=expiry_in_days)), np.array([spot_usd]))
    assert (options.is_call == np.tile([True, False], len(options.row) // 2)).all()
    return options.strike_usd[options.is_call]


def test_monday_two_o_clock_has_an_expiry_17_75_days_away() -> None:
    assert MONDAY + timedelta(days=17.75) in listed(MONDAY)


def test_there_are_dailies_weeklies_monthlies_and_quarterlies() -> None:
    told = [f"{expiry_at:%d %b %y}" for expiry_at in listed(MONDAY)]

    assert told == [
        "17 Feb 26",
        "18 Feb 26",
        "19 Feb 26",
        "20 Feb 26",
        "27 Feb 26",
        "06 Mar 26",
        "27 Mar 26",
        "24 Apr 26",
        "26 Jun 26",
        "25 Sep 26",
        "25 Dec 26",
    ]


def test_the_fourth_friday_is_listed_on_thursday_at_the_expiry_hour() -> None:
    thursday = datetime(2026, 3, 19, 8, 0, tzinfo=UTC)
    fourth = datetime(2026, 4, 10, 8, 0, tzinfo=UTC)

    assert fourth not in listed(thursday - timedelta(minutes=1))
    assert fourth in listed(thursday)


def test_an_expiry_leaves_the_list_at_its_own_instant() -> None:
    expiry_at = datetime(2026, 3, 6, 8, 0, tzinfo=UTC)

    assert expiry_at in listed(expiry_at - timedelta(seconds=1))
    assert expiry_at not in listed(expiry_at)


def test_many_instants_list_what_each_lists_alone() -> None:
    instants = [MONDAY + timedelta(hours=7 * number) for number in range(400)]
    instant, expiry_s = listed_expiries(seconds(*instants))

    assert int(expiry_s.max()) < NEVER_S
    for number in (0, 11, 12, 150, 399):
        assert expiry_s[instant == number].tolist() == expiries(instants[number]).tolist()


def test_the_last_friday_of_a_month_is_known_and_that_of_a_quarter_too() -> None:
    fridays = seconds(*(datetime(2026, month, day, 8, 0, tzinfo=UTC) for month, day in ((2, 20), (2, 27), (3, 20), (3, 27))))
    is_month, is_quarter = is_month_end(fridays)

    assert (is_month.tolist(), is_quarter.tolist()) == ([False, True, False, True], [False, False, False, True])


@pytest.mark.parametrize(
    ("spot", "dte", "step"),
    [(1900, 2, 25), (1900, 4, 25), (1900, 4.1, 50), (1900, 18, 50), (1900, 45.1, 100), (999, 18, 25), (999, 2, 10), (1000, 2, 25), (6000, 18, 100)],
)
def test_strikes_stand_closer_for_short_expiries(spot: float, dte: float, step: int) -> None:
    assert strike_step_usd(np.array([spot]), dte_days=np.array([dte]))[0] == step


def test_strikes_are_fine_near_the_money_coarser_outside_and_reach_three_deviations() -> None:
    told = strikes(18.4)
    near, middle = np.abs(told / 1927.0 - 1.0) <= 0.15, np.abs(told / 1927.0 - 1.0) > 0.25
    sd = float(slices_at(inputs_of(spot_usd=1927.0), MONDAY + timedelta(days=18.4)).sd[0])

    assert set(np.diff(told[near])) == {50.0}
    assert (told[middle] % 200 == 0).all()
    assert (told[~near & ~middle] % 100 == 0).all()
    assert told[0] < 1927 * (1 - 2.5 * sd)
    assert told[-1] > 1927 * (1 + 3 * sd)
    assert list(told) == sorted(set(told))


@pytest.fixture(scope="module")
def recorded_listings(history_dir: Path) -> tuple[Snapshot, ...]:
    """The recorded chains of one month."""
    store = SnapshotStore(history_dir / "chains")
    months = store.months
    if not months:
        pytest.skip("recorded option chains are not here (expected in chains/ of the market history)")
    found = [store.last(at, age_max=timedelta(0)) for at in store.recorded_at(months[-1])]
    return tuple(snapshot for snapshot in found if snapshot is not None)


def test_the_rules_give_the_expiries_that_were_recorded(recorded_listings: tuple[Snapshot, ...]) -> None:
    agreeing, total = 0, 0
    for snapshot in recorded_listings:
        recorded = {expiry_s for expiry_s in snapshot.expiry_s.tolist() if expiry_s > snapshot.recorded_s}
        total += 1
        agreeing += recorded == set(expiries(snapshot.recorded_at).tolist())
    print(f"{agreeing} of {total} recorded listings agree")

    assert agreeing / total > 0.9


def test_the_rules_give_most_of_the_strikes_that_are_sold_and_few_that_are_not_there(recorded_listings: tuple[Snapshot, ...]) -> None:
    """Between 14 and 21 days, from half a deviation to two: what was recorded, and what the rules list."""
    both, recorded, ruled = 0, 0, 0
    for snapshot in recorded_listings[::3]:
        inputs = inputs_of(at=snapshot.recorded_at, spot_usd=snapshot.index_usd)
        for expiry_s in np.unique(snapshot.expiry_s):
            if not 14 <= (expiry_s - snapshot.recorded_s) / 86_400 <= 21:
                continue
            slices = slices_at(inputs, datetime.fromtimestamp(int(expiry_s), UTC))
            bounds = [snapshot.index_usd * np.exp(sign * float(slices.sd[0]) * np.array([0.5, 2.0])) for sign in (-1, 1)]

            def sold(strikes_usd: np.ndarray, bounds: list[np.ndarray] = bounds) -> set[float]:
                return {strike for strike in strikes_usd.tolist() for bound in bounds if bound.min() <= strike <= bound.max()}

            there = sold(snapshot.rows["strike"][snapshot.expiry_s == expiry_s])
            listed_there = sold(listed_options(slices, inputs.spot_usd).strike_usd)
            both, recorded, ruled = both + len(there & listed_there), recorded + len(there), ruled + len(listed_there)
    print(f"{both} of {recorded} recorded strikes are listed by the rules, {both} of {ruled} listed ones were recorded")

    assert both / recorded > 0.8
    assert both / ruled > 0.65
