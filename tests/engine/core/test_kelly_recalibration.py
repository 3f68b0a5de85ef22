"""What closed trades allow to put at risk: every figure by hand, every state on both sides of its border."""

from __future__ import annotations

import math
import random
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.config import default_rules
from engine.core.decision import Approved, Check, Refused, Relation, Unit, Verdict
from engine.core.kelly_recalibration import kelly_limit, kelly_room_eth, recalibrate
from engine.core.model_kelly import KellyCut, KellyLimit, KellyReading, KellyStake, KellyState
from engine.core.rules import KellyIncrease, KellyPrior, KellyRules, TailPseudoLoss

KELLY, SIZING = default_rules().kelly, default_rules().sizing
QUICK = replace(KELLY, bootstrap_draws=100)
NO_TAIL = TailPseudoLoss(r=-1.0, weight=0)
SIZED_STATES = (KellyState.UNCERTAIN, KellyState.OK)


def reading(results_r: list[float], *, f_prev_frac: float = 0.0, kelly: KellyRules = QUICK, **sizing: Any) -> KellyReading:
    outcome = recalibrate(results_r, f_prev_frac=f_prev_frac, rules=kelly, sizing=replace(SIZING, **sizing))

    assert isinstance(outcome, Approved)
    return outcome.value


def refusal(results_r: list[float], *, f_prev_frac: float = 0.0, kelly: KellyRules = QUICK) -> Refused:
    outcome = recalibrate(results_r, f_prev_frac=f_prev_frac, rules=kelly, sizing=SIZING)

    assert isinstance(outcome, Refused)
    return outcome


def rules_of(p: float, win_r: float, loss_r: float, *, tail: TailPseudoLoss = NO_TAIL, **changes: Any) -> KellyRules:
    """Rules whose prior is the sample itself, so that f_full is exact in binary."""
    return replace(KELLY, prior=KellyPrior(p=p, strength_p=32, win_r=win_r, loss_r=loss_r, strength_r=32), tail_pseudo_loss=tail, **changes)


def test_24_wins_of_four_and_6_losses_of_ten_percent_by_hand() -> None:
    """p~ = 39.8/50, W~ = 1.32/34, L~ = 2.95/17 with the tail and 1.95/16 without it."""
    found = reading([0.04] * 24 + [-0.10] * 6, kelly=KELLY)

    assert (found.trades, found.wins, found.losses) == (30, 24, 6)
    assert found.shrunk.p == pytest.approx(0.796, rel=1e-14)
    assert found.shrunk.win_r == pytest.approx(0.038823529411764705, rel=1e-14)
    assert found.shrunk.loss_r == pytest.approx(0.17352941176470588, rel=1e-14)
    assert found.shrunk_without_tail.loss_r == pytest.approx(0.121875, rel=1e-14)
    assert found.shrunk.f_full == pytest.approx(-0.66742681047766, rel=1e-12)
    assert found.shrunk_without_tail.f_full == pytest.approx(1.27673659673660, rel=1e-12)
    assert found.shrunk.break_even_p == pytest.approx(5.9 / 7.22, rel=1e-14)
    assert found.observed.p == pytest.approx(0.8, rel=1e-15)
    assert found.observed.win_r == pytest.approx(0.04, rel=1e-15)
    assert found.observed.loss_r == pytest.approx(0.10, rel=1e-15)
    assert found.observed.break_even_p == pytest.approx(10 / 14, rel=1e-15)
    assert found.observed.mean_r == pytest.approx(0.012, rel=1e-13)
    assert found.p_wilson is not None
    assert (round(found.p_wilson.low, 2), round(found.p_wilson.high, 2)) == (0.66, 0.89)
    assert (found.state, found.f_used_frac, found.cuts) == (KellyState.UNPROVEN, 0.0, (KellyCut.NO_EDGE,))


def test_a_mixed_sample_agrees_with_exact_fractions() -> None:
    results = ["0.036", "0.041", "-0.135", "0.0291", "0", "0.05", "-0.27", "-1.02", "0.033", "0.044"] * 3
    wins, losses = [Fraction(r) for r in results if Fraction(r) > 0], [-Fraction(r) for r in results if Fraction(r) <= 0]
    p = (len(wins) + 20 * Fraction("0.79")) / (len(results) + 20)
    win_r = (sum(wins) + 10 * Fraction("0.036")) / (len(wins) + 10)
    loss_r = (sum(losses) + 10 * Fraction("0.135") + 1) / (len(losses) + 11)
    loss_r_without_tail = (sum(losses) + 10 * Fraction("0.135")) / (len(losses) + 10)

    found = reading([float(r) for r in results])

    assert (found.wins, found.losses) == (18, 12)
    assert found.shrunk.p == pytest.approx(float(p), rel=1e-14)
    assert found.shrunk.win_r == pytest.approx(float(win_r), rel=1e-14)
    assert found.shrunk.loss_r == pytest.approx(float(loss_r), rel=1e-14)
    assert found.shrunk.f_full == pytest.approx(float(p / loss_r - (1 - p) / win_r), rel=1e-12)
    assert found.shrunk_without_tail.f_full == pytest.approx(float(p / loss_r_without_tail - (1 - p) / win_r), rel=1e-12)
    assert found.observed.mean_r == pytest.approx(float(sum(map(Fraction, results)) / 30), rel=1e-12)


def test_the_priors_alone_are_nearly_nothing_before_the_tail_and_below_zero_with_it() -> None:
    found = reading([])

    assert found.shrunk_without_tail.f_full == pytest.approx(1 / 54, rel=1e-12)
    assert found.shrunk.f_full == pytest.approx(float(Fraction("0.79") * 11 / Fraction("2.35") - Fraction(35, 6)), rel=1e-12)
    assert found.shrunk.f_full < -2.0


def test_without_trades_what_only_trades_can_tell_is_absent() -> None:
    found = reading([])

    assert (found.observed.p, found.observed.win_r, found.observed.loss_r, found.observed.mean_r, found.observed.break_even_p) == (None,) * 5
    assert (found.intervals, found.p_wilson) == (None, None)
    assert (found.state, found.f_used_frac) == (KellyState.INSUFFICIENT_SAMPLE, 0.0)


def test_without_a_loss_only_the_prior_and_the_tail_say_what_one_costs() -> None:
    found = reading([0.04] * 30)

    assert (found.losses, found.observed.loss_r, found.observed.break_even_p) == (0, None, None)
    assert found.shrunk.loss_r == pytest.approx(2.35 / 11, rel=1e-14)


def test_without_a_win_only_the_prior_says_what_one_brings() -> None:
    found = reading([-0.10] * 30)

    assert (found.wins, found.observed.win_r, found.observed.break_even_p) == (0, None, None)
    assert found.shrunk.win_r == pytest.approx(0.036, rel=1e-14)


def test_a_trade_that_made_nothing_is_a_loss_of_nothing() -> None:
    found = reading([0.0, -0.0])

    assert (found.wins, found.losses) == (0, 2)
    assert str(found.observed.loss_r) == "0.0"
    assert found.shrunk.loss_r == pytest.approx(2.35 / 13, rel=1e-14)


@pytest.mark.parametrize(("trades", "state"), [(29, KellyState.INSUFFICIENT_SAMPLE), (30, KellyState.OK), (31, KellyState.OK)])
def test_thirty_trades_are_a_sample(trades: int, state: KellyState) -> None:
    assert reading([0.05] * trades).state is state


def test_how_many_trades_are_a_sample_is_a_rule() -> None:
    assert reading([0.05] * 30, kelly_sample_min=31).state is KellyState.INSUFFICIENT_SAMPLE
    assert reading([0.05] * 29, kelly_sample_min=29).state is KellyState.OK


def test_a_small_sample_reports_its_fraction_and_carries_none_to_the_next_month() -> None:
    small, enough = reading([0.05] * 29), reading([0.05] * 30)

    assert small.f_used_frac == enough.f_used_frac == 0.04
    assert (small.f_carried_frac, enough.f_carried_frac) == (0.0, 0.04)
    assert small.intervals is not None


@pytest.mark.parametrize(("r", "state"), [(0.0, KellyState.UNPROVEN), (-1e-9, KellyState.NEGATIVE_EDGE)])
def test_an_edge_is_negative_when_even_the_upper_bound_of_mean_r_is_below_zero(r: float, state: KellyState) -> None:
    found = reading([r] * 30)

    assert found.intervals is not None
    assert (found.state, found.intervals.mean_r.high) == (state, r)


@pytest.mark.parametrize(("win_r", "f_without_tail", "state"), [(0.75, 0.0, KellyState.NEGATIVE_EDGE), (0.76, 1 - 0.75 / 0.76, KellyState.UNPROVEN)])
def test_an_edge_is_negative_only_if_it_is_so_without_the_tail(win_r: float, f_without_tail: float, state: KellyState) -> None:
    """32 losses of a quarter against a prior of 32 trades at one half: p~ = L~ = 1/4, so f = 1 - 0.75/W~."""
    found = reading([-0.25] * 32, kelly=rules_of(0.5, win_r, 0.25, tail=KELLY.tail_pseudo_loss))

    assert found.shrunk_without_tail.f_full == pytest.approx(f_without_tail, abs=1e-15)
    assert found.shrunk.f_full < 0.0
    assert found.state is state


def test_losses_that_only_the_prior_outvotes_are_uncertain_and_never_ok() -> None:
    found = reading([-0.25] * 32, kelly=rules_of(0.5, 0.76, 0.25))

    assert found.intervals is not None
    assert found.intervals.mean_r.high < 0.0 < found.shrunk.f_full
    assert found.state is KellyState.UNCERTAIN


@pytest.mark.parametrize(("wins", "sign", "state"), [(15, -1, KellyState.UNPROVEN), (16, 0, KellyState.UNPROVEN), (17, 1, KellyState.UNCERTAIN)])
def test_f_full_of_zero_is_unproven(wins: int, sign: int, state: KellyState) -> None:
    """As many wins as losses of the same size: f_full is exactly zero, and one trade decides its sign."""
    found = reading([0.25] * wins + [-0.25] * (32 - wins), kelly=rules_of(0.5, 0.25, 0.25))

    assert (found.shrunk.f_full > 0.0) - (found.shrunk.f_full < 0.0) == sign
    assert found.state is state
    assert (KellyCut.NO_EDGE in found.cuts) == (sign <= 0)


@pytest.mark.parametrize(("others", "state"), [(0.0, KellyState.UNCERTAIN), (1e-9, KellyState.OK)])
def test_an_interval_of_mean_r_that_touches_zero_is_uncertain(others: float, state: KellyState) -> None:
    """One win in 32: a third of the resamples miss it, and their mean is that of the others."""
    found = reading([0.25] + [others] * 31, kelly=rules_of(0.9, 0.5, 0.25))

    assert found.intervals is not None
    assert found.shrunk.f_full > 0.0
    assert found.intervals.mean_r.low == pytest.approx(others, rel=1e-9)
    assert found.state is state


def test_losses_beyond_the_tail_are_a_negative_edge_like_any_other() -> None:
    """Here the tail of -1 is the smaller loss: it must not turn the state or the fraction."""
    found = reading([-1.2] * 30)

    assert (found.state, found.f_used_frac, found.cuts) == (KellyState.NEGATIVE_EDGE, 0.0, (KellyCut.NEGATIVE_EDGE,))


CERTAIN = [0.5] * 24 + [-0.5] * 8
"""Three wins in four of one half: f_full = 1, a quarter of it 0.25, and no doubt about the mean."""

DOUBTFUL = [0.5] * 18 + [-0.5] * 14
"""Nine wins in sixteen of one half: f_full = 0.25, a quarter of it 0.0625, and a mean that may be zero."""

CAP, RISE, DOUBT = KellyCut.CAP, KellyCut.MONTHLY_INCREASE, KellyCut.UNCERTAINTY


@pytest.mark.parametrize(
    ("f_prev", "f_cap", "used", "cuts"),
    [
        (0.25, 0.50, 0.25, ()),
        (1.00, 0.50, 0.25, ()),  # down without limit
        (0.25, 0.25, 0.25, ()),  # at the cap
        (0.25, 0.2499, 0.2499, (CAP,)),
        (1.00, 0.08, 0.08, (CAP,)),
        (0.00, 0.50, 0.04, (RISE,)),  # from nothing by the absolute step
        (0.15, 0.50, 0.19, (RISE,)),  # 0.0375 < 0.04: absolute
        (0.16, 0.50, 0.20, (RISE,)),  # equal
        (0.18, 0.50, 0.225, (RISE,)),  # 0.045 > 0.04: relative
        (0.20, 0.50, 0.25, ()),  # just reached
        (0.00, 0.08, 0.04, (CAP, RISE)),
        (0.04, 0.08, 0.08, (CAP,)),
        (0.00, 0.00, 0.00, (CAP,)),
    ],
)
def test_a_certain_edge_uses_its_fraction_up_to_the_cap_and_the_step_of_a_month(f_prev: float, f_cap: float, used: float, cuts: tuple[KellyCut, ...]) -> None:
    found = reading(CERTAIN, f_prev_frac=f_prev, kelly=rules_of(0.75, 0.5, 0.5, f_cap=f_cap))

    assert (found.state, found.shrunk.f_full) == (KellyState.OK, 1.0)
    assert found.f_used_frac == pytest.approx(used, rel=1e-15)
    assert found.cuts == cuts


@pytest.mark.parametrize(
    ("f_prev", "f_cap", "used", "cuts"),
    [
        (0.00, 0.08, 0.03125, (DOUBT,)),
        (1.00, 0.08, 0.03125, (DOUBT,)),
        (0.00, 0.04, 0.02, (CAP, DOUBT)),
    ],
)
def test_an_uncertain_edge_uses_half(f_prev: float, f_cap: float, used: float, cuts: tuple[KellyCut, ...]) -> None:
    found = reading(DOUBTFUL, f_prev_frac=f_prev, kelly=rules_of(0.5625, 0.5, 0.5, f_cap=f_cap))

    assert (found.state, found.shrunk.f_full) == (KellyState.UNCERTAIN, 0.25)
    assert (found.f_used_frac, found.cuts) == (used, cuts)


def test_the_step_of_a_month_is_measured_after_halving() -> None:
    step = KellyIncrease(relative=0.25, absolute=0.02)
    found = reading(DOUBTFUL, kelly=rules_of(0.5625, 0.5, 0.5, f_cap=0.05, increase_per_month_max=step))

    assert (found.f_used_frac, found.cuts) == (0.02, (CAP, DOUBT, RISE))


def test_the_fraction_of_kelly_is_a_rule() -> None:
    half = reading(CERTAIN, f_prev_frac=1.0, kelly=rules_of(0.75, 0.5, 0.5, f_cap=1.0), kelly_fraction=Decimal("0.5"))

    assert (half.f_used_frac, half.cuts) == (0.5, ())


def test_an_edge_lost_is_given_up_at_once() -> None:
    assert reading([-0.1] * 30, f_prev_frac=0.08).f_used_frac == 0.0
    assert reading([0.04] * 24 + [-0.10] * 6, f_prev_frac=0.08).f_used_frac == 0.0


def test_a_small_sample_is_not_halved() -> None:
    found = reading(DOUBTFUL, kelly=rules_of(0.5625, 0.5, 0.5, f_cap=0.04), kelly_sample_min=33)

    assert (found.state, found.f_used_frac, found.cuts) == (KellyState.INSUFFICIENT_SAMPLE, 0.04, (CAP,))


@pytest.mark.parametrize("r", [math.nan, math.inf, -math.inf])
def test_a_result_that_is_no_number_is_refused(r: float) -> None:
    (reason,) = refusal([0.04, r]).reasons

    assert (reason.code, reason.verdict, reason.observed, reason.subject, reason.cause) == ("kelly_result", Verdict.NOT_EVALUATED, None, "1", "missing")


@pytest.mark.parametrize("r", [10.001, -10.001, 3.6e6, 1e308])
def test_a_result_beyond_ten_times_the_max_loss_is_refused(r: float) -> None:
    (reason,) = refusal([r]).reasons

    assert (reason.code, reason.observed, reason.relation, reason.limit, reason.unit) == ("kelly_result", abs(r), Relation.AT_MOST, 10.0, Unit.MULTIPLE)


@pytest.mark.parametrize("r", [10.0, -10.0])
def test_a_result_of_ten_times_the_max_loss_is_taken(r: float) -> None:
    assert reading([r]).trades == 1


def test_a_result_no_stake_at_the_cap_survives_is_refused() -> None:
    risky = replace(QUICK, f_cap=0.5)
    (reason,) = refusal([-1.9, -2.0], kelly=risky).reasons

    assert (reason.code, reason.observed, reason.relation, reason.limit, reason.subject) == ("kelly_survivable", -2.0, Relation.ABOVE, -2.0, "1")
    assert reading([-1.9, -1.999], kelly=risky).losses == 2


@pytest.mark.parametrize(
    ("f_prev", "verdict", "relation", "limit"),
    [
        (math.nan, Verdict.NOT_EVALUATED, Relation.NONE, None),
        (math.inf, Verdict.NOT_EVALUATED, Relation.NONE, None),
        (-0.001, Verdict.FAILED, Relation.AT_LEAST, 0.0),
        (1.001, Verdict.FAILED, Relation.AT_MOST, 1.0),
    ],
)
def test_a_previous_fraction_that_is_none_is_refused(f_prev: float, verdict: Verdict, relation: Relation, limit: float | None) -> None:
    (reason,) = refusal([0.04], f_prev_frac=f_prev).reasons

    assert (reason.code, reason.verdict, reason.relation, reason.limit) == ("kelly_previous", verdict, relation, limit)


@pytest.mark.parametrize("f_prev", [0.0, 1.0])
def test_a_previous_fraction_may_be_nothing_or_all(f_prev: float) -> None:
    assert reading([0.04], f_prev_frac=f_prev).f_prev_frac == f_prev


def test_every_figure_that_cannot_be_true_is_named() -> None:
    reasons = refusal([math.nan, 0.04, 11.0, -13.0], f_prev_frac=-1.0).reasons

    assert [(reason.rule, reason.code, reason.subject) for reason in reasons] == [
        ("K01", "kelly_result", "0"),
        ("K01", "kelly_result", "2"),
        ("K01", "kelly_result", "3"),
        ("K03", "kelly_previous", ""),
    ]


def test_each_figure_that_cannot_be_true_tells_all_it_knows() -> None:
    risky = replace(QUICK, f_cap=0.5)
    unseen, not_survived, previous = refusal([math.inf, -2.0], f_prev_frac=math.nan, kelly=risky).reasons
    (too_low,) = refusal([0.04], f_prev_frac=-0.1).reasons
    (too_high,) = refusal([0.04], f_prev_frac=1.1).reasons

    assert unseen == Check("K01", "kelly_result", Verdict.NOT_EVALUATED, unit=Unit.MULTIPLE, subject="0", cause="missing")
    assert not_survived == Check("K02", "kelly_survivable", Verdict.FAILED, -2.0, -2.0, Relation.ABOVE, Unit.MULTIPLE, "1")
    assert previous == Check("K03", "kelly_previous", Verdict.NOT_EVALUATED, unit=Unit.FRAC, cause="missing")
    assert too_low == Check("K03", "kelly_previous", Verdict.FAILED, -0.1, 0.0, Relation.AT_LEAST, Unit.FRAC)
    assert too_high == Check("K03", "kelly_previous", Verdict.FAILED, 1.1, 1.0, Relation.AT_MOST, Unit.FRAC)


def test_the_order_of_trades_changes_nothing() -> None:
    results = [0.036] * 25 + [0.0411, 0.0299, -0.135, -0.2071, -0.0333, 0.0]
    shuffled = results[:]
    random.Random(4).shuffle(shuffled)

    assert reading(shuffled) == reading(results)


def test_the_same_trades_and_seed_give_the_same_reading_and_another_seed_other_intervals() -> None:
    results = [0.036] * 25 + [0.0411, 0.0299, -0.135, -0.2071, -0.0333, 0.0]

    assert reading(results) == reading(results)
    assert reading(results, kelly=replace(QUICK, seed=1)).intervals != reading(results).intervals


def test_the_interval_of_f_full_is_f_full_at_the_quantiles_of_the_wins_when_all_wins_and_all_losses_are_alike() -> None:
    """With one size of win and one of loss f_full rises with the number of wins, so its quantiles are those of that number."""
    found = reading([0.036] * 24 + [-0.135] * 6, kelly=KELLY)

    def f_full(wins: int) -> float:
        p = (wins + 15.8) / 50
        return p / (((30 - wins) * 0.135 + 2.35) / (30 - wins + 11)) - (1 - p) / 0.036

    assert found.intervals is not None
    rates, fractions, means = found.intervals.p, found.intervals.f_full, found.intervals.mean_r
    assert (rates.low, rates.median, rates.high) == (20 / 30, 24 / 30, 27 / 30)
    assert (fractions.low, fractions.median, fractions.high) == pytest.approx((f_full(20), f_full(24), f_full(27)), rel=1e-12)
    assert (means.low, means.high) == pytest.approx(((20 * 0.036 - 10 * 0.135) / 30, (27 * 0.036 - 3 * 0.135) / 30), rel=1e-12)


def test_a_wider_level_widens_every_interval() -> None:
    results = [0.036] * 25 + [0.0411, 0.0299, -0.135, -0.2071, -0.0333]
    narrow, wide = reading(results, kelly=replace(KELLY, interval_level=0.5)), reading(results, kelly=replace(KELLY, interval_level=0.95))

    assert narrow.intervals is not None
    assert wide.intervals is not None
    assert wide.intervals.f_full.low < narrow.intervals.f_full.low < narrow.intervals.f_full.high < wide.intervals.f_full.high
    assert narrow.p_wilson is not None
    assert wide.p_wilson is not None
    assert wide.p_wilson.low < narrow.p_wilson.low < narrow.p_wilson.high < wide.p_wilson.high


def test_the_number_of_draws_is_a_rule() -> None:
    found = reading(CERTAIN, kelly=replace(KELLY, bootstrap_draws=1))

    assert found.intervals is not None
    assert all(each.low == each.median == each.high for each in (found.intervals.f_full, found.intervals.mean_r, found.intervals.p))


@pytest.mark.parametrize(
    ("results", "is_overridden", "limit"),
    [
        ([0.05] * 29, False, KellyLimit(stake=KellyStake.HARD_CAPS)),
        ([0.05] * 29, True, KellyLimit(stake=KellyStake.HARD_CAPS)),
        ([-0.10] * 30, False, KellyLimit(stake=KellyStake.SUSPENDED)),
        ([-0.10] * 30, True, KellyLimit(stake=KellyStake.ONE_LOT)),
        ([0.04] * 24 + [-0.10] * 6, False, KellyLimit(stake=KellyStake.ONE_LOT)),
        ([0.04] * 24 + [-0.10] * 6, True, KellyLimit(stake=KellyStake.ONE_LOT)),
        ([0.05] * 30, False, KellyLimit(stake=KellyStake.FRACTION, f_used_frac=Decimal("0.04"))),
        ([0.05] * 30, True, KellyLimit(stake=KellyStake.FRACTION, f_used_frac=Decimal("0.04"))),
        ([0.20] * 27 + [-0.9] * 3, False, KellyLimit(stake=KellyStake.FRACTION, f_used_frac=Decimal("0.04"))),
    ],
)
def test_each_state_has_its_limit(results: list[float], is_overridden: bool, limit: KellyLimit) -> None:
    assert kelly_limit(reading(results), is_overridden=is_overridden) == limit


@pytest.mark.parametrize(
    ("limit", "room_eth"),
    [
        (KellyLimit(stake=KellyStake.HARD_CAPS), None),
        (KellyLimit(stake=KellyStake.FRACTION, f_used_frac=Decimal("0.04")), Decimal("1.25")),
        (KellyLimit(stake=KellyStake.FRACTION, f_used_frac=Decimal("0.0")), Decimal(0)),
        (KellyLimit(stake=KellyStake.ONE_LOT), Decimal("0.1")),
        (KellyLimit(stake=KellyStake.SUSPENDED), Decimal(0)),
    ],
)
def test_the_room_is_the_fraction_of_the_bankroll_over_the_max_loss(limit: KellyLimit, room_eth: Decimal | None) -> None:
    assert kelly_room_eth(limit, bankroll_eur=Decimal(2500), max_loss_eur=Decimal(80), lot_eth=Decimal("0.1")) == room_eth


RESULTS = st.lists(st.floats(-10, 10, allow_nan=False, allow_subnormal=True), max_size=40)
TYPICAL = st.lists(st.floats(0.001, 0.3) | st.floats(-1.1, 0.0), min_size=1, max_size=40)


def figures_of(found: KellyReading) -> list[float]:
    shown = [found.f_used_frac, found.f_carried_frac]
    for edge in (found.shrunk, found.shrunk_without_tail):
        shown += [edge.p, edge.win_r, edge.loss_r, edge.f_full, edge.break_even_p]
    shown += [figure for figure in (found.observed.p, found.observed.win_r, found.observed.loss_r, found.observed.mean_r) if figure is not None]
    if found.intervals is not None:
        shown += [end for each in (found.intervals.f_full, found.intervals.mean_r, found.intervals.p) for end in (each.low, each.median, each.high)]
    return shown


@given(RESULTS, st.floats(0, 1))
@settings(max_examples=60)
def test_any_sane_sample_gives_finite_figures_within_their_bounds(results: list[float], f_prev: float) -> None:
    found = reading(results, f_prev_frac=f_prev, kelly_sample_min=5)

    assert all(math.isfinite(figure) for figure in figures_of(found))
    assert found.trades == found.wins + found.losses == len(results)
    assert 0.0 <= found.f_used_frac <= QUICK.f_cap
    assert found.f_used_frac <= f_prev + max(0.25 * f_prev, 0.04)
    assert found.f_used_frac <= max(0.25 * found.shrunk.f_full, 0.0)
    assert found.f_used_frac == 0.0 or found.shrunk.f_full > 0.0
    if found.intervals is not None:
        assert all(each.low <= each.median <= each.high for each in (found.intervals.f_full, found.intervals.mean_r, found.intervals.p))


@given(st.lists(st.floats(), max_size=10), st.floats())
@settings(max_examples=100)
def test_any_floats_at_all_are_either_refused_with_reasons_or_read(results: list[float], f_prev: float) -> None:
    outcome = recalibrate(results, f_prev_frac=f_prev, rules=QUICK, sizing=SIZING)
    is_sane = all(abs(r) <= 10.0 for r in results) and 0.0 <= f_prev <= 1.0

    assert isinstance(outcome, Approved) == is_sane
    assert is_sane or (isinstance(outcome, Refused) and outcome.reasons == outcome.checks != ())


@given(RESULTS)
@settings(max_examples=60)
def test_the_state_decides_the_limit_and_the_limit_never_exceeds_the_fraction_used(results: list[float]) -> None:
    found = reading(results, kelly_sample_min=5)
    limit = kelly_limit(found, is_overridden=False)

    assert (limit.stake is KellyStake.FRACTION) == (found.state in SIZED_STATES)
    assert limit.f_used_frac is None or float(limit.f_used_frac) == found.f_used_frac


@given(TYPICAL, st.floats(0, 1))
@settings(max_examples=60)
def test_a_win_no_smaller_than_the_mean_win_never_lowers_f_full(results: list[float], more: float) -> None:
    before = reading(results)
    after = reading([*results, before.shrunk.win_r + more])

    assert after.shrunk.f_full >= before.shrunk.f_full - 1e-9


def test_a_win_far_below_the_mean_win_may_lower_f_full() -> None:
    """Not every win is good news: a tiny one makes wins look smaller by more than it makes them likelier."""
    results = [0.04] * 24 + [-0.10] * 6

    assert reading([*results, 0.0001]).shrunk.f_full < reading(results).shrunk.f_full


@given(TYPICAL, st.floats(0, 1))
@settings(max_examples=60)
def test_a_loss_no_smaller_than_the_mean_loss_never_raises_f_full(results: list[float], more: float) -> None:
    before = reading(results)
    after = reading([*results, -before.shrunk.loss_r - more])

    assert after.shrunk.f_full <= before.shrunk.f_full + 1e-9


@given(TYPICAL, st.data())
@settings(max_examples=60)
def test_a_better_result_on_the_same_side_of_zero_never_lowers_f_full(results: list[float], data: st.DataObject) -> None:
    position = data.draw(st.integers(0, len(results) - 1))
    better = results[:]
    better[position] *= data.draw(st.floats(1, 2)) if results[position] > 0.0 else data.draw(st.floats(0, 1))

    assert reading(better).shrunk.f_full >= reading(results).shrunk.f_full - 1e-9


@given(TYPICAL)
@settings(max_examples=60)
def test_the_tail_never_raises_f_full_while_losses_are_smaller_than_it(results: list[float]) -> None:
    found = reading(results)

    assert found.shrunk_without_tail.loss_r > 1.0 or found.shrunk.f_full <= found.shrunk_without_tail.f_full


@given(TYPICAL)
@settings(max_examples=60)
def test_results_twice_as_large_halve_f_full(results: list[float]) -> None:
    """Kelly stakes money: the same trades per half the unit need twice the units. Exact, since two is a power of two."""
    prior, tail = QUICK.prior, QUICK.tail_pseudo_loss
    doubled = replace(QUICK, prior=replace(prior, win_r=2 * prior.win_r, loss_r=2 * prior.loss_r), tail_pseudo_loss=replace(tail, r=2 * tail.r))

    assert reading([2 * r for r in results], kelly=doubled).shrunk.f_full == reading(results).shrunk.f_full / 2


def growth(f: float, p: float, win_r: float, loss_r: float) -> float:
    return p * math.log1p(f * win_r) + (1 - p) * math.log1p(-f * loss_r)


@given(TYPICAL)
@settings(max_examples=60)
def test_no_stake_grows_faster_than_f_full(results: list[float]) -> None:
    edge = reading(results).shrunk
    f, floor, ceiling = edge.f_full, -1 / edge.win_r, 1 / edge.loss_r
    best = growth(f, edge.p, edge.win_r, edge.loss_r)

    for step in (0.01, 0.1, 0.5, 0.9):
        assert growth(f + step * (ceiling - f), edge.p, edge.win_r, edge.loss_r) < best
        assert growth(f + step * (floor - f), edge.p, edge.win_r, edge.loss_r) < best


@given(TYPICAL)
@settings(max_examples=60)
def test_at_f_full_the_mean_of_the_inverse_of_wealth_stays_one(results: list[float]) -> None:
    """Kelly's own fixed point: E[1/(1 + f r)] = 1."""
    edge = reading(results).shrunk
    mean = edge.p / (1 + edge.f_full * edge.win_r) + (1 - edge.p) / (1 - edge.f_full * edge.loss_r)

    assert mean == pytest.approx(1.0, rel=1e-9)


def small_edge() -> tuple[float, float, float, float]:
    """f_full, p, W, L of a thin edge, where the continuous limit holds."""
    found = reading([0.5] * 65 + [-0.5] * 63, kelly=rules_of(65 / 128, 0.5, 0.5))
    edge = found.shrunk

    assert edge.f_full == pytest.approx(2 * 2 / 128, rel=1e-12)
    return edge.f_full, edge.p, edge.win_r, edge.loss_r


@pytest.mark.parametrize(("share", "of_best"), [(0.25, 0.4375), (0.5, 0.75), (1.0, 1.0), (1.5, 0.75), (2.0, 0.0)])
def test_a_share_of_kelly_keeps_that_share_times_two_less_itself_of_the_growth(share: float, of_best: float) -> None:
    """c(2 - c): half of Kelly keeps three quarters, a quarter 44 %, twice Kelly nothing."""
    f, p, win_r, loss_r = small_edge()

    assert growth(share * f, p, win_r, loss_r) / growth(f, p, win_r, loss_r) == pytest.approx(of_best, abs=0.002)


@pytest.mark.parametrize(("share", "half_ever"), [(1.0, 0.5), (0.5, 0.125), (0.25, 0.0078125)])
def test_a_share_of_kelly_ever_falls_to_a_part_with_that_part_to_two_over_the_share_less_one(share: float, half_ever: float) -> None:
    """P(ever at x) = x^s, where wealth^-s keeps its mean; in the continuous limit s = 2/c - 1."""
    f, p, win_r, loss_r = small_edge()

    def drift(s: float) -> float:
        return p * (1 + share * f * win_r) ** -s + (1 - p) * (1 - share * f * loss_r) ** -s - 1.0

    low, high = 0.1, 20.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if drift(middle) < 0.0 else (low, middle)

    assert low == pytest.approx(2 / share - 1, rel=0.002)
    assert 0.5**low == pytest.approx(half_ever, rel=0.02)


def test_trades_that_win_and_lose_by_the_week_are_less_sure_than_trades_that_stand_alone() -> None:
    results = ([0.04] * 4 + [-0.12] * 4) * 4
    weeks = [f"2026-W{position // 4:02d}" for position in range(len(results))]
    alone, together = (recalibrate(results, f_prev_frac=0.0, rules=QUICK, sizing=SIZING, weeks=each) for each in ((), weeks))

    assert isinstance(alone, Approved)
    assert isinstance(together, Approved)
    assert alone.value.intervals is not None
    assert together.value.intervals is not None
    assert together.value.intervals.mean_r.high > alone.value.intervals.mean_r.high
    assert together.value.intervals.mean_r.low < alone.value.intervals.mean_r.low
    assert together.value.shrunk == alone.value.shrunk


def test_trades_of_a_single_week_are_no_sample_however_many() -> None:
    found = recalibrate([0.04] * 40, f_prev_frac=0.0, rules=QUICK, sizing=SIZING, weeks=["2026-W09"] * 40)

    assert isinstance(found, Approved)
    assert found.value.intervals is None
    assert found.value.state is KellyState.INSUFFICIENT_SAMPLE
