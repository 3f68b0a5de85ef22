"""A calm market needs every figure: one that is missing is not a calm one, and no error either."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from engine.core.bias import bias_inputs, compute_bias
from engine.core.model import Bias, Stage
from tests.engine.core.builders import NOW, RULES, bias_of, dec, read, snapshot

NEUTRAL = {
    "trend_30d_frac": 0.0,
    "funding_apr_frac": 0.0,
    "rr25_pts": 0.0,
    "return_7d_frac": 0.0,
    "dvol_pts": RULES.bias.condor.dvol_min_pts,
    "dvol_24h_ago_pts": RULES.bias.condor.dvol_min_pts,
    "rv10_pts": 60.0,
    "rv30_pts": 60.0,
}


def test_a_market_with_every_figure_in_its_bounds_is_neutral() -> None:
    decision = compute_bias(bias_of(**NEUTRAL), RULES.bias, RULES.entry, stage=Stage.PAPER)

    assert (decision.bias, decision.row, decision.warnings) == (Bias.NEUTRAL, 9, ())


@pytest.mark.parametrize("missing", ["funding_apr_frac", "rr25_pts", "return_7d_frac", "rv10_pts", "rv30_pts"])
def test_a_calm_market_without_one_figure_is_no_entry(missing: str) -> None:
    decision = compute_bias(bias_of(**{**NEUTRAL, missing: None}), RULES.bias, RULES.entry, stage=Stage.PAPER)

    assert (decision.bias, decision.row) == (Bias.NO_ENTRY, 10)


def test_a_market_without_an_entry_still_names_the_figures_it_did_without() -> None:
    decision = compute_bias(bias_of(dvol_pts=None, funding_apr_frac=None, rr25_pts=None, dvol_24h_ago_pts=None), RULES.bias, RULES.entry, stage=Stage.PAPER)

    assert (decision.bias, decision.row, decision.warnings) == (Bias.NO_ENTRY, 1, ("funding", "rr25", "dvol_24h_ago"))


@pytest.mark.parametrize(
    ("row", "changes"),
    [
        (1, {"has_spot": False}),
        (2, {"dvol_pts": 10.0}),
        (3, {"trend_30d_frac": -0.40}),
        (4, {"rr25_pts": -20.0}),
        (5, {}),
        (6, {"funding_apr_frac": 0.50}),
        (7, {"trend_30d_frac": -0.10}),
        (8, {"trend_30d_frac": -0.10, "funding_apr_frac": -0.50}),
        (9, NEUTRAL),
        (10, {**NEUTRAL, "return_7d_frac": 0.5}),
    ],
)
def test_every_row_names_the_figure_it_did_without(row: int, changes: dict[str, Any]) -> None:
    decision = compute_bias(bias_of(**{**changes, "dvol_24h_ago_pts": None}), RULES.bias, RULES.entry, stage=Stage.PAPER)

    assert (decision.row, decision.warnings) == (row, ("dvol_24h_ago",))


@pytest.mark.parametrize(("index_usd", "has_spot"), [("0", False), ("0.5", True)])
def test_an_index_below_a_dollar_is_a_spot_price(index_usd: str, has_spot: bool) -> None:
    inputs = bias_inputs(snapshot(index_usd=read(dec(index_usd))), None, now=NOW, freshness=RULES.freshness_s)

    assert inputs.has_spot is has_spot


def test_a_volatility_without_its_day_before_has_not_jumped() -> None:
    tight = replace(RULES.entry, dvol_jump_24h_max_pts=0.5)

    assert compute_bias(bias_of(dvol_24h_ago_pts=None), RULES.bias, tight, stage=Stage.PAPER).row == 5
