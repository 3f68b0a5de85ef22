"""The ten rows of the bias table, each at its edges."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.core.bias import BiasInputs, bias_inputs, compute_bias
from engine.core.model import Bias, Stage, Strategy

from .builders import NOW, RULES, bias_of, chain, dec, read, snapshot

CALM = {"trend_30d_frac": 0.0, "return_7d_frac": 0.0, "rv10_pts": 60.0, "rv30_pts": 60.0}


def decide(stage: Stage = Stage.PAPER, **changes):
    return compute_bias(bias_of(**changes), RULES.bias, RULES.entry, stage=stage)


@pytest.mark.parametrize(
    ("changes", "row", "bias"),
    [
        ({"dvol_pts": None}, 1, Bias.NO_ENTRY),
        ({"trend_30d_frac": None}, 1, Bias.NO_ENTRY),
        ({"has_spot": False}, 1, Bias.NO_ENTRY),
        ({"has_chain": False}, 1, Bias.NO_ENTRY),
        ({"dvol_pts": 34.9}, 2, Bias.NO_ENTRY),
        ({"dvol_pts": 35.0}, 5, Bias.BULL),
        ({"dvol_pts": 90.0, "dvol_24h_ago_pts": 90.0}, 5, Bias.BULL),
        ({"dvol_pts": 90.1, "dvol_24h_ago_pts": 90.0}, 2, Bias.NO_ENTRY),
        ({"dvol_24h_ago_pts": 52.0}, 5, Bias.BULL),
        ({"dvol_24h_ago_pts": 51.9}, 2, Bias.NO_ENTRY),
        ({"trend_30d_frac": -0.30}, 3, Bias.NO_ENTRY),
        ({"trend_30d_frac": -0.2999}, 7, Bias.BEAR),
        ({"rr25_pts": -12.0}, 4, Bias.NO_ENTRY),
        ({"rr25_pts": -11.9}, 5, Bias.BULL),
        ({"trend_30d_frac": 0.05}, 5, Bias.BULL),
        ({"funding_apr_frac": 0.40}, 5, Bias.BULL),
        ({"funding_apr_frac": 0.401}, 6, Bias.NO_ENTRY),
        ({"trend_30d_frac": -0.05}, 7, Bias.BEAR),
        ({"trend_30d_frac": -0.05, "funding_apr_frac": -0.15}, 7, Bias.BEAR),
        ({"trend_30d_frac": -0.05, "funding_apr_frac": -0.151}, 8, Bias.NO_ENTRY),
        ({"trend_30d_frac": -0.05, "rr25_pts": 5.9}, 7, Bias.BEAR),
        ({"trend_30d_frac": -0.05, "rr25_pts": 6.0}, 8, Bias.NO_ENTRY),
        ({**CALM}, 9, Bias.NEUTRAL),
        ({**CALM, "trend_30d_frac": 0.0499}, 9, Bias.NEUTRAL),
        ({**CALM, "funding_apr_frac": -0.05}, 9, Bias.NEUTRAL),
        ({**CALM, "funding_apr_frac": -0.051}, 10, Bias.NO_ENTRY),
        ({**CALM, "funding_apr_frac": 0.25}, 9, Bias.NEUTRAL),
        ({**CALM, "funding_apr_frac": 0.251}, 10, Bias.NO_ENTRY),
        ({**CALM, "dvol_pts": 45.0, "rv30_pts": 45.0}, 9, Bias.NEUTRAL),
        ({**CALM, "dvol_pts": 44.9, "rv30_pts": 45.0}, 10, Bias.NO_ENTRY),
        ({**CALM, "dvol_pts": 75.0, "dvol_24h_ago_pts": 75.0, "rv30_pts": 75.0}, 9, Bias.NEUTRAL),
        ({**CALM, "dvol_pts": 75.1, "dvol_24h_ago_pts": 75.0, "rv30_pts": 75.0}, 10, Bias.NO_ENTRY),
        ({**CALM, "return_7d_frac": -0.06}, 9, Bias.NEUTRAL),
        ({**CALM, "return_7d_frac": 0.061}, 10, Bias.NO_ENTRY),
        ({**CALM, "rv10_pts": 42.0}, 9, Bias.NEUTRAL),
        ({**CALM, "rv10_pts": 41.9}, 10, Bias.NO_ENTRY),
        ({**CALM, "rv30_pts": 55.0}, 9, Bias.NEUTRAL),
        ({**CALM, "rv30_pts": 54.9}, 10, Bias.NO_ENTRY),
        ({**CALM, "rv30_pts": None}, 10, Bias.NO_ENTRY),
        ({**CALM, "funding_apr_frac": None}, 10, Bias.NO_ENTRY),
        ({**CALM, "rr25_pts": None}, 10, Bias.NO_ENTRY),
    ],
)
def test_the_first_matching_row_decides(changes, row: int, bias: Bias) -> None:
    decision = decide(**changes)

    assert (decision.row, decision.bias) == (row, bias)


def test_each_side_has_its_trade() -> None:
    assert decide().strategy is Strategy.BULL_PUT
    assert decide(trend_30d_frac=-0.10).strategy is Strategy.BEAR_CALL
    assert decide(dvol_pts=None).strategy is None


@pytest.mark.parametrize(("stage", "strategy"), [(Stage.PAPER, Strategy.IRON_CONDOR), (Stage.SOFT, None), (Stage.FULL, None)])
def test_a_calm_market_has_an_iron_condor_only_where_it_is_enabled(stage: Stage, strategy: Strategy | None) -> None:
    decision = decide(stage, **CALM)

    assert (decision.bias, decision.row, decision.strategy) == (Bias.NEUTRAL, 9, strategy)


def test_missing_optional_figures_are_warned_about_and_do_not_decide() -> None:
    decision = decide(funding_apr_frac=None, rr25_pts=None, dvol_24h_ago_pts=None)

    assert (decision.bias, decision.row) == (Bias.BULL, 5)
    assert decision.warnings == ("funding", "rr25", "dvol_24h_ago")


def inputs_of(**changes) -> BiasInputs:
    return bias_inputs(snapshot(**changes), -3.0, now=NOW, freshness=RULES.freshness_s)


def test_a_whole_fresh_snapshot_gives_every_figure() -> None:
    assert inputs_of() == bias_of(dvol_pts=62.0, funding_apr_frac=0.11, rv30_pts=58.0)


@pytest.mark.parametrize(
    ("changes", "field", "value"),
    [
        ({"dvol_pts": read(60.0, age_s=900)}, "dvol_pts", 60.0),
        ({"dvol_pts": read(60.0, age_s=901)}, "dvol_pts", None),
        ({"dvol_pts": read(60.0, age_s=-901)}, "dvol_pts", None),
        ({"dvol_pts": read(math.nan)}, "dvol_pts", None),
        ({"dvol_pts": None}, "dvol_pts", None),
        ({"funding_apr_frac": read(0.1, age_s=5401)}, "funding_apr_frac", None),
        ({"index_usd": read(dec(2000), age_s=61)}, "has_spot", False),
        ({"index_usd": read(dec(0))}, "has_spot", False),
        ({"index_usd": None}, "has_spot", False),
        ({"chain": None}, "has_chain", False),
        ({"chain": chain(taken_at=NOW - timedelta(seconds=120))}, "has_chain", True),
        ({"chain": chain(taken_at=NOW - timedelta(seconds=121))}, "has_chain", False),
        ({"trend_30d_frac": math.inf}, "trend_30d_frac", None),
    ],
)
def test_what_is_stale_or_not_a_number_is_missing(changes, field: str, value) -> None:
    assert getattr(inputs_of(**changes), field) == value


MAYBE = st.none() | st.floats(-100, 150)


@given(st.builds(BiasInputs, **dict.fromkeys(BiasInputs.__dataclass_fields__, MAYBE) | {"has_chain": st.booleans(), "has_spot": st.booleans()}))
def test_every_market_lands_on_exactly_one_row(inputs: BiasInputs) -> None:
    decision = compute_bias(inputs, RULES.bias, RULES.entry, stage=Stage.PAPER)
    by_row = {5: Bias.BULL, 7: Bias.BEAR, 9: Bias.NEUTRAL}

    assert 1 <= decision.row <= 10
    assert decision.bias is by_row.get(decision.row, Bias.NO_ENTRY)


@given(st.floats(-0.4, 0.4), st.floats(-0.5, 0.8), st.floats(30, 95))
def test_a_tighter_funding_veto_never_admits_a_trade(trend: float, funding: float, dvol: float) -> None:
    inputs = bias_of(trend_30d_frac=trend, funding_apr_frac=funding, dvol_pts=dvol)
    tight_funding = replace(RULES.entry.funding, bull_put_veto_above_frac=0.2, bear_call_veto_below_frac=-0.05)
    tight = compute_bias(inputs, RULES.bias, replace(RULES.entry, funding=tight_funding), stage=Stage.PAPER)

    assert tight.strategy in (None, compute_bias(inputs, RULES.bias, RULES.entry, stage=Stage.PAPER).strategy)
