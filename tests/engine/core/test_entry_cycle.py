"""The steps of an entry in their order, from one snapshot to one answer."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.core.decision import Approved, Check, Refused, Verdict
from engine.core.entry_cycle import NamedLegs, decide_entry, named_legs, target_rr25_pts
from engine.core.model import Bias, Strategy

from .builders import RULES, WEALTH, book, calm_snapshot, chain, dec, read, snapshot

SHOWN = NamedLegs(short="ETH-20MAR26-1750-P", long="ETH-20MAR26-1650-P")


def reasons(outcome) -> set[str]:
    return {check.code for check in outcome.checks if check.blocks}


def test_a_calm_market_gives_a_proposal_of_a_definite_size() -> None:
    decision = decide_entry(snapshot(), book(), RULES)

    assert decision.bias.bias is Bias.BULL
    assert isinstance(decision.outcome, Approved)
    assert decision.outcome.value.sizing.quantity_eth == 2


def test_the_pair_a_person_was_shown_is_judged_again() -> None:
    fresh, again = decide_entry(snapshot(), book(), RULES), decide_entry(snapshot(), book(), RULES, shown=(SHOWN,))

    assert again.outcome.value.candidate == fresh.outcome.value.candidate
    assert again.outcome.value.combo == fresh.outcome.value.combo


def test_a_shown_pair_is_not_exchanged_for_a_better_one() -> None:
    other = replace(SHOWN, long="ETH-20MAR26-1600-P")
    decision = decide_entry(snapshot(), book(), RULES, shown=(other,))

    assert isinstance(decision.outcome, Approved)
    assert [leg.instrument for leg in decision.outcome.value.combo.legs] == [other.short, other.long]


def test_a_leg_that_is_no_longer_quoted_refuses() -> None:
    outcome = decide_entry(snapshot(), book(), RULES, shown=(replace(SHOWN, long="ETH-20MAR26-1-P"),)).outcome

    assert isinstance(outcome, Refused)
    assert {"leg_quoted", "strikes_found"} <= reasons(outcome)
    assert Check("S05", "leg_quoted", Verdict.NOT_EVALUATED, subject="ETH-20MAR26-1-P", cause="not_in_chain") in outcome.checks


@pytest.mark.parametrize("changes", [{"index_usd": None}, {"chain": chain(quotes=tuple(replace(quote, ask_coin=None) for quote in chain().quotes))}])
def test_a_pair_without_prices_refuses(changes) -> None:
    outcome = decide_entry(snapshot(**changes), book(), RULES, shown=(SHOWN,)).outcome

    assert isinstance(outcome, Refused)
    assert Check("S05", "spread_priced", Verdict.NOT_EVALUATED, cause="not_priced") in outcome.checks


def test_a_shown_pair_without_an_exchange_rate_says_so() -> None:
    outcome = decide_entry(snapshot(fx_usd_per_eur=None), book(), RULES, shown=(SHOWN,)).outcome

    assert isinstance(outcome, Refused)
    assert Check("S01", "expiry_in_band", Verdict.NOT_EVALUATED, cause="no_fx") in outcome.checks


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"chain": None}, "chain_age"),
        ({"trend_30d_frac": 0.0, "funding_apr_frac": read(0.30)}, "bias"),
        ({"chain": chain(quotes=())}, "no_expiry"),
        ({"wealth": read(replace(WEALTH, available_funds_eth=dec("0.1")))}, "size_zero"),
        ({"wealth": None}, "portfolio_age"),
    ],
)
def test_a_step_that_says_no_is_told_with_all_the_rest(changes, reason: str) -> None:
    outcome = decide_entry(snapshot(**changes), book(), RULES).outcome

    assert isinstance(outcome, Refused)
    assert reason in reasons(outcome)
    assert {f"E{number:02d}" for number in range(1, 20)} <= {check.rule for check in outcome.checks}


def test_the_risk_reversal_is_read_at_the_expiry_an_entry_would_use() -> None:
    assert target_rr25_pts(snapshot(), RULES) == pytest.approx(0.0)
    assert target_rr25_pts(snapshot(chain=None), RULES) is None
    assert target_rr25_pts(snapshot(chain=chain(quotes=())), RULES) is None


def test_a_market_without_a_trend_gives_an_iron_condor_in_paper_that_can_be_judged_again() -> None:
    fresh = decide_entry(calm_snapshot(), book(), RULES)
    proposal = fresh.outcome.value
    again = decide_entry(calm_snapshot(), book(), RULES, shown=named_legs(proposal.candidate.spread))

    assert (fresh.bias.bias, proposal.strategy) == (Bias.NEUTRAL, Strategy.IRON_CONDOR)
    assert [leg.instrument for leg in proposal.combo.legs] == ["ETH-20MAR26-1750-P", "ETH-20MAR26-1650-P", "ETH-20MAR26-2350-C", "ETH-20MAR26-2450-C"]
    assert again.outcome.value == proposal


def test_one_leg_of_a_condor_that_is_no_longer_quoted_refuses_and_is_named() -> None:
    gone = NamedLegs(short="ETH-20MAR26-2350-C", long="ETH-20MAR26-9-C")
    outcome = decide_entry(calm_snapshot(), book(), RULES, shown=(SHOWN, gone)).outcome

    assert isinstance(outcome, Refused)
    assert [check.subject for check in outcome.checks if check.code == "leg_quoted"] == [gone.long]
