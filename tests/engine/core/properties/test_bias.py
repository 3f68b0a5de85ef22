"""The bias table read again, row by row, and held against the engine's answer over any figures."""

from __future__ import annotations

import math
from dataclasses import fields, replace

from hypothesis import given
from hypothesis import strategies as st

from engine.core.bias import BiasInputs, bias_inputs, compute_bias
from engine.core.model import Bias, BiasDecision, Stage, Strategy
from tests.engine.core.builders import NOW, RULES, bias_of, read, snapshot

# Numbers on and beside every limit of the table, and anything else.
EDGES = {
    "dvol_pts": (35.0, 45.0, 75.0, 90.0),
    "dvol_24h_ago_pts": (50.0, 52.0, 60.0),
    "trend_30d_frac": (-0.30, -0.05, 0.0, 0.05),
    "funding_apr_frac": (-0.15, -0.05, 0.25, 0.40),
    "rr25_pts": (-12.0, 0.0, 6.0),
    "return_7d_frac": (-0.06, 0.0, 0.06),
    "rv10_pts": (42.0, 60.0),
    "rv30_pts": (55.0, 60.0),
}


def near(edges: tuple[float, ...]) -> st.SearchStrategy[float]:
    beside = [figure for edge in edges for figure in (math.nextafter(edge, -math.inf), edge, math.nextafter(edge, math.inf))]
    return st.sampled_from(beside) | st.floats(edges[0] - 1.0, edges[-1] + 1.0) | st.floats(-0.4, 0.4)


FIGURES = {name: st.none() | near(edges) for name, edges in EDGES.items()}
USUAL = st.builds(BiasInputs, has_chain=st.sampled_from([True, True, True, False]), has_spot=st.sampled_from([True, True, True, False]), **FIGURES)
ANY = st.builds(BiasInputs, **dict.fromkeys(EDGES, st.none() | st.floats(allow_nan=False)), has_chain=st.booleans(), has_spot=st.booleans())
CALM = st.builds(
    bias_of,
    dvol_pts=near((45.0, 75.0)),
    dvol_24h_ago_pts=st.just(70.0),
    trend_30d_frac=near((-0.05, 0.05)),
    funding_apr_frac=near((-0.05, 0.25)),
    return_7d_frac=near((-0.06, 0.06)),
    rv10_pts=near((42.0, 60.0)),
    rv30_pts=st.sampled_from([60.0, 70.0]),
)
# Three markets with a row of their own, and one figure of them on or beside one of its limits.
MARKETS = (bias_of(), bias_of(trend_30d_frac=-0.10), bias_of(trend_30d_frac=0.0))
ON_AN_EDGE = [
    replace(market, **{name: figure})
    for market in MARKETS
    for name, edges in EDGES.items()
    for edge in edges
    for figure in (math.nextafter(edge, -math.inf), edge, math.nextafter(edge, math.inf))
]
INPUTS = USUAL | ANY | CALM
STAGES = st.sampled_from(Stage)


def decide(inputs: BiasInputs, stage: Stage = Stage.PAPER) -> BiasDecision:
    return compute_bias(inputs, RULES.bias, RULES.entry, stage=stage)


def points(now_pts: float, before_pts: float) -> float:
    """A change as it is written: a ninth place of a point is nothing but the noise of a float."""
    return round(now_pts - before_pts, 9)


def matching_rows(x: BiasInputs) -> list[int]:
    """Every row of the written table whose condition holds, with the figures of the document and not those of the code."""
    if x.dvol_pts is None or x.trend_30d_frac is None or not x.has_spot or not x.has_chain:
        return [1]
    trend, dvol, funding = x.trend_30d_frac, x.dvol_pts, 0.0 if x.funding_apr_frac is None else x.funding_apr_frac
    rr25, jump = x.rr25_pts, None if x.dvol_24h_ago_pts is None else points(dvol, x.dvol_24h_ago_pts)
    is_whole = None not in (x.funding_apr_frac, rr25, x.return_7d_frac, x.rv10_pts, x.rv30_pts)
    conditions = {
        2: dvol < 35 or dvol > 90 or (jump is not None and jump > 8),
        3: trend <= -0.30,
        4: rr25 is not None and rr25 <= -12,
        5: trend >= 0.05 and funding <= 0.40,
        6: trend >= 0.05 and funding > 0.40,
        7: trend <= -0.05 and funding >= -0.15 and (rr25 is None or rr25 < 6),
        8: trend <= -0.05 and (funding < -0.15 or (rr25 is not None and rr25 >= 6)),
        9: is_whole
        and abs(trend) < 0.05
        and -0.05 <= funding <= 0.25
        and 45 <= dvol <= 75
        and abs(x.return_7d_frac) <= 0.06
        and x.rv10_pts >= 0.7 * x.rv30_pts
        and points(dvol, x.rv30_pts) <= 5,
        10: True,
    }
    return [row for row, holds in conditions.items() if holds]


BIAS_OF_ROW = {5: Bias.BULL, 7: Bias.BEAR, 9: Bias.NEUTRAL}


@given(INPUTS, STAGES)
def test_the_first_row_of_the_written_table_that_holds_decides(inputs: BiasInputs, stage: Stage) -> None:
    decision = decide(inputs, stage)
    condor = Strategy.IRON_CONDOR if stage is Stage.PAPER else None

    assert decision.row == matching_rows(inputs)[0]
    assert decision.bias is BIAS_OF_ROW.get(decision.row, Bias.NO_ENTRY)
    assert decision.strategy is {5: Strategy.BULL_PUT, 7: Strategy.BEAR_CALL, 9: condor}.get(decision.row)


def test_on_every_limit_and_beside_it_the_written_row_decides() -> None:
    wrong = [inputs for inputs in ON_AN_EDGE if decide(inputs).row != matching_rows(inputs)[0]]

    assert wrong == []


@given(INPUTS)
def test_the_rows_with_a_trade_exclude_each_other(inputs: BiasInputs) -> None:
    assert len([row for row in matching_rows(inputs) if row in BIAS_OF_ROW]) <= 1


@given(INPUTS, STAGES)
def test_a_stage_changes_the_condor_and_nothing_else(inputs: BiasInputs, stage: Stage) -> None:
    paper, other = decide(inputs), decide(inputs, stage)

    assert (other.bias, other.row, other.warnings) == (paper.bias, paper.row, paper.warnings)
    assert other.strategy is paper.strategy or paper.strategy is Strategy.IRON_CONDOR


@given(INPUTS)
def test_missing_optional_figures_are_warned_about(inputs: BiasInputs) -> None:
    named = {"funding": inputs.funding_apr_frac, "rr25": inputs.rr25_pts, "dvol_24h_ago": inputs.dvol_24h_ago_pts}

    assert set(decide(inputs).warnings) == {name for name, value in named.items() if value is None}


@given(INPUTS, st.sampled_from(sorted(EDGES)))
def test_a_calm_market_is_never_seen_through_a_missing_figure(inputs: BiasInputs, name: str) -> None:
    decision = decide(replace(inputs, **{name: None}))

    assert decision.row != 9 or name == "dvol_24h_ago_pts"


@given(st.sampled_from(["trend_30d_frac", "return_7d_frac", "rv10_pts", "rv30_pts", "dvol_24h_ago_pts"]), st.sampled_from([math.nan, math.inf, -math.inf]))
def test_a_figure_that_is_no_number_is_missing(name: str, garbage: float) -> None:
    inputs = bias_inputs(snapshot(**{name: garbage}), math.nan, now=NOW, freshness=RULES.freshness_s)
    readings = bias_inputs(snapshot(dvol_pts=read(garbage), funding_apr_frac=read(garbage)), garbage, now=NOW, freshness=RULES.freshness_s)

    assert (getattr(inputs, name), inputs.rr25_pts) == (None, None)
    assert (readings.dvol_pts, readings.funding_apr_frac, readings.rr25_pts) == (None, None, None)


def test_every_figure_of_the_table_has_its_edges() -> None:
    assert set(EDGES) | {"has_chain", "has_spot"} == {field.name for field in fields(BiasInputs)}
