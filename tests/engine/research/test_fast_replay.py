"""The fast replay: the same trades as the whole engine makes, row for row, and the same result every time."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from engine.app import MarketPlan, build_market, replay_desk
from engine.config import Loaded, load_rules
from engine.core.model import OptionType, Strategy
from engine.market.model import Market
from engine.market.shipped import shipped_history
from engine.market.synthetic import DEMO_SEED, DEMO_START_AT
from engine.research.asked import Asked, live_through
from engine.research.fast_replay import FastPlan, fast_replay
from engine.research.past import Past
from engine.research.policy import Manner, Policy
from engine.views import ReplaySummary
from tests.engine.research.test_contracts_replayed import FRIDAY_EXPIRY, HELD_TO_EXPIRY, LINEAR, ONE_TRADE

DAY = timedelta(days=1)
NEAR_DELTA = "[exit]\nshort_delta_breach = 0.205\n"
NARROW_MONEY = """
[triggers.hold]
day_loss_x_trade_cap = 0.02
drawdown_x_trade_cap = 0.03
margin_usage_frac = 0.03
"""
"""Holds for money that a usual week reaches."""

BREAKERS_AT_ONE = "[entry]\npause_after_consecutive_losses = 1\ncooldown_after_stop_same_side_d = 0.0\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A period to live through twice."""

    name: str
    market: MarketPlan
    from_at: datetime
    days: float
    config: str = ""
    manner: Manner = field(default_factory=Manner)


def demo(name: str, *, days: float, seed: int = DEMO_SEED, config: str = "", manner: Manner | None = None) -> Case:
    manner = Manner() if manner is None else manner
    return Case(name=name, market=MarketPlan(seed=seed, start_at=DEMO_START_AT), from_at=DEMO_START_AT, days=days, config=config, manner=manner)


def recorded(history: Path, name: str, first: str, *, days: float, config: str = "", resume_after: timedelta | None = DAY) -> Case:
    from_at = datetime.fromisoformat(first).replace(tzinfo=UTC)
    return Case(name=name, market=MarketPlan(history=history), from_at=from_at, days=days, config=config, manner=Manner(resume_after=resume_after))


def prepared(case: Case, folder: Path) -> tuple[Market, Loaded]:
    (folder / "config.toml").write_text(case.config)
    loaded = load_rules(folder / "config.toml")
    return build_market(case.market, loaded.rules), loaded


async def lived_twice(case: Case, folder: Path) -> tuple[ReplaySummary, ReplaySummary]:
    """The period through the whole engine, and through its rules alone."""
    market, loaded = prepared(case, folder)
    to_at = case.from_at + timedelta(days=case.days)
    asked = Asked(market=market, rules=loaded.rules, from_at=case.from_at, to_at=to_at, history="test", manner=replace(case.manner, is_full=True))

    def desk(clock):
        return replay_desk(clock, market=market, name="test", loaded=loaded, scratch=folder)

    full = await live_through(asked, desk=desk)
    return full, await live_through(replace(asked, manner=case.manner), desk=desk)


def assert_same(full: ReplaySummary, fast: ReplaySummary) -> None:
    """Every trade, every decision and every hold is the same; money from floats only to a millionth."""
    assert fast.trades == full.trades
    counts = ("scans", "proposed", "opened", "refused", "still_open", "modelled_scans", "jobs_failed")
    assert {name: getattr(fast, name) for name in counts} == {name: getattr(full, name) for name in counts}
    assert (fast.refusals_by_rule, fast.exits_by_reason) == (full.refusals_by_rule, full.exits_by_reason)
    assert (fast.breakers, fast.resumed, fast.stats, fast.performance) == (full.breakers, full.resumed, full.stats, full.performance)
    assert full.equity is not None
    assert fast.equity is not None
    assert [at for at, _ in fast.equity.points] == [at for at, _ in full.equity.points]
    assert np.allclose([eur for _, eur in fast.equity.points], [eur for _, eur in full.equity.points], rtol=0.0, atol=1e-6)


FEW = (
    demo("the demo", days=2.3),
    demo("a condor bought back for its delta", days=1.0, seed=5, config=NEAR_DELTA),
    demo("a linear trade delivered in the money", days=3.8, seed=107, config=LINEAR + ONE_TRADE + FRIDAY_EXPIRY + HELD_TO_EXPIRY),
)


@pytest.mark.parametrize("case", FEW, ids=lambda case: case.name)
async def test_both_replays_make_the_same_trades_on_an_invented_market(tmp_path: Path, case: Case) -> None:
    full, fast = await lived_twice(case, tmp_path)

    assert len(fast.trades) + fast.still_open >= 1
    assert_same(full, fast)


async def test_both_replays_make_the_same_trades_on_recorded_chains(history_dir: Path, tmp_path: Path) -> None:
    full, fast = await lived_twice(recorded(history_dir, "a stop", "2026-02-02", days=1.9), tmp_path)

    assert (len(fast.trades), fast.modelled_scans) == (1, 0)
    assert_same(full, fast)


MANY = (
    demo("a month of the demo", days=30.0),
    demo("a month with holds for money", days=30.0, seed=11, config=NARROW_MONEY),
    demo("breakers at every loss", days=30.0, seed=7, config=BREAKERS_AT_ONE, manner=Manner(resume_after=timedelta(hours=30))),
    demo("breakers nobody resumes", days=30.0, seed=7, config=BREAKERS_AT_ONE, manner=Manner(resume_after=None)),
    demo("a month asleep", days=30.0, manner=Manner(policy=Policy.IGNORE)),
    demo("linear contracts", days=30.0, seed=2, config=LINEAR),
    demo("a linear condor delivered", days=3.8, seed=122, config=LINEAR + ONE_TRADE + FRIDAY_EXPIRY + HELD_TO_EXPIRY),
    demo("everything held to expiry", days=40.0, seed=3, config=HELD_TO_EXPIRY),
)


@pytest.mark.slow
@pytest.mark.parametrize("case", MANY, ids=lambda case: case.name)
async def test_both_replays_make_the_same_trades_over_a_month(tmp_path: Path, case: Case) -> None:
    full, fast = await lived_twice(case, tmp_path)

    assert_same(full, fast)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("first", "days", "config"),
    [
        ("2026-01-05", 86.0, ""),
        ("2026-01-26", 21.0, NARROW_MONEY),
        ("2026-03-02", 14.0, LINEAR),
        ("2024-01-08", 60.0, ""),
        ("2025-04-01", 45.0, HELD_TO_EXPIRY),
        ("2025-08-01", 60.0, BREAKERS_AT_ONE),
    ],
)
async def test_both_replays_make_the_same_trades_on_recorded_months(history_dir: Path, tmp_path: Path, first: str, days: float, config: str) -> None:
    full, fast = await lived_twice(recorded(history_dir, first, first, days=days, config=config), tmp_path)

    assert_same(full, fast)


@pytest.mark.slow
async def test_both_replays_make_the_same_trades_on_the_shipped_history(tmp_path: Path) -> None:
    full, fast = await lived_twice(recorded(shipped_history(), "shipped", "2024-03-04", days=60.0), tmp_path)

    assert len(fast.trades) >= 5
    assert_same(full, fast)


def shipped_plan(*, days: int = 60) -> FastPlan:
    rules = load_rules(None).rules
    market = build_market(MarketPlan(history=shipped_history()), rules)
    from_at = datetime(2024, 2, 5, tzinfo=UTC)
    return FastPlan(market=market, rules=rules, from_at=from_at, to_at=from_at + timedelta(days=days), resume_after=DAY)


def test_a_second_run_gives_the_same_result_bit_for_bit() -> None:
    first, second = fast_replay(shipped_plan()), fast_replay(shipped_plan())

    assert first.trades == second.trades
    assert len(first.trades) >= 3
    assert first.equity_eur.tobytes() == second.equity_eur.tobytes()
    assert first.equity_s.tobytes() == second.equity_s.tobytes()
    assert (first.refusals, first.breakers, first.realised_eur) == (second.refusals, second.breakers, second.realised_eur)


def test_a_past_prepared_once_serves_other_thresholds_and_remembers_none_of_them() -> None:
    plan = shipped_plan()
    past = Past(plan.market, plan.rules, plan.from_at, plan.to_at)
    wider = replace(plan, rules=replace(plan.rules, exit=replace(plan.rules.exit, profit_take_net_frac=0.2)))

    before, other, after = fast_replay(plan, past=past), fast_replay(wider, past=past), fast_replay(plan, past=past)

    assert before.trades == after.trades
    assert other.trades != before.trades
    assert other.trades == fast_replay(wider).trades


def test_without_counting_refusals_the_trades_are_the_same() -> None:
    plan = shipped_plan(days=200)
    past = Past(plan.market, plan.rules, plan.from_at, plan.to_at)
    counted, uncounted = fast_replay(plan, past=past), fast_replay(replace(plan, is_counting=False), past=past)

    assert uncounted.trades == counted.trades
    assert len(counted.trades) >= 10
    assert uncounted.equity_eur.tobytes() == counted.equity_eur.tobytes()
    assert (uncounted.scans, uncounted.proposed, uncounted.refused, uncounted.refusals) == (counted.scans, counted.proposed, 0, ())


def test_a_past_of_another_window_of_expiries_is_refused() -> None:
    plan = shipped_plan(days=10)
    past = Past(plan.market, plan.rules, plan.from_at, plan.to_at)
    later = replace(plan, rules=replace(plan.rules, strikes=replace(plan.rules.strikes, dte_max_d=28)))

    with pytest.raises(ValueError, match="prepared for another"):
        fast_replay(later, past=past)


def test_what_lies_outside_the_period_has_no_part_in_it() -> None:
    plan = shipped_plan()
    whole = fast_replay(plan)
    middle = plan.from_at + timedelta(days=30)
    first_half = fast_replay(replace(plan, to_at=middle))

    assert [trade for trade in whole.trades if trade.closed_at <= middle] == list(first_half.trades)
    assert all(plan.from_at <= trade.opened_at < trade.closed_at <= plan.to_at for trade in whole.trades)


def test_each_trade_names_what_a_sample_needs() -> None:
    for trade in fast_replay(shipped_plan()).trades:
        assert trade.r == float(trade.pnl_eur / trade.max_loss_eur)
        assert trade.week == f"{trade.opened_at:%G-W%V}"
        assert trade.strategy in tuple(Strategy)
        assert {side.option_type for side in trade.sides} <= set(OptionType)
