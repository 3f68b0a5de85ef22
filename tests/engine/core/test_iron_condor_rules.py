"""The entry rules of an iron condor: both sides are asked, and either may forbid."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import pytest

from engine.core.decision import Approved, Check, Refused, Verdict
from engine.core.entry_cycle import EntryDecision, decide_entry, named_legs
from engine.core.model import (
    Chain,
    MarketSnapshot,
    OptionType,
    Sentiment,
    Stage,
    Strategy,
)
from engine.core.rules import StageSwitches

from .builders import (
    EXPIRY_AT,
    NOW,
    RULES,
    book,
    calm_snapshot,
    chain,
    condor_spread,
    open_trade,
    read,
    snapshot,
)

PUT, CALL = OptionType.PUT, OptionType.CALL


def checks_of(decision: EntryDecision, rule: str, code: str) -> list[Check]:
    return [check for check in decision.outcome.checks if (check.rule, check.code) == (rule, code)]


def verdicts(decision: EntryDecision, rule: str, code: str) -> Mapping[str, Verdict]:
    return {check.subject: check.verdict for check in checks_of(decision, rule, code)}


# Entry rules: strategy §1.2 and §1.3, row 9.


@pytest.mark.parametrize(("stage", "is_traded"), [(Stage.PAPER, True), (Stage.SOFT, False), (Stage.FULL, False)])
def test_a_calm_market_has_a_condor_only_where_it_is_enabled(stage: Stage, is_traded: bool) -> None:
    decision = decide_entry(calm_snapshot(), book(stage=stage), RULES)

    assert decision.bias.row == 9
    assert decision.bias.strategy is (Strategy.IRON_CONDOR if is_traded else None)
    assert isinstance(decision.outcome, Approved) is is_traded


@pytest.mark.parametrize("stage", [Stage.SOFT, Stage.FULL])
def test_a_stage_with_real_money_refuses_a_condor_even_where_the_calm_market_may_propose_one(stage: Stage) -> None:
    condor = replace(RULES.bias.condor, enabled=StageSwitches(paper=True, soft=True, full=True))
    decision = decide_entry(calm_snapshot(), book(stage=stage), replace(RULES, bias=replace(RULES.bias, condor=condor)))

    assert verdicts(decision, "E01", "stage_allows_strategy") == {"": Verdict.FAILED}
    assert verdicts(decision, "E09", "bias") == {"iron_condor": Verdict.PASSED}


def shown_condor(market: MarketSnapshot, **own: object) -> EntryDecision:
    """The condor of the calm market judged again in another one."""
    return decide_entry(market, book(**own), RULES, shown=named_legs(condor_spread()))


@pytest.mark.parametrize(
    ("funding", "put", "call"),
    [
        (-0.151, Verdict.PASSED, Verdict.FAILED),
        (-0.15, Verdict.PASSED, Verdict.PASSED),
        (0.40, Verdict.PASSED, Verdict.PASSED),
        (0.401, Verdict.FAILED, Verdict.PASSED),
        (None, Verdict.NOT_EVALUATED, Verdict.NOT_EVALUATED),
    ],
)
def test_both_funding_vetoes_are_held_against_a_condor(funding: float | None, put: Verdict, call: Verdict) -> None:
    decision = shown_condor(calm_snapshot(funding_apr_frac=None if funding is None else read(funding)))

    assert verdicts(decision, "E10", "funding") == {"put": put, "call": call}


@pytest.mark.parametrize(
    ("fear_greed", "put", "call"),
    [
        (9, Verdict.PASSED, Verdict.FAILED),
        (10, Verdict.PASSED, Verdict.PASSED),
        (90, Verdict.PASSED, Verdict.PASSED),
        (91, Verdict.FAILED, Verdict.PASSED),
        (None, Verdict.NOT_EVALUATED, Verdict.NOT_EVALUATED),
    ],
)
def test_both_sentiment_vetoes_are_held_against_a_condor(fear_greed: int | None, put: Verdict, call: Verdict) -> None:
    decision = shown_condor(calm_snapshot(sentiment=read(Sentiment(fear_greed=fear_greed))))

    assert verdicts(decision, "E11", "fear_greed") == {"put": put, "call": call}


def far_out() -> Chain:
    """Strikes too far out for a volatility at a delta of 0.25, so that there is no risk reversal."""
    kept = {PUT: range(1200, 1801), CALL: range(2250, 3001)}
    return chain(quotes=tuple(quote for quote in chain().quotes if int(quote.instrument.strike_usd) in kept[quote.instrument.option_type]))


@pytest.mark.parametrize(
    ("changes", "missing"),
    [
        ({"funding_apr_frac": None}, "funding"),
        ({"sentiment": None}, "sentiment"),
        ({"chain": far_out()}, "skew"),
    ],
)
def test_a_condor_is_never_traded_while_an_optional_input_is_missing(changes: dict[str, object], missing: str) -> None:
    decision = shown_condor(calm_snapshot(**changes))
    check = checks_of(decision, "E02", "optional_inputs_missing")[0]

    assert isinstance(decision.outcome, Refused)
    assert (check.verdict, check.limit, check.cause) == (Verdict.FAILED, 0, missing)


def test_a_vertical_of_the_same_market_is_traded_with_a_warning() -> None:
    outcome = decide_entry(snapshot(sentiment=None), book(), RULES).outcome

    assert isinstance(outcome, Approved)
    assert [check.code for check in outcome.warnings] == ["optional_inputs_missing", "fear_greed"]


@pytest.mark.parametrize(
    ("sides", "count", "passes"),
    [((PUT,), 2, True), ((PUT,), 3, False), ((CALL,), 3, False), ((PUT, CALL), 3, False), ((), 3, True)],
)
def test_a_condor_counts_against_both_sides_of_its_expiry(sides: tuple[OptionType, ...], count: int, passes: bool) -> None:
    """Paper allows three trades per expiry and side; a trade whose side has gone takes no place."""
    trades = tuple(open_trade(trade_id=number, sides=sides, expiry_at=EXPIRY_AT) for number in range(count))
    decision = decide_entry(calm_snapshot(), book(open_trades=trades), RULES)

    assert verdicts(decision, "E17", "same_expiry_and_side") == {"": Verdict.PASSED if passes else Verdict.FAILED}


def test_each_side_of_a_condor_is_counted_by_itself() -> None:
    trades = tuple(open_trade(trade_id=number, sides=(PUT,) if number % 2 else (CALL,), expiry_at=EXPIRY_AT) for number in range(4))
    outcome = decide_entry(calm_snapshot(), book(open_trades=trades), RULES).outcome

    assert [check.observed for check in outcome.checks if check.code == "same_expiry_and_side"] == [2]


def test_an_open_condor_takes_the_place_of_a_put_and_of_a_call() -> None:
    trades = tuple(open_trade(trade_id=number, sides=(PUT, CALL), expiry_at=EXPIRY_AT) for number in range(3))
    decisions = [decide_entry(snapshot(trend_30d_frac=trend), book(open_trades=trades), RULES) for trend in (0.10, -0.10)]

    assert [verdicts(decision, "E17", "same_expiry_and_side") for decision in decisions] == [{"": Verdict.FAILED}] * 2


@pytest.mark.parametrize("side", OptionType)
@pytest.mark.parametrize(("days", "passes"), [(6.99, False), (7.0, True), (7.01, True)])
def test_a_stop_on_either_side_keeps_condors_away_for_seven_days(side: OptionType, days: float, passes: bool) -> None:
    decision = decide_entry(calm_snapshot(), book(last_stop_at=((side, NOW - timedelta(days=days)),)), RULES)

    assert verdicts(decision, "E17", "cooldown_after_stop") == {"": Verdict.PASSED if passes else Verdict.FAILED}
