"""The replay: the whole engine on a clock that jumps, and its summary in figures."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from bot.run.replay import as_document
from engine.app import MarketPlan, RunPlan, decide_once, replay, running
from engine.clock import ManualClock
from engine.config import default_rules
from engine.errors import ActionRefused, ConfigError
from engine.home import open_home
from engine.market.synthetic import DEMO_SEED, DEMO_START_AT
from engine.research.policy import Manner, Policy
from engine.servers.market_plan import build_market, period_of
from engine.views import Person, ReplaySummary

BY = Person(user_id=7, name="anna", source="chat")
DAYS = timedelta(days=3)


async def lived(tmp_path: Path, policy: Policy, *, is_full: bool, seen: list[float] | None = None) -> ReplaySummary:
    def progress(at: datetime, share: float) -> None:
        assert at.tzinfo is not None
        if seen is not None:
            seen.append(share)

    return await replay(
        home=open_home(tmp_path / "home"),
        market=MarketPlan(seed=DEMO_SEED, start_at=DEMO_START_AT),
        from_at=DEMO_START_AT,
        to_at=DEMO_START_AT + DAYS,
        manner=Manner(policy=policy, is_full=is_full),
        scratch=tmp_path,
        progress=progress,
    )


@pytest.mark.parametrize("is_full", [False, True])
async def test_three_days_answered_with_yes_adds_up(tmp_path: Path, is_full: bool) -> None:
    seen: list[float] = []
    summary = await lived(tmp_path, Policy.APPROVE, is_full=is_full, seen=seen)

    assert (summary.scans, summary.proposed + summary.refused) == (3, 3)
    assert 1 <= summary.opened <= summary.proposed
    assert summary.opened == summary.still_open + summary.stats.closed
    assert (summary.jobs_failed, summary.policy) == (0, "approve")
    assert summary.max_drawdown_eur == summary.max_drawdown_eur.quantize(Decimal("0.01"))
    assert seen == sorted(seen)
    assert 0.0 < seen[-1] <= 1.0
    document = json.loads(json.dumps(as_document(summary)))
    assert (document["scans"], document["opened"], document["from_at"]) == (summary.scans, summary.opened, DEMO_START_AT.isoformat())
    assert {row["code"] for row in document["refusals_by_rule"]} == {code for _, code, _ in summary.refusals_by_rule}


@pytest.mark.parametrize("is_full", [False, True])
@pytest.mark.parametrize("policy", [Policy.REJECT, Policy.IGNORE])
async def test_three_days_answered_with_no_or_not_at_all_opens_nothing(tmp_path: Path, policy: Policy, is_full: bool) -> None:
    summary = await lived(tmp_path, policy, is_full=is_full)

    assert (summary.opened, summary.still_open, summary.exits_by_reason) == (0, 0, ())
    assert summary.proposed >= 1


async def test_a_period_outside_the_history_is_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="lies outside of it"):
        await replay(
            home=open_home(tmp_path / "home"),
            market=MarketPlan(seed=DEMO_SEED, start_at=DEMO_START_AT),
            from_at=datetime(2020, 1, 1, tzinfo=UTC),
            to_at=DEMO_START_AT,
            manner=Manner(),
            scratch=tmp_path,
        )


def test_the_day_the_refusal_of_a_simulated_period_names_is_taken() -> None:
    market = build_market(MarketPlan(seed=DEMO_SEED), default_rules())
    with pytest.raises(ConfigError) as refused:
        period_of(market, datetime(2020, 1, 1, tzinfo=UTC), None)
    named = re.search(r"about (\S+) to (\S+),", str(refused.value))
    assert named is not None
    first, last = (datetime.fromisoformat(day).replace(tzinfo=UTC) for day in named.groups())

    for day in (first, last):
        assert period_of(market, day, day + timedelta(days=1)) == (day, day + timedelta(days=1))
    with pytest.raises(ConfigError):
        period_of(market, first - timedelta(days=1), last)
    with pytest.raises(ConfigError):
        period_of(market, first, last + timedelta(days=2))


async def test_one_instant_is_decided_with_every_check_and_nothing_is_kept(tmp_path: Path) -> None:
    home = open_home(tmp_path / "home")
    why = await decide_once(home=home, market=MarketPlan(seed=DEMO_SEED), at=DEMO_START_AT + timedelta(minutes=2), scratch=tmp_path)

    assert (why.outcome, home.db.exists()) == ("approved", False)
    assert len(why.checks) > 30


async def test_the_composed_engine_starts_answers_and_starts_again(tmp_path: Path) -> None:
    home, market = open_home(tmp_path / "home"), MarketPlan(seed=DEMO_SEED, start_at=DEMO_START_AT)
    clock = ManualClock(DEMO_START_AT + timedelta(minutes=2))
    for scan in ("scan-proposed", "scan-proposed"):
        async with running(RunPlan(home=home, clock=clock, market=market, origin="demo")) as engine:
            assert (await engine.door.scan(BY)).code == scan
            status = await engine.door.status()
            assert (status.is_config_changed, status.is_killed, status.holds) == (False, False, ())

    async with running(RunPlan(home=home, clock=clock, market=market, origin="demo")) as engine:
        assert len(await engine.door.pending()) == 2


@pytest.mark.parametrize(("first", "last"), [("1900-01-01", "1900-02-01"), ("2099-01-01", None)])
async def test_days_the_history_does_not_hold_are_refused_in_a_sentence(tmp_path: Path, first: str, last: str | None) -> None:
    plan = RunPlan(
        home=open_home(tmp_path / "home"), clock=ManualClock(DEMO_START_AT), market=MarketPlan(seed=DEMO_SEED, start_at=DEMO_START_AT), origin="demo"
    )
    async with running(plan) as engine:
        with pytest.raises(ActionRefused, match="replay-not-covered"):
            await engine.door.replay(from_on=first, to_on=last, by=BY)
