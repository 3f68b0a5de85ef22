"""How much of the bankroll the closed trades of one strategy allow to be put at risk.

Rules of this file: a trade that made nothing is a loss; the caller keeps strategies
and paper apart; euro caps are never raised here, Kelly only takes away. The rules are
as the configuration accepts them. Source: strategy §1.10, references C.6.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from engine.core.decision import Approved, Check, Refused, Relation, Unit, Verdict
from engine.core.intervals import clustered_resamples, quantiles, wilson_interval
from engine.core.model_kelly import KellyCut, KellyIntervals, KellyLimit, KellyReading, KellyStake, KellyState, ObservedEdge, ShrunkEdge
from engine.core.rules import KellyPrior, KellyRules, SizingRules, TailPseudoLoss

R_ABS_MAX = 10.0
"""A spread's loss is bounded by its max loss: a result beyond ten times it is a mistake in units or books."""

WEEKS_MIN = 2

NO_TAIL = TailPseudoLoss(r=0.0, weight=0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tally:
    """Counts and sums of wins and losses; `lost_r` is positive."""

    wins: int
    losses: int
    won_r: float
    lost_r: float


def recalibrate(
    results_r: Sequence[float], *, f_prev_frac: float, rules: KellyRules, sizing: SizingRules, weeks: Sequence[str] = ()
) -> Approved[KellyReading] | Refused:
    """The state of one strategy's edge and the fraction to use from now on, or every figure that cannot be true.

    `results_r`: net P&L over max loss of each closed trade with money at risk, in any
    order. `f_prev_frac`: the `f_carried_frac` of last month's reading, 0 at the start.
    `weeks`: the week each trade was opened in, for trades of one week share a market and
    are drawn together; none = every trade stands alone.
    """
    bad = (*_bad_results(results_r, rules), *_bad_previous(f_prev_frac))
    if bad:
        return Refused(checks=bad)
    tally = _tally(results_r)
    shrunk, without_tail = _shrunk(tally, rules.prior, rules.tail_pseudo_loss), _shrunk(tally, rules.prior, NO_TAIL)
    intervals = _intervals(results_r, weeks, rules) if results_r else None
    state = _state(intervals, trades=len(results_r), trades_min=sizing.kelly_sample_min, f_full=shrunk.f_full, f_full_without_tail=without_tail.f_full)
    f_used_frac, cuts = _fraction_used(state, float(sizing.kelly_fraction), shrunk.f_full, f_prev_frac=f_prev_frac, rules=rules)
    return Approved(
        value=KellyReading(
            state=state,
            trades=len(results_r),
            wins=tally.wins,
            losses=tally.losses,
            observed=_observed(tally),
            shrunk=shrunk,
            shrunk_without_tail=without_tail,
            intervals=intervals,
            p_wilson=wilson_interval(tally.wins, len(results_r), level=rules.interval_level),
            f_prev_frac=f_prev_frac,
            f_used_frac=f_used_frac,
            cuts=cuts,
        )
    )


def kelly_limit(reading: KellyReading, *, is_overridden: bool) -> KellyLimit:
    """What the reading allows the next entry; `is_overridden` = a person lets a negative edge trade one lot."""
    if reading.state is KellyState.INSUFFICIENT_SAMPLE:
        return KellyLimit(stake=KellyStake.HARD_CAPS)
    if reading.state is KellyState.NEGATIVE_EDGE and not is_overridden:
        return KellyLimit(stake=KellyStake.SUSPENDED)
    if reading.state in (KellyState.NEGATIVE_EDGE, KellyState.UNPROVEN):
        return KellyLimit(stake=KellyStake.ONE_LOT)
    return KellyLimit(stake=KellyStake.FRACTION, f_used_frac=Decimal(repr(reading.f_used_frac)))


def kelly_room_eth(limit: KellyLimit, *, bankroll_eur: Decimal, max_loss_eur: Decimal, lot_eth: Decimal) -> Decimal | None:
    """n_kelly of §1.7 in ETH before rounding to the lot, `max_loss_eur` per 1 ETH and positive; None = Kelly does not bind."""
    if limit.f_used_frac is not None:
        return limit.f_used_frac * bankroll_eur / max_loss_eur
    if limit.stake is KellyStake.HARD_CAPS:
        return None
    return lot_eth if limit.stake is KellyStake.ONE_LOT else Decimal(0)


def _bad_results(results_r: Sequence[float], rules: KellyRules) -> Iterable[Check]:
    """One check for each result that cannot be true or that no stake at the cap survives."""
    for position, r in enumerate(results_r):
        if not math.isfinite(r):
            yield Check(rule="K01", code="kelly_result", verdict=Verdict.NOT_EVALUATED, unit=Unit.MULTIPLE, subject=str(position), cause="missing")
        elif abs(r) > R_ABS_MAX:
            yield _failed("K01", "kelly_result", abs(r), Relation.AT_MOST, R_ABS_MAX, subject=str(position))
        elif 1.0 + rules.f_cap * r <= 0.0:
            # Growth asks for r > -1/f: below it the log of what is left does not exist.
            yield _failed("K02", "kelly_survivable", r, Relation.ABOVE, -1.0 / rules.f_cap, subject=str(position))


def _bad_previous(f_prev_frac: float) -> Iterable[Check]:
    if not math.isfinite(f_prev_frac):
        yield Check(rule="K03", code="kelly_previous", verdict=Verdict.NOT_EVALUATED, unit=Unit.FRAC, cause="missing")
    elif not 0.0 <= f_prev_frac <= 1.0:
        relation, limit = (Relation.AT_LEAST, 0.0) if f_prev_frac < 0.0 else (Relation.AT_MOST, 1.0)
        yield _failed("K03", "kelly_previous", f_prev_frac, relation, limit, unit=Unit.FRAC)


def _tally(results_r: Sequence[float]) -> _Tally:
    wins, losses = [r for r in results_r if r > 0.0], [r for r in results_r if r <= 0.0]
    return _Tally(wins=len(wins), losses=len(losses), won_r=math.fsum(wins), lost_r=abs(math.fsum(losses)))


def _observed(tally: _Tally) -> ObservedEdge:
    trades = tally.wins + tally.losses
    return ObservedEdge(
        p=tally.wins / trades if trades else None,
        win_r=tally.won_r / tally.wins if tally.wins else None,
        loss_r=tally.lost_r / tally.losses if tally.losses else None,
        mean_r=(tally.won_r - tally.lost_r) / trades if trades else None,
    )


def _shrunk(tally: _Tally, prior: KellyPrior, tail: TailPseudoLoss) -> ShrunkEdge:
    """The tally with the prior counted as so many trades more, and the tail as so many losses more."""
    return ShrunkEdge(
        p=(tally.wins + prior.strength_p * prior.p) / (tally.wins + tally.losses + prior.strength_p),
        win_r=(tally.won_r + prior.strength_r * prior.win_r) / (tally.wins + prior.strength_r),
        loss_r=(tally.lost_r + prior.strength_r * prior.loss_r - tail.weight * tail.r) / (tally.losses + prior.strength_r + tail.weight),
    )


def _intervals(results_r: Sequence[float], weeks: Sequence[str], rules: KellyRules) -> KellyIntervals | None:
    """How far f_full, mean r and p move when the same number of weeks is drawn again from those traded in; None of a single week, which tells nothing."""
    if weeks and len(set(weeks)) < WEEKS_MIN:
        return None
    fractions, means, rates = [], [], []
    clusters = weeks if weeks else [str(position) for position in range(len(results_r))]
    for drawn in clustered_resamples(results_r, clusters, draws=rules.bootstrap_draws, seed=rules.seed):
        tally = _tally(drawn)
        fractions.append(_shrunk(tally, rules.prior, rules.tail_pseudo_loss).f_full)
        means.append((tally.won_r - tally.lost_r) / len(drawn))
        rates.append(tally.wins / len(drawn))
    level = rules.interval_level
    return KellyIntervals(f_full=quantiles(fractions, level=level), mean_r=quantiles(means, level=level), p=quantiles(rates, level=level))


def _state(intervals: KellyIntervals | None, *, trades: int, trades_min: int, f_full: float, f_full_without_tail: float) -> KellyState:
    """The first row that matches."""
    if intervals is None or trades < trades_min:
        return KellyState.INSUFFICIENT_SAMPLE
    if f_full_without_tail <= 0.0 and intervals.mean_r.high < 0.0:
        return KellyState.NEGATIVE_EDGE
    if f_full <= 0.0:
        return KellyState.UNPROVEN
    # An interval wholly below zero, which only the prior can outvote here, is no better than one that spans it.
    if intervals.mean_r.low <= 0.0:
        return KellyState.UNCERTAIN
    return KellyState.OK


def _fraction_used(state: KellyState, kelly_fraction: float, f_full: float, *, f_prev_frac: float, rules: KellyRules) -> tuple[float, tuple[KellyCut, ...]]:
    """The fraction of the bankroll to use, and all that made it smaller.

    Halved before the month's rise is measured: the rise binds what is used, not what was wished for.
    """
    if state is KellyState.NEGATIVE_EDGE:
        return 0.0, (KellyCut.NEGATIVE_EDGE,)
    if f_full <= 0.0:
        return 0.0, (KellyCut.NO_EDGE,)
    used, cuts = kelly_fraction * f_full, []
    if used > rules.f_cap:
        used = rules.f_cap
        cuts.append(KellyCut.CAP)
    if state is KellyState.UNCERTAIN:
        used /= 2.0
        cuts.append(KellyCut.UNCERTAINTY)
    reached_max = f_prev_frac + max(rules.increase_per_month_max.relative * f_prev_frac, rules.increase_per_month_max.absolute)
    if used > reached_max:
        used = reached_max
        cuts.append(KellyCut.MONTHLY_INCREASE)
    return used, tuple(cuts)


def _failed(rule: str, code: str, observed: float, relation: Relation, limit: float, *, unit: Unit = Unit.MULTIPLE, subject: str = "") -> Check:
    return Check(rule=rule, code=code, verdict=Verdict.FAILED, observed=observed, limit=limit, relation=relation, unit=unit, subject=subject)
