"""The risk grid: its steps, its money, its margin, and what it says when something is not known."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from engine.config import default_rules
from engine.core.scenarios import Held, Jump, after_jump
from engine.reporting.risk_grid import CURVE_POINTS, RiskInputs, risk_view
from tests.engine.core.builders import INDEX_USD, NOW, WEALTH, dec, spread

BOOK = ((7, Held(spread=spread(1750, 1650), quantity_eth=dec(2))),)
INPUTS = RiskInputs(
    env="PAPER",
    book=BOOK,
    left_out=(8,),
    index_usd=INDEX_USD,
    fx_usd_per_eur=Decimal("1.16"),
    dvol_pts=60.0,
    wealth=WEALTH,
    limits=default_rules().greeks,
    as_of=NOW,
    data_age_s=4.0,
    is_modelled=False,
)


def test_the_grid_has_the_steps_of_the_desk_and_its_money_in_euros() -> None:
    view = risk_view(INPUTS)

    assert [row.index_frac for row in view.rows] == [0.2, 0.1, 0.05, 0.0, -0.05, -0.1, -0.2]
    assert view.vol_steps_pts == (-10.0, 0.0, 10.0, 20.0)
    for row in view.rows:
        for points, pnl_eur in zip(view.vol_steps_pts, row.pnl_eur, strict=True):
            jump = Jump(index_frac=Decimal(str(row.index_frac)), vol_pts=points)
            assert pnl_eur == after_jump([BOOK[0][1]], jump, index_usd=INDEX_USD, now=NOW).pnl_usd / Decimal("1.16")
    assert view.rows[3].pnl_eur[1] == 0


def test_the_picture_has_the_tables_own_figures() -> None:
    view = risk_view(INPUTS)

    assert view.grid.pnl_eur == tuple(tuple(float(pnl) for pnl in row.pnl_eur) for row in view.rows)
    assert (view.grid.trades, view.grid.left_out, view.trades, view.left_out) == (1, 1, (7,), (8,))
    assert len(view.greeks.delta_eth) == len(view.greeks.gamma_usd) == CURVE_POINTS
    assert [x for x, _ in view.greeks.delta_eth] == sorted(x for x, _ in view.greeks.delta_eth)
    assert (view.greeks.delta_eth[0][0], view.greeks.delta_eth[20][0], view.greeks.delta_eth[-1][0]) == (1600.0, 2000.0, 2400.0)
    here = view.rows[3].greeks
    assert (view.greeks.delta_eth[20][1], view.greeks.gamma_usd[20][1]) == (here.delta_eth, here.gamma_usd_per_1pct)
    assert (view.greeks.vega_usd_per_pt, view.greeks.theta_usd_per_day) == (here.vega_usd_per_pt, here.theta_usd_per_day)
    assert (view.greeks.delta_limit_eth, view.greeks.gamma_limit_usd) == (1.0, 300)


def test_margin_is_measured_on_the_equity_the_jump_leaves() -> None:
    view = risk_view(INPUTS)
    for row in view.rows:
        after = after_jump([BOOK[0][1]], Jump(index_frac=Decimal(str(row.index_frac)), vol_pts=0.0), index_usd=INDEX_USD, now=NOW)

        assert row.margin_usage_frac == pytest.approx(float(after.maintenance_margin_eth / (4 + after.pnl_eth)))
    assert view.rows[-1].margin_usage_frac > view.rows[3].margin_usage_frac


@pytest.mark.parametrize(("funds", "usage"), [("0.001", 9.99), ("0.3", None)])
def test_a_jump_that_leaves_next_to_nothing_is_told_at_the_most_that_is_told(funds: str, usage: float | None) -> None:
    rows = risk_view(replace(INPUTS, wealth=replace(WEALTH, available_funds_eth=dec(funds)))).rows

    assert all(row.margin_usage_frac is not None and 0 < row.margin_usage_frac <= 9.99 for row in rows)
    assert usage is None or rows[-1].margin_usage_frac == usage


def test_margin_set_aside_for_other_things_counts() -> None:
    wealth = replace(WEALTH, available_funds_eth=dec(3), initial_margin_eth=dec(1), maintenance_margin_eth=dec("0.5"))
    plain, other = risk_view(INPUTS).rows[3], risk_view(replace(INPUTS, wealth=wealth)).rows[3]

    assert other.margin_usage_frac == pytest.approx(plain.margin_usage_frac + 0.5 / 4)


@pytest.mark.parametrize(("changes", "missing"), [({"index_usd": None}, ("index",)), ({"fx_usd_per_eur": None}, ("fx",)), ({"book": ()}, ())])
def test_without_an_index_a_rate_or_a_trade_there_is_no_grid_and_nothing_is_invented(changes: dict[str, object], missing: tuple[str, ...]) -> None:
    view = risk_view(replace(INPUTS, **changes))

    assert (view.rows, view.grid.pnl_eur, view.missing) == ((), (), missing)
    assert view.spot_usd == changes.get("index_usd", INDEX_USD)


def test_without_an_account_the_margin_is_not_known() -> None:
    assert {row.margin_usage_frac for row in risk_view(replace(INPUTS, wealth=None)).rows} == {None}


def test_greeks_need_no_rate() -> None:
    view = risk_view(replace(INPUTS, fx_usd_per_eur=None))

    assert len(view.greeks.delta_eth) == CURVE_POINTS
    empty = risk_view(replace(INPUTS, book=()))
    assert (empty.greeks.delta_eth, empty.greeks.vega_usd_per_pt) == ((), None)
