"""A calm market needs every figure: one that is missing is not a calm one, and no error either."""

from __future__ import annotations

import pytest

from engine.core.bias import compute_bias
from engine.core.model import Bias, Stage
from tests.engine.core.builders import RULES, bias_of

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
